//! How a peer began, to tell why it was not TLS.
//!
//! Decides what looks like HTTP: a record begins with a byte that no method begins with, so
//! only an error has to be explained, never a session refused.

/// The first bytes that came.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Opening {
    bytes: [u8; 8],
    filled: u8,
}

impl Opening {
    /// Takes what is still missing from the front of `bytes`.
    pub(super) fn note(&mut self, bytes: &[u8]) {
        let room = self.bytes.get_mut(usize::from(self.filled)..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(bytes) {
            *place = *byte;
            self.filled += 1;
        }
    }

    /// What the peer spoke, if it was no TLS and can be told.
    pub(super) fn spoken(&self) -> Option<&'static str> {
        let seen = self.bytes.get(..usize::from(self.filled)).unwrap_or_default();
        if seen.starts_with(b"HTTP/") {
            return Some("plain HTTP from a server that was to speak TLS");
        }
        let token = seen.split(|byte| *byte == b' ').next().unwrap_or_default();
        let is_method = token.len() >= 3 && token.iter().all(u8::is_ascii_uppercase);
        is_method.then_some("plain HTTP on a TLS port")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(bytes: &[u8]) -> Option<&'static str> {
        let mut opening = Opening::default();
        bytes.iter().for_each(|byte| opening.note(&[*byte]));
        let mut whole = Opening::default();
        whole.note(bytes);
        assert_eq!(opening.spoken(), whole.spoken());
        whole.spoken()
    }

    #[test]
    fn tls_methods_and_status_lines_are_told_from_rubbish() {
        for method in ["GET / HTTP/1.1", "PUT /", "OPTIONS *", "PROPFIND /", "HEAD "] {
            assert_eq!(spoken(method.as_bytes()), Some("plain HTTP on a TLS port"), "{method}");
        }
        assert!(spoken(b"HTTP/1.1 400").is_some_and(|said| said.contains("server")));
        for rubbish in [&b"\x16\x03\x01\x02\x00\x01"[..], b"SSH-2.0-x", b"GE", b"", b"get / "] {
            assert_eq!(spoken(rubbish), None, "{rubbish:?}");
        }
    }
}
