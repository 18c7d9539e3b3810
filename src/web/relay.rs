//! What a relay passes on, and what it says of itself (RFC 9110 §7.6, RFC 7239).
//!
//! Decides which field lines end here: those of the connection, those that Connection names,
//! and those that frame a message, which the core writes anew (HOP). Refuses a Connection that
//! names more than [`MOST`] fields, and one that names a field that a request cannot do without,
//! so that nobody has a credential or a Host taken away on the way.
//!
//! ```
//! use blazeio::web::relay::{Passed, Via};
//! use blazeio::{Connection, Event, Limits, Server, Version};
//!
//! let mut input = *b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x-hop\r\nX-Hop: 1\r\nAccept: */*\r\n\r\n";
//! let step = Connection::<Server>::new(&Limits::DEFAULT, 0).receive(&mut input, 0)?;
//! let Event::Request(span) = step.event else { unreachable!() };
//! let names: Vec<&[u8]> = Passed::new(span.on(&input).fields())?.map(|field| field.name).collect();
//! assert_eq!(names, [&b"Accept"[..]]);
//! assert_eq!(Via::new(Version::Http11, "edge", None).to_string(), "1.1 edge");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::syntax::field::elements;
use crate::syntax::number::decimal;
use crate::{Content, Field, Fields, Length, Method, RequestHead, ResponseHead, Target, Version};
use core::fmt;

/// How many fields Connection may name.
pub const MOST: usize = 16;

/// Fields that end at every relay: they concern one connection (RFC 9110 §7.6.1), or the core
/// writes them for the next one. `Expect` too: the relay's own exchange says it, or not; and
/// `Max-Forwards`, which is to be counted: see [`Hops`]. What proxies ask for and say of
/// credentials is for the next client alone (§11.7.1, §11.7.3).
const HOP_BY_HOP: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The field lines to pass on, in order.
#[derive(Clone, Debug)]
pub struct Passed<'a> {
    fields: Fields<'a>,
    named: heapless::Vec<&'a [u8], MOST>,
}

impl<'a> Passed<'a> {
    /// Those of a head.
    ///
    /// # Errors
    /// If Connection names more than [`MOST`] fields: answer 400 or 502.
    pub fn new(head: Fields<'a>) -> Result<Self, TooManyOptions> {
        Self::trailers(head, head)
    }

    /// Those of the trailer section of a message with this head, whose Connection counts there too
    /// (RFC 9110 §7.6.1).
    ///
    /// # Errors
    /// As [`new`](Self::new), which has said so of the head before.
    pub fn trailers(head: Fields<'a>, trailers: Fields<'a>) -> Result<Self, TooManyOptions> {
        let mut named = heapless::Vec::new();
        for option in head.filter(|field| field.is("connection")).flat_map(|f| elements(f.value)) {
            if is_end_to_end(option)
                || is_one_of(option, &HOP_BY_HOP)
                || option.eq_ignore_ascii_case(b"close")
            {
                continue;
            }
            named.push(option).map_err(|_| TooManyOptions)?;
        }
        Ok(Self { fields: trailers, named })
    }
}

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
}

/// Fields that Connection may not name (RFC 9110 §7.6.1: intended for all recipients): it is
/// ignored where it does. The core refuses most of them in requests already.
fn is_end_to_end(name: &[u8]) -> bool {
    const NAMES: [&str; 8] = [
        "authorization",
        "cache-control",
        "content-encoding",
        "content-range",
        "content-type",
        "cookie",
        "set-cookie",
        "via",
    ];
    is_one_of(name, &NAMES)
}

impl<'a> Iterator for Passed<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let named = &self.named;
        self.fields.find(|field| {
            !is_one_of(field.name, &HOP_BY_HOP)
                && !named.iter().any(|option| option.eq_ignore_ascii_case(field.name))
        })
    }
}

impl core::iter::FusedIterator for Passed<'_> {}

/// Connection names more fields than [`MOST`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooManyOptions;

impl fmt::Display for TooManyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection names more fields than a relay looks for (RFC 9110 §7.6.1)")
    }
}

impl core::error::Error for TooManyOptions {}

/// The target of a request when it is passed on to its origin, by [`Display`](fmt::Display): path
/// and query, whichever form it came in (RFC 9112 §3.2.1); `*` of OPTIONS for a whole server
/// (§3.2.4); of CONNECT, nothing.
#[derive(Clone, Copy, Debug)]
pub struct OriginForm<'a>(Option<Target<'a>>);

impl<'a> OriginForm<'a> {
    /// Of a request.
    #[must_use]
    pub fn new(head: &RequestHead<'a>) -> Self {
        Self(match head.target() {
            Some(Target::Absolute { .. }) if is_of_server(head) => Some(Target::Asterisk),
            target => target,
        })
    }
}

/// Whether it is OPTIONS of `http://host`, with neither path nor query.
fn is_of_server(head: &RequestHead<'_>) -> bool {
    let mut marks = head.raw_target().iter().filter(|b| matches!(b, b'/' | b'?'));
    head.method() == Method::Options && marks.nth(2).is_none()
}

impl fmt::Display for OriginForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Visible ASCII, which the core has checked.
        let text = |bytes| core::str::from_utf8(bytes).map_err(|_| fmt::Error);
        let Some(target) = self.0 else { return Ok(()) };
        match target {
            Target::Asterisk => return f.write_str("*"),
            Target::Authority(_) => return Ok(()),
            Target::Origin { .. } | Target::Absolute { .. } => {}
        }
        f.write_str(text(target.path().unwrap_or_default())?)?;
        match target.query() {
            Some(query) => write!(f, "?{}", text(query)?),
            None => Ok(()),
        }
    }
}

