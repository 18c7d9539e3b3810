//! Media types: `type/subtype; name=value` (RFC 9110 §8.3.1).
//!
//! Decides what a Content-Type says. Refuses what is no media type, all of its parameters
//! included: a boundary that two readers find in two places must not be guessed at.
//!
//! ```
//! use blazeio::web::media_type::MediaType;
//!
//! let media_type = MediaType::parse(b"Text/HTML; charset=\"utf-8\"")?;
//! assert!(media_type.is("text/html"));
//! assert!(media_type.parameter("charset")?.unwrap().is("utf-8"));
//! # Ok::<(), blazeio::web::Invalid>(())
//! ```

use super::invalid::{Invalid, InvalidKind};
use super::parameter::{Parameters, Value};
use crate::syntax::token::{is_tchar, is_token};

/// A media type.
#[derive(Clone, Copy, Debug)]
pub struct MediaType<'a> {
    text: &'a [u8],
    essence_len: usize,
    slash: usize,
}

impl<'a> MediaType<'a> {
    /// Reads a Content-Type's value, without blanks around it.
    ///
    /// # Errors
    /// If it breaks the grammar, wherever.
    pub fn parse(text: &'a [u8]) -> Result<Self, Invalid> {
        let slash = memchr::memchr(b'/', text).unwrap_or(text.len());
        let wrong = |at| Invalid::new(InvalidKind::MediaType, at);
        let (kind, rest) = text.split_at_checked(slash).unwrap_or((text, &[]));
        if !is_token(kind) {
            return Err(wrong(kind.iter().position(|&b| !is_tchar(b)).unwrap_or(kind.len())));
        }
        let sub = rest.get(1..).unwrap_or_default();
        let sub_len = sub.iter().position(|&b| !is_tchar(b)).unwrap_or(sub.len());
        let essence_len = slash.saturating_add(1).saturating_add(sub_len);
        if sub_len == 0 {
            return Err(wrong(essence_len.min(text.len())));
        }
        let media_type = Self { text, essence_len, slash };
        media_type.parameters().try_for_each(|parameter| parameter.map(drop))?;
        Ok(media_type)
    }

    /// `type/subtype`, as sent: compare without regard to case.
    #[must_use]
    pub fn essence(&self) -> &'a [u8] {
        self.text.get(..self.essence_len).unwrap_or_default()
    }

    /// Whether it is `essence`, as `text/html`, without regard to case and to parameters.
    #[must_use]
    pub fn is(&self, essence: &str) -> bool {
        self.essence().eq_ignore_ascii_case(essence.as_bytes())
    }

    /// The type, before the slash.
    #[must_use]
    pub fn kind(&self) -> &'a [u8] {
        self.text.get(..self.slash).unwrap_or_default()
    }

    /// The subtype, behind the slash.
    #[must_use]
    pub fn subtype(&self) -> &'a [u8] {
        self.text.get(self.slash.saturating_add(1)..self.essence_len).unwrap_or_default()
    }

    /// Whether it is JSON: `application/json`, `text/json`, or a subtype that ends in `+json`
    /// (RFC 8259, RFC 6839 §3.1; WHATWG MIME Sniffing §4.6).
    #[must_use]
    pub fn is_json(&self) -> bool {
        let suffix = self.subtype().last_chunk::<5>().filter(|_| self.subtype().len() > 5);
        self.is("application/json")
            || self.is("text/json")
            || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(b"+json"))
    }

    /// Its parameters, in order.
    #[must_use]
    pub const fn parameters(&self) -> Parameters<'a> {
        Parameters::from(self.text, self.essence_len)
    }

    /// The value of the parameter `name`, without regard to case.
    ///
    /// # Errors
    /// If it comes twice.
    pub fn parameter(&self, name: &str) -> Result<Option<Value<'a>>, Invalid> {
        self.parameters().once(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_two_tokens_and_parameters() {
        for (text, kind, subtype, count) in [
            (&b"text/html"[..], &b"text"[..], &b"html"[..], 0),
            (b"*/*;q=0.1", b"*", b"*", 1),
            (b"multipart/form-data ; boundary=x ;a=b;", b"multipart", b"form-data", 2),
            (b"application/vnd.api+json", b"application", b"vnd.api+json", 0),
        ] {
            let read = MediaType::parse(text).unwrap();
            assert_eq!((read.kind(), read.subtype()), (kind, subtype));
            assert_eq!(read.parameters().count(), count);
            assert_eq!(read.essence().len(), kind.len() + subtype.len() + 1);
        }
    }

    #[test]
    fn what_is_none_is_refused_with_its_place() {
        for (text, at) in [
            (&b""[..], 0),
            (b"text", 4),
            (b"text/", 5),
            (b"/html", 0),
            (b"te xt/html", 2),
            (b"text/ html", 5),
            (b"text /html", 4),
            (b"text/html/5", 9),
            (b"text/html, text/plain", 9),
            (b"text/html;charset", 17),
            (b"text/html charset=a", 10),
        ] {
            assert_eq!(MediaType::parse(text).unwrap_err().at, at, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn json_is_known_by_its_suffix_too() {
        let is_json = |text: &'static str| MediaType::parse(text.as_bytes()).unwrap().is_json();
        assert!(
            ["application/JSON;charset=utf-8", "text/json", "a/b+json"].into_iter().all(is_json)
        );
        assert!(!["application/json5", "a/+json", "text/plain", "json/a"].into_iter().any(is_json));
    }
}
