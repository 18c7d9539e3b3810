//! The vectors' inputs. What events they ask for is held by `tests/vectors.rs`; here only the
//! bytes matter, and what a client sent before.

use crate::case::{Case, Sent};
use std::path::Path;

#[derive(Default)]
struct Vector {
    id: String,
    rule: String,
    is_client: bool,
    sent: Vec<Sent>,
    input: Vec<u8>,
}

pub(crate) fn cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    let text: String = files
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a file of vectors"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut all: Vec<Vector> = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        match line.strip_prefix("== ") {
            Some(id) => all.push(Vector { id: id.into(), ..Vector::default() }),
            None => all.last_mut().expect("a vector").take(line),
        }
    }
    assert!(all.len() > 400, "the vectors were found");
    all.into_iter().map(Vector::case).collect()
}

impl Vector {
    fn take(&mut self, line: &str) {
        let (key, value) = line.split_once(':').expect("a key");
        let value = value.strip_prefix(' ').unwrap_or(value);
        match key {
            "rule" => self.rule = value.into(),
            "role" => self.is_client = value == "client",
            "sent" => self.sent.push(sent(value)),
            "in" | "then" => pieces(value, &mut self.input),
            _ => {}
        }
    }

    fn case(mut self) -> Case {
        if !self.is_client {
            return Case::requests(self.id, self.rule, self.input);
        }
        if self.sent.is_empty() {
            self.sent.push(Sent::new("GET"));
        }
        Case::responses(self.id, self.rule, self.sent, self.input)
    }
}

/// `METHOD TARGET WORD…`. Content and expectations do not matter for what is read.
fn sent(line: &str) -> Sent {
    let mut words = line.split(' ');
    let mut sent = Sent::new(words.next().expect("a method"));
    sent.upgrade = words.find_map(|word| word.strip_prefix("upgrade=")).map(Into::into);
    sent
}

/// Quoted pieces, each perhaps with `* N` behind it.
fn pieces(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.trim();
    while let Some(open) = rest.strip_prefix('"') {
        let mut piece = Vec::new();
        let mut at = 0;
        let bytes = open.as_bytes();
        while bytes[at] != b'"' {
            if bytes[at] != b'\\' {
                piece.push(bytes[at]);
                at += 1;
                continue;
            }
            at += 2;
            piece.push(match bytes[at - 1] {
                b'r' => b'\r',
                b'n' => b'\n',
                b't' => b'\t',
                b'0' => 0,
                b'x' => {
                    at += 2;
                    u8::from_str_radix(&open[at - 2..at], 16).expect("two digits")
                }
                other => other,
            });
        }
        rest = open[at + 1..].trim_start();
        let mut times = 1;
        if let Some(after) = rest.strip_prefix('*') {
            let after = after.trim_start();
            let end = after.find(' ').unwrap_or(after.len());
            times = after[..end].parse().expect("a number");
            rest = after[end..].trim_start();
        }
        out.extend(piece.repeat(times));
    }
    assert!(rest.is_empty(), "pieces: {text}");
}
