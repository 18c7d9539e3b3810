//! The tests that need a clock that jumps, by tokio's paused one.
#![allow(dead_code, unused_imports, unused_macros)] // Of the other tests.

mod stories;
#[path = "../tokio/subject.rs"]
mod subject;
#[path = "../suite"]
mod suite {
    pub mod exchange;
    pub mod network;
    pub mod on;
    pub mod peer;
}

use blazeio_driver::Runtime;
use std::future::poll_fn;

#[tokio::test(start_paused = true)]
async fn clock_paused_time_moves_timers() {
    let runtime = subject::Subject::current();
    let mut timer = runtime.timer();
    let at = 3_600_000_000;
    poll_fn(|cx| timer.poll(cx, at)).await;
    assert!((at..at + 10_000).contains(&runtime.now()), "{}", runtime.now());
}
