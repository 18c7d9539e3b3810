//! What is going to happen, in the order of simulated time.
//!
//! Decides the order: by time, and at random among what happens at the same time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Whose waker a wake is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum SlotKey {
    Socket { connection: u32, end: u8, interest: u8 },
    Listener(u32),
}

/// Something that happens at a moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Event {
    /// The waker of a slot is woken.
    Wake(SlotKey),
    /// What an end sent arrives at the other.
    Arrival { connection: u32, from: u8 },
    /// A reset arrives at an end.
    Reset { connection: u32, at: u8 },
    /// What was planned for a connection.
    Fate(u32),
    /// A timer fires.
    Timer { id: u32, generation: u32 },
    /// A task that was held back may run.
    Task(u32),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Entry {
    at: u64,
    /// Random, then unique.
    order: (u32, u32),
    event: Event,
}

/// Events that are due, and events to come.
#[derive(Default, Debug)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<Entry>>,
    entries: u32,
    /// Wakes that are due now.
    pub(super) due: Vec<SlotKey>,
}

impl Agenda {
    /// Adds `event`; it never comes at the end of time.
    pub(super) fn add(&mut self, at: u64, chance: u64, event: Event) {
        if at < u64::MAX {
            self.entries = self.entries.wrapping_add(1);
            let order = (chance as u32, self.entries);
            self.heap.push(Reverse(Entry { at, order, event }));
        }
    }

    /// The next event and its time.
    pub(super) fn next(&self) -> Option<(u64, Event)> {
        self.heap.peek().map(|Reverse(entry)| (entry.at, entry.event))
    }

    /// Takes the next event off.
    pub(super) fn pop(&mut self) {
        self.heap.pop();
    }

    pub(super) fn clear(&mut self) {
        self.heap.clear();
        self.due.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sim_events_come_in_the_order_of_time_and_never_at_its_end() {
        let mut agenda = Agenda::default();
        for (at, chance) in [(5, 9), (3, 2), (u64::MAX, 0), (3, 1), (4, 0)] {
            agenda.add(at, chance, Event::Fate(chance as u32));
        }
        let mut order = Vec::new();
        while let Some((at, Event::Fate(chance))) = agenda.next() {
            order.push((at, chance));
            agenda.pop();
        }
        assert_eq!(order, [(3, 1), (3, 2), (4, 0), (5, 9)]);
    }
}
