//! The conformance table holds what it says: every row is whole, every test it names exists.
//!
//! `tests/conformance/README.md` explains the table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TABLE: &str = include_str!("conformance/requirements.tsv");
const MUTANTS: &str = include_str!("conformance/mutants.md");
const HEADER: &str = "id\tsection\tbinds\trequirement\tstatus\ttest\treason";

/// How the manual's page begins.
const PAGE_BEGINS: &str = "\
Every MUST, MUST NOT, REQUIRED and SHALL of RFC 9112, and of RFC 9110 sections 5 to 10 and 15.

*core*: decided by this crate, and held by the tests that are named; `vector:` is an entry of
`tests/vectors`. Others bind whom the row names. Written from `tests/conformance/requirements.tsv`,
whose [summary](conformance) stands apart.
";

/// Key words (MUST, MUST NOT, REQUIRED, SHALL, SHALL NOT) in each chapter that is covered.
const KEY_WORDS: [(&str, usize); 17] = [
    ("9110-10", 15),
    ("9110-15", 26),
    ("9110-5", 17),
    ("9110-6", 9),
    ("9110-7", 27),
    ("9110-8", 15),
    ("9110-9", 17),
    ("9112-1", 5),
    ("9112-10", 1),
    ("9112-2", 8),
    ("9112-3", 16),
    ("9112-4", 1),
    ("9112-5", 6),
    ("9112-6", 22),
    ("9112-7", 10),
    ("9112-8", 1),
    ("9112-9", 20),
];

/// The row that stands for the one sentence of five key words that defines them.
const DEFINITION: &str = "9112-1.1-1";

const BINDS: [&str; 13] = [
    "server",
    "client",
    "both",
    "sender",
    "recipient",
    "origin",
    "user-agent",
    "proxy",
    "gateway",
    "intermediary",
    "registrant",
    "specification",
    "reader",
];

struct Row {
    id: &'static str,
    section: &'static str,
    binds: &'static str,
    requirement: &'static str,
    status: &'static str,
    test: &'static str,
    reason: &'static str,
}

fn rows() -> Vec<Row> {
    let mut lines = TABLE.lines();
    assert_eq!(lines.next(), Some(HEADER));
    lines.map(row).collect()
}

fn row(line: &'static str) -> Row {
    let cells: Vec<&str> = line.split('\t').collect();
    assert_eq!(cells.len(), 7, "cells in {line:?}");
    for cell in &cells {
        assert!(!cell.is_empty() && cell.trim() == *cell, "an empty or padded cell in {line:?}");
    }
    Row {
        id: cells[0],
        section: cells[1],
        binds: cells[2],
        requirement: cells[3],
        status: cells[4],
        test: cells[5],
        reason: cells[6],
    }
}

/// `9112-3.2-1` as `(9112, 3.2, 1)`.
fn parts(id: &str) -> (&str, &str, usize) {
    let mut parts = id.split('-');
    let (Some(rfc), Some(section), Some(number), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        panic!("the id {id}");
    };
    (rfc, section, number.parse().unwrap_or_else(|_| panic!("the id {id}")))
}

#[test]
fn rows_are_well_formed() {
    for row in rows() {
        let (rfc, section, _) = parts(row.id);
        assert_eq!(row.section, format!("RFC {rfc} §{section}"), "{}", row.id);
        assert!(BINDS.contains(&row.binds), "{} binds {:?}", row.id, row.binds);
        match row.status {
            "core" => assert!(!matches!(row.test, "?" | "-"), "{} has no test", row.id),
            "application" | "intermediary" | "not-applicable" => {
                assert_eq!(row.test, "-", "{} is not held by the core", row.id);
            }
            other => panic!("{} has the status {other:?}", row.id),
        }
    }
}

#[test]
fn ids_count_the_rows_of_each_section() {
    let mut last = BTreeMap::new();
    for row in rows() {
        let (rfc, section, number) = parts(row.id);
        let before = last.insert((rfc, section), number).unwrap_or(0);
        assert_eq!(number, before + 1, "{} repeats an id or leaves one out", row.id);
    }
}

