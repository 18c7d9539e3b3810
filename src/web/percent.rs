//! Percent-encoding (RFC 3986 §2.1, WHATWG URL §1.3).
//!
//! Decides what an escape is: `%` and two hexadecimal digits of either case. Any other `%`
//! stands for itself, as WHATWG has it (URLF). Decodes once: what comes out as `%41` stays so.
//! Refuses nothing; whether the bytes that come out are UTF-8, or safe, is for the caller to ask.
//!
//! ```
//! use blazeio::web::percent::{Decode, Encode, Set};
//!
//! assert!(Decode::new(b"caf%C3%A9 100%").eq("café 100%".bytes()));
//! assert_eq!(Encode::new("a/b ü", Set::SEGMENT).to_string(), "a%2Fb%20%C3%BC");
//! ```

use crate::syntax::number::hex_digit;
use core::fmt;

/// The bytes that percent-encoded text stands for.
#[derive(Clone, Copy, Debug)]
pub struct Decode<'a> {
    rest: &'a [u8],
    plus_is_blank: bool,
}

impl<'a> Decode<'a> {
    /// Decodes `text`, where `+` is a plus.
    #[must_use]
    pub const fn new(text: &'a [u8]) -> Self {
        Self { rest: text, plus_is_blank: false }
    }

    /// Decodes `text`, where `+` is a blank: `application/x-www-form-urlencoded`.
    #[must_use]
    pub const fn form(text: &'a [u8]) -> Self {
        Self { rest: text, plus_is_blank: true }
    }

    /// The text, as it is encoded.
    #[must_use]
    pub const fn encoded(&self) -> &'a [u8] {
        self.rest
    }

    /// Writes the bytes into the front of `out`; `None`, and `out` holds as many as fit, if there
    /// are more than it has room for. Never more than the text is long.
    pub fn write_to<'o>(&self, out: &'o mut [u8]) -> Option<&'o mut [u8]> {
        crate::buffer::write_all(*self, out)
    }
}

impl Iterator for Decode<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match first {
            b'%' => match escape(rest) {
                Some((byte, rest)) => {
                    self.rest = rest;
                    Some(byte)
                }
                None => Some(first),
            },
            b'+' if self.plus_is_blank => Some(b' '),
            _ => Some(first),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len().div_ceil(3), Some(self.rest.len()))
    }
}

impl core::iter::FusedIterator for Decode<'_> {}

/// The byte that two digits stand for, and what follows them.
fn escape(digits: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], rest) = digits.split_first_chunk()?;
    Some((hex_digit(high)? << 4 | hex_digit(low)?, rest))
}

/// Bytes that stay as they are; every other one is escaped, and so is all beyond ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Set(u128);

impl Set {
    /// Letters, digits and `-._~`: what no URI gives a meaning to (RFC 3986 §2.3).
    pub const UNRESERVED: Self = Self::alphanumeric_and(b"-._~");
    /// One segment of a path: `unreserved`, `sub-delims`, `:` and `@` (RFC 3986 §3.3, `pchar`).
    pub const SEGMENT: Self = Self::alphanumeric_and(b"-._~!$&'()*+,;=:@");
    /// A whole path, with its slashes.
    pub const PATH: Self = Self::SEGMENT.and(b"/");
    /// A name or a value within a query: [`SEGMENT`](Self::SEGMENT), `/` and `?`, without `&`,
    /// `=`, `+` and `;`.
    pub const QUERY: Self = Self::alphanumeric_and(b"-._~!$'()*,:@/?");
    /// `application/x-www-form-urlencoded` (WHATWG URL §5.2), where a blank becomes `+`: see
    /// [`Urlencoded`](super::urlencoded::Urlencoded).
    pub const FORM: Self = Self::alphanumeric_and(b"*-._");
    /// `attr-char`: the value of a parameter whose name ends in `*` (RFC 8187 §3.2).
    pub const ATTRIBUTE: Self = Self::alphanumeric_and(b"!#$&+-.^_`|~");

    /// Letters, digits and `others`, which are ASCII and no `%`.
    ///
    /// # Panics
    /// When one is not, at compile time in a `const`.
    #[must_use]
    pub const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut set = 0u128;
        let mut byte = 0u8;
        while byte < 128 {
            if byte.is_ascii_alphanumeric() {
                set |= 1 << byte;
            }
            byte += 1;
        }
        Self(set).and(others)
    }

    /// This set and `others`, which are ASCII and no `%`.
    ///
    /// # Panics
    /// When one is not, at compile time in a `const`.
    #[must_use]
    pub const fn and(self, others: &[u8]) -> Self {
        let mut set = self.0;
        let mut at = 0;
        while at < others.len() {
            assert!(others[at].is_ascii() && others[at] != b'%', "cannot stay as it is");
            set |= 1 << others[at];
            at += 1;
        }
        Self(set)
    }

    /// Whether `byte` stays as it is.
    #[must_use]
    pub const fn contains(self, byte: u8) -> bool {
        byte < 128 && self.0 >> (byte & 127) & 1 == 1
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Set(")?;
        for byte in (0..128u8).filter(|&byte| self.contains(byte)) {
            write!(f, "{}", char::from(byte))?;
        }
        f.write_str(")")
    }
}

