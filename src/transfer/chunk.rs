//! Chunks to be sent (RFC 9112 §7.1).
//!
//! Decides how a chunk is framed: its size line, how much the framing takes, and how much content
//! fits a given room. Refuses nothing; what is sent is the caller's.

/// Length of the framing around a chunk of `size` bytes: digits and two CRLF.
pub(crate) const fn framing_len(size: u64) -> usize {
    (hex_len(size) as usize).wrapping_add(4)
}

const fn hex_len(size: u64) -> u32 {
    let bits = 64u32.wrapping_sub(size.leading_zeros());
    let digits = bits.wrapping_add(3) >> 2;
    if digits == 0 { 1 } else { digits }
}

/// The most content of a chunk that fits `room` with its framing; 0 below 6 bytes.
pub(crate) const fn largest_chunk(room: usize) -> usize {
    // One digit more than the chunk may need at most; then try one digit less.
    let digits = hex_len(room as u64) as usize;
    let overhead = digits.wrapping_add(4);
    let size = room.saturating_sub(overhead);
    let grown = size.wrapping_add(1);
    let fits = framing_len(grown as u64).wrapping_add(grown) <= room;
    if fits { grown } else { size }
}

/// `chunk-size CRLF`, lower case, without leading zeros.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SizeLine {
    text: [u8; 18],
    start: usize,
}

impl SizeLine {
    /// No line at all.
    pub(crate) const NONE: Self = Self { text: [0; 18], start: 18 };

    pub(crate) fn new(size: u64) -> Self {
        let mut text = *b"0000000000000000\r\n";
        let (mut rest, mut start) = (size, 16usize);
        for place in text.iter_mut().rev().skip(2) {
            let digit = (rest & 15) as u8;
            let letter = if digit < 10 { b'0' } else { b'a'.wrapping_sub(10) };
            *place = letter.wrapping_add(digit);
            (rest, start) = (rest >> 4, start.wrapping_sub(1));
            if rest == 0 {
                break;
            }
        }
        Self { text, start }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn size_lines_read_back_and_their_length_is_known() {
        for size in [1u64, 9, 10, 15, 16, 255, 256, 0xfff, 0x1000, u64::MAX] {
            let line = SizeLine::new(size);
            assert_eq!(line.as_bytes(), std::format!("{size:x}\r\n").as_bytes());
            assert_eq!(framing_len(size), line.as_bytes().len() + 2);
        }
        assert_eq!(SizeLine::new(0).as_bytes(), b"0\r\n");
    }

    #[test]
    fn the_largest_chunk_fills_its_room() {
        for room in 0..70_000usize {
            let best = (1..=room).rev().take(12).find(|&n| framing_len(n as u64) + n <= room);
            assert_eq!(largest_chunk(room), best.unwrap_or(0), "{room}");
        }
    }
}
