//! Request targets (RFC 9112 §3.2, RFC 9110 §4.2).
//!
//! Decides which of the four forms a target has, and where authority, path and query lie.
//! Refuses CONNECT without a port, a form its method does not allow, and what
//! [`Authority`] refuses. Paths and queries are split, never decoded.
//!
//! ```
//! use blazeio::{Method, Target};
//!
//! let Ok(Target::Absolute { scheme, authority, path, query }) =
//!     Target::parse(b"http://[::1]:8080?q", Method::Get)
//! else {
//!     unreachable!()
//! };
//! assert_eq!((scheme, path, query), (&b"http"[..], &b"/"[..], Some(&b"q"[..])));
//! assert_eq!((authority.host(), authority.port()), (&b"[::1]"[..], Some(8080)));
//! ```

use super::authority::Authority;
use super::token::{find, target_len};
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
        let target = Target::parse_checked(text, is_connect, is_options)?;
        Ok(matches!(target, Target::Asterisk))
    }

    /// As [`parse`](Self::parse), of bytes that are known to be target bytes.
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline(always))]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline)]
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
            return match authority.port() {
                None | Some(0) => Err(Kind::InvalidAuthority),
                Some(_) => Ok(Self::Authority(authority)),
            };
        }
        // RFC 9112 §3.2.2
        let colon = find(b':', text).unwrap_or_default();
        let (scheme, rest) = text.split_at_checked(colon).unwrap_or_default();
        let Some(rest) = rest.strip_prefix(b"://").filter(|_| is_scheme(scheme)) else {
            return Err(Kind::TargetForm);
        };
        let end = rest.iter().position(|&b| matches!(b, b'/' | b'?')).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).unwrap_or_default();
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
    match find(b'?', text).and_then(|at| text.split_at_checked(at)) {
        Some((path, query)) => (path, query.get(1..)),
        None => (text, None),
    }
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )` (RFC 3986 §3.1).
fn is_scheme(text: &[u8]) -> bool {
    let rest = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    text.first().is_some_and(u8::is_ascii_alphabetic) && text.iter().all(rest)
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
