//! Lines on standard error (LOG).

use std::fmt;
use std::io::{self, Write as _};

/// Writes one line, whatever the text holds: control characters are escaped.
pub fn line(text: fmt::Arguments<'_>) {
    let mut line = String::new();
    for c in text.to_string().chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line.push('\n');
    // A log that cannot be written is no reason to stop serving.
    let _ = io::stderr().write_all(line.as_bytes());
}
