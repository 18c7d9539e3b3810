//! Message body length: the one framing decision (RFC 9112 §6).
//!
//! Decides, from Content-Length and Transfer-Encoding as declared and from the kind of
//! message, how its content ends. Refuses (CLTE, TETE, CLVAL): both fields in a request,
//! repeated or malformed lengths, every Transfer-Encoding but one lone `chunked`, and any
//! Transfer-Encoding in HTTP/1.0.
//!
//! ```text
//!                 ┌ Transfer-Encoding ┬ 1.0 ─────────────► refused
//!                 │                   ├ with CL: request ► refused; response ► chunked, close
//!   no content? ──┤                   └ lone chunked ────► Chunked
//!   HEAD 1xx 204  ├ Content-Length ──────────────────────► Sized
//!   304: None     └ neither: request ► None; response ───► UntilClose
//! ```

use crate::error::PeerErrorKind as Kind;
use crate::message::{Length, Version};
use crate::syntax::field::elements;
use crate::syntax::number::decimal;
use crate::syntax::scan::Offence;
use crate::syntax::token::{find, is_name, is_token, trim};

/// What the field lines of one message declare about its content.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Declared {
    content_length: Option<u64>,
    is_chunked: bool,
}

impl Declared {
    /// A Content-Length line. `repeats_allowed`: responses may say the same number again.
    #[inline]
    pub(crate) fn content_length(
        &mut self,
        value: &[u8],
        repeats_allowed: bool,
    ) -> Result<(), Kind> {
        if !repeats_allowed {
            // RFC 9112 §6.3 (5); stricter: not even equal numbers may be repeated.
            let n = decimal(value).ok_or(Kind::InvalidContentLength)?;
            if self.content_length.replace(n).is_some() {
                return Err(Kind::RepeatedContentLength);
            }
            return Ok(());
        }
        for element in value.split(|&b| b == b',') {
            let n = decimal(trim(element)).ok_or(Kind::InvalidContentLength)?;
            if self.content_length.replace(n).is_some_and(|before| before != n) {
                return Err(Kind::RepeatedContentLength);
            }
        }
        Ok(())
    }

    /// A Transfer-Encoding line.
    pub(crate) fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Kind> {
        // Stricter than RFC 9112 §6.1: a second line is refused whatever it says.
        if self.is_chunked {
            return Err(Kind::InvalidTransferEncoding);
        }
        if value.eq_ignore_ascii_case(b"chunked") {
            self.is_chunked = true;
            return Ok(());
        }
        // Which refusal it is, `named` tells.
        Err(Kind::UnknownTransferCoding)
    }

    /// RFC 9112 §6.3 for requests.
    #[inline]
    pub(crate) fn of_request(self, version: Version) -> Result<Length, Kind> {
        match (self.is_chunked, self.content_length) {
            (false, None) => Ok(Length::None),
            (false, Some(n)) => Ok(Length::Sized(n)),
            // RFC 9112 §6.1: "ought to be handled as an error".
            (true, Some(_)) => Err(Kind::LengthAndCoding),
            // RFC 9112 §6.1: HTTP/1.0 has no Transfer-Encoding; its framing is faulty.
            (true, None) if version == Version::Http10 => Err(Kind::CodingInHttp10),
            (true, None) => Ok(Length::Chunked),
        }
    }

    /// RFC 9112 §6.3 for responses, and whether both fields were there.
    #[inline]
    pub(crate) fn of_response(
        self,
        version: Version,
        status: u16,
        to_head: bool,
    ) -> Result<(Length, bool), Kind> {
        if self.is_chunked && version == Version::Http10 {
            return Err(Kind::CodingInHttp10);
        }
        let both = self.is_chunked && self.content_length.is_some();
        // RFC 9112 §6.3 (1): whatever the fields say.
        if to_head || matches!(status, 100..=199 | 204 | 304) {
            return Ok((Length::None, both));
        }
        let length = match (self.is_chunked, self.content_length) {
            // RFC 9112 §6.3 (3): Transfer-Encoding overrides Content-Length.
            (true, _) => Length::Chunked,
            (false, Some(n)) => Length::Sized(n),
            // RFC 9112 §6.3 (8)
            (false, None) => Length::UntilClose,
        };
        Ok((length, both))
    }
}

/// The offence of a head, with a refused Transfer-Encoding told apart by its value.
pub(crate) fn named(head: &[u8], (kind, at): Offence) -> Offence {
    if kind != Kind::UnknownTransferCoding {
        return (kind, at);
    }
    let rest = head.get(at..).unwrap_or_default();
    let end = find(b'\r', rest).unwrap_or_default();
    (refused_coding(trim(rest.get(..end).unwrap_or_default())), at)
}

/// Which error a Transfer-Encoding is that is not `chunked` alone.
///
/// RFC 9112 §6.1: a coding that is not understood is answered 501; §6.3 (4): a request
/// whose last coding is not chunked is answered 400. An empty list element is refused
/// although RFC 9110 §5.6.1.2 lets a recipient skip it.
fn refused_coding(value: &[u8]) -> Kind {
    let comma = value.iter().rposition(|&b| b == b',').unwrap_or_default();
    let (others, last) = value.split_at_checked(comma).unwrap_or_default();
    // There are others, since chunked alone was accepted.
    let last_is_chunked =
        last.split_first().is_some_and(|(_, last)| is_name(trim(last), b"chunked"));
    if last_is_chunked && others.split(|&b| b == b',').map(trim).all(is_other_coding) {
        Kind::UnknownTransferCoding
    } else {
        Kind::InvalidTransferEncoding
    }
}

