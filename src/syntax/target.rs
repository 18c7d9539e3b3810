//! Request targets and authorities (RFC 9112 §3.2, RFC 9110 §4.2, RFC 3986 §3.2).
//!
//! Decides which of the four forms a target has, and where host, port, path and query
//! lie. Refuses user information, a host that is neither a registered name nor an IP
//! literal, a port above 65535, CONNECT without a port, and a form its method does not
//! allow. Paths and queries are split, never decoded.
//!
//! ```
//! use blazeio::{Authority, Method, Target};
//!
//! let Ok(Target::Absolute { scheme, authority, path, query }) =
//!     Target::parse(b"http://[::1]:8080?q", Method::Get)
//! else {
//!     unreachable!()
//! };
//! assert_eq!((scheme, path, query), (&b"http"[..], &b"/"[..], Some(&b"q"[..])));
//! assert_eq!((authority.host(), authority.port()), (&b"[::1]"[..], Some(8080)));
//! assert!(Authority::parse(b"user@host").is_err());
//! ```

use super::number::{decimal, hex_digit};
use super::token::{is_reg_name_byte, target_len};
use crate::error::PeerErrorKind as Kind;
use crate::message::Method;

/// A request target in one of its four forms.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target<'a> {
    /// `/path?query`, the usual one.
    Origin {
        /// From its first `/` up to `?`.
        path: &'a [u8],
        /// After `?`, if there is one.
        query: Option<&'a [u8]>,
    },
    /// `scheme://authority/path?query`, sent to proxies; its authority wins over Host.
    Absolute {
        /// As sent, without the colon. Compare without regard to case.
        scheme: &'a [u8],
        /// Host and port.
        authority: Authority<'a>,
        /// `/` when missing.
        path: &'a [u8],
        /// After `?`, if there is one.
        query: Option<&'a [u8]>,
    },
    /// `host:port`, of CONNECT only.
    Authority(Authority<'a>),
    /// `*`, of OPTIONS only.
    Asterisk,
}

impl<'a> Target<'a> {
    /// Reads a target for `method`.
    ///
    /// # Errors
    /// [`InvalidTarget`](Kind::InvalidTarget) for a byte that no target may hold,
    /// [`TargetForm`](Kind::TargetForm), [`Userinfo`](Kind::Userinfo) and
    /// [`InvalidAuthority`](Kind::InvalidAuthority).
    pub fn parse(text: &'a [u8], method: Method<'_>) -> Result<Self, Kind> {
        if text.is_empty() || target_len(text) != text.len() {
            return Err(Kind::InvalidTarget);
        }
        Self::parse_checked(
            text,
            matches!(method, Method::Connect),
            matches!(method, Method::Options),
        )
    }

    /// Whether [`parse_checked`](Self::parse_checked) takes it, and whether it is `*`.
    #[inline]
    pub(crate) fn check(text: &[u8], is_connect: bool, is_options: bool) -> Result<bool, Kind> {
        if text.first() == Some(&b'/') && !is_connect {
            return Ok(false);
        }
        Ok(Target::parse_checked(text, is_connect, is_options)? == Target::Asterisk)
    }

    /// As [`parse`](Self::parse), of bytes that are known to be target bytes.
    #[inline]
    pub(crate) fn parse_checked(
        text: &'a [u8],
        is_connect: bool,
        is_options: bool,
    ) -> Result<Self, Kind> {
        match text.first() {
            // RFC 9112 §3.2.1
            Some(b'/') if !is_connect => {
                let (path, query) = split_query(text);
                Ok(Self::Origin { path, query })
            }
            // RFC 9112 §3.2.4
            Some(b'*') if is_options && text.len() == 1 => Ok(Self::Asterisk),
            _ => Self::parse_with_authority(text, is_connect),
        }
    }

    fn parse_with_authority(text: &'a [u8], is_connect: bool) -> Result<Self, Kind> {
        if is_connect {
            // RFC 9112 §3.2.3, RFC 9110 §9.3.6: host and port, nothing else.
            if matches!(text, [b'/', ..] | b"*") {
                return Err(Kind::TargetForm);
            }
            let authority = Authority::parse(text)?;
            return match authority.port {
                None | Some(0) => Err(Kind::InvalidAuthority),
                Some(_) => Ok(Self::Authority(authority)),
            };
        }
        // RFC 9112 §3.2.2
        let colon = memchr::memchr(b':', text).ok_or(Kind::TargetForm)?;
        // Unreachable: found in the text.
        let (scheme, rest) = text.split_at_checked(colon).ok_or(Kind::TargetForm)?;
        let rest = rest.strip_prefix(b"://").ok_or(Kind::TargetForm)?;
        if !is_scheme(scheme) {
            return Err(Kind::TargetForm);
        }
        let end = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
        // Unreachable: found in the rest, or its length.
        let (authority, rest) = rest.split_at_checked(end).ok_or(Kind::TargetForm)?;
        let authority = Authority::parse(authority)?;
        let (path, query) = split_query(rest);
        let path = if path.is_empty() { b"/" } else { path };
        Ok(Self::Absolute { scheme, authority, path, query })
    }

