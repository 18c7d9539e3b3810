//! tokio's sleep, as the driver's [`LazyTimer`] moves it.
//!
//! Decides nothing. Memory counts: one is 24 bytes and the runtime's own [`Sleep`].

use blazeio_driver::LazyTimer;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Microseconds since `birth`.
pub(crate) fn micros_since(birth: Instant) -> u64 {
    micros(birth.elapsed())
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A sleep that ends at one of the microseconds since `birth`.
#[derive(Debug)]
pub(crate) struct SleepSince {
    birth: Instant,
    sleep: Pin<Box<Sleep>>,
}

/// A timer that is not armed, for microseconds since `birth`. In the context of the runtime whose
/// timer it is.
pub(crate) fn timer(birth: Instant) -> LazyTimer<SleepSince> {
    let far = Instant::now() + Duration::from_micros(LazyTimer::<SleepSince>::LONGEST);
    LazyTimer::new(SleepSince { birth, sleep: Box::pin(sleep_until(far)) })
}

impl blazeio_driver::Sleep for SleepSince {
    fn now(&self) -> u64 {
        micros_since(self.birth)
    }

    fn end(&self) -> u64 {
        micros(self.sleep.deadline().saturating_duration_since(self.birth))
    }

    fn reset(&mut self, end: u64) {
        self.sleep.as_mut().reset(self.birth + Duration::from_micros(end));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blazeio_driver::Timer;
    use std::future::poll_fn;

    const SECOND: u64 = 1_000_000;
    const LONGEST: u64 = LazyTimer::<SleepSince>::LONGEST;
    /// What the runtime's timer may be late: it counts milliseconds.
    const LATE: u64 = 10_000;

    fn fresh() -> (Instant, LazyTimer<SleepSince>) {
        let birth = Instant::now();
        (birth, timer(birth))
    }

    #[tokio::test(start_paused = true)]
    async fn clock_deadlines_of_any_distance_are_met() {
        let (birth, mut timer) = fresh();
        for (first, then) in [(1, 3), (9, 5), (20, 6), (7, 8), (9, 3 * LONGEST / SECOND + 5)] {
            let then = then * SECOND;
            assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx, first * SECOND).is_pending())).await);
            poll_fn(|cx| timer.poll(cx, then)).await;
            let now = micros_since(birth);
            assert!((then..then + LATE).contains(&now), "{now}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn clock_the_end_of_time_is_none_of_the_runtime() {
        let year = Duration::from_secs(366 * 24 * 3600);
        for at in [u64::MAX, u64::MAX - 1] {
            let (_, mut timer) = fresh();
            let wait = poll_fn(|cx| timer.poll(cx, at));
            assert!(tokio::time::timeout(year, wait).await.is_err());
        }
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
        assert!(size_of::<LazyTimer<SleepSince>>() <= 24);
        assert!(size_of::<Sleep>() <= 120, "{}", size_of::<Sleep>());
    }
}
