//! Where a message ends: RFC 9112 §6.

use crate::character::{is_digit, is_token, trimmed};
use crate::field::values;
use crate::list::all_elements;
use crate::{FieldLine, Framing, Refusal};

// Content-Length = 1*DIGIT
/// As a number, if a u64 holds it.
pub(crate) fn content_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(|&byte| is_digit(byte)) {
        return None;
    }
    value.iter().try_fold(0, |number: u64, &digit| {
        number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    })
}

// Content-Length = 1*DIGIT, or a list of it that RFC 9112 §6.3 (5) lets pass
/// Equal values, in one field or several, are one. Departures: for responses only, and an empty
/// element is no value although RFC 9110 §5.6.1.2 has it ignored.
///
/// # Errors
///
/// A value is no number, there is none at all, or they differ.
pub(crate) fn response_length(fields: &[FieldLine]) -> Result<Option<u64>, Refusal> {
    let refusal = Refusal::of_meaning("RFC 9112 §6.3", 502);
    let mut length = None;
    for value in values(fields, "Content-Length") {
        for element in all_elements(value) {
            let next = content_length(element).ok_or(refusal.clone())?;
            if length.is_some_and(|length| length != next) {
                return Err(refusal);
            }
            length = Some(next);
        }
    }
    Ok(length)
}

// Transfer-Encoding = #transfer-coding
/// # Errors
///
/// RFC 9112 §6.1: 501 for a list of codings that ends in chunked, 400 for anything else but
/// `chunked` alone. Departures: no empty element, no quotes.
pub(crate) fn judge_coding(value: &[u8]) -> Result<(), Refusal> {
    let codings: Vec<&[u8]> = all_elements(value).collect();
    let Some((last, others)) = codings.split_last() else { return Err(bad_coding()) };
    if !last.eq_ignore_ascii_case(b"chunked") {
        return Err(bad_coding());
    }
    for coding in others {
        let name = transfer_coding(coding).ok_or(bad_coding())?;
        // §6.1: chunked MUST NOT be applied twice. §7.3: identity is no coding any more.
        if name.eq_ignore_ascii_case(b"chunked") || name.eq_ignore_ascii_case(b"identity") {
            return Err(bad_coding());
        }
    }
    if others.is_empty() { Ok(()) } else { Err(Refusal::of_meaning("RFC 9112 §6.1", 501)) }
}

fn bad_coding() -> Refusal {
    Refusal::of_meaning("RFC 9112 §6.3", 400)
}

// transfer-coding = token *( OWS ";" OWS transfer-parameter )
/// The coding's name, if it has one. Who does not understand a coding cannot tell what is wrong
/// with its parameters, so they are not read. A departure: a quote anywhere is malformed, for it
/// could hide where a list element ends.
fn transfer_coding(text: &[u8]) -> Option<&[u8]> {
    let name = text.split(|&byte| byte == b';').next().map(trimmed)?;
    (is_token(name) && !text.contains(&b'"')).then_some(name)
}

/// RFC 9112 §6.3 for a request whose fields are judged one by one already.
///
/// # Errors
///
/// Length and coding together; a coding in 1.0; content of CONNECT.
pub(crate) fn of_request(
    method: &[u8],
    minor: u8,
    fields: &[FieldLine],
) -> Result<Framing, Refusal> {
    let length = values(fields, "Content-Length").next().and_then(content_length);
    let coded = values(fields, "Transfer-Encoding").next().is_some();
    // §6.1: a server MAY reject both together.
    if coded && length.is_some() {
        return Err(Refusal::of_meaning("RFC 9112 §6.1", 400));
    }
    // §6.1: 1.0 with a coding MUST be treated as faulty framing.
    if coded && minor == 0 {
        return Err(Refusal::of_meaning("RFC 9112 §6.1", 400));
    }
    let framing = match length {
        _ if coded => Framing::Chunked,
        Some(length) => Framing::Sized(length),
        None => Framing::None,
    };
    // RFC 9110 §9.3.6: a CONNECT request does not have content; saying 0 bytes changes nothing.
    match framing {
        Framing::None | Framing::Sized(0) if method == b"CONNECT" => Ok(Framing::None),
        _ if method == b"CONNECT" => Err(Refusal::of_meaning("RFC 9110 §9.3.6", 400)),
        framing => Ok(framing),
    }
}

/// RFC 9112 §6.3 for a response.
///
/// # Errors
///
/// A bad length or coding, whether or not there is content to frame; a coding in 1.0.
pub(crate) fn of_response(
    request_method: &[u8],
    status: u16,
    minor: u8,
    fields: &[FieldLine],
) -> Result<Framing, Refusal> {
    // (2): a client MUST ignore both fields in a 2xx to CONNECT. A 101 ends HTTP likewise.
    if is_tunnel(request_method, status) {
        return Ok(Framing::None);
    }
    let length = response_length(fields)?;
    let codings: Vec<&[u8]> = values(fields, "Transfer-Encoding").collect();
    // Departures: nothing but one lone chunked; 1.0 with a coding is an error.
    for coding in &codings {
        judge_coding(coding)?;
    }
    if codings.len() > 1 || (codings.len() == 1 && minor == 0) {
        return Err(Refusal::of_meaning("RFC 9112 §6.1", 502));
    }
    // (1): terminated by the first empty line, regardless of the fields.
    if request_method == b"HEAD" || matches!(status, 100..=199 | 204 | 304) {
        return Ok(Framing::None);
    }
    // (3): the coding overrides the length.
    Ok(match length {
        _ if codings.len() == 1 => Framing::Chunked,
        Some(length) => Framing::Sized(length),
        None => Framing::UntilClose,
    })
}

/// RFC 9110 §9.3.6: 2xx to CONNECT. §15.2.2: 101.
fn is_tunnel(request_method: &[u8], status: u16) -> bool {
    status == 101 || (request_method == b"CONNECT" && matches!(status, 200..=299))
}
