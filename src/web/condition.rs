//! Entity tags and conditional requests (RFC 9110 §8.8.3, §13).
//!
//! Decides, in the order of RFC 9110 §13.2.2, whether a request is performed, and whether its
//! Range counts (COND). Refuses to guess: a date that is none, or that comes twice, does not
//! count, while one before 1970 is earlier than all; an entity tag that is none matches nothing.
//! The conditions do not count for a response that would be neither 2xx nor 412 anyway (§13.2.1):
//! then do not ask.
//!
//! ```
//! use blazeio::web::condition::{EntityTag, Validators, Verdict, evaluate};
//! use blazeio::{Connection, Event, Limits, Server};
//!
//! let mut input = *b"GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/\"1\", \"2\"\r\n\r\n";
//! let step = Connection::<Server>::new(&Limits::DEFAULT, 0).receive(&mut input, 0)?;
//! let Event::Request(span) = step.event else { unreachable!() };
//! let head = span.on(&input);
//!
//! let now = Validators { entity_tag: Some(EntityTag::strong("2")), last_modified: None };
//! assert_eq!(evaluate(head.method(), head.fields(), Some(&now)), Verdict::NotModified);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::invalid::{Invalid, InvalidKind};
use crate::message::unix_seconds;
use crate::syntax::token::trim;
use crate::{Date, Fields, Method};
use core::fmt;

/// An entity tag (RFC 9110 §8.8.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EntityTag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// A strong tag: the same tag is the same bytes. `opaque` goes between the quotes: visible
    /// ASCII without a quote, which [`parse`](Self::parse) would check.
    #[must_use]
    pub const fn strong(opaque: &'a str) -> Self {
        Self { is_weak: false, opaque: opaque.as_bytes() }
    }

    /// A weak tag: the same tag is as good (RFC 9110 §8.8.1).
    #[must_use]
    pub const fn weak(opaque: &'a str) -> Self {
        Self { is_weak: true, opaque: opaque.as_bytes() }
    }

    /// Reads one tag, without blanks around it.
    ///
    /// # Errors
    /// If it breaks the grammar.
    pub fn parse(text: &'a [u8]) -> Result<Self, Invalid> {
        match Self::split_from(text) {
            Some((tag, [])) => Ok(tag),
            Some((_, rest)) => {
                let at = text.len().saturating_sub(rest.len());
                Err(Invalid::new(InvalidKind::EntityTag, at))
            }
            None => Err(Invalid::new(InvalidKind::EntityTag, 0)),
        }
    }

    /// The tag at the front, and what follows.
    fn split_from(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (is_weak, quoted) = match text.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let inside = quoted.strip_prefix(b"\"")?;
        let len = inside.iter().position(|&b| b <= b' ' || b == b'"' || b == 0x7f)?;
        let (opaque, rest) = inside.split_at_checked(len)?;
        Some((Self { is_weak, opaque }, rest.strip_prefix(b"\"")?))
    }

    /// Whether it is weak.
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// What is between the quotes.
    #[must_use]
    pub const fn opaque(&self) -> &'a [u8] {
        self.opaque
    }

    /// Strong comparison (RFC 9110 §8.8.3.2): both are strong and the same.
    #[must_use]
    pub fn is_identical_to(&self, other: &EntityTag<'_>) -> bool {
        !self.is_weak && !other.is_weak && self.opaque == other.opaque
    }

    /// Weak comparison (RFC 9110 §8.8.3.2): the same, weak or not.
    #[must_use]
    pub fn is_equivalent_to(&self, other: &EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }
}

impl fmt::Display for EntityTag<'_> {
    /// As sent, if it is visible ASCII: what no tag should hold is escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        f.write_str(if self.is_weak { "W/\"" } else { "\"" })?;
        self.opaque.iter().try_for_each(|&byte| match byte {
            b'!' | b'#'..=b'~' => f.write_char(char::from(byte)),
            _ => write!(f, "{}", byte.escape_ascii()),
        })?;
        f.write_char('"')
    }
}

/// What tells a representation from the others of its resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Validators<'a> {
    /// Its ETag.
    pub entity_tag: Option<EntityTag<'a>>,
    /// Its Last-Modified. A second change within the same second cannot be told by it: for
    /// [`allows_range`], leave it out until it lies a second back (RFC 9110 §8.8.2.2).
    pub last_modified: Option<Date>,
}

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is performed.
    Proceed,
    /// 304 (Not Modified), with the fields that a 200 would have and no content.
    NotModified,
    /// 412 (Precondition Failed).
    PreconditionFailed,
}

