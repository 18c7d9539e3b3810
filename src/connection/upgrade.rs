//! Which protocols an exchange offered to switch to (RFC 9110 §7.8).
//!
//! Decides whether a 101 names a protocol that was offered. The core cannot look back at
//! the request, so it keeps a hash of the first four offers, without regard to case. This
//! catches mistakes; a server that wanted to could craft a colliding name, so a client
//! still reads the one in the 101.

use crate::syntax::field::elements;

/// Hashes of the offered protocols; 0 is none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Offers([u32; 4]);

impl Offers {
    /// Notes one protocol; the fifth and later are not noted.
    pub(crate) fn add(&mut self, protocol: &[u8]) {
        if let Some(slot) = self.0.iter_mut().find(|slot| **slot == 0) {
            *slot = hash(protocol);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0[0] == 0
    }

    /// Whether `list` names at least one protocol, and only such as were offered.
    pub(crate) fn include_all(&self, list: &[u8]) -> bool {
        let mut any = false;
        elements(list).all(|protocol| {
            any = true;
            self.0.contains(&hash(protocol))
        }) && any
    }
}

/// FNV-1a over the lower-cased bytes, never 0.
fn hash(text: &[u8]) -> u32 {
    let hash = text.iter().fold(0x811c_9dc5_u32, |hash, b| {
        (hash ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    hash.max(1)
}

/// Whether the response with `status` makes the connection a tunnel (RFC 9110 §9.3.6).
pub(crate) const fn opens_tunnel(is_connect: bool, status: u16) -> bool {
    is_connect && matches!(status, 200..=299)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offered_protocols_are_included() {
        let mut offers = Offers::default();
        assert!(offers.is_empty() && !offers.include_all(b"websocket"));
        for p in [&b"WebSocket"[..], b"echo", b"a/1", b"b", b"fifth"] {
            offers.add(p);
        }
        assert!(offers.include_all(b"websocket") && offers.include_all(b"A/1, echo"));
        for not in [&b""[..], b" ,", b"fifth", b"echo, x", b"a"] {
            assert!(!offers.include_all(not), "{not:?}");
        }
    }
}
