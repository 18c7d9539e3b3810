//! What simulations went through, added up.
//!
//! Decides nothing; counts each injected fault, and the work that was done.

use crate::sim::faults::Fault;
use std::fmt;
use std::ops::AddAssign;

/// How often each fault was injected, and how much was done meanwhile; of one simulation,
/// or of many when added.
///
/// ```
/// use blazeio_driver::sim::{Fault, Histogram, Simulation};
///
/// let mut sum = Histogram::default();
/// for seed in 0..3 {
///     let sim = Simulation::new(seed);
///     sum += sim.histogram();
/// }
/// assert_eq!((sum.runs, sum.of(Fault::ShortRead)), (3, 0));
/// assert!(sum.to_string().contains("short read"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Histogram {
    pub(super) faults: [u64; Fault::ALL.len()],
    /// Simulations.
    pub runs: u64,
    /// Polls of tasks.
    pub polls: u64,
    /// Wakes of tasks, by whomever.
    pub wakes: u64,
    /// What a task may have to be polled for: wakes that the simulation delivered, spurious
    /// polls, tasks spawned, bytes, ends and resets that arrived.
    pub events: u64,
    /// Bytes that the network took.
    pub bytes: u64,
    /// Simulated microseconds.
    pub micros: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        let faults = [0; Fault::ALL.len()];
        Self { faults, runs: 0, polls: 0, wakes: 0, events: 0, bytes: 0, micros: 0 }
    }
}

impl Histogram {
    /// How often `fault` was injected.
    #[must_use]
    pub const fn of(&self, fault: Fault) -> u64 {
        self.faults[fault as usize]
    }

    /// The faults that never were.
    pub fn missing(&self) -> impl Iterator<Item = Fault> + '_ {
        Fault::ALL.iter().copied().filter(|fault| self.of(*fault) == 0)
    }

    /// Adds what another simulation went through.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in self.faults.iter_mut().zip(other.faults) {
            *sum += more;
        }
        self.runs += other.runs;
        self.polls += other.polls;
        self.wakes += other.wakes;
        self.events += other.events;
        self.bytes += other.bytes;
        self.micros = self.micros.saturating_add(other.micros);
    }

    #[inline]
    pub(super) const fn count(&mut self, fault: Fault) {
        self.faults[fault as usize] += 1;
    }
}

impl AddAssign for Histogram {
    fn add_assign(&mut self, other: Self) {
        self.merge(&other);
    }
}

/// A table: a line for each fault, then one for each counter.
impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = Fault::ALL.iter().map(|fault| (fault.name(), self.of(*fault)));
        let counters = [
            ("runs", self.runs),
            ("polls", self.polls),
            ("wakes", self.wakes),
            ("events", self.events),
            ("bytes", self.bytes),
            ("simulated microseconds", self.micros),
        ];
        for (name, count) in faults.chain(counters) {
            writeln!(f, "{name:<24} {count:>16}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sim_histograms_add_up_and_each_fault_has_its_line() {
        let mut one = Histogram::default();
        assert_eq!(one.missing().count(), Fault::ALL.len());
        for fault in Fault::ALL {
            one.count(*fault);
        }
        let mut sum = Histogram { runs: 1, polls: 2, micros: u64::MAX, ..one.clone() };
        sum += Histogram { runs: 1, polls: 3, micros: 1, ..one };
        assert_eq!((sum.runs, sum.polls, sum.micros), (2, 5, u64::MAX));
        assert_eq!(sum.missing().count(), 0);
        let table = sum.to_string();
        for fault in Fault::ALL {
            let line = table.lines().find(|line| line.starts_with(fault.name())).unwrap();
            assert_eq!(line.split_whitespace().last(), Some("2"), "{line}");
        }
    }
}
