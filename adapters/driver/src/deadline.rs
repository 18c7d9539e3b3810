//! One point in time, and the timer that waits for it.
//!
//! Decides nothing: what a peer may take is its caller's to say.

use crate::runtime::{Runtime, Timer};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A deadline in a runtime's time.
pub(crate) struct Deadline {
    runtime: Arc<dyn Runtime>,
    timer: Box<dyn Timer>,
    at: u64,
}

impl Deadline {
    /// `allowed` from now.
    pub(crate) fn new(runtime: Arc<dyn Runtime>, allowed: Duration) -> Self {
        let timer = runtime.timer();
        let mut deadline = Self { runtime, timer, at: u64::MAX };
        deadline.shorten(allowed);
        deadline
    }

    /// `allowed` from now, unless it is earlier already.
    pub(crate) fn shorten(&mut self, allowed: Duration) {
        let allowed = u64::try_from(allowed.as_micros()).unwrap_or(u64::MAX);
        self.at = self.at.min(self.runtime.now().saturating_add(allowed));
    }

    /// What `work` comes to, or `None` once the deadline has passed without it.
    pub(crate) async fn bound<R>(
        &mut self,
        mut work: impl FnMut(&mut Context<'_>) -> Poll<R>,
    ) -> Option<R> {
        poll_fn(|cx| match work(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.timer.poll(cx, self.at).map(|()| None),
        })
        .await
    }
}