#[test]
fn every_key_word_of_the_covered_chapters_has_a_row() {
    let mut found = BTreeMap::new();
    for row in rows() {
        let (rfc, section, _) = parts(row.id);
        let chapter = section.split('.').next().unwrap_or_default();
        let words = if row.id == DEFINITION { 5 } else { 1 };
        *found.entry(format!("{rfc}-{chapter}")).or_insert(0) += words;
    }
    let expected: BTreeMap<String, usize> =
        KEY_WORDS.iter().map(|(chapter, words)| ((*chapter).to_string(), *words)).collect();
    assert_eq!(found, expected);
    assert_eq!((rows().len(), expected.values().sum::<usize>()), (212, 216));
}

/// Every file that a row may name, by its path from the root of the repository.
fn read(path: &str) -> String {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn vectors() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut ids = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("tests/vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "txt") {
            let text = std::fs::read_to_string(&path).expect("a file of vectors");
            ids.extend(text.lines().filter_map(|l| l.strip_prefix("== ")).map(str::to_string));
        }
    }
    ids
}

/// Names of the functions in `source` that `#[test]` stands before.
fn tests_of(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("fn ") {
            if is_test {
                names.extend(rest.split(['(', '<']).next().map(str::to_string));
            }
            is_test = false;
        }
        is_test |= line == "#[test]";
    }
    names
}

/// Panics unless each of `tests`, separated by `, `, exists.
fn assert_tests_exist(id: &str, tests: &str, known: &mut Known) {
    let mut named = BTreeSet::new();
    for test in tests.split(", ") {
        assert!(named.insert(test), "{id} names {test} twice");
        if let Some(vector) = test.strip_prefix("vector:") {
            assert!(known.vectors.contains(vector), "{id} names the vector {vector}");
            continue;
        }
        let (path, name) = test.split_once("::").unwrap_or_else(|| panic!("{id} names {test:?}"));
        let functions =
            known.functions.entry(path.to_string()).or_insert_with(|| tests_of(&read(path)));
        assert!(functions.contains(name), "{id} names {test}");
    }
}

struct Known {
    vectors: BTreeSet<String>,
    functions: BTreeMap<String, BTreeSet<String>>,
}

impl Known {
    fn new() -> Self {
        Self { vectors: vectors(), functions: BTreeMap::new() }
    }
}

#[test]
fn every_test_that_a_row_names_exists() {
    let mut known = Known::new();
    for row in rows().iter().filter(|row| row.status == "core") {
        assert_tests_exist(row.id, row.test, &mut known);
    }
}

/// The manual's page: the table, a section for each of the RFCs'.
fn page() -> String {
    let mut page = String::from(PAGE_BEGINS);
    let mut section = "";
    for row in rows() {
        if row.section != section {
            section = row.section;
            page += &format!("\n# {section}\n\n");
        }
        let text = |text: &str| text.replace('<', "&lt;").replace('[', "\\[").replace('*', "\\*");
        let (requirement, reason) = (text(row.requirement), text(row.reason));
        page += &format!("- **{}**, {}: {requirement}\n", row.id, row.binds);
        page += &format!("  *{}*: {reason}.\n", row.status);
        for test in row.test.split(", ").filter(|test| *test != "-") {
            page += &format!("  `{test}`\n");
        }
    }
    page
}

#[test]
fn the_manual_shows_the_table_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/requirements.md");
    let page = page();
    if std::env::var("REQUIREMENTS").is_ok_and(|v| v == "write") {
        std::fs::write(&path, &page).expect("the page written");
    }
    let shown = std::fs::read_to_string(&path).expect("the page");
    assert!(shown == page, "write it anew: REQUIREMENTS=write cargo test --test conformance");
}

#[test]
fn every_mutant_belongs_to_a_row_and_to_a_test_that_its_row_names() {
    let rows = rows();
    let mut known = Known::new();
    let mut seen = BTreeSet::new();
    for line in MUTANTS.lines().filter(|line| line.starts_with("| 911")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let (id, test) = (cells[0], cells[cells.len() - 1].trim_matches('`'));
        assert!(seen.insert(id), "{id} stands twice");
        let row = rows.iter().find(|row| row.id == id).unwrap_or_else(|| panic!("no row {id}"));
        assert!(row.test.split(", ").any(|named| named == test), "{id} does not name {test}");
        assert_tests_exist(id, test, &mut known);
    }
    assert!(seen.len() >= 40, "{} mutants", seen.len());
}
