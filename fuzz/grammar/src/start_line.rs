//! Request line and status line.

use crate::character::{is_digit, is_reason, is_target, is_tchar};
use crate::cursor::{Cursor, Step};

/// A request line.
pub(crate) struct RequestLine {
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    pub(crate) minor: u8,
}

/// A status line.
pub(crate) struct StatusLine {
    pub(crate) status: u16,
    pub(crate) reason: Vec<u8>,
    pub(crate) minor: u8,
}

/// RFC 9112 §2.2: a server SHOULD ignore at least one empty line (CRLF) before the request line.
pub(crate) fn empty_line(cursor: &mut Cursor<'_>) -> Step<()> {
    if cursor.peek()? == b'\r' { cursor.crlf() } else { Ok(()) }
}

// request-line = method SP request-target SP HTTP-version
// method = token
/// With the CRLF behind it.
pub(crate) fn request_line(cursor: &mut Cursor<'_>) -> Step<RequestLine> {
    let method = cursor.some(is_tchar, "RFC 9110 §9.1")?.to_vec();
    cursor.byte(b' ', "RFC 9112 §3")?;
    let target = cursor.some(is_target, "RFC 9112 §3.2")?.to_vec();
    cursor.byte(b' ', "RFC 9112 §3")?;
    let minor = http_version(cursor)?;
    cursor.crlf()?;
    Ok(RequestLine { method, target, minor })
}

// HTTP-version = HTTP-name "/" DIGIT "." DIGIT
// HTTP-name = %x48.54.54.50 ; HTTP
/// The minor digit. RFC 9110 §15.6.6: another major version is 505; major 0 has no such line.
fn http_version(cursor: &mut Cursor<'_>) -> Step<u8> {
    let rule = "RFC 9112 §2.3";
    cursor.bytes(b"HTTP/", rule)?;
    if matches!(cursor.peek()?, b'2'..=b'9') {
        return Err(cursor.refuse("RFC 9110 §15.6.6", 505));
    }
    cursor.byte(b'1', rule)?;
    cursor.byte(b'.', rule)?;
    let minor = cursor.one(is_digit, rule)?;
    Ok(minor - b'0')
}

// status-line = HTTP-version SP status-code SP [ reason-phrase ]
/// With the CRLF behind it; the SP before a reason that is empty may be missing too.
pub(crate) fn status_line(cursor: &mut Cursor<'_>) -> Step<StatusLine> {
    let minor = http_version(cursor)?;
    cursor.byte(b' ', "RFC 9112 §4")?;
    let status = status_code(cursor)?;
    let mut reason = Vec::new();
    if cursor.peek()? != b'\r' {
        cursor.byte(b' ', "RFC 9112 §4")?;
        reason = cursor.any(is_reason)?.to_vec();
    }
    cursor.crlf()?;
    Ok(StatusLine { status, reason, minor })
}

// status-code = 3DIGIT
/// RFC 9110 §15: from 100 to 999.
fn status_code(cursor: &mut Cursor<'_>) -> Step<u16> {
    let rule = "RFC 9112 §4";
    let first = cursor.one(|byte| matches!(byte, b'1'..=b'9'), rule)?;
    let second = cursor.one(is_digit, rule)?;
    let third = cursor.one(is_digit, rule)?;
    Ok(digit(first) * 100 + digit(second) * 10 + digit(third))
}

fn digit(byte: u8) -> u16 {
    u16::from(byte - b'0')
}