/// How a request is framed when it is passed on: as long as it came, else in chunks (RFC 9112 §6).
#[must_use]
pub fn reframed_request(head: &RequestHead<'_>) -> Content {
    reframed(head.length(), Content::Empty)
}

/// How a response is framed when it is passed on. One without content, to HEAD or with 304, says
/// the length that it was given (RFC 9110 §8.6), once if it was given as a list.
#[must_use]
pub fn reframed_response(head: &ResponseHead<'_>) -> Content {
    // The core has checked that a list says the same again.
    let said = head.field("content-length").and_then(|value| elements(value).next());
    reframed(head.length(), said.and_then(decimal).map_or(Content::Streamed, Content::Sized))
}

fn reframed(length: Length, none: Content) -> Content {
    match length {
        Length::None => none,
        Length::Sized(length) => Content::Sized(length),
        Length::Chunked | Length::UntilClose => Content::Streamed,
    }
}

/// A relay's own entry for Via (RFC 9110 §7.6.3), by [`Display`](fmt::Display): a field line of
/// its own, behind those that came, is the same as one longer list.
#[derive(Clone, Copy)]
pub struct Via<'a> {
    version: Version,
    pseudonym: &'a str,
    comment: Option<&'a str>,
}

impl<'a> Via<'a> {
    /// An entry for a message that came with `version` to `pseudonym`: a name, or host and port.
    #[must_use]
    pub const fn new(version: Version, pseudonym: &'a str, comment: Option<&'a str>) -> Self {
        Self { version, pseudonym, comment }
    }

    /// Whether a message passed here already, with whatever version: a loop. Comments are passed
    /// over; one that has no end, or no beginning, hides no entry.
    #[must_use]
    pub fn is_in(&self, fields: Fields<'_>) -> bool {
        let mut entries = fields
            .filter(|field| field.is("via"))
            .flat_map(|field| Entries { rest: field.value, has_comments: true });
        entries.any(|entry| {
            let mut words = entry.split(|&b| b == b' ' || b == b'\t').filter(|w| !w.is_empty());
            words.nth(1).is_some_and(|by| by.eq_ignore_ascii_case(self.pseudonym.as_bytes()))
        })
    }
}

/// The entries of a Via line, the last one first: who wrote the one before has no say in where one
/// begins.
struct Entries<'a> {
    rest: &'a [u8],
    has_comments: bool,
}

impl Entries<'_> {
    /// Where the last comma outside comments is; the last comma from where these do not pair on.
    fn last_comma(&mut self) -> Option<usize> {
        let (mut depth, mut before) = (0u32, self.rest);
        while let Some((byte, rest)) = before.split_last().filter(|_| self.has_comments) {
            before = rest;
            match byte {
                b',' if depth == 0 => return Some(rest.len()),
                b'(' | b')' if is_escaping(rest) => {}
                b')' => depth = depth.saturating_add(1),
                b'(' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.has_comments &= depth == 0;
        let last = self.rest.iter().rposition(|&b| b == b',');
        last.filter(|_| !self.has_comments)
    }
}

/// Whether the backslashes at the end make what follows a quoted pair (RFC 9110 §5.6.4).
fn is_escaping(text: &[u8]) -> bool {
    text.iter().rev().take_while(|&&b| b == b'\\').count() % 2 == 1
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let (rest, entry) = match self.last_comma() {
            Some(at) => (self.rest.get(..at)?, self.rest.get(at.wrapping_add(1)..)?),
            None => (&[][..], self.rest),
        };
        self.rest = rest;
        Some(entry)
    }
}

impl fmt::Display for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.version {
            Version::Http10 => "1.0 ",
            Version::Http11 => "1.1 ",
        })?;
        f.write_str(self.pseudonym)?;
        match self.comment {
            Some(comment) => write!(f, " ({comment})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Via({self})")
    }
}

/// How often a request may still be passed on (RFC 9110 §7.6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hops {
    /// Nobody counts.
    Any,
    /// Not at all: answer it here, as its last recipient.
    Here,
    /// So often, as Max-Forwards of what is passed on.
    Left(u32),
}

impl Hops {
    /// What Max-Forwards says: of OPTIONS and TRACE, where it counts.
    ///
    /// # Errors
    /// If it is no number, or there are several: answer 400.
    pub fn new(method: Method<'_>, fields: Fields<'_>) -> Result<Self, InvalidMaxForwards> {
        if !matches!(method, Method::Options | Method::Trace) {
            return Ok(Self::Any);
        }
        let mut values = fields.filter(|field| field.is("max-forwards"));
        let (value, other) = (values.next(), values.next());
        let Some(Field { value, .. }) = value else { return Ok(Self::Any) };
        if other.is_some() || value.is_empty() {
            return Err(InvalidMaxForwards);
        }
        // More than can be counted is as good as the most.
        let count = value.iter().try_fold(0u32, |count, digit| match digit {
            b'0'..=b'9' => Some(count.saturating_mul(10).saturating_add(u32::from(digit & 15))),
            _ => None,
        });
        match count.ok_or(InvalidMaxForwards)?.checked_sub(1) {
            Some(left) => Ok(Self::Left(left)),
            None => Ok(Self::Here),
        }
    }
}

/// Max-Forwards is no number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidMaxForwards;

impl fmt::Display for InvalidMaxForwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Max-Forwards is no number (RFC 9110 §7.6.2)")
    }
}

impl core::error::Error for InvalidMaxForwards {}

#[cfg(test)]
mod tests;
