//! The manual's page on attacks holds what it says: every id is there, every test exists.

use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../src/manual/attacks.md");

/// Every id of the threat table.
const IDS: [&str; 54] = [
    "CLTE", "TETE", "VER", "CLVAL", "CL0", "0CL", "TERM", "SPILL", "EXTQ", "CHSZ", "TRLR", "WSP",
    "HOST", "TGT", "HOP", "SPLIT", "PAUSE", "UPG", "EARLY", "PIPE", "SEG", "QUAD", "SLOW", "HEADF",
    "CHUNKF", "BODYL", "1XX", "MEMW", "BODYX", "REUSE", "RETRY", "REDIR", "SSRF", "WSF", "WSX",
    "CSWSH", "BOMB", "MPART", "URLF", "PATH", "RANGE", "COND", "OPENR", "SSE", "LOG", "SIG",
    "ACPT", "PANIC", "HALF", "RST", "SHUT", "CANC", "IO", "CLOCK",
];

/// The title and the text of every section that is about one attack.
fn sections() -> Vec<(&'static str, &'static str)> {
    let text = PAGE.split("\n# Not built yet").next().unwrap();
    let sections = text.split("\n## ").skip(1);
    sections.map(|s| s.split_once('\n').unwrap()).collect()
}

/// The ids that have no code to attack.
fn not_built() -> Vec<&'static str> {
    let (_, text) = PAGE.split_once("\n# Not built yet").unwrap();
    let list = text.trim_end().rsplit("\n\n").next().unwrap();
    list.trim_end_matches('.').split(", ").map(str::trim).collect()
}

/// All tests named in a section's `Tests:` paragraph.
fn tests(text: &'static str) -> Vec<&'static str> {
    let Some((_, list)) = text.split_once("\nTests: ") else { return Vec::new() };
    let list = list.split("\n\n").next().unwrap();
    list.split('`').skip(1).step_by(2).collect()
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.file_name().unwrap() != "target" => walk(&path, visit),
            true => {}
            false => visit(&path),
        }
    }
}

/// Names of test functions, and `vector:ID` for the ids that have vectors.
fn existing() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for folder in ["src", "tests", "adapters", "fuzz/oracles"] {
        walk(&root.join(folder), &mut |path| match path.extension().and_then(|e| e.to_str()) {
            Some("rs") => test_functions(&std::fs::read_to_string(path).unwrap(), &mut found),
            Some("txt") if path.parent().unwrap().ends_with("tests/vectors") => {
                vectors(&std::fs::read_to_string(path).unwrap(), &mut found);
            }
            _ => {}
        });
    }
    found
}

/// Functions under `#[test]`, `#[tokio::test]`, or what the adapters' suite makes a test by.
fn test_functions(source: &str, found: &mut BTreeSet<String>) {
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        let line = line.strip_prefix("async ").unwrap_or(line);
        if let Some(rest) = line.strip_prefix("fn ") {
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            if is_test {
                found.insert(name.to_owned());
            }
            is_test = false;
        }
        is_test |= ["#[test]", "#[tokio::test", "#[apply("].iter().any(|a| line.starts_with(a));
    }
}

fn vectors(text: &str, found: &mut BTreeSet<String>) {
    for id in text.lines().filter_map(|line| line.strip_prefix("== ")) {
        let (group, _) = id.rsplit_once('-').unwrap();
        found.insert(format!("vector:{group}"));
    }
}

#[test]
fn every_id_of_the_threat_table_is_in_the_manual_once() {
    let mut told: Vec<_> = sections().iter().map(|(t, _)| t.split(':').next().unwrap()).collect();
    told.extend(not_built());
    told.sort_unstable();
    let mut ids = IDS.to_vec();
    ids.sort_unstable();
    assert_eq!(told, ids);
}

#[test]
fn every_attack_names_tests_that_exist_and_one_that_bears_its_id() {
    let existing = existing();
    for (title, text) in sections() {
        let id = title.split(':').next().unwrap();
        let tests = tests(text);
        for test in &tests {
            assert!(existing.contains(*test), "{id}: there is no test {test}");
        }
        let (vector, prefix) = (format!("vector:{id}"), format!("{}_", id.to_lowercase()));
        let bears = |test: &&str| **test == *vector || test.starts_with(&prefix);
        assert!(tests.iter().any(bears), "{id}: no test bears its name");
    }
}

#[test]
fn what_is_not_built_has_no_test_that_says_it_is() {
    let existing = existing();
    for id in not_built() {
        let prefix = format!("{}_", id.to_lowercase());
        let found: Vec<_> = existing.iter().filter(|test| test.starts_with(&prefix)).collect();
        assert!(found.is_empty(), "{id} has tests: {found:?}");
    }
}
