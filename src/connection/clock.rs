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
    /// Time paid for by bytes less time taken, in microseconds times the minimum rate: so
    /// that only a deadline costs a division.
    balance: i64,
}

impl Rate {
    pub(crate) const OFF: Self = Self { running: Wait::OFF, balance: 0 };

    pub(crate) fn start(&mut self, now: u64) {
        self.running.start(now);
    }

    /// It is not the peer's turn any more.
    #[inline]
    pub(crate) fn stop(&mut self, now: u64, limits: &Limits) {
        if self.running.is_off() {
            return;
        }
        let taken = i64::try_from(now.saturating_sub(self.running.0)).unwrap_or(i64::MAX);
        self.balance =
            self.balance.saturating_sub(taken.saturating_mul(i64::from(limits.min_rate)));
        self.running = Wait::OFF;
    }

    /// The peer sent or took `bytes`.
    #[inline]
    pub(crate) fn pay(&mut self, bytes: u64, limits: &Limits) {
        let paid = i64::try_from(bytes).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        let credit = limits.rate_credit.as_micros().unwrap_or(u64::MAX);
        let most = credit.saturating_mul(u64::from(limits.min_rate));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.balance = self.balance.saturating_add(paid).min(most);
    }

    pub(crate) fn end(&self, grace: Timeout, limits: &Limits) -> Option<u64> {
        let end = self.running.end(grace)?;
        // A rate of 0 is no limit.
        let balance = self.balance.checked_div(i64::from(limits.min_rate))?;
        Some(end.saturating_add_signed(balance))
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
        rate.stop(3_000_000, &LIMITS);
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
        rate.stop(0, &LIMITS);
        rate.start(0);
        rate.stop(u64::MAX, &LIMITS);
        rate.start(u64::MAX);
        assert_eq!(rate.end(GRACE, &LIMITS), Some(u64::MAX - (i64::MAX / 240) as u64));
        assert_eq!(Wait::since(u64::MAX).end(GRACE), Some(u64::MAX));
        let none = Limits { min_rate: 0, ..LIMITS };
        rate.pay(1, &none);
        assert_eq!(rate.end(GRACE, &none), None);
    }
}
