//! Host and port (RFC 9110 §7.2, RFC 3986 §3.2).
//!
//! Decides where host and port of an authority lie. Refuses user information, an empty host, one
//! that is neither a registered name nor an IP literal, and a port above 65535. Names are not
//! decoded and not looked up.
//!
//! ```
//! use blazeio::Authority;
//!
//! let authority = Authority::parse(b"[::1]:8080")?;
//! assert_eq!((authority.host(), authority.port()), (&b"[::1]"[..], Some(8080)));
//! assert!(Authority::parse(b"user@host").is_err());
//! # Ok::<(), blazeio::PeerErrorKind>(())
//! ```

use super::number::{decimal, hex_digit};
use super::token::{find, is_reg_name_byte};
use crate::error::PeerErrorKind as Kind;

/// Host and port, as in Host and in a target: `uri-host [ ":" *DIGIT ]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Authority<'a> {
    text: &'a [u8],
    host_len: usize,
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads an authority.
    ///
    /// # Errors
    /// [`Userinfo`](Kind::Userinfo) if it holds `@`; [`InvalidAuthority`](Kind::InvalidAuthority)
    /// for an empty host, a byte that no host may hold, or a port above 65535.
    #[inline]
    pub fn parse(text: &'a [u8]) -> Result<Self, Kind> {
        let host_len = match text.first() {
            Some(b'[') => ip_literal_len(text),
            _ => reg_name_len(text),
        };
        let refusal = || {
            if find(b'@', text).is_some() { Kind::Userinfo } else { Kind::InvalidAuthority }
        };
        // RFC 9110 §4.2.1: an http URI with an empty host is invalid.
        let host_len = host_len.filter(|&n| n != 0).ok_or_else(refusal)?;
        let port = match text.get(host_len..) {
            None | Some([]) => None,
            // RFC 3986 §3.2.3: the port may be empty, which means the scheme's own.
            Some([b':']) => None,
            Some([b':', digits @ ..]) => {
                let port = decimal(digits).and_then(|n| u16::try_from(n).ok());
                Some(port.ok_or_else(refusal)?)
            }
            Some(_) => return Err(refusal()),
        };
        Ok(Self { text, host_len, port })
    }

    /// Whether [`parse`](Self::parse) takes it.
    #[inline]
    pub(crate) fn check(text: &'a [u8]) -> bool {
        // Only a faster way.
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        if !text.is_empty() && text.iter().all(|&b| is_reg_name_byte(b)) {
            return true;
        }
        Self::parse(text).is_ok()
    }

    /// The whole text as sent.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The host as sent: a registered name, an IPv4 address, or an IP literal in brackets.
    #[must_use]
    pub fn host(&self) -> &'a [u8] {
        self.text.get(..self.host_len).unwrap_or(&[])
    }

    /// The port, if one was named.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }
}

impl core::fmt::Debug for Authority<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.text.escape_ascii())
    }
}

/// `reg-name = *( unreserved / pct-encoded / sub-delims )`; IPv4 is one too.
#[inline]
fn reg_name_len(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    loop {
        match rest {
            [b, tail @ ..] if is_reg_name_byte(*b) => rest = tail,
            [b'%', a, b, tail @ ..] if hex_digit(*a).is_some() && hex_digit(*b).is_some() => {
                rest = tail
            }
            [] | [b':', ..] => return text.len().checked_sub(rest.len()),
            _ => return None,
        }
    }
}

/// `"[" ( IPv6address / IPvFuture ) "]"` with its brackets.
fn ip_literal_len(text: &[u8]) -> Option<usize> {
    let end = find(b']', text)?;
    // Unreachable: the first byte is `[`, so `]` comes after it.
    let inner = text.get(1..end)?;
    let ok = match inner.first()? {
        b'v' | b'V' => is_ip_future(inner),
        _ => is_ipv6(inner),
    };
    if ok { end.checked_add(1) } else { None }
}

/// `IPv6address` (RFC 3986 §3.2.2): eight groups, of which one run may be left out by `::`; the
/// last two may be an IPv4 address. (`core`'s parser gives the same answers but links panics.)
pub(crate) fn is_ipv6(text: &[u8]) -> bool {
    let (mut rest, mut groups, mut is_short) = (text, 0usize, false);
    if let Some(tail) = text.strip_prefix(b"::") {
        (rest, is_short) = (tail, true);
    }
    // A group is due, unless `::` was the last.
    while !(rest.is_empty() && is_short) {
        let digits = rest.iter().take_while(|&&b| hex_digit(b).is_some()).count();
        let (group, tail) = rest.split_at_checked(digits).unwrap_or_default();
        groups = groups.wrapping_add(1);
        rest = match tail {
            [b'.', ..] if is_ipv4(rest) => {
                groups = groups.wrapping_add(1);
                break;
            }
            _ if !matches!(group.len(), 1..=4) => return false,
            [] => break,
            [b':', b':', tail @ ..] if !is_short => {
                is_short = true;
                tail
            }
            // After it a group is due.
            [b':', tail @ ..] if !tail.is_empty() => tail,
            _ => return false,
        };
    }
    // RFC 5952 advises against it, but `::` may stand for a single group.
    if is_short { groups <= 7 } else { groups == 8 }
}

