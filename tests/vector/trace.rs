//! Events as lines, as the files write them.

use blazeio::{Field, Length, ResponseHead};
use std::fmt::Write as _;

/// What a run yields: events as lines, adjacent contents merged, and the bytes consumed.
#[derive(Default, PartialEq, Eq, Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) lines: Vec<String>,
    pub(crate) content: Vec<u8>,
    /// Bytes consumed; not counted after an error or a close, when nothing is read any more.
    pub(crate) consumed: usize,
}

impl Trace {
    pub(crate) fn line(&mut self, line: String) {
        self.flush();
        self.lines.push(line);
    }

    pub(crate) fn flush(&mut self) {
        if !self.content.is_empty() {
            let text = format!("content \"{}\"", quoted(&self.content));
            self.content.clear();
            self.lines.push(text);
        }
    }
}

/// For names, values, targets: only what a line cannot hold is escaped.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let is_plain = |b: u8| matches!(b, b' '..=b'~') & (b != b'\\');
    let mut text = String::with_capacity(bytes.len());
    // Most pieces are plain, and long fields are shown often.
    for piece in bytes.chunks(64) {
        let are_plain = piece.iter().fold(true, |plain, &b| plain & is_plain(b));
        match std::str::from_utf8(piece) {
            Ok(plain) if are_plain => text.push_str(plain),
            _ => piece.iter().for_each(|&b| show(b, &mut text)),
        }
    }
    text
}

fn show(b: u8, text: &mut String) {
    match b {
        b'\t' => text.push_str("\\t"),
        b'\r' => text.push_str("\\r"),
        b'\n' => text.push_str("\\n"),
        0 => text.push_str("\\0"),
        b'\\' => text.push_str("\\\\"),
        b' '..=b'~' => text.push(b.into()),
        _ => write!(text, "\\x{b:02x}").expect("a string"),
    }
}

/// For what stands in quotes: quotes are escaped too.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    shown(bytes).replace('"', "\\\"")
}

pub(crate) fn length(length: Length) -> String {
    match length {
        Length::None => "none".into(),
        Length::Sized(n) => n.to_string(),
        Length::Chunked => "chunked".into(),
        Length::UntilClose => "until-close".into(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn show_fields<'a>(fields: impl Iterator<Item = Field<'a>>, trace: &mut Trace) -> usize {
    let mut count = 0;
    for field in fields {
        let line = format!("field {}: {}", shown(field.name), shown(field.value));
        trace.line(line.trim_end().into());
        count += 1;
    }
    count
}

pub(crate) fn show_response(name: &str, head: &ResponseHead<'_>, trace: &mut Trace) {
    let mut line = format!("{name} {} \"{}\"", head.status(), quoted(head.reason()));
    if name == "response" {
        write!(line, " {} length={}", head.version(), length(head.length())).expect("a string");
    }
    trace.line(line);
    show_fields(head.fields(), trace);
}