    /// The path: `/` for an absolute target without one; `None` for `*` and CONNECT.
    #[must_use]
    pub const fn path(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Origin { path, .. } | Self::Absolute { path, .. } => Some(path),
            Self::Authority(_) | Self::Asterisk => None,
        }
    }

    /// What follows `?`, not decoded.
    #[must_use]
    pub const fn query(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Origin { query, .. } | Self::Absolute { query, .. } => query,
            Self::Authority(_) | Self::Asterisk => None,
        }
    }

    /// The authority that the target itself names.
    #[must_use]
    pub const fn authority(&self) -> Option<Authority<'a>> {
        match *self {
            Self::Absolute { authority, .. } | Self::Authority(authority) => Some(authority),
            Self::Origin { .. } | Self::Asterisk => None,
        }
    }
}

impl core::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // LOG: escaped, so that a log line stays one line.
        if let Self::Absolute { scheme, authority, .. } = self {
            write!(f, "{}://{authority:?}", scheme.escape_ascii())?;
        }
        match self {
            Self::Origin { path, query } | Self::Absolute { path, query, .. } => {
                write!(f, "{}", path.escape_ascii())?;
                query.map_or(Ok(()), |q| write!(f, "?{}", q.escape_ascii()))
            }
            Self::Authority(a) => write!(f, "{a:?}"),
            Self::Asterisk => f.write_str("*"),
        }
    }
}

