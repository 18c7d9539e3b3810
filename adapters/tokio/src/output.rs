//! The bytes that wait to be sent.
//!
//! Decides nothing about how many there may be: the link asks before it adds. Memory grows
//! with what is queued and is then kept.

use std::ops::Range;

/// A queue of bytes in one piece.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    queued: Range<usize>,
}

impl Output {
    pub(crate) fn queued(&self) -> &[u8] {
        &self.bytes[self.queued.clone()]
    }

    pub(crate) fn len(&self) -> usize {
        self.queued.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queued.is_empty()
    }

    /// At least `n` bytes of room.
    pub(crate) fn room(&mut self, n: usize) -> &mut [u8] {
        if self.bytes.len() - self.queued.end < n {
            self.bytes.copy_within(self.queued.clone(), 0);
            self.queued = 0..self.queued.len();
        }
        if self.bytes.len() - self.queued.end < n {
            self.bytes.resize(self.queued.end + n, 0);
        }
        &mut self.bytes[self.queued.end..]
    }

    /// `n` bytes of the room were written.
    pub(crate) fn fill(&mut self, n: usize) {
        self.queued.end += n;
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.fill(bytes.len());
    }

    /// The first `n` bytes were sent.
    pub(crate) fn drop_front(&mut self, n: usize) {
        self.queued.start += n;
        if self.queued.is_empty() {
            self.queued = 0..0;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.queued = 0..0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_comes_out_in_order() {
        let mut output = Output::default();
        let (mut pushed, mut sent) = (Vec::new(), Vec::new());
        for round in 0..500u16 {
            let piece = round.to_be_bytes().repeat(usize::from(round % 50));
            output.push(&piece);
            pushed.extend_from_slice(&piece);
            let n = output.len().min(usize::from(round % 61));
            sent.extend_from_slice(&output.queued()[..n]);
            output.drop_front(n);
        }
        sent.extend_from_slice(output.queued());
        assert!(sent == pushed && !pushed.is_empty());
    }
}
