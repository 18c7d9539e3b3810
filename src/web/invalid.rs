//! What was wrong with a text, and where.
//!
//! Decides how a refusal reads: the rule that was broken, its source, and the byte at which it
//! was seen, counted from the start of the text that was given. Never shows the text itself, so
//! it can be logged as it is (LOG).

use core::fmt;

/// A text that breaks its grammar.
///
/// ```
/// use blazeio::web::media_type::MediaType;
///
/// let refusal = MediaType::parse(b"text/html; charset").unwrap_err();
/// assert_eq!(refusal.at, 18);
/// assert_eq!(refusal.to_string(), "a parameter is a name, `=` and a value (RFC 9110 §5.6.6), at byte 18");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Invalid {
    /// The rule.
    pub kind: InvalidKind,
    /// The byte at which it was seen to be broken.
    pub at: usize,
}

impl Invalid {
    pub(crate) const fn new(kind: InvalidKind, at: usize) -> Self {
        Self { kind, at }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at byte {}", self.kind.rule(), self.at)
    }
}

impl core::error::Error for Invalid {}

/// The rule that a text broke.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum InvalidKind {
    /// A token was expected (RFC 9110 §5.6.2).
    Token,
    /// A media type is `type/subtype` (RFC 9110 §8.3.1).
    MediaType,
    /// A parameter is `name=value` after `;` (RFC 9110 §5.6.6).
    Parameter,
    /// A quoted string ends with a quote and holds no control character (RFC 9110 §5.6.4).
    QuotedString,
    /// A parameter, or a field, that may come once came twice.
    Duplicate,
    /// A boundary is 1 to 70 characters of a set and ends with no blank (RFC 2046 §5.1.1).
    Boundary,
    /// An entity tag is `"…"` or `W/"…"` (RFC 9110 §8.8.3).
    EntityTag,
    /// `first-last/complete` (RFC 9110 §14.4).
    ContentRange,
    /// A node is an address, `unknown` or `_name`, perhaps with a port (RFC 7239 §6).
    Node,
}

impl InvalidKind {
    const fn rule(self) -> &'static str {
        match self {
            Self::Token => "a token is expected (RFC 9110 §5.6.2)",
            Self::MediaType => "a media type is `type/subtype` (RFC 9110 §8.3.1)",
            Self::Parameter => "a parameter is a name, `=` and a value (RFC 9110 §5.6.6)",
            Self::QuotedString => {
                "a quoted string ends with a quote and holds no control character (RFC 9110 §5.6.4)"
            }
            Self::Duplicate => "what may come once came twice",
            Self::Boundary => {
                "a boundary is 1 to 70 characters without a blank at its end (RFC 2046 §5.1.1)"
            }
            Self::EntityTag => "an entity tag is a quoted text, perhaps after W/ (RFC 9110 §8.8.3)",
            Self::Node => {
                "a node is an address, `unknown` or `_name`, and may have a port (RFC 7239 §6)"
            }
            Self::ContentRange => "a content range is first-last/complete (RFC 9110 §14.4)",
        }
    }
}

impl fmt::Display for InvalidKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule())
    }
}
