//! Backpressure: amounts and two watermarks into Pause and Resume.
//!
//! Decides when a producer must stop and when it may go on, each once per crossing. It
//! holds an amount, never bytes.
//!
//! ```text
//!             amount >= high
//!   Flowing ────────────────► Paused
//!      ▲      amount < low       │
//!      └─────────────────────────┘
//! ```

/// A crossing of a watermark.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Flow {
    /// The amount reached the high mark: stop producing.
    Pause,
    /// The amount fell below the low mark: go on.
    Resume,
}

/// An amount between two watermarks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauge {
    amount: u64,
    is_paused: bool,
}

impl Gauge {
    pub(crate) fn amount(&self) -> u64 {
        self.amount
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    #[must_use]
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(crate) fn add(&mut self, n: u64, high: u32) -> Option<Flow> {
        self.amount = self.amount.saturating_add(n);
        // With nothing to wait for nothing would resume.
        if self.is_paused || self.amount < u64::from(high.max(1)) {
            return None;
        }
        self.is_paused = true;
        Some(Flow::Pause)
    }

    #[must_use]
    #[inline]
    pub(crate) fn remove(&mut self, n: u64, low: u32) -> Option<Flow> {
        self.amount = self.amount.saturating_sub(n);
        // A low mark of 0 would never resume.
        if !self.is_paused || self.amount >= u64::from(low.max(1)) {
            return None;
        }
        self.is_paused = false;
        Some(Flow::Resume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crossing_is_told_once() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.add(9, 10), None);
        assert_eq!(gauge.add(1, 10), Some(Flow::Pause));
        assert_eq!(gauge.add(5, 10), None);
        assert_eq!(gauge.remove(11, 4), None);
        assert_eq!(gauge.remove(1, 4), Some(Flow::Resume));
        assert_eq!(gauge.remove(3, 4), None);
        assert_eq!(gauge.amount(), 0);
    }

    #[test]
    fn marks_of_zero_neither_stick_nor_wrap() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.add(0, 0), None);
        assert_eq!(gauge.add(1, 0), Some(Flow::Pause));
        assert_eq!(gauge.remove(7, 0), Some(Flow::Resume));
        assert_eq!(gauge.add(u64::MAX, 1), Some(Flow::Pause));
        assert_eq!(gauge.add(u64::MAX, 1), None);
        assert_eq!(gauge.amount(), u64::MAX);
    }
}