/// Text, percent-encoded: an iterator of bytes, all ASCII, and [`Display`](fmt::Display). A hex
/// digit is a capital (RFC 3986 §2.1).
#[derive(Clone, Copy, Debug)]
pub struct Encode<'a> {
    rest: &'a [u8],
    keep: Set,
    /// Digits of an escape that are still to come: how many, and of which byte.
    digits: (u8, u8),
}

impl<'a> Encode<'a> {
    /// Encodes `bytes`, but those in `keep`.
    #[must_use]
    pub fn new(bytes: &'a (impl AsRef<[u8]> + ?Sized), keep: Set) -> Self {
        Self { rest: bytes.as_ref(), keep, digits: (0, 0) }
    }
}

impl Iterator for Encode<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (left, byte) = self.digits;
        if left > 0 {
            self.digits.0 = left.wrapping_sub(1);
            return Some(upper_hex_digit(if left == 2 { byte >> 4 } else { byte & 15 }));
        }
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if self.keep.contains(first) {
            return Some(first);
        }
        self.digits = (2, first);
        Some(b'%')
    }
}

impl core::iter::FusedIterator for Encode<'_> {}

const fn upper_hex_digit(nibble: u8) -> u8 {
    let letter = if nibble > 9 { b'A' - b'0' - 10 } else { 0 };
    b'0'.wrapping_add(nibble).wrapping_add(letter)
}

impl fmt::Display for Encode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut bytes = *self;
        bytes.try_for_each(|byte| f.write_char(char::from(byte)))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    fn decoded(text: &str) -> Vec<u8> {
        Decode::new(text.as_bytes()).collect()
    }

    #[test]
    fn an_escape_is_two_digits_of_either_case() {
        for byte in 0..=255u8 {
            assert_eq!(decoded(&std::format!("%{byte:02x}")), [byte]);
            assert_eq!(decoded(&std::format!("a%{byte:02X}b")), [b'a', byte, b'b']);
        }
    }

    #[test]
    fn urlf_a_bad_escape_is_literal() {
        for bad in ["%", "%4", "%%", "%zz", "%4g", "%g4", "a%", "%+1", "% 41", "%u0041"] {
            assert_eq!(decoded(bad), bad.as_bytes());
        }
        assert_eq!(decoded("%%41"), b"%A");
        assert_eq!(decoded("%2541"), b"%41");
    }

    #[test]
    fn a_plus_is_a_blank_in_a_form_only() {
        assert_eq!(decoded("a+b"), b"a+b");
        assert!(Decode::form(b"a+b%2B").eq(*b"a b+"));
    }

    #[test]
    fn what_has_no_room_is_said() {
        let text = Decode::new(b"%41b%43");
        assert_eq!(text.write_to(&mut [0; 3]).unwrap(), b"AbC");
        assert_eq!(text.write_to(&mut [0; 4]).unwrap(), b"AbC");
        assert!(text.write_to(&mut [0; 2]).is_none());
        assert_eq!(Decode::new(b"").write_to(&mut []).unwrap(), b"");
    }

    #[test]
    fn every_byte_comes_back_whatever_stays() {
        let all: Vec<u8> = (0..=255).collect();
        for set in [Set::UNRESERVED, Set::SEGMENT, Set::PATH, Set::QUERY, Set::FORM, Set::ATTRIBUTE]
        {
            let encoded: Vec<u8> = Encode::new(&all, set).collect();
            assert_eq!(encoded, Encode::new(&all, set).to_string().into_bytes());
            assert!(encoded.iter().all(|&byte| byte == b'%' || set.contains(byte)));
            assert!(Decode::new(&encoded).eq(all.iter().copied()));
        }
    }

    #[test]
    fn sets_hold_what_their_grammar_holds() {
        let members = |set: Set| (0..=255).filter(|&byte| set.contains(byte)).count();
        assert_eq!(members(Set::UNRESERVED), 66);
        assert_eq!(members(Set::SEGMENT), 66 + 11 + 2);
        assert_eq!(members(Set::PATH), 80);
        // RFC 8187: ALPHA, DIGIT and twelve marks.
        assert_eq!(members(Set::ATTRIBUTE), 62 + 12);
        assert!(Set::QUERY.contains(b'/') && b"&=+;#%".iter().all(|&b| !Set::QUERY.contains(b)));
    }
}
