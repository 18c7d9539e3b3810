//! What httparse makes of a head that the core accepts: the same names, values and length.
//!
//! The core has httparse split its field lines, so of these it tells only what the core makes of
//! them; start lines the core reads by itself.
//!
//! Exceptions, each where it is made:
//! - HTTP/1.2 to 1.9, which httparse refuses.
//! - A reason phrase with obs-text, which it reads as empty.
//! - Values, which it leaves folded and may leave with blanks at an end.

use blazeio_grammar::{FieldLine, RequestHead, ResponseHead};
use httparse::{EMPTY_HEADER, Error, Header, ParserConfig, Status};

/// # Panics
///
/// httparse reads another head, or refuses this one.
pub(crate) fn reads_request(input: &[u8], head: &RequestHead) {
    let mut headers = vec![EMPTY_HEADER; head.fields.len()];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(input) {
        // RFC 9110 §2.5: a higher minor version is read as the highest one known.
        Err(Error::Version) if has_minor_above_1(input) => return,
        parsed => assert_eq!(parsed, Ok(Status::Complete(head.len)), "{}", input.escape_ascii()),
    }
    assert_eq!(request.method.map(str::as_bytes), Some(head.method.as_slice()));
    assert_eq!(request.path.map(str::as_bytes), Some(head.target.as_slice()));
    assert_eq!(request.version, Some(head.minor));
    same_fields(input, request.headers, &head.fields, Shown::Host);
}

/// # Panics
///
/// httparse reads another head, or refuses this one.
pub(crate) fn reads_response(input: &[u8], head: &ResponseHead) {
    let lines = input.split(|&byte| byte == b'\n').count();
    let mut headers = vec![EMPTY_HEADER; lines];
    let mut response = httparse::Response::new(&mut headers);
    // RFC 9112 §5.2: a user agent reads folds.
    let mut config = ParserConfig::default();
    config.allow_obsolete_multiline_headers_in_responses(true);
    match config.parse_response(&mut response, input) {
        // RFC 9110 §2.5: a higher minor version is read as the highest one known.
        Err(Error::Version) if has_minor_above_1(input) => return,
        parsed => assert_eq!(parsed, Ok(Status::Complete(head.len)), "{}", input.escape_ascii()),
    }
    assert_eq!(response.code, Some(head.status));
    assert_eq!(response.version, Some(head.minor));
    // RFC 9112 §4: reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
    if head.reason.is_ascii() {
        assert_eq!(response.reason.map(str::as_bytes), Some(head.reason.as_slice()));
    }
    same_fields(input, response.headers, &head.fields, Shown::Length);
}

fn has_minor_above_1(input: &[u8]) -> bool {
    let line = input.trim_ascii_start().split(|&byte| byte == b'\r').next().unwrap_or(&[]);
    line.windows(8).any(|text| text.starts_with(b"HTTP/1.") && matches!(text[7], b'2'..=b'9'))
}

/// Which field the core shows otherwise than it was sent.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    /// RFC 9112 §3.2.2: with the target's authority.
    Host,
    /// RFC 9112 §6.3 (3): not at all beside Transfer-Encoding.
    Length,
}

fn same_fields(input: &[u8], theirs: &[Header<'_>], ours: &[FieldLine], shown: Shown) {
    let has = |name| ours.iter().any(|field| is(&field.0, name));
    // Where a tunnel opens both mean nothing and are shown (§6.3 (2)).
    let hides = shown == Shown::Length && has("Transfer-Encoding") && !has("Content-Length");
    let is_hidden = |name: &str| hides && is(name.as_bytes(), "Content-Length");
    let theirs: Vec<_> = theirs.iter().filter(|header| !is_hidden(header.name)).collect();
    assert_eq!(theirs.len(), ours.len(), "{}", input.escape_ascii());
    for (their, (name, value)) in theirs.iter().zip(ours) {
        assert_eq!(their.name.as_bytes(), name, "{}", input.escape_ascii());
        if !(shown == Shown::Host && is(name, "Host")) {
            assert_eq!(unfolded(their.value), *value, "{}", input.escape_ascii());
        }
    }
}

/// RFC 9112 §5.2: folds are SP before a value is interpreted; RFC 9110 §5.5: blanks at its ends
/// are no part of it.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        value.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect();
    spaced.trim_ascii().to_vec()
}

fn is(name: &[u8], other: &str) -> bool {
    name.eq_ignore_ascii_case(other.as_bytes())
}