/// Four numbers of 0 to 255 without leading zeros.
pub(crate) fn is_ipv4(text: &[u8]) -> bool {
    let mut count = 0usize;
    let ok = text.split(|&b| b == b'.').all(|part| {
        count = count.wrapping_add(1);
        let fits = decimal(part).is_some_and(|n| n <= 255);
        fits && (part.len() == 1 || part.first() != Some(&b'0'))
    });
    ok && count == 4
}

/// `"v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`
fn is_ip_future(text: &[u8]) -> bool {
    let Some(dot) = find(b'.', text) else { return false };
    let hex = text.get(1..dot).unwrap_or(&[]);
    let rest = text.get(dot.wrapping_add(1)..).unwrap_or(&[]);
    !hex.is_empty()
        && hex.iter().all(|&b| hex_digit(b).is_some())
        && !rest.is_empty()
        && rest.iter().all(|&b| b == b':' || is_reg_name_byte(b))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn host_is_a_name_or_literal_with_an_optional_port() {
        for (text, host, port) in [
            (&b"a"[..], &b"a"[..], None),
            (b"a_b.c:80", b"a_b.c", Some(80)),
            (b"a:", b"a", None),
            (b"%41:1", b"%41", Some(1)),
            (b"127.0.0.1:65535", b"127.0.0.1", Some(65535)),
            (b"[v1.a:b]", b"[v1.a:b]", None),
            (b"[2001:db8::1]", b"[2001:db8::1]", None),
        ] {
            let a = Authority::parse(text).unwrap();
            assert_eq!((a.host(), a.port(), a.as_bytes()), (host, port, text));
        }
        for bad in [
            &b""[..],
            b":80",
            b"a b",
            b"a,b",
            b"a/b",
            b"a?b",
            b"a\0",
            b"%4",
            b"%zz",
            b"a:80:80",
            b"[::1",
            b"::1",
            b"[::1]a",
            b"[1.2.3.4]",
            b"[]",
            b"[v.a]",
            b"a:+80",
            b"a:65536",
            b"\xc3\xa9",
            b"a<b",
            b"a#",
        ] {
            assert_eq!(Authority::parse(bad), Err(Kind::InvalidAuthority), "{bad:?}");
        }
        assert_eq!(Authority::parse(b"a@b"), Err(Kind::Userinfo));
    }

    #[test]
    fn ipv6_is_what_the_standard_library_reads_of_all_texts_of_ten_bytes_that_matter() {
        for mut n in 0..3u32.pow(10) {
            let mut text = [0; 10];
            for byte in &mut text {
                *byte = b":.1"[(n % 3) as usize];
                n /= 3;
            }
            for len in 0..=10 {
                let text = str::from_utf8(&text[..len]).unwrap();
                let std = text.parse::<std::net::Ipv6Addr>().is_ok();
                assert_eq!(is_ipv6(text.as_bytes()), std, "{text}");
            }
        }
    }

    #[test]
    fn ipv6_is_what_the_standard_library_reads() {
        for text in [
            "::",
            "::1",
            "1::",
            "1::2",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "::ffff:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "fe80::1:2",
            "ABCD:ef01::",
            "1::2:3.4.5.6",
            "",
            ":",
            ":::",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2::3",
            "1::2:",
            "1:2:3:4:5:6:7:8:",
            "12345::",
            "g::",
            "1:",
            ":1",
            "1:2:3:4:5:6:7:1.2.3.4",
            "1.2.3.4",
            "::1.2.3",
            "::1.2.3.256",
            "::01.2.3.4",
            "::1.2.3.4:5",
            "1.2.3.4::",
            "::%1",
            "1:2:3:4::5:6:7:8",
            "1:2:3:4:5:6:7::8",
            "::1.2.3.4.5",
            "::g:1.2.3.4",
            "::0001.2.3.4",
        ] {
            let std = text.parse::<core::net::Ipv6Addr>().is_ok();
            assert_eq!(is_ipv6(text.as_bytes()), std, "{text}");
        }
    }
}
