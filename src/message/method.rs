//! Request methods (RFC 9110 §9, RFC 5789).
//!
//! Decides which methods are known by name. Any other token is
//! [`Method::Extension`], kept as sent: methods are case-sensitive.
//!
//! ```
//! use blazeio::Method;
//!
//! assert_eq!(Method::from_bytes(b"PATCH"), Some(Method::Patch));
//! assert_eq!(Method::from_bytes(b"get"), Some(Method::Extension(b"get")));
//! assert_eq!(Method::from_bytes(b"G T"), None);
//! assert!(Method::Put.is_idempotent() && !Method::Put.is_safe());
//! ```

use crate::syntax::token::is_token;

/// A request method.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method<'a> {
    /// RFC 9110 §9.3.1
    Get,
    /// RFC 9110 §9.3.2
    Head,
    /// RFC 9110 §9.3.3
    Post,
    /// RFC 9110 §9.3.4
    Put,
    /// RFC 9110 §9.3.5
    Delete,
    /// RFC 9110 §9.3.6
    Connect,
    /// RFC 9110 §9.3.7
    Options,
    /// RFC 9110 §9.3.8
    Trace,
    /// RFC 5789
    Patch,
    /// Any other token, as sent.
    Extension(&'a [u8]),
}

impl<'a> Method<'a> {
    /// Reads a method; `None` if the text is not a token.
    #[must_use]
    pub fn from_bytes(text: &'a [u8]) -> Option<Self> {
        if is_token(text) { Some(Self::from_token(text)) } else { None }
    }

    /// As [`from_bytes`](Self::from_bytes), of what is known to be a token.
    #[cfg(not(any(target_os = "none", blazeio_small)))]
    #[inline]
    pub(crate) const fn from_token(text: &'a [u8]) -> Self {
        Self::spelled(text)
    }

    /// The same, one after the other.
    #[cfg(any(target_os = "none", blazeio_small))]
    pub(crate) fn from_token(text: &'a [u8]) -> Self {
        static KNOWN: [Method<'_>; 9] = [
            Method::Get,
            Method::Head,
            Method::Post,
            Method::Put,
            Method::Delete,
            Method::Connect,
            Method::Options,
            Method::Trace,
            Method::Patch,
        ];
        let same = KNOWN.iter().find(|method| method.as_bytes() == text);
        same.map_or(Self::Extension(text), |method| *method)
    }

    /// The same, for constants.
    #[inline]
    pub(crate) const fn spelled(text: &'a [u8]) -> Self {
        match text {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"CONNECT" => Self::Connect,
            b"OPTIONS" => Self::Options,
            b"TRACE" => Self::Trace,
            b"PATCH" => Self::Patch,
            other => Self::Extension(other),
        }
    }

    /// The method as sent.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        match *self {
            Self::Get => b"GET",
            Self::Head => b"HEAD",
            Self::Post => b"POST",
            Self::Put => b"PUT",
            Self::Delete => b"DELETE",
            Self::Connect => b"CONNECT",
            Self::Options => b"OPTIONS",
            Self::Trace => b"TRACE",
            Self::Patch => b"PATCH",
            Self::Extension(token) => token,
        }
    }

    /// Safe: GET, HEAD, OPTIONS, TRACE (RFC 9110 §9.2.1).
    #[must_use]
    pub const fn is_safe(&self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace)
    }

    /// Idempotent: the safe ones, PUT, DELETE (RFC 9110 §9.2.2).
    #[must_use]
    pub const fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self, Self::Put | Self::Delete)
    }

    /// Whether a request without content still says `Content-Length: 0`, because its
    /// method anticipates content (RFC 9110 §8.6).
    pub(crate) const fn anticipates_content(&self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

impl core::fmt::Debug for Method<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match core::str::from_utf8(self.as_bytes()) {
            Ok(text) if is_token(self.as_bytes()) => f.write_str(text),
            _ => write!(f, "{}", self.as_bytes().escape_ascii()),
        }
    }
}

impl core::fmt::Display for Method<'_> {
    /// As sent; escaped if it is no token.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_method_is_shown_as_it_was_sent() {
        for token in ["GET", "get", "it's", "!#$%&'*+-.^_`|~9"] {
            assert_eq!(Method::from_bytes(token.as_bytes()).unwrap().to_string(), token);
        }
        assert_eq!(Method::Extension(b"G'\r\n\"").to_string(), r#"G\'\r\n\""#);
    }
}
