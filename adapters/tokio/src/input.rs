//! The buffer that one connection is read into.
//!
//! Decides how large it is: nothing before the first byte is awaited, then 4 KiB, doubled
//! up to 32 KiB while reads fill it. So a head may have 32 KiB, and an idle connection
//! that only ever got small requests holds little.
//!
//! What an event spans stays where it is until the next event is asked for.

use std::ops::Range;

const FIRST: usize = 4 * 1024;

/// Bytes received and not yet consumed. One for each [`Link`](crate::Link), and always the
/// same one.
#[derive(Debug, Default)]
pub struct Input {
    bytes: Vec<u8>,
    filled: Range<usize>,
    /// Bytes at the front of `filled` that the last event covered.
    spent: usize,
    /// The last read left no room.
    was_full: bool,
}

impl Input {
    /// The most that is held: the largest head that can be received.
    pub const MAX: usize = 32 * 1024;

    /// An empty buffer, without memory of its own yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes that the spans of the last event count in.
    #[must_use]
    pub fn filled(&self) -> &[u8] {
        &self.bytes[self.filled.clone()]
    }

    pub(crate) fn filled_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.filled.clone()]
    }

    /// The first `n` bytes are done with once the event is.
    pub(crate) fn spend(&mut self, n: usize) {
        self.spent = n;
    }

    /// Drops what was spent.
    pub(crate) fn settle(&mut self) {
        self.filled.start += std::mem::take(&mut self.spent);
        if self.filled.is_empty() {
            self.filled = 0..0;
        }
    }

    /// Room to read into; empty if the buffer is full of bytes that nobody consumed.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.filled.start > 0 && self.bytes.len() - self.filled.end < self.bytes.len() / 2 {
            self.bytes.copy_within(self.filled.clone(), 0);
            self.filled = 0..self.filled.len();
        }
        let is_full = self.filled.end == self.bytes.len();
        if (is_full || std::mem::take(&mut self.was_full)) && self.bytes.len() < Self::MAX {
            self.bytes.resize((self.bytes.len() * 2).clamp(FIRST, Self::MAX), 0);
        }
        &mut self.bytes[self.filled.end..]
    }

    /// `n` bytes of the room were read into.
    pub(crate) fn fill(&mut self, n: usize) {
        self.filled.end += n;
        self.was_full = self.filled.end == self.bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headf_grows_to_32_kib_of_unconsumed_bytes_and_no_further() {
        let mut input = Input::new();
        assert_eq!(input.bytes.capacity(), 0);
        let mut sizes = Vec::new();
        loop {
            let n = input.room().len();
            if n == 0 {
                break;
            }
            sizes.push(n);
            input.fill(n);
        }
        assert_eq!(sizes, [4096, 4096, 8192, 16384]);
        assert_eq!(input.filled().len(), Input::MAX);
    }

    #[test]
    fn bytes_keep_their_order_while_some_are_spent() {
        let mut input = Input::new();
        let (mut written, mut read) = (0u8, 0u8);
        for round in 0..20_000 {
            let n = input.room().len().min(round % 97);
            for place in &mut input.room()[..n] {
                *place = written;
                written = written.wrapping_add(1);
            }
            input.fill(n);
            let spent = input.filled().len().min(round % 89);
            for byte in &input.filled()[..spent] {
                assert_eq!(*byte, read);
                read = read.wrapping_add(1);
            }
            input.spend(spent);
            input.settle();
        }
    }
}