/// `token *( OWS ";" OWS token BWS "=" BWS value )`, not chunked or identity. Parameters
/// are looked at no closer: the answer is a refusal either way.
fn is_other_coding(coding: &[u8]) -> bool {
    let end = find(b';', coding).unwrap_or(coding.len());
    let name = trim(coding.get(..end).unwrap_or_default());
    is_token(name)
        && !is_name(name, b"chunked")
        && !is_name(name, b"identity")
        && find(b'"', coding).is_none()
}

/// Whether an Expect value holds only `100-continue`; `None` if it holds nothing.
pub(crate) fn expects_only_continue(value: &[u8]) -> Option<bool> {
    let mut any = false;
    let mut only = true;
    for element in elements(value) {
        any = true;
        only &= is_name(element, b"100-continue");
    }
    if any { Some(only) } else { None }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use Version::{Http10, Http11};

    fn coding(value: &[u8]) -> Result<(), Kind> {
        let head = [value, b"\r\n"].concat();
        let refused = |kind| named(&head, (kind, 0)).0;
        Declared::default().transfer_encoding(value).map_err(refused)
    }

    #[test]
    fn tete_only_one_lone_chunked() {
        assert_eq!(coding(b"chunked"), Ok(()));
        assert_eq!(coding(b"ChUnKeD"), Ok(()));
        for bad in [
            &b""[..],
            b",chunked",
            b"chunked,",
            b"xchunked",
            b"chunked;a",
            b"chunked, chunked",
            b"identity",
            b"chunked, x",
            b"gzip",
            b"chunked\x0b",
            b"\"chunked\"",
            b"identity, chunked",
            b"chunked, gzip, chunked",
            b"gzip,,chunked",
            b"a b, chunked",
        ] {
            assert_eq!(coding(bad), Err(Kind::InvalidTransferEncoding), "{bad:?}");
        }
        for unknown in [&b"gzip, chunked"[..], b"x;q=1 , chunked", b"a,b,CHUNKED"] {
            assert_eq!(coding(unknown), Err(Kind::UnknownTransferCoding), "{unknown:?}");
        }
        let mut twice = Declared::default();
        assert_eq!(twice.transfer_encoding(b"chunked"), Ok(()));
        assert_eq!(twice.transfer_encoding(b"chunked"), Err(Kind::InvalidTransferEncoding));
        assert_eq!(twice.transfer_encoding(b"x, chunked"), Err(Kind::InvalidTransferEncoding));
    }

    #[test]
    fn clval_one_number_in_requests_equal_ones_in_responses() {
        let length = |values: &[&[u8]], repeats| {
            let mut d = Declared::default();
            values.iter().try_for_each(|v| d.content_length(v, repeats)).map(|()| d.content_length)
        };
        assert_eq!(length(&[b"5"], false), Ok(Some(5)));
        assert_eq!(length(&[b"5", b"5"], false), Err(Kind::RepeatedContentLength));
        assert_eq!(length(&[b"5, 5"], false), Err(Kind::InvalidContentLength));
        assert_eq!(length(&[b"5, 5", b"5"], true), Ok(Some(5)));
        assert_eq!(length(&[b"5, 6"], true), Err(Kind::RepeatedContentLength));
        assert_eq!(length(&[b"5,"], true), Err(Kind::InvalidContentLength));
        assert_eq!(length(&[b"5", b"05"], true), Ok(Some(5)));
    }

    #[test]
    fn clte_is_refused_in_requests_and_te_wins_in_responses() {
        let both = Declared { content_length: Some(4), is_chunked: true };
        assert_eq!(both.of_request(Http11), Err(Kind::LengthAndCoding));
        assert_eq!(both.of_response(Http11, 200, false), Ok((Length::Chunked, true)));
        assert_eq!(both.of_response(Http11, 200, true), Ok((Length::None, true)));
    }

    #[test]
    fn ver_no_transfer_coding_in_http_1_0() {
        let chunked = Declared { content_length: None, is_chunked: true };
        assert_eq!(chunked.of_request(Http10), Err(Kind::CodingInHttp10));
        assert_eq!(chunked.of_response(Http10, 200, false), Err(Kind::CodingInHttp10));
        assert_eq!(chunked.of_request(Http11), Ok(Length::Chunked));
    }

    #[test]
    fn bodyx_every_status_and_method_of_the_response_decision() {
        for status in 100..=999u16 {
            for to_head in [false, true] {
                for declared in [
                    Declared::default(),
                    Declared { content_length: Some(7), is_chunked: false },
                    Declared { content_length: None, is_chunked: true },
                ] {
                    let (length, both) = declared.of_response(Http11, status, to_head).unwrap();
                    let none = to_head || status < 200 || status == 204 || status == 304;
                    let expected = match declared {
                        _ if none => Length::None,
                        Declared { is_chunked: true, .. } => Length::Chunked,
                        Declared { content_length: Some(n), .. } => Length::Sized(n),
                        Declared { .. } => Length::UntilClose,
                    };
                    assert_eq!((length, both), (expected, false));
                }
            }
        }
        // A request without either field has no content, whatever its method.
        assert_eq!(Declared::default().of_request(Http11), Ok(Length::None));
        assert_eq!(Declared::default().of_request(Http10), Ok(Length::None));
    }

    #[test]
    fn expect_is_100_continue_or_unknown() {
        assert_eq!(expects_only_continue(b"100-Continue"), Some(true));
        assert_eq!(expects_only_continue(b", 100-continue ,"), Some(true));
        assert_eq!(expects_only_continue(b"100-continue, x"), Some(false));
        assert_eq!(expects_only_continue(b"100-continue;a"), Some(false));
        assert_eq!(expects_only_continue(b" ,"), None);
    }
}
