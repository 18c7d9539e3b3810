//! Which bytes may stand where: the character tables of RFC 9110 §5.6 and RFC 3986.
//!
//! One table of 256 bytes, one bit a class. Decides nothing else.

/// `tchar` (RFC 9110 §5.6.2).
const TCHAR: u8 = 1;
/// HTAB, SP, VCHAR, obs-text: what a field value or a reason phrase may hold (RFC 9110 §5.5).
const VALUE: u8 = 2;
/// Visible ASCII but `#`: what a request target may hold. Wider than RFC 3986, since
/// browsers send `"{}|[]^\` and backtick raw.
const TARGET: u8 = 4;
/// `unreserved` and `sub-delims` (RFC 3986 §2): what a registered name may hold beside `%`.
/// Stricter: no comma, which is what two merged Host fields look like.
const REG_NAME: u8 = 8;
/// `qdtext` (RFC 9110 §5.6.4).
const QDTEXT: u8 = 16;
const DIGIT: u8 = 32;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut i = 0usize;
    while i < 256 {
        let b = i as u8;
        let mut class = 0;
        let alnum = b.is_ascii_alphanumeric();
        if alnum || is_in(b, b"!#$%&'*+-.^_`|~") {
            class |= TCHAR;
        }
        if b == b'\t' || (b >= 0x20 && b != 0x7f) {
            class |= VALUE;
        }
        if b > 0x20 && b < 0x7f && b != b'#' {
            class |= TARGET;
        }
        if alnum || is_in(b, b"-._~!$&'()*+;=") {
            class |= REG_NAME;
        }
        if b == b'\t' || b == b' ' || b == b'!' || (b > b'"' && b != b'\\' && b != 0x7f) {
            class |= QDTEXT;
        }
        if b.is_ascii_digit() {
            class |= DIGIT;
        }
        table[i] = class;
        i += 1;
    }
    table
}

const fn is_in(b: u8, set: &[u8]) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == b {
            return true;
        }
        i += 1;
    }
    false
}

/// A set of bytes that may follow one another; empty by default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Class(u8);

impl Class {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const TCHAR: Self = Self(TCHAR);
    pub(crate) const VALUE: Self = Self(VALUE);
    pub(crate) const TARGET: Self = Self(TARGET);
    pub(crate) const QDTEXT: Self = Self(QDTEXT);
    pub(crate) const DIGIT: Self = Self(DIGIT);

    #[inline(always)]
    pub(crate) fn has(self, b: u8) -> bool {
        is(b, self.0)
    }
}

#[inline(always)]
fn is(b: u8, class: u8) -> bool {
    CLASS[usize::from(b)] & class != 0
}

#[inline(always)]
pub(crate) fn is_tchar(b: u8) -> bool {
    is(b, TCHAR)
}

#[inline(always)]
pub(crate) fn is_value_byte(b: u8) -> bool {
    is(b, VALUE)
}

#[inline(always)]
pub(crate) fn is_target_byte(b: u8) -> bool {
    is(b, TARGET)
}

#[inline(always)]
pub(crate) fn is_reg_name_byte(b: u8) -> bool {
    is(b, REG_NAME)
}

pub(crate) fn is_qdtext(b: u8) -> bool {
    is(b, QDTEXT)
}

/// SP or HTAB.
#[inline(always)]
pub(crate) fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

/// `token = 1*tchar`.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&b| is_tchar(b))
}

/// Whether a text is `lower`, which is small letters, digits and hyphens, without regard to case.
///
/// Exact for what a field value may hold, and so for tokens: by setting bit 5 nothing else becomes
/// one of these but a control character.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline(always)]
pub(crate) fn is_name<const N: usize>(token: &[u8], lower: &[u8; N]) -> bool {
    let Some((first, [])) = token.split_first_chunk::<N>() else { return false };
    let differences = first.iter().zip(lower).map(|(a, b)| (a | 0x20) ^ b);
    differences.fold(0, |all, d| all | d) == 0
}

/// The same for texts of any length.
#[cfg(any(target_os = "none", blazeio_small))]
#[inline(never)]
pub(crate) fn is_name(token: &[u8], lower: &[u8]) -> bool {
    token.eq_ignore_ascii_case(lower)
}

/// A field value or reason phrase as it may be sent: only [`is_value_byte`]s, no blank at
/// either end (RFC 9110 §5.5).
#[inline]
pub(crate) fn is_field_value(bytes: &[u8]) -> bool {
    let blank_end = |b: Option<&u8>| matches!(b, Some(&(b' ' | b'\t')));
    !blank_end(bytes.first()) && !blank_end(bytes.last()) && is_value_text(bytes)
}

/// Only bytes that a field value may hold, eight at a time.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline]
pub(crate) fn is_value_text(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        // A word with a control character is looked at byte by byte: HTAB is allowed.
        if control_bytes(u64::from_le_bytes(*word)) != 0 && !word.iter().all(|&b| is_value_byte(b))
        {
            return false;
        }
        rest = tail;
    }
    rest.iter().all(|&b| is_value_byte(b))
}

/// The same, byte by byte.
#[cfg(any(target_os = "none", blazeio_small))]
pub(crate) fn is_value_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|&b| is_value_byte(b))
}

/// Non-zero if some byte is below SP or DEL.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline(always)]
const fn control_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let delete = word ^ (ONES * 0x7f);
    let is_delete = delete.wrapping_sub(ONES) & !delete;
    ((word.wrapping_sub(ONES * 0x20) & !word) | is_delete) & TOPS
}

