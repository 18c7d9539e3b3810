//! The vectors under `tests/vectors/`: bytes in, events out, as data.
//!
//! Each vector is fed whole, byte by byte, and cut at every point; the events, the offsets of
//! errors and the number of consumed bytes must not depend on the cuts (SEG). What the files
//! look like is told in `tests/vectors/README.md`.

mod vector;

use blazeio::PeerErrorKind;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use vector::file::*;
use vector::run::*;
use vector::trace::*;

/// Input up to this many bytes is cut at every two points.
const CUT_TWICE: usize = 72;

/// Three of the ways to cut: whole, byte by byte, two bytes at a time.
fn few_cuts(vector: &Vector) -> Vec<Cuts> {
    let length = vector.input.len();
    vec![
        Cuts { at: Vec::new(), eof_with_last: false },
        Cuts { at: (1..length).collect(), eof_with_last: false },
        // An empty read, then two bytes at a time.
        Cuts {
            at: [0, 0].into_iter().chain((2..length).step_by(2)).collect(),
            eof_with_last: false,
        },
    ]
}

/// All ways to cut, whole first.
fn all_cuts(vector: &Vector) -> Vec<Cuts> {
    let length = vector.input.len();
    let mut all = few_cuts(vector);
    all.extend((0..=length).map(|at| Cuts { at: vec![at], eof_with_last: false }));
    if length <= CUT_TWICE {
        for a in 1..length {
            all.extend((a..length).map(|b| Cuts { at: vec![a, b], eof_with_last: false }));
        }
    }
    if vector.eof {
        let told: Vec<_> =
            all.iter().map(|cuts| Cuts { eof_with_last: true, ..cuts.clone() }).collect();
        all.extend(told);
    }
    all
}

fn describe(vector: &Vector, what: &str, expected: &[String], actual: &[String]) -> String {
    let list = |lines: &[String]| {
        lines.iter().fold(String::new(), |mut text, line| {
            let cut: String = line.chars().take(200).collect();
            writeln!(text, "    {cut}").expect("a string");
            text
        })
    };
    format!(
        "{} ({}), {what}\n  rule: {}\n  expected:\n{}  actual:\n{}",
        vector.id,
        vector.place,
        vector.rule,
        list(expected),
        list(actual)
    )
}

/// Runs every vector in every cut and reports all that fail.
#[test]
fn every_vector_yields_its_events_however_it_is_cut() {
    run_in(all_cuts);
}

/// The same at a glance: an answer in a second, where the one above takes many.
#[test]
fn every_vector_yields_its_events_whole_and_byte_by_byte() {
    run_in(few_cuts);
}

fn run_in(cuts: fn(&Vector) -> Vec<Cuts>) {
    let all = vectors();
    let only = std::env::var("VECTOR").ok();
    let chosen: Vec<_> = all.iter().filter(|v| only.as_ref().is_none_or(|o| v.id == *o)).collect();
    let threads = std::thread::available_parallelism().map_or(4, |n| n.get().min(16));
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let chosen = &chosen;
                scope.spawn(move || {
                    let mine = chosen.iter().skip(worker).step_by(threads);
                    mine.filter_map(|vector| check(vector, cuts(vector))).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|w| w.join().expect("a worker")).collect()
    });
    assert!(failures.is_empty(), "{} failed\n\n{}", failures.len(), failures.join("\n"));
}

/// The first disagreement of one vector.
fn check(vector: &Vector, all: Vec<Cuts>) -> Option<String> {
    let mut whole: Option<Trace> = None;
    for cuts in all {
        let run = std::panic::catch_unwind(|| run(vector, &cuts));
        let Ok(trace) = run else {
            let what = format!("a panic, cut at {:?}", cuts_shown(&cuts));
            return Some(describe(vector, &what, &vector.out, &[]));
        };
        if trace.lines != vector.out {
            let what = format!("cut at {}", cuts_shown(&cuts));
            return Some(describe(vector, &what, &vector.out, &trace.lines));
        }
        let first = whole.get_or_insert_with(|| trace.clone());
        // An error consumes nothing; what a close drops depends on what one step sees.
        let last = vector.out.last().map_or("", |line| line.as_str());
        let counts = !last.starts_with("error") && !last.starts_with("closed");
        if counts && first.consumed != trace.consumed {
            let what = format!(
                "cut at {}: {} bytes consumed, whole {}",
                cuts_shown(&cuts),
                trace.consumed,
                first.consumed
            );
            return Some(describe(vector, &what, &vector.out, &trace.lines));
        }
    }
    None
}

