//! The rate of a request's content while its response is on its way (SLOW).
//!
//! Decides how long to wait for more of it. The core holds content to its rate until the
//! final head is sent; an echo goes on reading after that, and holds it to the same rate.

use blazeio::Limits;
use std::future::Future;
use std::time::{Duration, Instant};

/// Time that content paid for, less time that it took.
pub struct Pace {
    /// `None`: no limit.
    left: Option<Duration>,
    most: Duration,
    min_rate: u32,
}

impl Pace {
    /// The pace that `limits` ask for.
    pub fn new(limits: &Limits) -> Self {
        let grace = limits.timeouts.content.as_micros().filter(|_| limits.min_rate > 0);
        let grace = grace.map(Duration::from_micros);
        let credit = limits.rate_credit.as_micros().map_or(Duration::MAX, Duration::from_micros);
        let most = grace.unwrap_or_default().saturating_add(credit);
        Self { left: grace, most, min_rate: limits.min_rate }
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
        let began = Instant::now();
        let done = tokio::time::timeout(left, wait).await;
        self.left = Some(left.saturating_sub(began.elapsed()));
        done.ok()
    }
}
