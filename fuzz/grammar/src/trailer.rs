//! Names that have no place in a trailer section.

use crate::field::is_name;
use crate::{FieldLine, Refusal};

/// RFC 9110 §6.5.1: fields that describe framing, routing, authentication, request modifiers,
/// response controls or content format cannot be processed behind the content. Those of the core
/// specifications that are of such a kind, and those that only have to do with a connection.
const FORBIDDEN: &[&str] = &[
    // Framing and what belongs to the connection (§7.6.1, §7.8, RFC 9112 §6).
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Upgrade",
    // Routing.
    "Host",
    "Max-Forwards",
    // Authentication, and what stands for it (RFC 6265).
    "Authorization",
    "Proxy-Authorization",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Cookie",
    "Set-Cookie",
    // Request modifiers: controls and conditionals (§10.1.1, §13.1, §14.2, RFC 9111 §5).
    "Expect",
    "Cache-Control",
    "Pragma",
    "Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Range",
    // Response controls (§10.2, RFC 9111 §5).
    "Age",
    "Expires",
    "Date",
    "Location",
    "Retry-After",
    "Vary",
    "Warning",
    // Content format.
    "Content-Encoding",
    "Content-Type",
    "Content-Range",
];

/// # Errors
///
/// One of the fields may not be sent behind the content.
pub(crate) fn judge(trailers: &[FieldLine]) -> Result<(), Refusal> {
    let is_forbidden = |field: &FieldLine| FORBIDDEN.iter().any(|name| is_name(field, name));
    if trailers.iter().any(is_forbidden) {
        return Err(Refusal::of_meaning("RFC 9110 §6.5.1", 400));
    }
    Ok(())
}