/// How many of the first bytes a target may hold.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline]
pub(crate) fn target_len(bytes: &[u8]) -> usize {
    let mut len = 0usize;
    let mut rest = bytes;
    // Eight bytes at a time while none is below 0x21, above 0x7e or `#`.
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let odd = odd_target_bytes(u64::from_le_bytes(*word));
        if odd != 0 {
            return len.wrapping_add((odd.trailing_zeros() >> 3) as usize);
        }
        len = len.wrapping_add(8);
        rest = tail;
    }
    for &b in rest {
        if !is_target_byte(b) {
            break;
        }
        len = len.wrapping_add(1);
    }
    len
}

/// The same, byte by byte.
#[cfg(any(target_os = "none", blazeio_small))]
pub(crate) fn target_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| !is_target_byte(b)).unwrap_or(bytes.len())
}

/// The top bit of each byte that no target may hold. The lowest set bit is exact; bits
/// above it may be set by a borrow, which nobody looks at.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline(always)]
const fn odd_target_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let below_21 = word.wrapping_sub(ONES * 0x21) & !word;
    let delete = word ^ (ONES * 0x7f);
    let hash = word ^ (ONES * b'#' as u64);
    let is_delete = delete.wrapping_sub(ONES) & !delete;
    let is_hash = hash.wrapping_sub(ONES) & !hash;
    (below_21 | is_delete | is_hash | word) & TOPS
}

/// Where `byte` first stands.
#[cfg(not(any(target_os = "none", blazeio_small)))]
pub(crate) use memchr::memchr as find;

/// The same, byte by byte.
#[cfg(any(target_os = "none", blazeio_small))]
#[inline(never)]
pub(crate) fn find(byte: u8, text: &[u8]) -> Option<usize> {
    text.iter().position(|&b| b == byte)
}

/// Without SP and HTAB at either end.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let Some((&(b' ' | b'\t'), rest)) = bytes.split_first() {
        bytes = rest;
    }
    while let Some((&(b' ' | b'\t'), rest)) = bytes.split_last() {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn members(f: fn(u8) -> bool) -> Vec<u8> {
        (0..=255).filter(|&b| f(b)).collect()
    }

    #[test]
    fn the_table_is_the_same_when_made_at_run_time() {
        assert_eq!(classes(), CLASS);
    }

    #[test]
    fn tchar_is_the_77_bytes_of_rfc_9110_5_6_2() {
        let m = members(is_tchar);
        assert_eq!(m.len(), 77);
        for b in b"\"(),/:;<=>?@[\\]{} \t\r\n\0\x7f\x80\xff" {
            assert!(!m.contains(b), "{b:#x}");
        }
    }

    #[test]
    fn a_value_holds_no_control_but_htab() {
        let m = members(is_value_byte);
        assert_eq!(m.len(), 256 - 32 - 1 + 1);
        assert!(m.contains(&b'\t') && m.contains(&0x80) && m.contains(&0xff));
        assert!(is_field_value(b"") && is_field_value(b"a b\tc\xa0"));
        for at in 0..20 {
            for b in 0..=255u8 {
                let mut text = *b"abcdefghij\x80lmnopqrst";
                text[at] = b;
                assert_eq!(is_value_text(&text), is_value_byte(b), "{b:#x} at {at}");
            }
        }
        assert!(!is_field_value(b" a") && !is_field_value(b"a\t") && !is_field_value(b"a\rb"));
    }

    /// A word that is looked at again byte by byte gives the same answer, only later.
    #[cfg(not(any(target_os = "none", blazeio_small)))]
    #[test]
    fn only_control_bytes_are_looked_at_again() {
        for at in 0..8 {
            for b in 0..=255u8 {
                let mut word = *b"abcdefgh";
                word[at] = b;
                let is_control = control_bytes(u64::from_le_bytes(word)) != 0;
                assert_eq!(is_control, b.is_ascii_control(), "{b:#x} at {at}");
            }
        }
    }

    #[test]
    fn a_target_is_visible_ascii_but_hash_at_every_position_of_a_word() {
        assert_eq!(members(is_target_byte).len(), 93);
        for at in 0..20 {
            for b in 0..=255u8 {
                let mut text = *b"abcdefghijklmnopqrst";
                text[at] = b;
                let expected = if is_target_byte(b) { 20 } else { at };
                assert_eq!(target_len(&text), expected, "{b:#x} at {at}");
            }
        }
    }

    #[test]
    fn names_differ_from_every_other_token_of_their_length() {
        for at in 0..4 {
            for b in members(is_tchar) {
                let mut name = *b"hO-t";
                name[at] = b;
                assert_eq!(is_name(&name, b"ho-t"), name.eq_ignore_ascii_case(b"ho-t"), "{name:?}");
            }
        }
        assert!(!is_name(b"host", b"hos") && !is_name(b"hos", b"host"));
    }

    #[test]
    fn qdtext_holds_neither_quote_nor_backslash() {
        let m = members(is_qdtext);
        assert_eq!(m.len(), 224 - 2);
        assert!(!m.contains(&b'"') && !m.contains(&b'\\') && !m.contains(&0x7f));
    }

    #[test]
    fn only_sp_and_htab_are_trimmed() {
        assert_eq!(trim(b" \ta b\t "), b"a b");
        assert_eq!(trim(b"\xa0a"), b"\xa0a");
        assert_eq!(trim(b" \t"), b"");
    }
}
