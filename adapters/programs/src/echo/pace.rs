//! The rate of a request's content while its response is on its way (SLOW).
//!
//! Decides how long to wait for more of it. The core holds content to its rate until the
//! final head is sent; an echo goes on reading after that, and holds it to the same rate.

use blazeio::Limits;
use blazeio_driver::{Runtime, Timer};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Time that content paid for, less time that it took.
pub struct Pace {
    /// `None`: no limit.
    left: Option<Duration>,
    most: Duration,
    min_rate: u32,
    runtime: Arc<dyn Runtime>,
    timer: Box<dyn Timer>,
}

impl Pace {
    /// The pace that `limits` ask for, by the clock of `runtime`.
    pub fn new(limits: &Limits, runtime: &Arc<dyn Runtime>) -> Self {
        let grace = limits.timeouts.content.as_micros().filter(|_| limits.min_rate > 0);
        let grace = grace.map(Duration::from_micros);
        let credit = limits.rate_credit.as_micros().map_or(Duration::MAX, Duration::from_micros);
        let most = grace.unwrap_or_default().saturating_add(credit);
        let (min_rate, timer) = (limits.min_rate, runtime.timer());
        Self { left: grace, most, min_rate, runtime: Arc::clone(runtime), timer }
    }

    /// `bytes` came.
    pub fn pay(&mut self, bytes: usize) {
        let Some(left) = self.left else { return };
        let paid = bytes as u64 * 1_000_000 / u64::from(self.min_rate);
        self.left = Some(left.saturating_add(Duration::from_micros(paid)).min(self.most));
    }

    /// What `wait` ends with, unless it takes too long.
    pub async fn hold<F: Future>(&mut self, wait: F) -> Option<F::Output> {
        let Some(left) = self.left else { return Some(wait.await) };
        let began = self.runtime.now();
        let end = began.saturating_add(u64::try_from(left.as_micros()).unwrap_or(u64::MAX));
        let mut wait = pin!(wait);
        let done = poll_fn(|cx| match wait.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.timer.poll(cx, end).map(|()| None),
        });
        let done = done.await;
        let took = Duration::from_micros(self.runtime.now().saturating_sub(began));
        self.left = Some(left.saturating_sub(took));
        done
    }
}
