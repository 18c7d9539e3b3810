//! One pattern: its grammar, whether a path has it, and what its names stand for.

use super::error::{RouteError, RouteErrorKind as Kind};
use crate::syntax::number::hex_digit;
use core::cmp::Ordering;
use core::fmt;

/// A checked pattern: see the [module](super).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pattern<'p> {
    text: &'p str,
}

impl<'p> Pattern<'p> {
    /// Checks a pattern.
    ///
    /// # Errors
    /// What is wrong with it, and where; of a table's errors all but
    /// [`Double`](Kind::Double).
    pub const fn new(text: &'p str) -> Result<Self, RouteError> {
        let [b'/', path @ ..] = text.as_bytes() else {
            return Err(RouteError::new(Kind::NoSlash, 0));
        };
        let (mut rest, mut offset) = (Some(path), 1usize);
        while let Some(left) = rest {
            let (segment, tail) = split(left);
            let part = Part::of(segment);
            if let Some(kind) = wrong_with(&part, tail.is_some()) {
                return Err(RouteError::new(kind, offset));
            }
            if let (Some(name), Some(tail)) = (part.name(), tail) {
                if has_name(tail, name) {
                    return Err(RouteError::new(Kind::NameTwice, offset));
                }
            }
            rest = tail;
            offset = offset.wrapping_add(segment.len()).wrapping_add(1);
        }
        Ok(Self { text })
    }

    /// The pattern, as it was written.
    #[must_use]
    pub const fn as_str(&self) -> &'p str {
        self.text
    }

    /// What its names stand for, if `path` has this pattern. The path is as sent, without query.
    #[must_use]
    pub fn captures<'a>(&self, path: &'a [u8]) -> Option<Captures<'p, 'a>> {
        let pattern = self.text.as_bytes();
        is_match(pattern, path).then(|| Captures::new(pattern, path))
    }
}

impl fmt::Debug for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.text)
    }
}

/// What the names of a pattern stand for: pairs of a name and the bytes of the path as they were
/// sent, in the order of the pattern. An iterator, and `Copy`: nothing is stored.
#[derive(Clone, Copy)]
pub struct Captures<'p, 'a> {
    pattern: Option<&'p [u8]>,
    path: &'a [u8],
}

impl<'p, 'a> Captures<'p, 'a> {
    /// Of a path that has the pattern.
    pub(super) fn new(pattern: &'p [u8], path: &'a [u8]) -> Self {
        Self { pattern: pattern.strip_prefix(b"/"), path: path.strip_prefix(b"/").unwrap_or(path) }
    }

    /// What `name` stands for, as it was sent; `None` if the pattern has no such name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        let mut all = self;
        all.find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

impl<'p, 'a> Iterator for Captures<'p, 'a> {
    type Item = (&'p str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (part, pattern) = split(self.pattern?);
            let (segment, path) = split(self.path);
            let whole = self.path;
            self.pattern = pattern;
            self.path = path.unwrap_or_default();
            match Part::of(part) {
                Part::Literal(_) => {}
                // A name is ASCII.
                Part::Name(name) => return Some((core::str::from_utf8(name).ok()?, segment)),
                Part::Rest(name) => return Some((core::str::from_utf8(name).ok()?, whole)),
            }
        }
    }
}

impl core::iter::FusedIterator for Captures<'_, '_> {}

impl fmt::Debug for Captures<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for (name, value) in *self {
            list.entry(&format_args!("{name}={}", value.escape_ascii()));
        }
        list.finish()
    }
}

/// Whether a path has a pattern.
pub(super) fn is_match(pattern: &[u8], path: &[u8]) -> bool {
    let ([b'/', pattern @ ..], [b'/', path @ ..]) = (pattern, path) else { return false };
    let (mut pattern, mut path) = (pattern, path);
    loop {
        let (part, pattern_rest) = split(pattern);
        let (segment, path_rest) = split(path);
        match Part::of(part) {
            Part::Rest(_) => return true,
            Part::Name(_) if segment.is_empty() => return false,
            Part::Literal(literal) if !stands_for(segment, literal) => return false,
            Part::Name(_) | Part::Literal(_) => {}
        }
        match (pattern_rest, path_rest) {
            (Some(left), Some(right)) => (pattern, path) = (left, right),
            (left, right) => return left.is_none() && right.is_none(),
        }
    }
}

