//! IP addresses as text (RFC 3986 §3.2.2, RFC 5952).
//!
//! Decides what `core` decides, and links none of its panics. Refuses what is no address.

use crate::syntax::authority::{is_ipv4, is_ipv6};
use crate::syntax::number::{decimal, hex_digit};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that a text is, without brackets.
pub(super) fn parse(text: &[u8]) -> Option<IpAddr> {
    if is_ipv4(text) {
        return Some(IpAddr::V4(Ipv4Addr::from_bits(v4(text)?)));
    }
    if !is_ipv6(text) {
        return None;
    }
    let gap = text.windows(2).position(|pair| pair == b"::");
    let (head, tail) = match gap {
        Some(at) => (text.get(..at)?, text.get(at.checked_add(2)?..)?),
        None => (text, &[][..]),
    };
    let (high, count) = groups(head)?;
    let (low, _) = groups(tail)?;
    let high = high.checked_shl(8u32.checked_sub(count)?.checked_mul(16)?).unwrap_or(0);
    Some(IpAddr::V6(Ipv6Addr::from_bits(high | low)))
}

/// Four numbers that fit.
fn v4(text: &[u8]) -> Option<u32> {
    text.split(|&b| b == b'.').try_fold(0u32, |bits, part| {
        let number = u32::try_from(decimal(part)?).ok()?;
        Some(bits << 8 | number)
    })
}

/// Groups of an address, and how many of 16 bits they are.
fn groups(text: &[u8]) -> Option<(u128, u32)> {
    let groups = text.split(|&b| b == b':').filter(|group| !group.is_empty());
    groups.into_iter().try_fold((0u128, 0u32), |(bits, count), group| match group.contains(&b'.') {
        true => Some((bits << 32 | u128::from(v4(group)?), count.wrapping_add(2))),
        false => Some((bits << 16 | u128::from(hexadecimal(group)?), count.wrapping_add(1))),
    })
}

/// Up to four HEXDIGs.
fn hexadecimal(group: &[u8]) -> Option<u16> {
    group.iter().try_fold(0u16, |value, &b| Some(value << 4 | u16::from(hex_digit(b)?)))
}

/// An address, by [`Display`](fmt::Display).
pub(super) struct Text(pub(super) IpAddr);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write_v4(address, f),
            IpAddr::V6(address) => write_v6(address, f),
        }
    }
}

fn write_v4(address: Ipv4Addr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [a, b, c, d] = address.octets();
    write!(f, "{a}.{b}.{c}.{d}")
}

/// RFC 5952: the first of the longest runs of zeros that has two groups at least is left out.
fn write_v6(address: Ipv6Addr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(mapped) = address.to_ipv4_mapped() {
        f.write_str("::ffff:")?;
        return write_v4(mapped, f);
    }
    let segments = address.segments();
    let (mut longest, mut run) = (0..0, 0..0);
    for (at, segment) in segments.into_iter().enumerate() {
        let end = at.wrapping_add(1);
        run = if segment == 0 { run.start..end } else { end..end };
        if run.len() > longest.len() {
            longest = run.clone();
        }
    }
    if longest.len() < 2 {
        longest = 8..8;
    }
    for (at, segment) in segments.into_iter().enumerate() {
        match at {
            _ if at == longest.start => f.write_str("::")?,
            _ if longest.contains(&at) => {}
            _ if at == 0 || at == longest.end => write!(f, "{segment:x}")?,
            _ => write!(f, ":{segment:x}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::{String, ToString};

    #[test]
    fn an_address_reads_and_is_written_as_core_does() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "1.2.3.4",
            "01.2.3.4",
            "1.2.3",
            "256.1.1.1",
            "::",
            "::1",
            "1::",
            "1::8",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:2::7:8",
            "::ffff:1.2.3.4",
            "::1.2.3.4",
            "64:ff9b::192.0.2.33",
            "1:2:3:4:5:6:1.2.3.4",
            "::ffff:0:0",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2::3",
            ":1",
            "1:",
            "12345::",
            "g::",
            "",
            ":::",
            "fe80::1%eth0",
            "2001:DB8::A",
            "0:0:1:0:0:0:1:0",
            "1:0:0:2:0:0:3:4",
            "1:0:2:0:3:0:4:0",
        ] {
            let ours = parse(text.as_bytes());
            assert_eq!(ours, text.parse().ok(), "{text}");
            if let Some(address) = ours {
                assert_eq!(Text(address).to_string(), address.to_string());
            }
        }
    }

    #[test]
    fn every_pattern_of_zeros_is_written_as_core_does() {
        for zeros in 0..256u32 {
            let segment = |at: u32| if zeros >> at & 1 == 1 { 0 } else { 0x10 + at as u16 };
            let all: [u16; 8] = core::array::from_fn(|at| segment(at as u32));
            let address = IpAddr::from(all);
            let text: String = Text(address).to_string();
            assert_eq!(text, address.to_string());
            assert_eq!(parse(text.as_bytes()), Some(address));
        }
    }
}
