//! What is shown of a response.
//!
//! Decides where it goes: content to standard output, heads to standard error and escaped
//! (LOG), or all of it into one line of JSON.

use crate::fetch::exchange::Receiver;
use blazeio::{Fields, ResponseHead};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{self, Write as _};

/// The response to one URL.
pub struct Report {
    /// The final response's status, 0 before there is one.
    pub status: u16,
    length: u64,
    digest: Sha256,
    is_json: bool,
    is_verbose: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    ok: bool,
    status: u16,
    body_len: u64,
    body_sha256: &'a str,
    error: Option<&'a str>,
}

impl Report {
    /// Nothing received yet.
    pub fn new(is_json: bool, is_verbose: bool) -> Self {
        Self { status: 0, length: 0, digest: Sha256::new(), is_json, is_verbose }
    }

    /// The line that says how it went.
    pub fn into_json(self, error: Option<&str>) -> String {
        let digest: String = self.digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
        let line = Line {
            ok: error.is_none(),
            status: self.status,
            body_len: self.length,
            body_sha256: &digest,
            error,
        };
        serde_json::to_string(&line).unwrap_or_default()
    }

    fn show(&self, fields: Fields<'_>) {
        for field in fields {
            say(format_args!("< {}: {}", field.name.escape_ascii(), field.value.escape_ascii()));
        }
        say(format_args!("<"));
    }
}

impl Receiver for Report {
    fn head(&mut self, head: &ResponseHead<'_>) {
        if head.status() >= 200 {
            self.status = head.status();
        }
        if self.is_verbose {
            let reason = head.reason().escape_ascii();
            say(format_args!("< {} {} {reason}", head.version(), head.status()));
            self.show(head.fields());
        }
    }

    fn content(&mut self, piece: &[u8]) -> io::Result<()> {
        self.length += piece.len() as u64;
        if self.is_json {
            self.digest.update(piece);
            return Ok(());
        }
        io::stdout().write_all(piece)
    }

    fn trailers(&mut self, fields: Fields<'_>) {
        if self.is_verbose {
            self.show(fields);
        }
    }
}

/// A line on standard error.
pub fn say(text: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}
