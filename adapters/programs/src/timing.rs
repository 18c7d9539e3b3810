//! Waiting, by the clock and the timers of a runtime.
//!
//! Decides who wins where two things are ready at once: what was waited for, before its limit.
//! A pause that the clock cannot hold never ends. Refuses nothing.

use blazeio_driver::Runtime;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// The time of `runtime` that is `after` from now.
fn end(runtime: &Arc<dyn Runtime>, after: Duration) -> u64 {
    let micros = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
    runtime.now().saturating_add(micros)
}

/// Ends after `pause`.
pub async fn sleep(runtime: &Arc<dyn Runtime>, pause: Duration) {
    let at = end(runtime, pause);
    let mut timer = runtime.timer();
    poll_fn(|cx| timer.poll(cx, at)).await;
}

/// What `wait` ends with, unless it takes longer than `limit`.
pub async fn timeout<F: Future>(
    runtime: &Arc<dyn Runtime>,
    limit: Duration,
    wait: F,
) -> Option<F::Output> {
    let at = end(runtime, limit);
    let mut timer = runtime.timer();
    let mut wait = pin!(wait);
    poll_fn(|cx| match wait.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => timer.poll(cx, at).map(|()| None),
    })
    .await
}

/// Lets other tasks have a turn.
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
