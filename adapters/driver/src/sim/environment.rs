//! What everything simulated shares: the clock, the chances, the agenda, the record.
//!
//! Decides when a fault is injected and how long things take.

use crate::sim::agenda::{Agenda, Event};
use crate::sim::dice::Dice;
use crate::sim::faults::{Fault, Faults};
use crate::sim::histogram::Histogram;
use std::task::Waker;

/// Calls within one poll before that is spinning.
const SPINNING: u64 = 1_000_000;

/// What is noted of a simulation, each with two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    /// A fault: its number, nothing.
    Inject,
    /// A task is polled: its number, how many may run.
    Poll,
    /// A task ended: its number, nothing.
    Finish,
    /// A waker is woken: whose, which.
    Wake,
    /// Time moves: by how much, nothing.
    Time,
    /// An end of a connection (connection times two, plus the end) reads, writes, …: bytes.
    Read,
    Write,
    Arrive,
    Shutdown,
    Reset,
    Close,
    /// A connection from a listener: the connection, the listener.
    Connect,
    Accept,
}

/// The record of a run.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) hash: u64,
    pub(super) is_printed: bool,
}

impl Trace {
    #[inline]
    fn fold(&mut self, number: u64) {
        self.hash = (self.hash.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// What everything simulated shares.
#[derive(Debug)]
pub(super) struct Environment {
    /// Simulated microseconds.
    pub(super) now: u64,
    /// Where the clock began.
    pub(super) origin: u64,
    /// Microseconds that the process slept.
    pub(super) slept: u64,
    pub(super) dice: Dice,
    pub(super) faults: Faults,
    pub(super) histogram: Histogram,
    pub(super) trace: Trace,
    pub(super) agenda: Agenda,
    /// Wakers to wake, and wakers to drop: both may run foreign code, which may come back
    /// here, so that neither is done under the lock.
    pub(super) wakes: Vec<Waker>,
    pub(super) garbage: Vec<Waker>,
    /// Calls of sockets and listeners since a task was polled.
    pub(super) calls: u64,
    /// The simulation was dropped.
    pub(super) is_over: bool,
}

impl Environment {
    pub(super) fn new(mut dice: Dice, faults: Faults) -> Self {
        let hash = dice.seed();
        let origin = dice.below(1 << 40);
        Self {
            now: origin,
            origin,
            slept: 0,
            dice,
            faults,
            histogram: Histogram { runs: 1, ..Histogram::default() },
            trace: Trace { hash, is_printed: false },
            agenda: Agenda::default(),
            wakes: Vec::new(),
            garbage: Vec::new(),
            calls: 0,
            is_over: false,
        }
    }

    /// Whether `fault` happens now; counted if so.
    #[inline]
    pub(super) fn inject(&mut self, fault: Fault) -> bool {
        let happens = self.dice.chance(self.faults.rate(fault));
        if happens {
            self.hit(fault);
        }
        happens
    }

    /// `fault` happens now.
    pub(super) fn hit(&mut self, fault: Fault) {
        self.histogram.count(fault);
        self.note(Note::Inject, fault as u64, 0);
    }

    pub(super) fn note(&mut self, note: Note, one: u64, other: u64) {
        self.trace.fold((self.now << 8) ^ note as u64);
        self.trace.fold((one << 32) ^ other);
        if self.trace.is_printed {
            let since = self.now - self.origin;
            match Fault::ALL.get(one as usize) {
                Some(fault) if matches!(note, Note::Inject) => {
                    eprintln!("{since:>12} us  {}", fault.name());
                }
                _ => eprintln!("{since:>12} us  {note:?} {one} {other}"),
            }
        }
    }

    pub(super) fn schedule(&mut self, at: u64, event: Event) {
        let chance = self.dice.number();
        self.agenda.add(at, chance, event);
    }

    /// When what is sent now arrives, stalls aside.
    pub(super) fn arrival(&mut self) -> u64 {
        match self.inject(Fault::Latency) {
            true => self.now + self.dice.spread(1..=20_000),
            false => self.now,
        }
    }

    /// A call was made. Panics where a task spins within one poll: time cannot move then, and
    /// no run could tell.
    pub(super) fn count_call(&mut self) {
        self.calls += 1;
        assert!(self.calls < SPINNING, "a task spins within one poll");
    }

    /// A task may have to be polled for what just happened.
    pub(super) const fn count_event(&mut self) {
        self.histogram.events += 1;
    }
}
