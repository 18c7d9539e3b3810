//! One timer of the runtime: for all deadlines of a server or client, and for the pauses and
//! handshakes that have one of their own.
//!
//! Decides when the runtime's timer is touched: only to make it end earlier, or when it ended
//! too early. Deadlines mostly move away from now, so most waits touch nothing (CLOCK).
//!
//! Memory counts: one is 24 bytes and the runtime's own [`Sleep`], whose end is the only
//! record of what is armed.

use blazeio_driver::Timer;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Longer waits are cut to this, which the runtime's timer can hold; then they begin anew.
const LONGEST: u64 = 30 * 24 * 3600 * 1_000_000;

/// Microseconds since `birth`.
pub(crate) fn micros_since(birth: Instant) -> u64 {
    u64::try_from(birth.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A wait until one of the microseconds since `birth`, again and again.
#[derive(Debug)]
pub(crate) struct Deadline {
    birth: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Deadline {
    /// Not armed. In the context of the runtime whose timer it is.
    pub(crate) fn new(birth: Instant) -> Self {
        let far = Instant::now() + Duration::from_micros(LONGEST);
        Self { birth, sleep: Box::pin(sleep_until(far)) }
    }
}

impl Timer for Deadline {
    fn poll(&mut self, cx: &mut Context<'_>, at: u64) -> Poll<()> {
        if at == u64::MAX {
            return Poll::Pending;
        }
        loop {
            let now = micros_since(self.birth);
            if now >= at {
                return Poll::Ready(());
            }
            let end = self.birth + Duration::from_micros(at.min(now.saturating_add(LONGEST)));
            if end < self.sleep.deadline() {
                self.sleep.as_mut().reset(end);
            }
            if self.sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            // It ended too early: the deadline moved away since.
            self.sleep.as_mut().reset(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    const SECOND: u64 = 1_000_000;
    /// What the runtime's timer may be late: it counts milliseconds.
    const LATE: u64 = 10_000;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn fresh() -> (Instant, Deadline) {
        let birth = Instant::now();
        (birth, Deadline::new(birth))
    }

    #[tokio::test(start_paused = true)]
    async fn clock_a_deadline_that_moves_either_way_is_met() {
        let (birth, mut timer) = fresh();
        for (first, then) in [(1, 3), (9, 5), (20, 6), (7, 8)] {
            let then = then * SECOND;
            assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx, first * SECOND).is_pending())).await);
            poll_fn(|cx| timer.poll(cx, then)).await;
            let now = micros_since(birth);
            assert!((then..then + LATE).contains(&now), "{now}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn clock_a_deadline_that_has_passed_is_met_at_once() {
        let (birth, mut timer) = fresh();
        tokio::time::advance(Duration::from_secs(2)).await;
        for at in [0, SECOND, 2 * SECOND] {
            poll_fn(|cx| timer.poll(cx, at)).await;
        }
        assert!((2 * SECOND..2 * SECOND + LATE).contains(&micros_since(birth)));
        // And again after a wait of its own.
        poll_fn(|cx| timer.poll(cx, 3 * SECOND)).await;
        poll_fn(|cx| timer.poll(cx, 3 * SECOND)).await;
        poll_fn(|cx| timer.poll(cx, 4 * SECOND)).await;
        assert!((4 * SECOND..4 * SECOND + LATE).contains(&micros_since(birth)));
    }

    #[tokio::test(start_paused = true)]
    async fn clock_the_end_of_time_neither_panics_nor_comes() {
        let year = Duration::from_secs(366 * 24 * 3600);
        for at in [u64::MAX, u64::MAX - 1] {
            let (_, mut timer) = fresh();
            let wait = poll_fn(|cx| timer.poll(cx, at));
            assert!(tokio::time::timeout(year, wait).await.is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn clock_a_wait_longer_than_the_runtime_can_hold_is_met() {
        let (birth, mut timer) = fresh();
        let at = 3 * LONGEST + 5 * SECOND;
        poll_fn(|cx| timer.poll(cx, at)).await;
        let now = micros_since(birth);
        assert!((at..at + LATE).contains(&now), "{now}");
    }

    /// The lazy way: one early wake-up, at the first deadline, for any number of later ones.
    #[tokio::test(start_paused = true)]
    async fn clock_a_deadline_that_moves_away_wakes_once_too_early() {
        let (_, mut timer) = fresh();
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(Arc::clone(&wakes));
        let mut cx = Context::from_waker(&waker);
        for at in 1..=60 {
            assert!(timer.poll(&mut cx, at * SECOND).is_pending());
        }
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(wakes.0.load(Ordering::SeqCst), 1, "fires at the first deadline");
        assert!(timer.poll(&mut cx, 60 * SECOND).is_pending());
        tokio::time::sleep(Duration::from_millis(58_000)).await;
        assert_eq!(wakes.0.load(Ordering::SeqCst), 1, "then only at the last");
        tokio::time::sleep(Duration::from_millis(1000)).await;
        assert_eq!(wakes.0.load(Ordering::SeqCst), 2);
        assert!(timer.poll(&mut cx, 60 * SECOND).is_ready());
    }

    #[tokio::test]
    async fn clock_real_time_is_never_early() {
        let (birth, mut timer) = fresh();
        for at in [3_500, 20_001, 20_002, 41_000] {
            poll_fn(|cx| timer.poll(cx, at)).await;
            assert!(micros_since(birth) >= at);
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn memory_a_timer_is_24_bytes_beside_the_sleep() {
        assert!(size_of::<Deadline>() <= 24, "{}", size_of::<Deadline>());
        assert!(size_of::<Sleep>() <= 120, "{}", size_of::<Sleep>());
    }
}
