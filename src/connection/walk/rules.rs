//! What must hold of every transition and of every path, in both roles.

use super::alphabet::Action;
use super::graph::{Answer, Edge, Graph, Seen, client, server};
use crate::connection::Event;
use crate::connection::state::{Encoding, Receiving, Sending};
use std::string::String;
use std::vec::Vec;
use std::{format, println, vec};

fn both() -> [(&'static str, &'static Graph); 2] {
    [("server", server()), ("client", client())]
}

impl Graph {
    fn machine(&self, state: u32) -> &Seen {
        &self.states[state as usize]
    }

    fn action(&self, edge: &Edge) -> Action {
        self.moves[usize::from(edge.made)].action
    }

    fn text(&self, edge: &Edge) -> String {
        format!(
            "{} -- {} --> {} ({:?})",
            self.names[edge.from as usize],
            self.moves[usize::from(edge.made)].name,
            self.names[edge.to as usize],
            edge.answer
        )
    }

    /// Which states can be come to from `starts`, along the edges of `next`.
    fn reach(&self, starts: &[u32], next: impl Fn(&Edge) -> Option<(u32, u32)>) -> Vec<bool> {
        let mut ways = vec![Vec::new(); self.states.len()];
        for (from, to) in self.edges.iter().filter_map(next) {
            ways[from as usize].push(to);
        }
        let mut reached = vec![false; self.states.len()];
        let mut open = starts.to_vec();
        while let Some(state) = open.pop() {
            if !core::mem::replace(&mut reached[state as usize], true) {
                open.extend_from_slice(&ways[state as usize]);
            }
        }
        reached
    }

    /// The error, the time-out or the abort after which nothing may follow.
    fn is_failure(&self, edge: &Edge) -> bool {
        let closes = matches!(self.machine(edge.to).receiving, Receiving::Closed)
            && !matches!(self.machine(edge.from).receiving, Receiving::Closed);
        match self.action(edge) {
            Action::Abort | Action::CutOff => true,
            Action::Expired(_) => closes,
            _ => matches!(edge.answer, Answer::Peer(_)),
        }
    }

    fn is_new_exchange(&self, edge: &Edge) -> bool {
        matches!(
            (self.action(edge), edge.answer),
            (_, Answer::Event(Event::Request(_) | Event::Response(_) | Event::Interim(_)))
                | (Action::SendResponse(_) | Action::SendRequest(_), Answer::Ok)
        )
    }
}

/// `1,234,567`
fn in_thousands(n: usize) -> String {
    match n {
        0..1000 => format!("{n}"),
        _ => format!("{},{:03}", in_thousands(n / 1000), n % 1000),
    }
}

#[test]
fn the_walk_ends_and_every_move_is_made_in_every_state() {
    for (role, graph) in both() {
        let mut made = vec![0; graph.states.len()];
        for edge in &graph.edges {
            made[edge.from as usize] += 1;
            assert!((edge.to as usize) < graph.states.len());
        }
        for (state, made) in graph.states.iter().zip(made) {
            let receives = graph.moves.iter().filter(|m| matches!(m.action, Action::Receive(_)));
            // With one byte of an element kept: the rest of it, a bad byte, or nothing.
            let left_out = if state.pending.is_some() { receives.count() - 2 } else { 1 };
            let left_out = left_out + usize::from(!state.is_closed());
            assert_eq!(made, graph.moves.len() - left_out);
        }
        let (states, moves) = (graph.states.len(), graph.edges.len());
        println!("{role}: {states} states, {moves} moves of {} kinds", graph.moves.len());
        // The small form scans in other steps, so it has other states.
        if cfg!(not(any(target_os = "none", blazeio_small))) {
            let claim = format!("{role} {} · {}", in_thousands(states), in_thousands(moves));
            assert!(include_str!("../../../README.md").contains(&claim), "README.md: {claim}");
        }
    }
}

#[test]
fn a_usage_error_leaves_everything_as_it_was() {
    for (role, graph) in both() {
        let refused = graph.edges.iter().filter(|edge| matches!(edge.answer, Answer::Usage(_)));
        let mut count = 0;
        for edge in refused {
            assert_eq!(edge.from, edge.to, "{role}: {}", graph.text(edge));
            count += 1;
        }
        assert!(count > 0);
    }
}

#[test]
fn pause_nothing_follows_an_error_a_time_out_or_an_abort() {
    for (role, graph) in both() {
        let failed: Vec<u32> =
            graph.edges.iter().filter(|edge| graph.is_failure(edge)).map(|edge| edge.to).collect();
        assert!(!failed.is_empty());
        let after = graph.reach(&failed, |edge| Some((edge.from, edge.to)));
        for (state, _) in after.iter().enumerate().filter(|(_, after)| **after) {
            let seen = &graph.states[state];
            assert!(!seen.is_idle && !seen.is_tunnel, "{role}: {}", graph.names[state]);
        }
        for edge in graph.edges.iter().filter(|edge| after[edge.from as usize]) {
            assert!(!graph.is_new_exchange(edge), "{role}: {}", graph.text(edge));
        }
    }
}

#[test]
fn no_state_is_without_a_way_on() {
    for (role, graph) in both() {
        let over: Vec<u32> = (0..graph.states.len())
            .filter(|s| graph.states[*s].is_over)
            .map(|s| s as u32)
            .collect();
        let ends = graph.reach(&over, |edge| edge.is_obedient.then_some((edge.to, edge.from)));
        for (state, ends) in ends.iter().enumerate() {
            assert!(ends, "{role}: no way on from {}", graph.names[state]);
        }
    }
}