/// Evaluates the conditions of a request in their order (RFC 9110 §13.2.2), but If-Range.
/// `current` is what is there now; `None` if nothing is.
#[must_use]
pub fn evaluate(
    method: Method<'_>,
    fields: Fields<'_>,
    current: Option<&Validators<'_>>,
) -> Verdict {
    let is_read = matches!(method, Method::Get | Method::Head);
    if matches!(method, Method::Connect | Method::Options | Method::Trace) {
        // RFC 9110 §13.2.1: nothing is selected.
        return Verdict::Proceed;
    }
    let modified = current.and_then(|now| i64::try_from(now.last_modified?.unix()).ok());
    let is_later_than = |name| match (modified, single_date(fields, name)) {
        (Some(modified), Some(seconds)) => Some(modified > seconds),
        _ => None,
    };
    let has = |name| fields.get(name).is_some();
    let holds = if has("if-match") {
        matches(fields, "if-match", current, EntityTag::is_identical_to)
    } else {
        is_later_than("if-unmodified-since") != Some(true)
    };
    if !holds {
        return Verdict::PreconditionFailed;
    }
    let is_same = if has("if-none-match") {
        matches(fields, "if-none-match", current, EntityTag::is_equivalent_to)
    } else {
        is_read && is_later_than("if-modified-since") == Some(false)
    };
    match (is_same, is_read) {
        (false, _) => Verdict::Proceed,
        (true, true) => Verdict::NotModified,
        (true, false) => Verdict::PreconditionFailed,
    }
}

/// Whether the request's Range counts as far as If-Range goes (RFC 9110 §13.1.5): there is none,
/// or it names exactly, strongly, what is there now.
#[must_use]
pub fn allows_range(fields: Fields<'_>, current: &Validators<'_>) -> bool {
    let mut values = fields.get_all("if-range");
    let Some(value) = values.next() else { return true };
    if values.next().is_some() {
        return false;
    }
    match (EntityTag::parse(value), current.entity_tag, current.last_modified) {
        (Ok(asked), Some(tag), _) => asked.is_identical_to(&tag),
        (Ok(_), None, _) => false,
        (Err(_), _, Some(modified)) => Date::parse(value) == Some(modified),
        (Err(_), _, None) => false,
    }
}

/// The second in the only field of this name (RFC 9110 §13.1.3: several do not count).
fn single_date(fields: Fields<'_>, name: &str) -> Option<i64> {
    let mut values = fields.get_all(name);
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    unix_seconds(value)
}

type Comparison<'a> = fn(&EntityTag<'a>, &EntityTag<'_>) -> bool;

/// Whether `*` or a tag of the list fits what is there now.
fn matches<'a>(
    fields: Fields<'a>,
    name: &str,
    current: Option<&Validators<'_>>,
    is_same: Comparison<'a>,
) -> bool {
    let Some(current) = current else { return false };
    fields.get_all(name).any(|value| {
        trim(value) == b"*"
            || current.entity_tag.is_some_and(|tag| Tags(value).any(|asked| is_same(&asked, &tag)))
    })
}

/// The tags of a list, up to the first that is none: commas may stand inside a tag.
struct Tags<'a>(&'a [u8]);

impl<'a> Iterator for Tags<'a> {
    type Item = EntityTag<'a>;

