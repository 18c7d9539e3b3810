//! Every attack and fault that an adapter has to hold off has tests named after it.

use std::fs;
use std::path::{Path, PathBuf};

/// Those whose door is in an adapter, and what they are.
const THREATS: &[(&str, &str)] = &[
    ("EARLY", "a final response before the request's end is eaten by a reset"),
    ("PIPE", "pipelined requests run ahead, out of order, or behind a close"),
    ("SLOW", "heads, content and reading at a trickle hold a connection for ever"),
    ("MEMW", "output grows while the peer reads nothing"),
    ("REUSE", "bytes nobody asked for answer the next request"),
    ("ACPT", "running out of descriptors ends accepting, or makes it spin"),
    ("PANIC", "a handler's panic takes others with it, or looks like an end in order"),
    ("HALF", "an end of input loses the response, or spins"),
    ("RST", "a reset is noise, a leak, or an end in order"),
    ("SHUT", "stopping loses bytes, or never ends"),
    ("CANC", "a dropped future loses or repeats bytes"),
    ("IO", "short, interrupted or spurious calls and lost wakes stop a connection"),
    ("CLOCK", "a clock that jumps breaks deadlines, or dates are stale"),
];

/// All sources of tests, and sources with tests in them, of all adapters.
fn sources() -> Vec<PathBuf> {
    let adapters = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = Vec::new();
    for adapter in fs::read_dir(adapters).unwrap() {
        let adapter = adapter.unwrap().path();
        for place in ["tests", "src"].map(|place| adapter.join(place)) {
            if place.is_dir() {
                walk(&place, &mut sources);
            }
        }
    }
    sources
}

fn walk(folder: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, sources);
        } else if path.extension().is_some_and(|end| end == "rs") {
            sources.push(path);
        }
    }
}

/// The names of the tests in `source`: of functions under an attribute that makes them one.
fn tests(source: &str) -> Vec<&str> {
    let mut is_test = false;
    let mut names = Vec::new();
    for line in source.lines().map(str::trim) {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        if let Some(function) = line.strip_prefix("fn ") {
            let end = function.find(|c: char| !c.is_alphanumeric() && c != '_');
            if is_test {
                names.push(&function[..end.unwrap_or(function.len())]);
            }
            is_test = false;
        } else if is_attribute_of_a_test(line) {
            is_test = true;
        }
    }
    names
}

/// One that makes a function a test, on every runtime or on tokio.
fn is_attribute_of_a_test(line: &str) -> bool {
    let attributes =
        ["#[test]", "#[tokio::test", "#[apply(story!)]", "#[apply(spread!)]", "#[apply(jumping!)]"];
    attributes.iter().any(|attribute| line.starts_with(attribute))
}

#[test]
fn every_threat_to_an_adapter_has_a_test() {
    let sources: Vec<_> = sources().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let names: Vec<_> = sources.iter().flat_map(|source| tests(source)).collect();
    let mut missing = Vec::new();
    for (id, meaning) in THREATS {
        let prefix = format!("{}_", id.to_lowercase());
        let count = names.iter().filter(|name| name.starts_with(&prefix)).count();
        println!("{count:4} {id}: {meaning}");
        if count == 0 {
            missing.push(id);
        }
    }
    assert!(missing.is_empty(), "without a test: {missing:?}");
}

#[test]
fn only_functions_that_are_tests_count() {
    let attribute = ["#[te", "st]"].concat();
    let source = format!("fn io_a() {{}}\n{attribute}\nfn io_b() {{}}\nfn io_c() {{}}");
    assert_eq!(tests(&source), ["io_b"]);
}