/// The table of `state`, as it is drawn there: from here to there, and no other way.
fn may_become(from: Receiving, to: Receiving, is_server: bool) -> bool {
    use Receiving::{Closed, Content, Done, Head, Switching, Tunnel};
    match (from, to) {
        (Head, Head | Content(_) | Closed) => true,
        // 101, or a 2xx to CONNECT: what a client reads of it is a head, what a server sends
        // of it answers a request.
        (Head, Switching) => !is_server,
        (Head, Done | Tunnel) => false,
        (Content(_), Content(_) | Done | Closed) => true,
        // The end of an exchange whose message in the other direction is complete.
        (Content(_) | Done, Head) => true,
        (Content(_) | Done, Switching) => is_server,
        (Content(_), Tunnel) => false,
        (Done, Done | Closed) => true,
        (Done, Content(_) | Tunnel) => false,
        (Switching, Switching | Tunnel | Closed) => true,
        (Switching, Head | Content(_) | Done) => false,
        (Tunnel, Tunnel | Closed) => true,
        (Tunnel, Head | Content(_) | Done | Switching) => false,
        (Closed, Closed) => true,
        (Closed, Head | Content(_) | Done | Switching | Tunnel) => false,
    }
}

fn may_send(from: Sending, to: Sending) -> bool {
    use Sending::{Content, Done, Idle};
    match (from, to) {
        (Idle, Idle | Content(_) | Done) => true,
        (Content(Encoding::Sized(before)), Content(Encoding::Sized(after))) => after <= before,
        (Content(before), Content(after)) => before == after,
        (Content(_), Done | Idle) => true,
        (Done, Done | Idle) => true,
        (Done, Content(_)) => false,
    }
}

#[test]
fn every_transition_is_one_of_the_diagram() {
    for (role, graph) in both() {
        for edge in &graph.edges {
            let (from, to) = (graph.machine(edge.from), graph.machine(edge.to));
            let is_allowed = may_become(from.receiving, to.receiving, from.is_server)
                && may_send(from.sending, to.sending);
            assert!(is_allowed, "{role}: {}", graph.text(edge));
            // A reason to close is never taken back.
            assert!(from.close.is_none() || to.close.is_some(), "{role}: {}", graph.text(edge));
            // Sending begins by a head and by nothing else.
            if from.sending == Sending::Idle && to.sending != Sending::Idle {
                let is_head = matches!(
                    graph.action(edge),
                    Action::SendResponse(_) | Action::SendRequest(_) | Action::SendError
                );
                assert!(is_head && edge.answer == Answer::Ok, "{role}: {}", graph.text(edge));
            }
        }
    }
}

#[test]
fn term_what_is_closed_stays_closed() {
    for (role, graph) in both() {
        for edge in &graph.edges {
            if !matches!(graph.machine(edge.from).receiving, Receiving::Closed) {
                continue;
            }
            let to = graph.machine(edge.to);
            assert!(matches!(to.receiving, Receiving::Closed), "{role}: {}", graph.text(edge));
            let says_so = match (graph.action(edge), edge.answer) {
                (Action::Receive(_) | Action::ReceiveRest, answer) => {
                    matches!(answer, Answer::Event(Event::Closed(_)))
                }
                (_, Answer::Event(_)) => false,
                (_, Answer::Ok | Answer::Peer(_) | Answer::Usage(_)) => true,
            };
            assert!(says_so, "{role}: {}", graph.text(edge));
        }
    }
}

#[test]
fn reuse_only_when_both_sides_are_done_and_nothing_says_close() {
    for (role, graph) in both() {
        let mut count = 0;
        for edge in &graph.edges {
            let (from, to) = (graph.machine(edge.from), graph.machine(edge.to));
            let begins_again = matches!(to.receiving, Receiving::Head)
                && !matches!(from.receiving, Receiving::Head);
            let forgets =
                !from.is_server && from.sending != Sending::Idle && to.sending == Sending::Idle;
            // A client's exchange can be over and the connection closed for surplus at once.
            if !begins_again && !forgets || to.is_closed() {
                continue;
            }
            count += 1;
            let text = graph.text(edge);
            let ends = matches!(
                (graph.action(edge), edge.answer),
                (_, Answer::Event(Event::End | Event::Discarded))
                    | (Action::SendEnd(_), Answer::Ok)
            );
            assert!(ends && from.close.is_none(), "{role}: {text}");
            // One side was done before; the other is by this move.
            let sent = from.sending == Sending::Done;
            let received = matches!(from.receiving, Receiving::Done)
                || (from.is_server && graph.is_end_due(edge.from));
            assert!(sent || received, "{role}: {text}");
            assert!(to.is_idle && to.sending == Sending::Idle, "{role}: {text}");
        }
        assert!(count > 0);
    }
}

#[test]
fn upg_a_tunnel_opens_only_when_all_is_sent() {
    let graph = server();
    let mut count = 0;
    for edge in &graph.edges {
        let (from, to) = (graph.machine(edge.from), graph.machine(edge.to));
        let opens = matches!(to.receiving, Receiving::Tunnel)
            && !matches!(from.receiving, Receiving::Tunnel);
        if opens {
            count += 1;
            assert_eq!(from.unsent, 0, "{}", graph.text(edge));
        }
    }
    assert!(count > 0);
}
