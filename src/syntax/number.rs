//! The only number parsers: DIGIT and HEXDIG, checked (RFC 5234 B.1).
//!
//! Decides what a number is: digits and nothing else. Refuses a sign, a blank, a prefix,
//! an underscore, an empty text and whatever does not fit.

use core::num::NonZeroU32;
#[cfg(not(any(target_os = "none", blazeio_small)))]
use core::num::NonZeroU64;

/// `1*DIGIT` as a u64.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
pub(crate) fn decimal(bytes: &[u8]) -> Option<u64> {
    let mut n = 0u64;
    for &b in bytes {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    if bytes.is_empty() { None } else { Some(n) }
}

/// The value of one HEXDIG.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline(always))]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
pub(crate) fn hex_digit(b: u8) -> Option<u8> {
    let digit = b.wrapping_sub(b'0');
    if digit <= 9 {
        return Some(digit);
    }
    let letter = (b | 0x20).wrapping_sub(b'a');
    if letter <= 5 { Some(letter.wrapping_add(10)) } else { None }
}

/// The quotient.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline(always)]
pub(crate) fn divide(n: u64, by: NonZeroU32) -> u64 {
    n / NonZeroU64::from(by)
}

/// The same digit by digit in base 2: a library's division is some times as large.
#[cfg(any(target_os = "none", blazeio_small))]
#[inline(never)]
pub(crate) fn divide(n: u64, by: NonZeroU32) -> u64 {
    // What is left of the dividend goes out above while the quotient comes in below.
    let (by, mut left, mut rest) = (u64::from(by.get()), n, 0u64);
    for _ in 0..64 {
        rest = (rest << 1) | (left >> 63);
        left <<= 1;
        if rest >= by {
            rest = rest.wrapping_sub(by);
            left |= 1;
        }
    }
    left
}

/// Decimal digits of `n`, in the end of `text`; returns those used.
#[inline]
pub(crate) fn write_decimal(mut n: u64, text: &mut [u8; 20]) -> &[u8] {
    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
    let mut used = 0usize;
    for slot in text.iter_mut().rev() {
        let rest = divide(n, TEN);
        let digit = n.wrapping_sub(rest.wrapping_mul(10));
        *slot = b'0'.wrapping_add(digit as u8);
        n = rest;
        used = used.wrapping_add(1);
        if n == 0 {
            break;
        }
    }
    text.get(20usize.wrapping_sub(used)..).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn clval_only_digits_that_fit_are_a_number() {
        assert_eq!(decimal(b"0"), Some(0));
        assert_eq!(decimal(b"007"), Some(7));
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        for bad in [
            &b""[..],
            b"+4",
            b"-4",
            b"0x4",
            b"4_",
            b" 4",
            b"4 ",
            b"4,4",
            b"4.0",
            b"1e2",
            b"18446744073709551616",
            b"99999999999999999999",
            b"\xb2",
        ] {
            assert_eq!(decimal(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn exactly_22_bytes_are_hexdig() {
        let all: std::vec::Vec<u8> = (0..=255).filter(|&b| hex_digit(b).is_some()).collect();
        assert_eq!(all, b"0123456789ABCDEFabcdef");
        assert_eq!((hex_digit(b'a'), hex_digit(b'F')), (Some(10), Some(15)));
    }

    #[test]
    fn written_numbers_read_back() {
        for n in [0, 1, 9, 10, 99, 100, 12345, u64::MAX - 1, u64::MAX] {
            let mut text = [0; 20];
            assert_eq!(write_decimal(n, &mut text), n.to_string().as_bytes());
        }
    }

    #[test]
    fn a_division_is_exact() {
        let numbers =
            [0, 1, 9, 10, 99, 240, 1_000_000, 1 << 32, (1 << 32) - 1, u64::MAX - 1, u64::MAX];
        for (n, by) in numbers.iter().flat_map(|n| numbers.map(|by| (*n, by as u32))) {
            let Some(by) = NonZeroU32::new(by) else { continue };
            assert_eq!(divide(n, by), n / u64::from(by.get()), "{n} / {by}");
        }
    }
}
