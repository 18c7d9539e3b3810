//! The target about routes, over tables and paths that are always the same, and mostly sound.

mod dice;

use blazeio_oracles::route::{Outcome, judge};
use dice::Dice;

const PARTS: &[&str] = &["a", "b", "{x}", "{y}", "{z}", "", "a", "é", "{*x}", "{*rest}"];
const ODD_PARTS: &[&str] =
    &["{", "}", "{}", "{*}", "a{b}", "%61", "a?", "{a-b}", "\u{7f}", "{x}{y}"];
const SEGMENTS: &[&str] =
    &["a", "b", "%61", "%2F", "c", "", "%C3%A9", "a", "%", "%6", "..", "a%62"];
const LETTERS: &[&str] = &["G", "H", "P", "*", "X", "Y", "G", "E", "F"];

/// A letter, and a path of some parts.
fn line(dice: &mut Dice, parts: &[&str], odd: &[&str]) -> String {
    let mut line = String::from(LETTERS[dice.below(LETTERS.len())]);
    for _ in 0..1 + dice.below(3) {
        line += if dice.below(200) == 0 { "" } else { "/" };
        line += if dice.below(60) == 0 {
            odd[dice.below(odd.len())]
        } else {
            parts[dice.below(parts.len())]
        };
    }
    line
}

#[test]
fn routes_are_found_as_by_a_naive_search() {
    let mut dice = Dice(6);
    let mut outcomes = Vec::new();
    for _ in 0..60_000 {
        let count = dice.below(6);
        let mut lines: Vec<_> = (0..count).map(|_| line(&mut dice, PARTS, ODD_PARTS)).collect();
        lines.push(line(&mut dice, SEGMENTS, SEGMENTS));
        outcomes.push(judge(lines.join("\n").as_bytes()));
    }
    // None of them is so rare that the search is hardly tried.
    for (outcome, least) in [
        (Outcome::Refused, 20_000),
        (Outcome::Route, 2_000),
        (Outcome::MethodNotAllowed, 3_000),
        (Outcome::NotFound, 20_000),
    ] {
        let count = outcomes.iter().filter(|came_to| **came_to == outcome).count();
        assert!(count >= least, "{outcome:?}: {count}");
    }
}

#[test]
fn any_bytes_are_judged() {
    let mut dice = Dice(7);
    for _ in 0..20_000 {
        let bytes: Vec<u8> =
            (0..dice.below(40)).map(|_| b"G*HP/{}ax\n%2Ff?"[dice.below(15)]).collect();
        judge(&bytes);
    }
}