fn split_query(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'?', text).and_then(|at| text.split_at_checked(at)) {
        Some((path, query)) => (path, query.get(1..)),
        None => (text, None),
    }
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )` (RFC 3986 §3.1).
fn is_scheme(text: &[u8]) -> bool {
    let rest = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    text.first().is_some_and(u8::is_ascii_alphabetic) && text.iter().all(rest)
}

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
            if memchr::memchr(b'@', text).is_some() {
                Kind::Userinfo
            } else {
                Kind::InvalidAuthority
            }
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
        let plain = text.iter().all(|&b| is_reg_name_byte(b));
        (plain && !text.is_empty()) || Self::parse(text).is_ok()
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
    let plain = text.iter().position(|&b| !is_reg_name_byte(b)).unwrap_or(text.len());
    let mut rest = text.get(plain..).unwrap_or_default();
    loop {
        match rest {
            [b'%', a, b, tail @ ..] if hex_digit(*a).is_some() && hex_digit(*b).is_some() => {
                rest = tail
            }
            [b, tail @ ..] if is_reg_name_byte(*b) => rest = tail,
            [] | [b':', ..] => return text.len().checked_sub(rest.len()),
            _ => return None,
        }
    }
}

/// `"[" ( IPv6address / IPvFuture ) "]"` with its brackets.
fn ip_literal_len(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b']', text)?;
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
fn is_ipv6(text: &[u8]) -> bool {
    let double = text.windows(2).position(|pair| pair == b"::");
    match double.and_then(|at| text.split_at_checked(at)) {
        None => groups(text) == Some(8),
        Some((before, after)) => {
            let after = after.get(2..).unwrap_or_default();
            let left = if before.is_empty() { Some(0) } else { hex_groups(before) };
            let right = if after.is_empty() { Some(0) } else { groups(after) };
            // RFC 5952 advises against it, but `::` may stand for a single group.
            left.zip(right).is_some_and(|(l, r)| l.saturating_add(r) <= 7)
        }
    }
}

/// Number of 16-bit groups, the last two of which may be an IPv4 address.
fn groups(text: &[u8]) -> Option<usize> {
    // Unreachable: a split yields at least one part.
    let last = text.rsplit(|&b| b == b':').next()?;
    if !last.contains(&b'.') {
        return hex_groups(text);
    }
    // Unreachable: the last part is part of the text.
    let rest = text.get(..text.len().saturating_sub(last.len()))?;
    let before = match rest.strip_suffix(b":") {
        Some(before) => hex_groups(before)?,
        None => 0,
    };
    if is_ipv4(last) { Some(before.saturating_add(2)) } else { None }
}

/// Number of groups of 1 to 4 HEXDIG, if the text is nothing else.
fn hex_groups(text: &[u8]) -> Option<usize> {
    let mut count = 0usize;
    for group in text.split(|&b| b == b':') {
        if !matches!(group.len(), 1..=4) || group.iter().any(|&b| hex_digit(b).is_none()) {
            return None;
        }
        count = count.saturating_add(1);
    }
    Some(count)
}

/// Four numbers of 0 to 255 without leading zeros.
fn is_ipv4(text: &[u8]) -> bool {
    let mut count = 0usize;
    let ok = text.split(|&b| b == b'.').all(|part| {
        count = count.saturating_add(1);
        let fits = decimal(part).is_some_and(|n| n <= 255);
        fits && (part.len() == 1 || part.first() != Some(&b'0'))
    });
    ok && count == 4
}

/// `"v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`
fn is_ip_future(text: &[u8]) -> bool {
    let Some(dot) = memchr::memchr(b'.', text) else { return false };
    let hex = text.get(1..dot).unwrap_or(&[]);
    let rest = text.get(dot.saturating_add(1)..).unwrap_or(&[]);
    !hex.is_empty()
        && hex.iter().all(|&b| hex_digit(b).is_some())
        && !rest.is_empty()
        && rest.iter().all(|&b| b == b':' || is_reg_name_byte(b))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    fn parse<'a>(text: &'a [u8], method: Method<'static>) -> Result<Target<'a>, Kind> {
        Target::parse(text, method)
    }

    #[test]
    fn tgt_four_forms_and_which_method_takes_them() {
        assert_eq!(
            parse(b"/a/b?c?d", Method::Get),
            Ok(Target::Origin { path: b"/a/b", query: Some(b"c?d") })
        );
        assert_eq!(parse(b"/?", Method::Get), Ok(Target::Origin { path: b"/", query: Some(b"") }));
        assert_eq!(parse(b"*", Method::Options), Ok(Target::Asterisk));
        for (text, method) in [
            (&b"*"[..], Method::Get),
            (b"**", Method::Options),
            (b"a.b:80", Method::Get),
            (b"a", Method::Get),
            (b"/", Method::Connect),
            (b"*", Method::Connect),
            (b"1http://a/", Method::Get),
            (b"mailto:a", Method::Get),
            (b"http:/a", Method::Get),
        ] {
            assert_eq!(parse(text, method), Err(Kind::TargetForm), "{text:?}");
        }
        assert_eq!(parse(b"/\"{}|[]^\\`", Method::Get).unwrap().path(), Some(&b"/\"{}|[]^\\`"[..]));
    }

    #[test]
    fn tgt_each_form_has_its_own_parts() {
        for (text, method, path, query, authority) in [
            (&b"/a?b"[..], Method::Get, Some(&b"/a"[..]), Some(&b"b"[..]), None),
            (b"/a", Method::Get, Some(b"/a"), None, None),
            (b"http://h/a?b", Method::Get, Some(b"/a"), Some(b"b"), Some(&b"h"[..])),
            (b"http://h?b", Method::Get, Some(b"/"), Some(b"b"), Some(b"h")),
            (b"*", Method::Options, None, None, None),
            (b"h:1", Method::Connect, None, None, Some(b"h:1")),
        ] {
            let t = parse(text, method).unwrap();
            assert_eq!((t.path(), t.query()), (path, query), "{t:?}");
            assert_eq!(t.authority().map(|a| a.as_bytes()), authority, "{t:?}");
        }
    }

    #[test]
    fn connect_needs_host_and_port() {
        let t = parse(b"[::1]:443", Method::Connect).unwrap();
        assert_eq!(t.authority().unwrap().port(), Some(443));
        for bad in [&b"a"[..], b"a:", b"a:0", b"a:65536", b":80", b"a:b", b"http://a:80", b"a:80/"]
        {
            assert_eq!(parse(bad, Method::Connect), Err(Kind::InvalidAuthority), "{bad:?}");
        }
        assert_eq!(parse(b"u@a:80", Method::Connect), Err(Kind::Userinfo));
    }

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

    #[test]
    fn log_debug_escapes() {
        for (text, method, shown) in [
            (&b"http://a:1/\"\\?b"[..], Method::Get, "http://a:1/\\\"\\\\?b"),
            (b"/\"?", Method::Get, "/\\\"?"),
            (b"*", Method::Options, "*"),
            (b"[::1]:443", Method::Connect, "[::1]:443"),
        ] {
            assert_eq!(std::format!("{:?}", parse(text, method).unwrap()), shown);
        }
    }

    /// Takes so many bytes, and nothing that does not fit.
    struct Room(usize);

    impl core::fmt::Write for Room {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            self.0 = self.0.checked_sub(text.len()).ok_or(core::fmt::Error)?;
            Ok(())
        }
    }

    #[test]
    fn log_debug_tells_a_writer_s_failure() {
        use core::fmt::Write;
        for text in [&b"http://a:1/b?c"[..], b"/b?c"] {
            let target = parse(text, Method::Get).unwrap();
            for room in 0..=text.len() {
                let done = write!(Room(room), "{target:?}");
                assert_eq!(done.is_ok(), room == text.len(), "{room}");
            }
        }
    }
}
