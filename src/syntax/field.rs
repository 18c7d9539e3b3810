//! Lists inside field values (RFC 9110 §5.6.1).
//!
//! Decides where the elements of a comma-separated list lie. Empty elements are skipped, as
//! a recipient must; quoted strings are not looked into, since no list of the core's own
//! (Connection, Transfer-Encoding, Expect, Upgrade) may hold a comma in one.

use super::token::{is_token, trim};

/// The non-empty elements of a list, trimmed.
pub(crate) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(trim).filter(|e| !e.is_empty())
}

/// Whether a list of names in lower case has this one.
pub(crate) fn is_one_of(list: &[u8], name: &[u8]) -> bool {
    elements(list).any(|one| name.eq_ignore_ascii_case(one))
}

/// `protocol-name ["/" protocol-version]` (RFC 9110 §7.8). Written so that it costs nothing in
/// the frame that holds httparse's slots.
pub(crate) fn is_protocol(element: &[u8]) -> bool {
    match element.iter().position(|&b| b == b'/') {
        Some(slash) => match element.split_at_checked(slash) {
            Some((name, version)) => {
                is_token(name) && version.split_first().is_some_and(|(_, v)| is_token(v))
            }
            // Unreachable: the slash lies inside.
            None => false,
        },
        None => is_token(element),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn empty_elements_are_skipped() {
        let list: Vec<&[u8]> = elements(b" ,, a , \t b,,c d ,").collect();
        assert_eq!(list, [&b"a"[..], b"b", b"c d"]);
        assert_eq!(elements(b"").count(), 0);
    }

    #[test]
    fn a_protocol_is_a_name_and_perhaps_a_version() {
        assert!(is_protocol(b"websocket") && is_protocol(b"HTTP/2.0"));
        for bad in [&b"a/"[..], b"/1", b"a b", b"a/b/c", b""] {
            assert!(!is_protocol(bad), "{bad:?}");
        }
    }
}