fn cuts_shown(cuts: &Cuts) -> String {
    let eof = if cuts.eof_with_last { ", end told with the last piece" } else { "" };
    match &cuts.at[..] {
        [] => format!("no point{eof}"),
        [a] => format!("{a}{eof}"),
        [a, b] => format!("{a} and {b}{eof}"),
        many => format!("{} points{eof}", many.len()),
    }
}

#[test]
fn there_are_as_many_vectors_as_the_readme_says_and_few_are_generated() {
    let all = vectors();
    let generated = all.iter().filter(|v| v.generated).count();
    let claim = format!("| vectors | {}, each at every split |", all.len());
    assert!(include_str!("../README.md").contains(&claim), "README.md: {claim}");
    assert!(generated * 5 <= all.len(), "{generated} of {} are generated", all.len());
}

#[test]
fn every_vector_has_an_id_of_its_own_and_a_rule() {
    let mut seen = BTreeMap::new();
    for vector in vectors() {
        let Vector { id, place, rule, out, .. } = &vector;
        assert!(!rule.is_empty(), "{place}: {id} has no rule");
        if let Some(other) = seen.insert(id.clone(), place.clone()) {
            panic!("{id} stands at {place} and at {other}");
        }
        let last = out.len().saturating_sub(1);
        for (index, line) in out.iter().enumerate() {
            let ends = ["error ", "closed ", "tunnel"].iter().any(|e| line.starts_with(e));
            assert!(!ends || index == last, "{place}: {id}: {line} is not the last line");
        }
        assert!(vector.client || vector.sent.is_empty(), "{place}: a server sends no request");
        assert!(!vector.client || vector.answers.is_empty(), "{place}: a client has no answers");
    }
}

/// No two vectors say the same: same role, limits, input and end.
#[test]
fn no_vector_repeats_another() {
    let mut seen = BTreeMap::new();
    for v in vectors() {
        let limits = format!("{:?}", v.limits);
        let key = (v.client, limits, v.sent, v.answers, (v.input, v.stages), v.eof);
        if let Some(other) = seen.insert(key, v.id.clone()) {
            panic!("{} repeats {other}", v.id);
        }
    }
}

/// The attacks whose door is in the parser, the framing or the connection machine.
const THREATS: &[&str] = &[
    "CLTE", "TETE", "VER", "CLVAL", "CL0", "0CL", "TERM", "SPILL", "EXTQ", "CHSZ", "TRLR", "WSP",
    "HOST", "TGT", "HOP", "SPLIT", "PAUSE", "UPG", "EARLY", "PIPE", "SEG", "QUAD", "SLOW", "HEADF",
    "CHUNKF", "BODYL", "1XX", "BODYX", "REUSE", "LOG", "HALF", "SHUT", "CLOCK",
];

#[test]
fn every_threat_of_parser_framing_and_connection_has_a_vector() {
    let ids: BTreeSet<String> = vectors()
        .into_iter()
        .filter_map(|v| v.id.rsplit_once('-').map(|(threat, _)| threat.to_owned()))
        .collect();
    let missing: Vec<_> = THREATS.iter().filter(|t| !ids.contains(**t)).collect();
    assert!(missing.is_empty(), "without a vector: {missing:?}");
}

#[test]
fn every_error_that_bytes_can_cause_occurs() {
    let occurring: BTreeSet<String> = vectors()
        .iter()
        .flat_map(|v| &v.out)
        .filter_map(|line| line.strip_prefix("error ")?.split(' ').next().map(str::to_owned))
        .collect();
    let missing: Vec<_> = PeerErrorKind::ALL
        .iter()
        .map(|kind| kind.name())
        .filter(|name| !name.ends_with("Timeout") && !occurring.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
    for name in occurring {
        assert!(PeerErrorKind::ALL.iter().any(|k| k.name() == name), "no such error: {name}");
    }
}
