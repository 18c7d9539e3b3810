//! Which room of the core may know which: dependencies point one way.
//!
//! The sources are read. Comments do not count, and tests may know more than what they test.

use std::fs;
use std::path::Path;

/// A room, and those it may name beside itself. What the crate names at its root belongs to the
/// room that it is defined in.
const ROOMS: [(&str, &[&str]); 5] = [
    ("syntax", &["error", "message"]),
    ("message", &["syntax", "error", "debug"]),
    ("transfer", &["syntax", "message", "error", "limits"]),
    ("web", &["syntax", "message", "error", "buffer", "debug"]),
    ("connection", &["syntax", "message", "transfer", "error", "limits", "debug", "buffer"]),
];

/// The code of every file of a room, without comments and tests.
fn code(room: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(room).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            code(&path, into);
        } else if name.ends_with(".rs") && !name.contains("test") && !name.contains("walk") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            into.push((name, lines.collect::<Vec<_>>().join("\n")));
        }
    }
}

/// The names that `text` takes from the root of the crate.
fn names(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let list = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap(),
            None => rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap(),
        };
        let first = |name: &str| name.trim().split("::").next().unwrap().to_owned();
        all.extend(list.split(',').map(first).filter(|name| !name.is_empty()));
    }
    all
}

/// The room that a name at the root belongs to, by the crate's own `pub use`.
fn room_of(name: &str, root: &str) -> String {
    let uses = root.split("pub use ").skip(1).map(|line| line.split(';').next().unwrap());
    for line in uses {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if words.clone().any(|word| word == name) {
            return line.split("::").next().unwrap().to_owned();
        }
    }
    name.to_owned()
}

/// What is named in `text`, a file of `room`, though it may not be.
fn offences(room: &str, allowed: &[&str], text: &str, root: &str) -> Vec<String> {
    let rooms = names(text).into_iter().map(|name| room_of(&name, root));
    rooms.filter(|named| named != room && !allowed.contains(&&**named)).collect()
}

#[test]
fn dependencies_point_one_way() {
    let root = fs::read_to_string("src/lib.rs").unwrap();
    for (room, allowed) in ROOMS {
        let mut files = Vec::new();
        code(&Path::new("src").join(room), &mut files);
        assert!(files.len() > 3, "{room} has {} files", files.len());
        for (name, text) in files {
            let found = offences(room, allowed, &text, &root);
            assert!(found.is_empty(), "{name} names {found:?}");
        }
    }
}

#[test]
fn web_that_knew_a_connection_would_be_noticed() {
    let root = fs::read_to_string("src/lib.rs").unwrap();
    let (_, allowed) = ROOMS.into_iter().find(|(room, _)| *room == "web").unwrap();
    for line in [
        "use crate::connection::Event;",
        "use crate::{Field, Connection};",
        "use crate::Event;",
        "fn f(_: crate::Signals) {}",
        "use crate::transfer::Decoder;",
    ] {
        assert_eq!(offences("web", allowed, line, &root).len(), 1, "{line}");
    }
    let fine = "use crate::{Date, Field};\nuse crate::syntax::token::trim;";
    assert!(offences("web", allowed, fine, &root).is_empty());
}
