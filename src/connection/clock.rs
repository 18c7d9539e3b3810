//! Time limits, from the times the caller gives (SLOW, CLOCK).
//!
//! Decides when a limit ends. All arithmetic saturates: a clock that jumps back or to the
//! end of time shortens or lengthens a wait, and does nothing else.

use crate::limits::{Limits, Timeout};

/// A wait since a moment. Eight bytes: `u64::MAX` is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(u64);

impl Wait {
    pub(crate) const OFF: Self = Self(u64::MAX);

    pub(crate) const fn since(now: u64) -> Self {
        Self(if now == u64::MAX { u64::MAX - 1 } else { now })
    }

    pub(crate) fn is_off(&self) -> bool {
        *self == Self::OFF
    }

    /// Starts now unless it runs already.
    pub(crate) fn start(&mut self, now: u64) {
        if self.is_off() {
            *self = Self::since(now);
        }
    }

    pub(crate) fn end(&self, timeout: Timeout) -> Option<u64> {
        if self.is_off() {
            return None;
        }
        Some(self.0.saturating_add(timeout.as_micros()?))
    }
}

/// A mean rate that must be held, with a grace (SLOW): every byte pays for time, time runs
/// only while it is the peer's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    running: Wait,
    /// Time paid for by bytes less time taken, in microseconds.
    balance: i64,
}

impl Rate {
    pub(crate) const OFF: Self = Self { running: Wait::OFF, balance: 0 };

    pub(crate) fn start(&mut self, now: u64) {
        self.running.start(now);
    }

    /// It is not the peer's turn any more.
    pub(crate) fn stop(&mut self, now: u64) {
        if self.running.is_off() {
            return;
        }
        let taken = i64::try_from(now.saturating_sub(self.running.0)).unwrap_or(i64::MAX);
        self.balance = self.balance.saturating_sub(taken);
        self.running = Wait::OFF;
    }

    /// The peer sent or took `bytes`.
    pub(crate) fn pay(&mut self, bytes: u64, limits: &Limits) {
        let Some(paid) = bytes.saturating_mul(1_000_000).checked_div(u64::from(limits.min_rate))
        else {
            return;
        };
        let credit = limits.rate_credit.as_micros().unwrap_or(u64::MAX);
        let most = i64::try_from(credit).unwrap_or(i64::MAX);
        let paid = i64::try_from(paid).unwrap_or(i64::MAX);
        self.balance = self.balance.saturating_add(paid).min(most);
    }

    pub(crate) fn end(&self, grace: Timeout, limits: &Limits) -> Option<u64> {
        if limits.min_rate == 0 {
            return None;
        }
        Some(self.running.end(grace)?.saturating_add_signed(self.balance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static LIMITS: Limits = Limits::DEFAULT;
    const GRACE: Timeout = Timeout::secs(5);

    #[test]
    fn slow_bytes_pay_for_time_and_pauses_are_free() {
        let mut rate = Rate::OFF;
        assert_eq!(rate.end(GRACE, &LIMITS), None);
        rate.start(1_000_000);
        assert_eq!(rate.end(GRACE, &LIMITS), Some(6_000_000));
        // 2 s later 240 bytes came: they pay for one of them.
        rate.stop(3_000_000);
        rate.pay(240, &LIMITS);
        rate.start(100_000_000);
        assert_eq!(rate.end(GRACE, &LIMITS), Some(104_000_000));
    }

    #[test]
    fn slow_credit_is_capped() {
        let mut rate = Rate::OFF;
        rate.pay(u64::MAX, &LIMITS);
        rate.start(0);
        assert_eq!(rate.end(GRACE, &LIMITS), Some(65_000_000));
    }

    #[test]
    fn clock_jumps_neither_panic_nor_wrap() {
        let mut rate = Rate::OFF;
        rate.start(u64::MAX);
        rate.stop(0);
        rate.start(0);
        rate.stop(u64::MAX);
        rate.start(u64::MAX);
        assert_eq!(rate.end(GRACE, &LIMITS), Some(u64::MAX - i64::MAX as u64));
        assert_eq!(Wait::since(u64::MAX).end(GRACE), Some(u64::MAX));
        let none = Limits { min_rate: 0, ..LIMITS };
        rate.pay(1, &none);
        assert_eq!(rate.end(GRACE, &none), None);
    }
}
