//! One direction of a connection in memory: delays as asked, and may end too early.
//!
//! Decides when its end is seen: after everything that was put in before it.

/// Bytes on their way.
#[derive(Default)]
pub(super) struct Pipe {
    bytes: Vec<u8>,
    /// The end follows the bytes.
    is_ended: bool,
    end_was_seen: bool,
    /// So many bytes still go through before it is cut.
    left: Option<usize>,
    pub(super) was_cut: bool,
}

impl Pipe {
    pub(super) fn new(left: Option<usize>) -> Self {
        Self { left, ..Self::default() }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        if self.is_ended {
            return;
        }
        let taken = self.left.map_or(bytes.len(), |left| left.min(bytes.len()));
        self.bytes.extend_from_slice(&bytes[..taken]);
        self.left = self.left.map(|left| left - taken);
        if taken < bytes.len() {
            self.was_cut = true;
            self.end();
        }
    }

    pub(super) fn end(&mut self) {
        self.is_ended = true;
    }

    /// Gives at most `most` bytes to `to`; true if the end is seen now.
    pub(super) fn carry(&mut self, most: usize, to: &mut Vec<u8>) -> bool {
        let n = most.min(self.bytes.len());
        to.extend(self.bytes.drain(..n));
        let sees_end = self.is_ended && self.bytes.is_empty() && !self.end_was_seen;
        self.end_was_seen |= sees_end;
        sees_end
    }

    /// Whether it has still something to bring.
    pub(super) fn is_pending(&self) -> bool {
        !self.bytes.is_empty() || (self.is_ended && !self.end_was_seen)
    }
}
