//! The manual's page on attacks holds what it says: every test that it names exists.

use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../src/manual/attacks.md");

fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let lines = text.lines().filter_map(|line| line.split_once("fn "));
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            found.extend(lines.map(|(_, rest)| rest.chars().take_while(|&c| is_name(c)).collect()));
        }
    }
}

#[test]
fn every_section_names_tests_and_every_test_exists() {
    let (mut found, root) = (BTreeSet::new(), Path::new(env!("CARGO_MANIFEST_DIR")));
    for folder in ["src", "tests"] {
        functions(&root.join(folder), &mut found);
    }
    let sections: Vec<_> = PAGE.split("\n# ").skip(1).collect();
    assert!(sections.len() > 10);
    for section in sections {
        let (_, tests) = section.split_once("\nTests: ").expect(section);
        for test in tests.split('`').skip(1).step_by(2) {
            assert!(found.contains(test), "{test}");
        }
        assert!(tests.contains('`'), "{section}");
    }
    assert!(!found.contains("a_test_that_is_not_there"));
}
