//! Messages as a proxy writes them: well formed, since it wrote them itself.
//!
//! A reader of its own, so that the core is not asked about what it is held against. Decides
//! nothing about malformed messages.

use std::io::{BufRead, Read};

/// A message that a proxy wrote.
#[derive(Default, Debug)]
pub(crate) struct Wire {
    pub(crate) start_line: String,
    fields: Vec<(String, String)>,
    pub(crate) content: Vec<u8>,
    /// Whether it came to its end.
    pub(crate) is_whole: bool,
}

impl Wire {
    /// The value of the field `name`, in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn word(&self, number: usize) -> &str {
        self.start_line.split(' ').nth(number).unwrap_or("")
    }
}

/// One line without its end; `None` if it has none.
fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok()?;
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some(line.iter().map(|&b| b as char).collect())
}

/// The head; `None` if there is none, or not all of it.
pub(crate) fn head(reader: &mut impl BufRead) -> Option<Wire> {
    let mut wire = Wire { start_line: line(reader)?, ..Wire::default() };
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Some(wire);
        }
        let (name, value) = line.split_once(':')?;
        wire.fields.push((name.to_ascii_lowercase(), value.trim().to_ascii_lowercase()));
    }
}

/// The content that the head announces; if it announces none, what comes until the close, for
/// responses.
pub(crate) fn content(reader: &mut impl BufRead, wire: &mut Wire, lasts_until_close: bool) {
    let is_whole = if wire.field("transfer-encoding").is_some() {
        chunks(reader, &mut wire.content).is_some()
    } else if let Some(length) = wire.field("content-length").and_then(|v| v.parse().ok()) {
        exactly(reader, length, &mut wire.content).is_some()
    } else if lasts_until_close {
        reader.read_to_end(&mut wire.content).is_ok()
    } else {
        true
    };
    wire.is_whole = is_whole;
}

fn exactly(reader: &mut impl BufRead, length: u64, into: &mut Vec<u8>) -> Option<()> {
    let read = reader.take(length).read_to_end(into).ok()?;
    (read as u64 == length).then_some(())
}

fn chunks(reader: &mut impl BufRead, into: &mut Vec<u8>) -> Option<()> {
    loop {
        let size = line(reader)?;
        let size = u64::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            while !line(reader)?.is_empty() {}
            return Some(());
        }
        exactly(reader, size, into)?;
        line(reader)?;
    }
}
