//! The clock of one connection, and its one timer.
//!
//! Decides when the runtime's timer is touched: only to make it end earlier, or when it
//! ended too early. Deadlines mostly move away from now, so most waits touch nothing
//! (CLOCK).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Longer waits are cut to this, which the runtime's timer can hold; then they begin anew.
const LONGEST: u64 = 30 * 24 * 3600 * 1_000_000;

/// Microseconds since the connection began, and a wait until one of them.
#[derive(Debug)]
pub(crate) struct Timer {
    birth: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
    /// When `sleep` ends.
    armed: u64,
}

impl Timer {
    pub(crate) fn new() -> Self {
        Self { birth: Instant::now(), sleep: None, armed: u64::MAX }
    }

    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.birth.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Ready once it is `at`.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, at: u64) -> Poll<()> {
        loop {
            let now = self.now();
            if now >= at {
                return Poll::Ready(());
            }
            if at < self.armed {
                self.arm(at.min(now.saturating_add(LONGEST)));
            }
            let Some(sleep) = &mut self.sleep else { return Poll::Pending };
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.armed = u64::MAX;
        }
    }

    fn arm(&mut self, at: u64) {
        self.armed = at;
        let end = self.birth + Duration::from_micros(at);
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(end),
            None => self.sleep = Some(Box::pin(tokio::time::sleep_until(end))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test(start_paused = true)]
    async fn clock_a_deadline_that_moves_either_way_is_met() {
        let mut timer = Timer::new();
        for (first, then) in [(1_000_000, 3_000_000), (9_000_000, 5_000_000)] {
            assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx, first).is_pending())).await);
            poll_fn(|cx| timer.poll(cx, then)).await;
            assert!((then..then + 10_000).contains(&timer.now()), "{}", timer.now());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn clock_the_end_of_time_neither_panics_nor_comes() {
        let mut timer = Timer::new();
        let wait = poll_fn(|cx| timer.poll(cx, u64::MAX));
        let year = Duration::from_secs(366 * 24 * 3600);
        assert!(tokio::time::timeout(year, wait).await.is_err());
    }
}
