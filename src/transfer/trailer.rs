//! Which fields may stand in a trailer section (RFC 9110 §6.5.1).
//!
//! Decides by name. Refuses what frames, routes, authenticates or describes content, and
//! everything a recipient must know before the content: merged by mistake, those would
//! change a message after it was judged (TRLR). Authentication-Info is allowed (RFC 9110
//! §11.6.3).

use crate::syntax::field::is_one_of;

/// Names refused, in lower case, received and sent; one text, since a table of slices is larger.
const FORBIDDEN: &[u8] = b"\
    age,authorization,cache-control,connection,content-encoding,content-length,\
    content-range,content-type,cookie,date,expect,expires,host,if-match,if-modified-since,\
    if-none-match,if-range,if-unmodified-since,keep-alive,location,max-forwards,pragma,\
    proxy-authenticate,proxy-authorization,proxy-connection,range,retry-after,set-cookie,\
    te,trailer,transfer-encoding,upgrade,vary,warning,www-authenticate";

/// Whether a trailer section may not hold the field `name`.
pub(crate) fn is_forbidden(name: &[u8]) -> bool {
    is_one_of(FORBIDDEN, name)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::syntax::field::elements;

    #[test]
    fn trlr_framing_routing_and_auth_are_forbidden_authentication_info_is_not() {
        assert_eq!(elements(FORBIDDEN).count(), 35);
        for name in elements(FORBIDDEN) {
            assert!(is_forbidden(&name.to_ascii_uppercase()), "{name:?}");
        }
        for name in ["Authentication-Info", "ETag", "X-Checksum", "Server-Timing", "t", "hosts"] {
            assert!(!is_forbidden(name.as_bytes()), "{name}");
        }
    }
}
