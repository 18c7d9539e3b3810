//! A byte buffer of fixed size, for callers without one of their own.
//!
//! Decides where received bytes go: [`unfilled`](Buffer::unfilled) is read into,
//! [`filled`](Buffer::filled) is given to [`receive`](crate::Connection::receive),
//! [`consume`](Buffer::consume) drops what is done with. Refuses nothing and never panics;
//! when it is full with nothing consumed, `unfilled` is empty, and
//! [`input_full`](crate::Connection::input_full) is the call to make.
//!
//! ```
//! let mut buffer = blazeio::Buffer::<8>::new();
//! buffer.unfilled()[..5].copy_from_slice(b"hello");
//! buffer.fill(5);
//! buffer.consume(3);
//! assert_eq!(buffer.filled(), b"lo");
//! assert_eq!(buffer.unfilled().len(), 6);
//! ```

/// `N` bytes of room, used from the front.
#[derive(Clone, Debug)]
pub struct Buffer<const N: usize> {
    bytes: heapless::Vec<u8, N>,
    start: usize,
    end: usize,
}

impl<const N: usize> Buffer<N> {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = heapless::Vec::new();
        // Never more than the capacity, so this cannot fail.
        let _ = bytes.resize_default(N);
        Self { bytes, start: 0, end: 0 }
    }

    /// The bytes received and not consumed.
    #[must_use]
    pub fn filled(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.end).unwrap_or_default()
    }

    /// The room behind them. Moves them to the front first if there is none behind.
    #[must_use]
    pub fn unfilled(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > 0 {
            self.move_to_front();
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    fn move_to_front(&mut self) {
        let len = self.end.saturating_sub(self.start);
        for to in 0..len {
            let byte = self.bytes.get(self.start.wrapping_add(to)).copied();
            if let (Some(place), Some(byte)) = (self.bytes.get_mut(to), byte) {
                *place = byte;
            }
        }
        (self.start, self.end) = (0, len);
    }

    /// `n` bytes of [`unfilled`](Self::unfilled) were written; more than there are count as all.
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub fn fill(&mut self, n: usize) {
        self.end = self.end.saturating_add(n).min(N);
    }

    /// The first `n` bytes of [`filled`](Self::filled) are done with; more than there are
    /// count as all.
    pub fn consume(&mut self, n: usize) {
        self.start = self.start.saturating_add(n).min(self.end);
    }

    /// Whether nothing is filled.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether all `N` bytes are filled and not consumed.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.end.saturating_sub(self.start) == N
    }
}

impl<const N: usize> Default for Buffer<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes `bytes` into the front of `out`; `None` if they do not fit.
pub(crate) fn write_all(bytes: impl IntoIterator<Item = u8>, out: &mut [u8]) -> Option<&mut [u8]> {
    let mut len = 0usize;
    for byte in bytes {
        *out.get_mut(len)? = byte;
        len = len.wrapping_add(1);
    }
    out.get_mut(..len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_their_order_through_moves() {
        let mut buffer = Buffer::<7>::new();
        let (mut written, mut read) = (0u8, 0u8);
        for round in 0..500usize {
            let n = buffer.unfilled().len().min(round % 4);
            for place in buffer.unfilled().iter_mut().take(n) {
                *place = written;
                written = written.wrapping_add(1);
            }
            buffer.fill(n);
            let take = buffer.filled().len().min(round % 3);
            for byte in buffer.filled().iter().take(take) {
                assert_eq!(*byte, read);
                read = read.wrapping_add(1);
            }
            buffer.consume(take);
        }
        assert!(read > 100);
    }

    #[test]
    fn too_much_is_all() {
        let mut buffer = Buffer::<4>::default();
        buffer.fill(9);
        assert!(buffer.is_full());
        buffer.consume(9);
        assert!(buffer.is_empty() && buffer.unfilled().len() == 4);
    }
}
