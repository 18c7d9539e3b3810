//! Time limits, from the times the caller gives (SLOW, CLOCK).
//!
//! Decides when a limit ends. All arithmetic saturates: a clock that jumps back or to the
//! end of time shortens or lengthens a wait, and does nothing else.

use crate::limits::{Limits, Timeout};
use crate::syntax::number::divide;
use core::num::NonZeroU32;

/// A moment: when a wait began, or ends. Eight bytes: `u64::MAX` is never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wait(u64);

impl Wait {
    pub(crate) const OFF: Self = Self(u64::MAX);

    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
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

    /// When a wait that began then is over.
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(crate) fn end(self, timeout: Timeout) -> Self {
        match timeout.as_micros() {
            Some(micros) if !self.is_off() => Self::since(self.0.saturating_add(micros)),
            _ => Self::OFF,
        }
    }

    pub(crate) fn at(self) -> Option<u64> {
        if self.is_off() { None } else { Some(self.0) }
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

    /// Whether it is the peer's turn now.
    pub(crate) fn run(&mut self, is_turn: bool, now: u64, limits: &Limits) {
        if is_turn { self.start(now) } else { self.stop(now, limits) }
    }

    /// It is not the peer's turn any more.
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(crate) fn stop(&mut self, now: u64, limits: &Limits) {
        if self.running.is_off() {
            return;
        }
        let taken = now.saturating_sub(self.running.0);
        self.balance = self.balance.saturating_sub(product(taken, limits.min_rate));
        self.running = Wait::OFF;
    }

    /// The peer sent or took `bytes`.
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(crate) fn pay(&mut self, bytes: u64, limits: &Limits) {
        let credit = limits.rate_credit.as_micros().unwrap_or(u64::MAX);
        let most = product(credit, limits.min_rate);
        self.balance = self.balance.saturating_add(product(bytes, 1_000_000)).min(most);
    }

    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(crate) fn end(&self, grace: Timeout, limits: &Limits) -> Wait {
        let end = self.running.end(grace);
        let Some(rate) = NonZeroU32::new(limits.min_rate).filter(|_| !end.is_off()) else {
            // A rate of 0 is no limit.
            return Wait::OFF;
        };
        let time = divide(self.balance.unsigned_abs(), rate);
        let is_ahead = self.balance >= 0;
        Wait::since(if is_ahead { end.0.saturating_add(time) } else { end.0.saturating_sub(time) })
    }
}

#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
fn product(n: u64, by: u32) -> i64 {
    i64::try_from(n.saturating_mul(u64::from(by))).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    static LIMITS: Limits = Limits::DEFAULT;
    const GRACE: Timeout = Timeout::secs(5);

    #[test]
    fn slow_bytes_pay_for_time_and_pauses_are_free() {
        let mut rate = Rate::OFF;
        assert_eq!(rate.end(GRACE, &LIMITS).at(), None);
        rate.start(1_000_000);
        assert_eq!(rate.end(GRACE, &LIMITS).at(), Some(6_000_000));
        // It runs since then.
        rate.start(2_000_000);
        assert_eq!(rate.end(GRACE, &LIMITS).at(), Some(6_000_000));
        // 2 s later 240 bytes came: they pay for one of them.
        rate.stop(3_000_000, &LIMITS);
        rate.pay(240, &LIMITS);
        rate.start(100_000_000);
        assert_eq!(rate.end(GRACE, &LIMITS).at(), Some(104_000_000));
    }

    #[test]
    fn slow_credit_is_capped() {
        let mut rate = Rate::OFF;
        rate.pay(u64::MAX, &LIMITS);
        rate.start(0);
        assert_eq!(rate.end(GRACE, &LIMITS).at(), Some(65_000_000));
    }

    #[test]
    fn clock_jumps_neither_panic_nor_wrap() {
        let mut rate = Rate::OFF;
        rate.start(u64::MAX);
        rate.stop(0, &LIMITS);
        rate.start(0);
        rate.stop(u64::MAX, &LIMITS);
        rate.start(u64::MAX);
        assert_eq!(rate.end(GRACE, &LIMITS).at(), Some(u64::MAX - 1 - (i64::MAX / 240) as u64));
        assert_eq!(Wait::since(u64::MAX).end(GRACE).at(), Some(u64::MAX - 1));
        let none = Limits { min_rate: 0, ..LIMITS };
        rate.pay(1, &none);
        assert_eq!(rate.end(GRACE, &none).at(), None);
    }
}
