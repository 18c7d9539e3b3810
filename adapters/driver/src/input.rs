//! The buffer that one connection is read into.
//!
//! Decides how large it is: nothing before the first byte is awaited, then the smallest
//! buffer, doubled up to the read size while reads fill it, and beyond that only for a head
//! or a trailer section that must be whole. Keeps a message's head where it is while content
//! is read behind it, so that it can be looked at as long as the exchange lasts.
//!
//! ```text
//! ┌────────┬───────────┬──────────┬───────────┬──────┐
//! │ (done) │ kept head │  (done)  │ unconsumed│ room │
//! └────────┴───────────┴──────────┴───────────┴──────┘
//! ```

use crate::memory::{Memory, SMALLEST};
use std::ops::Range;
use std::task::{Context, Poll};

/// The most that unconsumed bytes may take: the largest head that can be received.
pub(crate) const MOST: usize = 32 * 1024;

/// Bytes received and not yet consumed, behind a head that is kept.
#[derive(Debug, Default)]
pub(crate) struct Input {
    bytes: Box<[u8]>,
    kept: Range<usize>,
    filled: Range<usize>,
    /// The last read left no room.
    was_full: bool,
}

impl Input {
    /// The bytes not yet consumed.
    pub(crate) fn filled(&self) -> &[u8] {
        &self.bytes[self.filled.clone()]
    }