    fn next(&mut self) -> Option<EntityTag<'a>> {
        while let Some((b' ' | b'\t' | b',', rest)) = self.0.split_first() {
            self.0 = rest;
        }
        let (tag, rest) = EntityTag::split_from(core::mem::take(&mut self.0))?;
        if matches!(rest.first(), None | Some(b' ' | b'\t' | b',')) {
            self.0 = rest;
            return Some(tag);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::string::{String, ToString};

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
    const LONG_BEFORE: &str = "Wed, 31 Dec 1969 23:59:59 GMT";

    fn now(tag: EntityTag<'static>) -> Validators<'static> {
        Validators { entity_tag: Some(tag), last_modified: Date::parse(THEN.as_bytes()) }
    }

    fn section(lines: &[(&str, &str)]) -> String {
        let lines: String =
            lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        lines + "\r\n"
    }

    fn verdict(method: Method<'_>, lines: &[(&str, &str)]) -> Verdict {
        let current = now(EntityTag::strong("a"));
        evaluate(method, Fields::new(section(lines).as_bytes()), Some(&current))
    }

    #[test]
    fn cond_each_condition_alone() {
        use Verdict::{NotModified as Same, PreconditionFailed as Failed, Proceed as Go};
        for (name, value, get, put) in [
            ("if-match", "\"a\"", Go, Go),
            ("if-match", "\"b\" ,, \"a\"", Go, Go),
            ("if-match", "*", Go, Go),
            ("if-match", "W/\"a\"", Failed, Failed),
            ("if-match", "\"b\"", Failed, Failed),
            ("if-match", "a", Failed, Failed),
            ("if-match", "", Failed, Failed),
            ("if-unmodified-since", BEFORE, Failed, Failed),
            ("if-unmodified-since", LONG_BEFORE, Failed, Failed),
            ("if-unmodified-since", THEN, Go, Go),
            ("if-unmodified-since", AFTER, Go, Go),
            ("if-unmodified-since", "yesterday", Go, Go),
            ("if-none-match", "\"a\"", Same, Failed),
            ("if-none-match", "W/\"a\"", Same, Failed),
            ("if-none-match", "\"b,\", W/\"a\"", Same, Failed),
            ("if-none-match", "*", Same, Failed),
            ("if-none-match", "\"b\"", Go, Go),
            ("if-none-match", "a", Go, Go),
            ("if-none-match", "\"a\"b", Go, Go),
            ("if-none-match", "w/\"a\"", Go, Go),
            ("if-modified-since", BEFORE, Go, Go),
            ("if-modified-since", LONG_BEFORE, Go, Go),
            ("if-modified-since", THEN, Same, Go),
            ("if-modified-since", AFTER, Same, Go),
            ("if-modified-since", "now", Go, Go),
        ] {
            assert_eq!(verdict(Method::Get, &[(name, value)]), get, "GET {name}: {value}");
            assert_eq!(verdict(Method::Head, &[(name, value)]), get, "HEAD {name}: {value}");
            assert_eq!(verdict(Method::Put, &[(name, value)]), put, "PUT {name}: {value}");
            assert_eq!(verdict(Method::Options, &[(name, value)]), Go, "nothing is selected");
        }
    }

    #[test]
    fn cond_their_order_is_that_of_rfc_9110_13_2_2() {
        use Verdict::{NotModified, PreconditionFailed, Proceed};
        let get = |lines: &[(&str, &str)]| verdict(Method::Get, lines);
        // If-Match before If-Unmodified-Since.
        assert_eq!(get(&[("if-unmodified-since", BEFORE), ("if-match", "\"a\"")]), Proceed);
        // If-None-Match before If-Modified-Since.
        assert_eq!(get(&[("if-modified-since", THEN), ("if-none-match", "\"b\"")]), Proceed);
        assert_eq!(get(&[("if-modified-since", BEFORE), ("if-none-match", "\"a\"")]), NotModified);
        // If-Match before If-None-Match.
        assert_eq!(get(&[("if-none-match", "\"a\""), ("if-match", "\"b\"")]), PreconditionFailed);
        assert_eq!(get(&[("if-none-match", "\"a\""), ("if-match", "\"a\"")]), NotModified);
        // Several lines are one list; several dates are none.
        assert_eq!(get(&[("if-none-match", "\"b\""), ("If-None-Match", "\"a\"")]), NotModified);
        assert_eq!(get(&[("if-modified-since", THEN), ("if-modified-since", THEN)]), Proceed);
    }

    #[test]
    fn cond_where_nothing_is_only_if_match_fails() {
        let nothing = |name: &str| {
            let section = section(&[(name, "*")]);
            evaluate(Method::Put, Fields::new(section.as_bytes()), None)
        };
        assert_eq!(nothing("if-match"), Verdict::PreconditionFailed);
        assert_eq!(nothing("if-none-match"), Verdict::Proceed);
        let dated = section(&[("if-unmodified-since", BEFORE)]);
        assert_eq!(evaluate(Method::Put, Fields::new(dated.as_bytes()), None), Verdict::Proceed);
    }

    #[test]
    fn cond_if_range_is_exact_and_strong() {
        let allows = |lines: &[(&str, &str)], tag| {
            allows_range(Fields::new(section(lines).as_bytes()), &now(tag))
        };
        let strong = EntityTag::strong("a");
        assert!(allows(&[], strong));
        for (value, ok) in [
            ("\"a\"", true),
            ("W/\"a\"", false),
            ("\"b\"", false),
            (THEN, true),
            ("Sunday, 06-Nov-94 08:49:37 GMT", true),
            (BEFORE, false),
            (LONG_BEFORE, false),
            (AFTER, false),
            ("", false),
        ] {
            assert_eq!(allows(&[("if-range", value)], strong), ok, "{value}");
        }
        assert!(!allows(&[("if-range", "W/\"a\"")], EntityTag::weak("a")));
        assert!(!allows(&[("if-range", "\"a\""), ("if-range", "\"a\"")], strong));
        let bare = section(&[("if-range", "\"a\"")]);
        assert!(!allows_range(Fields::new(bare.as_bytes()), &Validators::default()));
        let dated = section(&[("if-range", THEN)]);
        assert!(!allows_range(Fields::new(dated.as_bytes()), &Validators::default()));
    }

    #[test]
    fn an_entity_tag_is_quoted() {
        for text in ["\"\"", "\"a\"", "W/\"a\"", r#""a,\b\""#, r#"W/"!#'~\'""#] {
            let tag = EntityTag::parse(text.as_bytes()).unwrap();
            assert_eq!(tag.to_string(), text, "as it was read");
        }
        assert_eq!(EntityTag::parse(b"\"\xe9\"").unwrap().to_string(), r#""\xe9""#);
        assert_eq!(EntityTag::strong("a\r\n\"").to_string(), r#""a\r\n\"""#);
        assert_eq!(EntityTag::weak("a").to_string(), "W/\"a\"");
        for (bad, at) in
            [("", 0), ("a", 0), ("\"a", 0), ("w/\"a\"", 0), ("\"a b\"", 0), ("\"a\"b", 3)]
        {
            assert_eq!(EntityTag::parse(bad.as_bytes()).unwrap_err().at, at, "{bad}");
        }
    }
}
