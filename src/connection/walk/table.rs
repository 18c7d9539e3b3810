//! The table of all transitions, as text: role, state, what is done, what comes of it.
//!
//! A state is `receiving/sending/close`. Moves with the same outcomes share a line. An outcome
//! is the answer and, unless it is the state that was, the state that follows. States that the
//! table calls by one name may differ in what it does not show: then there are several outcomes.

use super::graph::{Graph, client, server};
use std::collections::{BTreeMap, BTreeSet};
use std::string::String;
use std::vec::Vec;
use std::{env, format, fs};

const HEAD: &str = "role\tstate: receiving/sending/close\tmove\tanswer -> next state\n";

#[test]
fn the_table_of_transitions_is_the_one_that_was_read() {
    let now = [HEAD, &rows("server", server()), &rows("client", client())].concat();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/connection/walk/transitions.tsv");
    if env::var("TRANSITIONS").is_ok_and(|value| value == "write") {
        fs::write(path, &now).unwrap();
    }
    let before = fs::read_to_string(path).unwrap();
    for (place, (now, before)) in now.lines().zip(before.lines()).enumerate() {
        assert_eq!(now, before, "line {}", place + 1);
    }
    assert_eq!(now.len(), before.len());
}

fn rows(role: &str, graph: &Graph) -> String {
    // State, move: outcomes.
    let mut outcomes: BTreeMap<(&str, u16), BTreeSet<String>> = BTreeMap::new();
    let mut answers = BTreeMap::new();
    for edge in &graph.edges {
        let (from, to) = (&graph.names[edge.from as usize], &graph.names[edge.to as usize]);
        // Spelt once for each kind of answer: there are millions of edges and few answers.
        let outcome = answers.entry((edge.answer.name(), from, to)).or_insert_with_key(spelt);
        let all = outcomes.entry((from, edge.made)).or_default();
        if !all.contains(outcome) {
            all.insert(outcome.clone());
        }
    }
    // State, outcomes: moves.
    let mut lines: BTreeMap<(&str, Vec<String>), Vec<u16>> = BTreeMap::new();
    for ((state, made), outcomes) in outcomes {
        lines.entry((state, outcomes.into_iter().collect())).or_default().push(made);
    }
    let mut lines: Vec<_> = lines.into_iter().map(|((s, o), moves)| (s, moves, o)).collect();
    lines.sort();
    let mut text = String::new();
    for (state, moves, outcomes) in lines {
        let moves: Vec<&str> = moves.iter().map(|m| graph.moves[usize::from(*m)].name).collect();
        text += &format!("{role}\t{state}\t{}\t{}\n", moves.join(", "), outcomes.join(" | "));
    }
    text
}

fn spelt((answer, from, to): &(String, &String, &String)) -> String {
    if from == to { answer.clone() } else { format!("{answer} -> {to}") }
}
