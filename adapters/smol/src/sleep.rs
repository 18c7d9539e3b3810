//! async-io's timer, as the driver's [`LazyTimer`] moves it.
//!
//! Decides nothing.

use async_io::Timer;
use blazeio_driver::{LazyTimer, Sleep};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Microseconds since `birth`.
pub(crate) fn micros_since(birth: Instant) -> u64 {
    u64::try_from(birth.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A sleep that ends at one of the microseconds since `birth`.
#[derive(Debug)]
pub(crate) struct Alarm {
    birth: Instant,
    end: u64,
    timer: Timer,
}

/// A timer that is not armed, for microseconds since `birth`.
pub(crate) fn timer(birth: Instant) -> LazyTimer<Alarm> {
    LazyTimer::new(Alarm { birth, end: u64::MAX, timer: Timer::never() })
}

impl Sleep for Alarm {
    fn now(&self) -> u64 {
        micros_since(self.birth)
    }

    fn end(&self) -> u64 {
        self.end
    }

    fn reset(&mut self, end: u64) {
        self.end = end;
        self.timer.set_at(self.birth + Duration::from_micros(end));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // async-io's is ready only once.
        if self.now() >= self.end {
            return Poll::Ready(());
        }
        Pin::new(&mut self.timer).poll(cx).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blazeio_driver::Timer as _;
    use futures_lite::future::block_on;
    use std::future::poll_fn;

    #[test]
    fn clock_real_time_is_never_early_and_a_timer_is_used_again() {
        let birth = Instant::now();
        let mut timer = timer(birth);
        for at in [0, 3_500, 20_001, 20_002, 20_002, 41_000] {
            // A deadline that moves closer, and one that moves away.
            for before in [at + 60_000_000, at / 2] {
                let polled = poll_fn(|cx| Poll::Ready(timer.poll(cx, before).is_pending()));
                let _ = block_on(polled);
            }
            block_on(poll_fn(|cx| timer.poll(cx, at)));
            assert!(micros_since(birth) >= at);
        }
    }

    #[test]
    fn clock_the_end_of_time_is_far() {
        let mut timer = timer(Instant::now());
        for at in [u64::MAX, u64::MAX - 1] {
            assert!(block_on(poll_fn(|cx| Poll::Ready(timer.poll(cx, at).is_pending()))));
        }
    }
}
