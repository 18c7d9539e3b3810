//! Ranges of a content (RFC 9110 §14).
//!
//! Decides which bytes a Range asks for, given how many there are. Refuses by the whole: a unit
//! other than bytes, a malformed set, more than eight ranges, two that overlap or touch the same
//! byte, are answered with all of it, as if there were no Range (RANGE; RFC 9110 §14.2 allows
//! that); a set of which nothing exists is unsatisfiable (416).
//!
//! ```
//! use blazeio::web::range::{ByteRange, Selection};
//!
//! let Selection::Parts(parts) = Selection::of(b"bytes=0-99, -50", 1_000) else { panic!() };
//! let lengths: Vec<u64> = parts.iter().map(ByteRange::len).collect();
//! assert_eq!(lengths, [100, 50]);
//! assert_eq!(parts[1].content_range(1_000).to_string(), "bytes 950-999/1000");
//! assert_eq!(Selection::of(b"bytes=1000-", 1_000), Selection::Unsatisfiable);
//! ```

use super::invalid::{Invalid, InvalidKind};
use crate::syntax::field::elements;
use crate::syntax::number::decimal;
use core::fmt;

/// Bytes of a content: both are inside it, and `first` is not behind `last`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ByteRange {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
}

#[allow(clippy::len_without_is_empty)] // It holds one byte at least.
impl ByteRange {
    /// How many bytes: one at least.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }

    /// Content-Range for this part of a content of `size` bytes.
    #[must_use]
    pub const fn content_range(&self, size: u64) -> ContentRange {
        ContentRange { range: Some(*self), size: Some(size) }
    }

    const fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// How many ranges a request may ask for (RANGE).
pub const MOST: usize = 8;

/// What to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selection {
    /// All of it, with 200: Range does not count.
    Whole,
    /// These parts, with 206: one as it is, several as `multipart/byteranges`. In the order
    /// asked for; one at least.
    Parts(heapless::Vec<ByteRange, MOST>),
    /// Nothing, with 416 and [`ContentRange::unsatisfied`].
    Unsatisfiable,
}

impl Selection {
    /// What Range's value asks for of a content of `size` bytes. For GET only (RFC 9110 §14.2),
    /// and after the [conditions](super::condition) hold, If-Range among them.
    #[must_use]
    pub fn of(range: &[u8], size: u64) -> Self {
        Self::read(range, size).unwrap_or(Self::Whole)
    }

    /// `None`: does not count.
    fn read(range: &[u8], size: u64) -> Option<Self> {
        let (unit, set) = range.split_at_checked(6)?;
        if !unit.eq_ignore_ascii_case(b"bytes=") {
            return None;
        }
        let mut parts = heapless::Vec::new();
        let mut count = 0usize;
        for spec in elements(set) {
            count = count.wrapping_add(1);
            if count > MOST {
                return None;
            }
            let Some(part) = parse(spec, size)? else { continue };
            if parts.iter().any(|other: &ByteRange| other.overlaps(&part)) {
                return None;
            }
            parts.push(part).ok()?;
        }
        match (count, parts.is_empty(), size) {
            (0, ..) => None,
            // RFC 9110 §14.1.2: a suffix of an empty content is all of it.
            (_, true, 0) if elements(set).any(|s| s.starts_with(b"-") && suffix(s) != Some(0)) => {
                None
            }
            (_, true, _) => Some(Self::Unsatisfiable),
            _ => Some(Self::Parts(parts)),
        }
    }
}

/// `None`: malformed. `Some(None)`: none of its bytes exists.
fn parse(spec: &[u8], size: u64) -> Option<Option<ByteRange>> {
    let Some(end) = size.checked_sub(1) else {
        // Checked though nothing of it can exist.
        return parse(spec, 1).map(|_| None);
    };
    if spec.starts_with(b"-") {
        let first = match suffix(spec)? {
            0 => return Some(None),
            len => size.saturating_sub(len),
        };
        return Some(Some(ByteRange { first, last: end }));
    }
    let dash = memchr::memchr(b'-', spec)?;
    let first = position(spec.get(..dash)?)?;
    let last = match spec.get(dash.wrapping_add(1)..)? {
        [] => u64::MAX,
        digits => position(digits)?,
    };
    if last < first {
        return None;
    }
    Some((first <= end).then_some(ByteRange { first, last: last.min(end) }))
}

/// The length of `-length`.
fn suffix(spec: &[u8]) -> Option<u64> {
    position(spec.get(1..)?)
}

/// `1*DIGIT`, where what does not fit is beyond every content.
fn position(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(decimal(digits).unwrap_or(u64::MAX))
}

/// Content-Range (RFC 9110 §14.4), by [`Display`](fmt::Display).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContentRange {
    /// The bytes; none in a 416.
    pub range: Option<ByteRange>,
    /// Of how many, if that is known.
    pub size: Option<u64>,
}

impl ContentRange {
    /// For a 416: nothing of a content of `size` bytes.
    #[must_use]
    pub const fn unsatisfied(size: u64) -> Self {
        Self { range: None, size: Some(size) }
    }

    /// Reads a value, as a client gets it with 206 or 416.
    ///
    /// # Errors
    /// If it is malformed, of another unit than bytes, or says the impossible: a last byte before
    /// the first or beyond the size.
    pub fn parse(value: &[u8]) -> Result<Self, Invalid> {
        Self::read(value).ok_or(Invalid::new(InvalidKind::ContentRange, 0))
    }