/// Which of two patterns that one path has goes before the other: `Less` does. Where both have a
/// literal it is the same.
pub(super) fn precedence(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (Some(a), Some(b));
    while let (Some(left), Some(right)) = (a, b) {
        let ((left, left_rest), (right, right_rest)) = (split(left), split(right));
        let order = Part::of(left).rank().cmp(&Part::of(right).rank());
        if order.is_ne() {
            return order;
        }
        (a, b) = (left_rest, right_rest);
    }
    Ordering::Equal
}

/// Whether two patterns differ in names at most.
pub(super) const fn same_shape(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (Some(a), Some(b));
    while let (Some(left), Some(right)) = (a, b) {
        let ((left, left_rest), (right, right_rest)) = (split(left), split(right));
        let same = match (Part::of(left), Part::of(right)) {
            (Part::Literal(left), Part::Literal(right)) => equal(left, right),
            (Part::Name(_), Part::Name(_)) | (Part::Rest(_), Part::Rest(_)) => true,
            _ => false,
        };
        if !same {
            return false;
        }
        (a, b) = (left_rest, right_rest);
    }
    a.is_none() && b.is_none()
}

/// `==`, in a `const fn`.
pub(super) const fn equal(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a, b);
    while let ([left, a_rest @ ..], [right, b_rest @ ..]) = (a, b) {
        if *left != *right {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}

/// A segment of a pattern.
enum Part<'p> {
    Literal(&'p [u8]),
    Name(&'p [u8]),
    Rest(&'p [u8]),
}

impl<'p> Part<'p> {
    const fn of(segment: &'p [u8]) -> Self {
        match segment {
            [b'{', b'*', name @ .., b'}'] => Self::Rest(name),
            [b'{', name @ .., b'}'] => Self::Name(name),
            literal => Self::Literal(literal),
        }
    }

    const fn name(&self) -> Option<&'p [u8]> {
        match self {
            Self::Literal(_) => None,
            Self::Name(name) | Self::Rest(name) => Some(name),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Name(_) => 1,
            Self::Rest(_) => 2,
        }
    }
}

/// What is wrong with a segment, if something follows it or not.
const fn wrong_with(part: &Part<'_>, is_followed: bool) -> Option<Kind> {
    match part {
        Part::Literal(text) => wrong_with_literal(text),
        Part::Name(name) | Part::Rest(name) if !is_name(name) => Some(Kind::Name),
        Part::Rest(_) if is_followed => Some(Kind::RestNotLast),
        Part::Name(_) | Part::Rest(_) => None,
    }
}

const fn wrong_with_literal(text: &[u8]) -> Option<Kind> {
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        match *byte {
            b'{' | b'}' => return Some(Kind::Brace),
            b'?' | b'#' | b'%' | ..=0x1f | 0x7f => return Some(Kind::Byte),
            _ => rest = tail,
        }
    }
    None
}

const fn is_name(name: &[u8]) -> bool {
    let mut rest = name;
    while let [byte, tail @ ..] = rest {
        if !byte.is_ascii_alphanumeric() && *byte != b'_' {
            return false;
        }
        rest = tail;
    }
    !name.is_empty()
}

/// Whether a segment of `pattern` has this name.
const fn has_name(pattern: &[u8], name: &[u8]) -> bool {
    let mut rest = Some(pattern);
    while let Some(left) = rest {
        let (segment, tail) = split(left);
        if let Some(other) = Part::of(segment).name() {
            if equal(name, other) {
                return true;
            }
        }
        rest = tail;
    }
    false
}

/// The first segment, and what follows its slash if it has one.
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
const fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (mut rest, mut len) = (text, 0usize);
    while let [byte, tail @ ..] = rest {
        if *byte == b'/' {
            // Unreachable: `len` bytes were passed.
            let Some((segment, _)) = text.split_at_checked(len) else { break };
            return (segment, Some(tail));
        }
        (rest, len) = (tail, len.wrapping_add(1));
    }
    (text, None)
}

/// Whether a segment of a path, percent-decoded, is this text.
fn stands_for(segment: &[u8], literal: &[u8]) -> bool {
    let mut rest = segment;
    for wanted in literal {
        let Some((byte, tail)) = decode(rest) else { return false };
        if byte != *wanted {
            return false;
        }
        rest = tail;
    }
    rest.is_empty()
}

/// The first byte of percent-encoded text, and what follows it (RFC 3986 §2.1). A `%` without two
/// digits stands for itself.
fn decode(text: &[u8]) -> Option<(u8, &[u8])> {
    if let [b'%', high, low, rest @ ..] = text {
        if let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) {
            return Some((high << 4 | low, rest));
        }
    }
    text.split_first().map(|(byte, rest)| (*byte, rest))
}
