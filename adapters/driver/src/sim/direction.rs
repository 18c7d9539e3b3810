//! The bytes from one end of a connection to the other.
//!
//! Decides what has arrived. Bytes keep their order, and none is lost but where a function
//! says so.

use std::collections::VecDeque;
use std::io::IoSlice;

/// Bytes under way, and when they arrive.
#[derive(Clone, Copy, Debug)]
struct Flight {
    len: usize,
    at: u64,
}

/// The end of a direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fin {
    Unsent,
    /// Arrives at this moment, after all bytes.
    Sent(u64),
    Arrived,
}

#[derive(Debug)]
pub(super) struct Direction {
    /// Not read yet: first what has arrived, then what is under way.
    bytes: VecDeque<u8>,
    arrived: usize,
    flights: VecDeque<Flight>,
    fin: Fin,
    /// When the last of what is under way arrives.
    last: u64,
    capacity: usize,
    /// Bytes that the sender's socket took, and that the receiver read.
    pub(super) written: u64,
    pub(super) read: u64,
    /// Nothing new arrives any more.
    pub(super) is_stalled: bool,
    /// The network ended it: what is written is lost.
    pub(super) is_cut: bool,
}

impl Direction {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            arrived: 0,
            flights: VecDeque::new(),
            fin: Fin::Unsent,
            last: 0,
            capacity,
            written: 0,
            read: 0,
            is_stalled: false,
            is_cut: false,
        }
    }

    /// How many bytes may be written.
    pub(super) fn room(&self) -> usize {
        self.capacity - self.bytes.len()
    }

    /// How many bytes may be read.
    pub(super) const fn unread(&self) -> usize {
        self.arrived
    }

    /// Whether anything was not read, arrived or not.
    pub(super) fn is_holding(&self) -> bool {
        !self.bytes.is_empty()
    }

    pub(super) const fn has_ended(&self) -> bool {
        matches!(self.fin, Fin::Arrived)
    }

    pub(super) const fn fin_is_sent(&self) -> bool {
        !matches!(self.fin, Fin::Unsent)
    }

    /// When what would arrive at `at` arrives: not before what was sent earlier.
    pub(super) fn behind(&self, at: u64) -> u64 {
        if self.is_stalled { u64::MAX } else { at.max(self.last) }
    }

    /// Takes the first `n` bytes of `slices`, to arrive at `at`. There is room.
    pub(super) fn send(&mut self, slices: &[IoSlice<'_>], n: usize, at: u64) {
        let mut left = n;
        for slice in slices {
            let piece = &slice[..slice.len().min(left)];
            self.bytes.extend(piece);
            left -= piece.len();
        }
        self.written += n as u64;
        self.last = at;
        match self.flights.back_mut() {
            Some(flight) if flight.at == at => flight.len += n,
            _ => self.flights.push_back(Flight { len: n, at }),
        }
    }

    /// `n` bytes go the way of all that is sent where nobody listens.
    pub(super) const fn send_into_void(&mut self, n: usize) {
        self.written += n as u64;
    }

    /// Ends at `at`.
    pub(super) fn send_fin(&mut self, at: u64) {
        self.fin = Fin::Sent(at);
        self.last = at;
    }

    /// What arrived by `now`: bytes, and whether the end did.
    pub(super) fn arrive(&mut self, now: u64) -> (usize, bool) {
        let mut bytes = 0;
        while self.flights.front().is_some_and(|flight| flight.at <= now) {
            bytes += self.flights.pop_front().map_or(0, |flight| flight.len);
        }
        self.arrived += bytes;
        let ends = matches!(self.fin, Fin::Sent(at) if at <= now);
        if ends {
            self.fin = Fin::Arrived;
        }
        (bytes, ends)
    }

    /// Reads into the whole of `room`; there are as many bytes.
    pub(super) fn take(&mut self, room: &mut [u8]) {
        let (front, back) = self.bytes.as_slices();
        let n = room.len();
        let split = front.len().min(n);
        room[..split].copy_from_slice(&front[..split]);
        room[split..].copy_from_slice(&back[..n - split]);
        self.bytes.drain(..n);
        self.arrived -= n;
        self.read += n as u64;
    }

    /// What is under way arrives now, or never if it is stalled for ever.
    pub(super) fn hurry(&mut self) {
        if self.is_stalled {
            let _ = self.arrive(u64::MAX - 1);
            self.bytes.truncate(self.arrived);
        }
        self.flights.clear();
        self.arrived = self.bytes.len();
    }

    /// Loses all that was not read.
    pub(super) fn lose(&mut self) {
        self.bytes = VecDeque::new();
        self.flights = VecDeque::new();
        self.arrived = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(direction: &mut Direction, bytes: &[u8], at: u64) {
        direction.send(&[IoSlice::new(bytes)], bytes.len(), at);
    }

    #[test]
    fn sim_bytes_keep_their_order_and_the_end_comes_last() {
        let mut direction = Direction::new(10);
        let slices = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
        direction.send(&slices, 3, 5);
        assert_eq!(direction.behind(3), 5, "later bytes do not overtake");
        sent(&mut direction, b"def", 7);
        direction.send_fin(7);
        assert_eq!((direction.room(), direction.unread()), (4, 0));
        assert_eq!(direction.arrive(4), (0, false));
        assert_eq!(direction.arrive(6), (3, false));
        assert_eq!(direction.arrive(7), (3, true));
        let mut room = [0; 6];
        direction.take(&mut room[..2]);
        direction.take(&mut room[2..]);
        assert_eq!((&room, direction.has_ended(), direction.room()), (b"abcdef", true, 10));
        assert_eq!((direction.written, direction.read), (6, 6));
    }

    #[test]
    fn sim_a_stalled_direction_keeps_what_it_has_and_delivers_no_more() {
        let mut direction = Direction::new(10);
        sent(&mut direction, b"ab", 5);
        direction.is_stalled = true;
        let at = direction.behind(6);
        sent(&mut direction, b"cd", at);
        assert_eq!(direction.arrive(u64::MAX - 1), (2, false));
        direction.hurry();
        assert_eq!((direction.unread(), direction.is_holding()), (2, true));
        direction.lose();
        assert_eq!((direction.unread(), direction.is_holding()), (0, false));
    }
}
