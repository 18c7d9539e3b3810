//! A borrowed byte buffer, filled behind and used from the front.
//!
//! Decides where bytes lie, and when they move. Refuses what has no room, and never panics: a
//! place outside is an empty one.

/// Bytes of the caller's, some of them filled. Of more than 4 GiB the rest is not used.
pub(crate) struct Region<'b> {
    bytes: &'b mut [u8],
    start: u32,
    end: u32,
}

/// A place in a slice, of which no more than 4 GiB are used.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'b> Region<'b> {
    pub(crate) fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, start: 0, end: 0 }
    }

    /// With so many bytes filled, from `start` to `end`.
    pub(crate) fn filled_from(bytes: &'b mut [u8], start: usize, end: usize) -> Self {
        let end = place(end.min(bytes.len()));
        Self { bytes, start: place(start).min(end), end }
    }

    /// Where the filled bytes begin, and end.
    pub(crate) fn place(&self) -> (usize, usize) {
        (self.start as usize, self.end as usize)
    }

    pub(crate) fn filled(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// All bytes from `start` on: also those consumed, until more are appended.
    pub(crate) fn from(&self, start: usize) -> &[u8] {
        self.bytes.get(start..self.end as usize).unwrap_or_default()
    }

    /// The room behind the filled bytes.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.end as usize..).unwrap_or_default()
    }

    /// How many bytes there are, filled or not.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn is_full(&self) -> bool {
        self.end.wrapping_sub(self.start) == place(self.bytes.len())
    }

    /// `n` bytes of the room were written.
    pub(crate) fn fill(&mut self, n: usize) {
        self.end = self.end.saturating_add(place(n)).min(place(self.bytes.len()));
    }

    /// The first `n` filled bytes are done with.
    pub(crate) fn consume(&mut self, n: usize) {
        self.start = self.start.saturating_add(place(n)).min(self.end);
    }

    /// Moves what is filled to the front.
    pub(crate) fn move_to_front(&mut self) {
        let (start, end) = self.place();
        if start == 0 {
            return;
        }
        let mut rest = self.bytes.get_mut(..end).unwrap_or_default();
        // As many bytes at a time as do not overlap: no memmove need be linked.
        while let Some((front, back)) = rest.split_at_mut_checked(start) {
            for (place, byte) in front.iter_mut().zip(&*back) {
                *place = *byte;
            }
            rest = back;
        }
        self.end = self.end.wrapping_sub(self.start);
        self.start = 0;
    }

    /// Takes as much from the front of `other` as there is room for. How much it was.
    pub(crate) fn take_from(&mut self, other: &mut Region<'_>) -> usize {
        self.move_to_front();
        let mut n = 0usize;
        for (place, byte) in self.room().iter_mut().zip(other.filled()) {
            *place = *byte;
            n = n.wrapping_add(1);
        }
        self.fill(n);
        other.consume(n);
        n
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn bytes_keep_their_order_through_moves() {
        for (start, end) in (0..=9).flat_map(|start| (start..=9).map(move |end| (start, end))) {
            let mut bytes: Vec<u8> = (0..9).collect();
            let mut region = Region::filled_from(&mut bytes, start, end);
            region.move_to_front();
            assert_eq!(region.place(), (0, end - start));
            let kept: Vec<u8> = (start as u8..end as u8).collect();
            assert_eq!(region.filled(), kept);
            assert_eq!(region.room().len(), 9 - (end - start));
        }
    }

    #[test]
    fn what_has_no_room_stays_behind() {
        let (mut few, mut many) = ([0; 4], [1, 2, 3, 4, 5, 6]);
        let mut many = Region::filled_from(&mut many, 0, 6);
        let mut region = Region::filled_from(&mut few, 1, 3);
        assert_eq!(region.take_from(&mut many), 2);
        assert_eq!(region.filled(), [0, 0, 1, 2]);
        assert!(region.is_full() && region.take_from(&mut many) == 0);
        assert_eq!(many.filled(), [3, 4, 5, 6]);
        region.consume(9);
        assert!(region.is_empty());
    }
}
