//! The bytes that wait to be sent.
//!
//! Decides nothing about how many there may be: whoever adds asks first. Holds memory only
//! while bytes wait.

use crate::memory::Memory;
use std::ops::Range;

/// A queue of bytes in one piece.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Box<[u8]>,
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
    pub(crate) fn room(&mut self, n: usize, memory: &Memory) -> &mut [u8] {
        if self.bytes.len() - self.queued.end < n {
            self.make_room(n, memory);
        }
        &mut self.bytes[self.queued.end..]
    }

    fn make_room(&mut self, n: usize, memory: &Memory) {
        let len = self.queued.len();
        if self.bytes.len() - len < n {
            let mut larger = memory.take(len + n);
            larger[..len].copy_from_slice(self.queued());
            memory.give(std::mem::replace(&mut self.bytes, larger));
        } else {
            self.bytes.copy_within(self.queued.clone(), 0);
        }
        self.queued = 0..len;
    }

    /// `n` bytes of the room were written.
    pub(crate) fn fill(&mut self, n: usize) {
        self.queued.end += n;
    }

    pub(crate) fn push(&mut self, bytes: &[u8], memory: &Memory) {
        if !bytes.is_empty() {
            self.room(bytes.len(), memory)[..bytes.len()].copy_from_slice(bytes);
            self.fill(bytes.len());
        }
    }

    /// The first `n` bytes were sent.
    pub(crate) fn consume(&mut self, n: usize) {
        self.queued.start += n;
    }

    /// Only the first `n` bytes stay.
    pub(crate) fn truncate(&mut self, n: usize) {
        self.queued.end = self.queued.end.min(self.queued.start + n);
    }

    /// Gives the memory back if nothing waits.
    pub(crate) fn settle(&mut self, memory: &Memory) {
        if self.queued.is_empty() && !self.bytes.is_empty() {
            self.clear(memory);
        }
    }

    /// Forgets everything and gives the memory back.
    pub(crate) fn clear(&mut self, memory: &Memory) {
        memory.give(std::mem::take(self).bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_comes_out_in_order_and_memory_goes_back() {
        let memory = Memory::default();
        let mut output = Output::default();
        let (mut pushed, mut sent) = (Vec::new(), Vec::new());
        for round in 0..5000u16 {
            let piece = round.to_be_bytes().repeat(usize::from(round % 50));
            output.push(&piece, &memory);
            pushed.extend_from_slice(&piece);
            let n = output.len().min(usize::from(round % 61));
            sent.extend_from_slice(&output.queued()[..n]);
            output.consume(n);
            output.settle(&memory);
        }
        sent.extend_from_slice(output.queued());
        assert!(sent == pushed && !pushed.is_empty());
        output.clear(&memory);
        assert_eq!(memory.used(), 0);
    }
}