    /// The bytes not yet consumed, for the core to read.
    pub(crate) fn filled_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.filled.clone()]
    }

    /// Where the unconsumed bytes begin in the [`whole`](Self::whole).
    pub(crate) fn position(&self) -> usize {
        self.filled.start
    }

    /// The whole buffer, to look at places in. Valid until the next
    /// [`poll_room`](Self::poll_room).
    pub(crate) fn whole(&self) -> &[u8] {
        &self.bytes
    }

    /// The head that is kept.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.bytes[self.kept.clone()]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filled.is_empty()
    }

    /// The first `n` unconsumed bytes are done with.
    pub(crate) fn consume(&mut self, n: usize) {
        self.filled.start += n;
    }

    /// The first `n` unconsumed bytes are done with, and kept: a head.
    pub(crate) fn keep(&mut self, n: usize) {
        self.kept = self.filled.start..self.filled.start + n;
        self.consume(n);
    }

    /// Room to read into: takes memory, moves bytes and grows as needed. Empty if so many
    /// bytes are not consumed that there can be none; those must be a head or trailers.
    pub(crate) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        memory: &Memory,
        read_size: usize,
    ) -> Poll<&mut [u8]> {
        let len = self.filled.len();
        let is_full = std::mem::take(&mut self.was_full) || self.bytes.is_empty();
        if is_full || self.bytes.len() - self.filled.end < SMALLEST / 2 {
            self.compact();
        }
        let room = self.bytes.len() - self.filled.end;
        let wanted = if is_full { read_size.min(2 * self.bytes.len()).max(SMALLEST) } else { 0 };
        let must = room == 0 && len < MOST;
        if must || wanted > self.bytes.len() {
            let least = if must { self.filled.end + 1 } else { 0 };
            let size = wanted.max(least);
            // To grow is a wish unless there is no room at all.
            if must {
                let larger = std::task::ready!(memory.poll_take(cx, size));
                self.move_to(larger, memory);
            } else if memory.allows(size) {
                self.move_to(memory.take(size), memory);
            }
        }
        let end = self.bytes.len().min(self.filled.start + MOST);
        Poll::Ready(&mut self.bytes[self.filled.end..end])
    }

    /// Moves the kept head to the front, and the unconsumed bytes behind it.
    fn compact(&mut self) {
        let kept = self.kept.len();
        self.bytes.copy_within(self.kept.clone(), 0);
        self.kept = 0..kept;
        if self.filled.start > kept {
            self.bytes.copy_within(self.filled.clone(), kept);
            self.filled = kept..kept + self.filled.len();
        }
    }

    fn move_to(&mut self, mut larger: Box<[u8]>, memory: &Memory) {
        larger[..self.filled.end].copy_from_slice(&self.bytes[..self.filled.end]);
        memory.give(std::mem::replace(&mut self.bytes, larger));
    }

    /// `n` bytes of the room were read into.
    pub(crate) fn fill(&mut self, n: usize) {
        self.filled.end += n;
        self.was_full = self.filled.end == self.bytes.len();
    }

    /// Gives the memory back if nothing in it is needed.
    pub(crate) fn settle(&mut self, memory: &Memory) {
        if self.filled.is_empty() && self.kept.is_empty() && !self.bytes.is_empty() {
            self.clear(memory);
        }
    }

    /// Forgets everything and gives the memory back.
    pub(crate) fn clear(&mut self, memory: &Memory) {
        memory.give(std::mem::take(self).bytes);
    }

    /// Forgets the head.
    pub(crate) fn forget(&mut self) {
        self.kept = 0..0;
    }

    /// Takes the unconsumed bytes off, into a buffer of their own; what is kept stays. Copies
    /// whichever is shorter, unless positions into this buffer `must_stay`.
    pub(crate) fn split(&mut self, memory: &Memory, must_stay: bool) -> Self {
        if self.filled.is_empty() {
            return Self::default();
        }
        let stays = must_stay || self.filled.len() <= self.kept.len();
        let shorter = if stays { self.filled() } else { self.kept() };
        let len = shorter.len();
        let mut bytes = if len == 0 { Box::default() } else { memory.take(len) };
        bytes[..len].copy_from_slice(shorter);
        let mut other = Self { bytes, ..Self::default() };
        if stays {
            other.filled = 0..len;
            self.filled = self.filled.start..self.filled.start;
            return other;
        }
        other.kept = 0..len;
        other.filled = len..len;
        self.kept = 0..0;
        std::mem::replace(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn room<'a>(input: &'a mut Input, memory: &Memory) -> &'a mut [u8] {
        let mut cx = Context::from_waker(Waker::noop());
        match input.poll_room(&mut cx, memory, MOST) {
            Poll::Ready(room) => room,
            Poll::Pending => panic!("no memory"),
        }
    }

    #[test]
    fn headf_grows_to_32_kib_of_unconsumed_bytes_and_no_further() {
        let memory = Memory::default();
        let mut input = Input::default();
        let mut sizes = Vec::new();
        loop {
            let n = room(&mut input, &memory).len();
            if n == 0 {
                break;
            }
            sizes.push(n);
            input.fill(n);
        }
        assert_eq!(sizes, [4096, 4096, 8192, 16384]);
        assert_eq!((input.filled().len(), memory.used()), (MOST, MOST));
    }

    #[test]
    fn headf_behind_the_largest_head_there_is_room_for_trailers() {
        let memory = Memory::default();
        let mut input = Input::default();
        while !room(&mut input, &memory).is_empty() {
            let n = room(&mut input, &memory).len();
            input.fill(n);
        }
        input.keep(MOST);
        let mut left = 8 * 1024;
        while left > 0 {
            let n = room(&mut input, &memory).len().min(left);
            assert!(n > 0);
            input.fill(n);
            left -= n;
        }
        assert_eq!((input.kept().len(), input.filled().len()), (MOST, 8 * 1024));
        input.clear(&memory);
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn bytes_keep_their_order_while_some_are_consumed_and_a_head_is_kept() {
        for kept in [0, 1, 300, 4095, 4096, 30_000] {
            let memory = Memory::default();
            let mut input = Input::default();
            let head = vec![7; kept];
            let mut left = &head[..];
            while !left.is_empty() {
                let n = room(&mut input, &memory).len().min(left.len());
                room(&mut input, &memory)[..n].copy_from_slice(&left[..n]);
                input.fill(n);
                left = &left[n..];
            }
            input.keep(kept);
            let (mut written, mut read) = (0u8, 0u8);
            for round in 0..20_000 {
                let n = room(&mut input, &memory).len().min(round % 97);
                for place in &mut room(&mut input, &memory)[..n] {
                    *place = written;
                    written = written.wrapping_add(1);
                }
                input.fill(n);
                let spent = input.filled().len().min(round % 89);
                for byte in &input.filled()[..spent] {
                    assert_eq!(*byte, read);
                    read = read.wrapping_add(1);
                }
                input.consume(spent);
                assert!(input.kept() == head);
            }
        }
    }

    #[test]
    fn splitting_keeps_both_parts_and_counts_memory() {
        for (kept, rest, must_stay) in
            [(40, 10, false), (10, 40, false), (10, 40, true), (0, 9, false)]
        {
            let memory = Memory::default();
            let mut input = Input::default();
            for (at, place) in room(&mut input, &memory)[..kept + rest].iter_mut().enumerate() {
                *place = at as u8;
            }
            input.fill(kept + rest);
            input.keep(kept);
            let mut other = input.split(&memory, must_stay);
            let all = [input.kept(), other.filled()].concat();
            assert!(all.iter().enumerate().all(|(at, byte)| *byte == at as u8));
            assert_eq!((all.len(), input.is_empty()), (kept + rest, true));
            input.clear(&memory);
            other.clear(&memory);
            assert_eq!(memory.used(), 0);
        }
    }
}
