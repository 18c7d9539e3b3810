//! The handle of a running server.
//!
//! Decides nothing; asks, and waits.

use super::running::{IsRunning, State};
use crate::address::Address;
use crate::statistics::Statistics;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// A running server. Dropping it leaves the server running.
#[derive(Clone)]
pub struct Handle {
    running: Arc<dyn IsRunning>,
    addresses: Arc<[Address]>,
    grace: Duration,
}

/// How an exit went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Exit {
    /// Connections that the server gave up on when the grace of an exit was over.
    pub cut: usize,
    /// Pieces of [background work](crate::Exchange::spawn) that were dropped then.
    pub dropped: usize,
}

impl Handle {
    pub(crate) fn new(
        running: Arc<dyn IsRunning>,
        addresses: Vec<Address>,
        grace: Duration,
    ) -> Self {
        Self { running, addresses: addresses.into(), grace }
    }

    fn state(&self) -> &State {
        self.running.state()
    }

    /// Ends once every listener is being accepted from. Connections made before that wait in
    /// the backlog.
    pub async fn ready(&self) {
        self.until(State::is_ready).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        let state = self.state();
        let environment = &state.environment;
        let last = environment.background.waiters.join(environment.next_key());
        let waiters = [state.join(), last];
        poll_fn(|cx| {
            waiters.iter().for_each(|waiter| waiter.wait(cx));
            if is_so(state) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Where it listens, in the order it was told to, with the ports it was given.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// What it went through so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.state().environment.statistics.read()
    }

    /// Bytes of buffers that its connections hold.
    #[must_use]
    pub fn memory_used(&self) -> usize {
        self.state().environment.memory.used()
    }

    /// Stops accepting, closes idle connections, and lets busy ones finish their exchange,
    /// with `Connection: close`. [`exit`](Self::exit) waits for that.
    pub fn stop(&self) {
        self.state().stop();
    }

    /// Gives up on every connection and all background work at once, and accepts no other.
    pub fn abort(&self) {
        self.state().stop();
        self.state().abort();
    }

    /// Ends when the server has: after a [`stop`](Self::stop), with its last connection, and with
    /// what those left to go on in the background.
    pub async fn finished(&self) {
        self.until(State::is_over).await;
    }

    /// Stops in order, gives up on what is not finished when the grace is over, and says how
    /// much that was.
    pub async fn exit(&self) -> Exit {
        self.stop();
        let state = self.state();
        let runtime = &state.environment.runtime;
        let grace = u64::try_from(self.grace.as_micros()).unwrap_or(u64::MAX);
        let end = runtime.now().saturating_add(grace);
        let mut timer = runtime.timer();
        let mut finished = pin!(self.finished());
        let mut is_cut = false;
        poll_fn(|cx| {
            let polled = finished.as_mut().poll(cx);
            if polled.is_pending() && !is_cut && timer.poll(cx, end).is_ready() {
                is_cut = true;
                state.cut();
            }
            polled
        })
        .await;
        Exit { cut: state.cut_so_far(), dropped: state.environment.background.dropped() }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("addresses", &self.addresses)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}
