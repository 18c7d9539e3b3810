//! What Connection and Expect ask for.

use crate::character::is_token;
use crate::field::values;
use crate::list::elements;
use crate::{FieldLine, Refusal};

/// RFC 9110 §7.6.1: an option MUST NOT name a field that is for all recipients of the content. A
/// departure: refused where the field says how a message is framed, routed, read or whose it is.
const END_TO_END: &[&str] = &[
    "Content-Length",
    "Transfer-Encoding",
    "Host",
    "Expect",
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Content-Type",
    "Content-Encoding",
    "Content-Range",
];

// Connection = #connection-option
// connection-option = token
/// # Errors
///
/// An option in a request is no token, or names a field that goes end to end.
pub(crate) fn judge_options(value: &[u8]) -> Result<(), Refusal> {
    let names = |option: &[u8]| END_TO_END.iter().any(|name| option_is(option, name));
    if elements(value).any(|option| !is_token(option) || names(option)) {
        return Err(Refusal::of_meaning("RFC 9110 §7.6.1", 400));
    }
    Ok(())
}

/// RFC 9110 §7.6.1: connection options are case-insensitive.
fn option_is(option: &[u8], name: &str) -> bool {
    option.eq_ignore_ascii_case(name.as_bytes())
}

pub(crate) fn has_option(fields: &[FieldLine], name: &str) -> bool {
    values(fields, "Connection").flat_map(elements).any(|option| option_is(option, name))
}

/// RFC 9112 §9.3: whether the connection persists, as far as version and options say.
pub(crate) fn persists(minor: u8, fields: &[FieldLine]) -> bool {
    if has_option(fields, "close") {
        return false;
    }
    minor >= 1 || has_option(fields, "keep-alive")
}

// Expect = #expectation
// expectation = token [ "=" ( token / quoted-string ) parameters ]
/// # Errors
///
/// RFC 9110 §10.1.1: an expectation other than 100-continue, which alone is defined.
pub(crate) fn judge_expectations(value: &[u8]) -> Result<(), Refusal> {
    if elements(value).any(|member| !is_continue(member)) {
        return Err(Refusal::of_meaning("RFC 9110 §10.1.1", 417));
    }
    Ok(())
}

pub(crate) fn expects_continue(fields: &[FieldLine]) -> bool {
    values(fields, "Expect").flat_map(elements).any(is_continue)
}

fn is_continue(member: &[u8]) -> bool {
    member.eq_ignore_ascii_case(b"100-continue")
}
