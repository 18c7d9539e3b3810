//! Field lines and field sections (RFC 9110 §5).
//!
//! Decides how a received section is walked: in order, with duplicates and with case
//! kept. Refuses nothing, since the section was checked before; bytes that are not that
//! section yield fewer fields, never a panic.
//!
//! ```
//! use blazeio::{Connection, Event, Limits, Server};
//!
//! static LIMITS: Limits = Limits::DEFAULT;
//! let mut connection = Connection::<Server>::new(&LIMITS, 0);
//! let mut input = *b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
//! let step = connection.receive(&mut input, 0)?;
//! let Event::Request(span) = step.event else { unreachable!() };
//! let names: Vec<&[u8]> = span.on(&input).fields().map(|field| field.name).collect();
//! assert_eq!(names, [&b"Host"[..], b"Accept"]);
//! # Ok::<(), blazeio::PeerError>(())
//! ```

use crate::syntax::head::split_line;

/// One field line: a name and a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as sent; compare without regard to case.
    pub name: &'a [u8],
    /// The value without the blanks around it. May hold bytes above 0x7f (obs-text),
    /// which are data.
    pub value: &'a [u8],
}

impl<'a> Field<'a> {
    /// A field from text. Checked when it is sent, not here.
    #[must_use]
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        Self { name: name.as_bytes(), value: value.as_bytes() }
    }

    /// A field from bytes. Checked when it is sent, not here.
    #[must_use]
    pub const fn from_bytes(name: &'a [u8], value: &'a [u8]) -> Self {
        Self { name, value }
    }

    /// Whether this is the field `name`, without regard to case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Names whose values are secrets: never written by `Debug`.
fn is_secret(field: &Field<'_>) -> bool {
    ["authorization", "proxy-authorization", "cookie", "set-cookie"].iter().any(|n| field.is(n))
}

impl core::fmt::Debug for Field<'_> {
    /// Escaped, and without the value of credentials and cookies (LOG).
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if is_secret(self) {
            return write!(f, "{}: [{} bytes]", self.name.escape_ascii(), self.value.len());
        }
        write!(f, "{}: {}", self.name.escape_ascii(), self.value.escape_ascii())
    }
}

/// A checked field section, walked in order.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    rest: &'a [u8],
    /// Stands in for the value of Host: the authority of an absolute target (RFC 9112 §3.2.2).
    host: Option<&'a [u8]>,
    /// Content-Length is not shown: Transfer-Encoding overrides it (RFC 9112 §6.3).
    hides_content_length: bool,
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(section: &'a [u8]) -> Self {
        Self { rest: section, host: None, hides_content_length: false }
    }

    pub(crate) const fn with_host(self, host: Option<&'a [u8]>) -> Self {
        Self { host, ..self }
    }

    pub(crate) const fn hiding_content_length(self, hides: bool) -> Self {
        Self { hides_content_length: hides, ..self }
    }

    /// The value of the first field called `name`, without regard to case.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        self.get_all(name).next()
    }

    /// The values of all fields called `name`, in order.
    pub fn get_all(self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.filter(move |field| field.is(name)).map(|field| field.value)
    }

    fn next_line(&mut self) -> Option<Field<'a>> {
        let (name, value, rest) = split_line(self.rest)?;
        self.rest = rest;
        Some(Field { name, value })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            let field = self.next_line()?;
            if let Some(value) = self.host.filter(|_| field.is("host")) {
                return Some(Field { value, ..field });
            }
            if self.hides_content_length && field.is("content-length") {
                continue;
            }
            return Some(field);
        }
    }
}

impl core::iter::FusedIterator for Fields<'_> {}

impl core::fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn fields_come_in_order_with_duplicates_and_case() {
        let fields = Fields::new(b"Set-Cookie: a\r\nX:\r\nset-cookie: \t b c \r\n\r\n");
        let all: Vec<_> = fields.map(|f| (f.name, f.value)).collect();
        assert_eq!(all, [(&b"Set-Cookie"[..], &b"a"[..]), (b"X", b""), (b"set-cookie", b"b c")]);
        assert_eq!(fields.get("x"), Some(&b""[..]));
        assert_eq!(fields.get_all("SET-COOKIE").count(), 2);
        assert_eq!(fields.get("y"), None);
    }

    #[test]
    fn tgt_host_is_replaced_and_clte_content_length_hidden() {
        let section = b"host: a\r\nContent-Length: 3\r\n\r\n";
        let fields = Fields::new(section).with_host(Some(b"b")).hiding_content_length(true);
        assert_eq!(fields.map(|f| f.value).collect::<Vec<_>>(), [b"b"]);
    }

    #[test]
    fn bytes_that_are_no_section_yield_nothing() {
        for bad in [&b""[..], b"abc", b"a: b", b"\r\n", b"a\r\nb: c\r\n"] {
            assert_eq!(Fields::new(bad).count(), 0, "{bad:?}");
        }
        assert_eq!(Fields::new(b"a: b\r").count(), 0);
    }

    #[test]
    fn log_debug_escapes_and_redacts() {
        let text = std::format!("{:?}", Fields::new(b"A: \x1b[1m\r\nCookie: secret\r\n\r\n"));
        assert_eq!(text, "[A: \\x1b[1m, Cookie: [6 bytes]]");
    }
}