    fn read(value: &[u8]) -> Option<Self> {
        let (unit, rest) = value.split_at_checked(6)?;
        if !unit.eq_ignore_ascii_case(b"bytes ") {
            return None;
        }
        let slash = memchr::memchr(b'/', rest)?;
        let (range, size) = (rest.get(..slash)?, rest.get(slash.wrapping_add(1)..)?);
        let size = if size == b"*" { None } else { Some(decimal(size)?) };
        if range == b"*" {
            return size.is_some().then_some(Self { range: None, size });
        }
        let dash = memchr::memchr(b'-', range)?;
        let first = decimal(range.get(..dash)?)?;
        let last = decimal(range.get(dash.wrapping_add(1)..)?)?;
        let is_possible = first <= last && size.is_none_or(|size| last < size);
        is_possible.then_some(Self { range: Some(ByteRange { first, last }), size })
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            Some(ByteRange { first, last }) => write!(f, "bytes {first}-{last}/")?,
            None => f.write_str("bytes */")?,
        }
        match self.size {
            Some(size) => write!(f, "{size}"),
            None => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    fn parts(range: &str, size: u64) -> Option<Vec<(u64, u64)>> {
        match Selection::of(range.as_bytes(), size) {
            Selection::Whole => None,
            Selection::Unsatisfiable => Some(Vec::new()),
            Selection::Parts(parts) => Some(parts.iter().map(|p| (p.first, p.last)).collect()),
        }
    }

    #[test]
    fn range_what_exists_is_selected() {
        for (range, expected) in [
            ("bytes=0-0", &[(0, 0)][..]),
            ("Bytes=0-", &[(0, 9)]),
            ("bytes=5-100", &[(5, 9)]),
            ("bytes=5-99999999999999999999999", &[(5, 9)]),
            ("bytes=-3", &[(7, 9)]),
            ("bytes=-100", &[(0, 9)]),
            ("bytes=-99999999999999999999999", &[(0, 9)]),
            ("bytes= 0-1 ,, 4-5,", &[(0, 1), (4, 5)]),
            ("bytes=8-,0-1", &[(8, 9), (0, 1)]),
            ("bytes=0-1,2-3", &[(0, 1), (2, 3)]),
            ("bytes=0-1,50-60", &[(0, 1)]),
            ("bytes=-0,3-3", &[(3, 3)]),
        ] {
            assert_eq!(parts(range, 10).unwrap(), expected, "{range}");
        }
    }

    #[test]
    fn range_nothing_that_exists_is_unsatisfiable() {
        for range in
            ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-", "bytes=10-,11-"]
        {
            assert_eq!(Selection::of(range.as_bytes(), 10), Selection::Unsatisfiable, "{range}");
        }
        assert_eq!(Selection::of(b"bytes=0-", 0), Selection::Unsatisfiable);
        assert_eq!(Selection::of(b"bytes=-0", 0), Selection::Unsatisfiable);
        assert_eq!(Selection::of(b"bytes=-5", 0), Selection::Whole);
    }

    #[test]
    fn range_what_is_malformed_overlaps_or_floods_does_not_count() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes =0-1",
            "items=0-1",
            "bytes=a-b",
            "bytes=1",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=0x1-2",
            "bytes=1 - 2",
            "bytes=--1",
            "bytes=-",
            "bytes=0-1-2",
            "bytes=0-,0-",
            "bytes=0-1,1-2",
            "bytes=-1,-1",
            "bytes=3-5,0-9",
            "bytes=0-0,x",
            "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8",
            "bytes=90-,91-,92-,93-,94-,95-,96-,97-,98-",
        ] {
            assert_eq!(Selection::of(range.as_bytes(), 10), Selection::Whole, "{range}");
            assert_ne!(
                Selection::of(b"bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7", 10),
                Selection::Whole
            );
        }
        assert_eq!(Selection::of(b"bytes=a-", 0), Selection::Whole);
    }

    #[test]
    fn range_the_largest_content_does_not_overflow() {
        let all = Selection::of(b"bytes=0-", u64::MAX);
        let Selection::Parts(parts) = all else { panic!("{all:?}") };
        assert_eq!(parts[0].len(), u64::MAX);
        assert_eq!(ByteRange { first: 0, last: u64::MAX }.len(), u64::MAX);
    }

    #[test]
    fn content_range_reads_back_and_says_nothing_impossible() {
        for text in ["bytes 0-0/1", "bytes 5-9/*", "bytes */10", "bytes 0-9/18446744073709551615"] {
            assert_eq!(ContentRange::parse(text.as_bytes()).unwrap().to_string(), text);
        }
        for bad in [
            "",
            "bytes",
            "bytes 0-0",
            "items 0-0/1",
            "bytes=0-0/1",
            "bytes 1-0/5",
            "bytes 0-5/5",
            "bytes */*",
            "bytes 0-/5",
            "bytes -5/5",
            "bytes +1-2/5",
            "bytes 0-18446744073709551616/*",
            "bytes 0-0/1 ",
            "bytes  0-0/1",
        ] {
            assert!(ContentRange::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(ContentRange::unsatisfied(7).to_string(), "bytes */7");
    }
}
