//! `a=1&b=2`: queries and `application/x-www-form-urlencoded` content (WHATWG URL §5).
//!
//! Decides where pairs begin and end: at `&` only, so that `;` is data (URLF); the first `=`
//! ends a name; empty pieces are no pairs. Order and duplicates are kept: which of two with one
//! name counts is for the caller to say. Refuses more pairs than its limit.
//!
//! ```
//! use blazeio::web::urlencoded::Pairs;
//!
//! let mut pairs = Pairs::new(b"name=J%C3%BCrgen+M.&tag=a&tag=b");
//! let name = pairs.next().unwrap()?;
//! assert!(name.is("name") && name.value.eq("Jürgen M.".bytes()));
//! assert_eq!(pairs.filter(|pair| pair.as_ref().is_ok_and(|pair| pair.is("tag"))).count(), 2);
//! # Ok::<(), blazeio::web::urlencoded::TooManyPairs>(())
//! ```

use super::percent::{Decode, Encode, Set};
use core::fmt;

/// A name and a value, both encoded.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The bytes of its name.
    pub name: Decode<'a>,
    /// The bytes of its value; none where there was no `=`.
    pub value: Decode<'a>,
}

impl Pair<'_> {
    /// Whether its name, decoded, is `name`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq(name.bytes())
    }
}

/// The pairs of a text, in order.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Pairs<'a> {
    /// How many pairs a text may hold, unless told otherwise (URLF).
    pub const MOST: u32 = 1_000;

    /// The pairs of `text`, at most [`MOST`](Self::MOST): of a target's
    /// [query](crate::Target::query), without its `?`, or of a content.
    #[must_use]
    pub const fn new(text: &'a [u8]) -> Self {
        Self::with_limit(text, Self::MOST)
    }

    /// The pairs of `text`, at most `limit`.
    #[must_use]
    pub const fn with_limit(text: &'a [u8], limit: u32) -> Self {
        Self { rest: text, left: limit }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Result<Pair<'a>, TooManyPairs>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (piece, rest) = split_once(self.rest, b'&');
            self.rest = rest;
            if piece.is_empty() {
                continue;
            }
            let Some(left) = self.left.checked_sub(1) else {
                self.rest = &[];
                return Some(Err(TooManyPairs));
            };
            self.left = left;
            let (name, value) = split_once(piece, b'=');
            return Some(Ok(Pair { name: Decode::form(name), value: Decode::form(value) }));
        }
    }
}

impl core::iter::FusedIterator for Pairs<'_> {}

/// What lies before and behind the first `at`; nothing behind it where there is none.
fn split_once(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    let end = memchr::memchr(at, bytes).unwrap_or(bytes.len());
    let (before, behind) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    (before, behind.get(1..).unwrap_or_default())
}

/// A text has more pairs than its limit: the last item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooManyPairs;

impl fmt::Display for TooManyPairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more names and values than allowed")
    }
}

impl core::error::Error for TooManyPairs {}

/// Names and values as `application/x-www-form-urlencoded` text, by [`Display`](fmt::Display):
/// `+` for a blank, all but letters, digits and `*-._` escaped (WHATWG URL §5.2).
///
/// ```
/// use blazeio::web::urlencoded::Urlencoded;
///
/// let text = Urlencoded(&[("q", "a b&c"), ("é", "")]).to_string();
/// assert_eq!(text, "q=a+b%26c&%C3%A9=");
/// ```
#[derive(Clone, Copy)]
pub struct Urlencoded<'a>(pub &'a [(&'a str, &'a str)]);

impl fmt::Display for Urlencoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        for (name, value) in self.0 {
            f.write_str(core::mem::replace(&mut before, "&"))?;
            write_encoded(name, f)?;
            f.write_str("=")?;
            write_encoded(value, f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Urlencoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Urlencoded({self})")
    }
}

fn write_encoded(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut before = "";
    for piece in text.as_bytes().split(|&b| b == b' ') {
        f.write_str(core::mem::replace(&mut before, "+"))?;
        fmt::Display::fmt(&Encode::new(piece, Set::FORM), f)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn read(text: &str) -> Vec<(String, String)> {
        let text_of = |bytes: Decode<'_>| String::from_utf8(bytes.collect()).unwrap();
        let pairs = Pairs::new(text.as_bytes()).map(Result::unwrap);
        pairs.map(|pair| (text_of(pair.name), text_of(pair.value))).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
    }

    #[test]
    fn urlf_pairs_end_at_an_ampersand_and_names_at_the_first_equals_sign() {
        for (text, pairs) in [
            ("", &[][..]),
            ("&", &[]),
            ("&&&", &[]),
            ("a", &[("a", "")]),
            ("a=", &[("a", "")]),
            ("=", &[("", "")]),
            ("=b", &[("", "b")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a;b=c", &[("a;b", "c")]),
            ("a=1&&b=2&", &[("a", "1"), ("b", "2")]),
            ("a=1&a=2", &[("a", "1"), ("a", "2")]),
            ("a%3Db=c%26d", &[("a=b", "c&d")]),
            ("%zz=%", &[("%zz", "%")]),
            ("a+b=+", &[("a b", " ")]),
        ] {
            assert_eq!(read(text), owned(pairs), "{text}");
        }
    }

    #[test]
    fn urlf_a_flood_of_pairs_is_refused_and_costs_no_more_than_its_limit() {
        let text = "a=b&".repeat(1_000);
        assert_eq!(read(&text).len(), 1_000);
        let flood = "a=b&".repeat(1_001) + "never=seen";
        let mut pairs = Pairs::new(flood.as_bytes());
        assert_eq!(pairs.by_ref().take(1_000).filter(Result::is_ok).count(), 1_000);
        assert_eq!(pairs.next().unwrap().unwrap_err(), TooManyPairs);
        assert!(pairs.next().is_none());
        assert!(Pairs::with_limit(b"&&&&", 0).next().is_none());
        assert!(Pairs::with_limit(b"a", 0).next().unwrap().is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        let all: String = (0..=0x17f).filter_map(char::from_u32).collect();
        let pairs = [("a b", "c d"), ("", "="), ("&=+;%", "😀"), (&all, &all), ("a b", "")];
        let text = Urlencoded(&pairs).to_string();
        assert_eq!(read(&text), owned(&pairs));
        assert!(text.bytes().all(|b| Set::FORM.contains(b) || b"%+=&".contains(&b)));
    }
}
