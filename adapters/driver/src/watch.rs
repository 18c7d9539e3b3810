//! Watching for the end of a connection.
//!
//! Decides what counts as the end: that the connection is closed, or that the peer ended its
//! input. The latter is no loss: a peer may say so and still read (RFC 9112 §9.6); TCP cannot
//! tell it from a peer that is gone. Who has a tunnel, or a long response, may watch for a stop
//! as well: nobody else can end those in order.

use crate::link::{Shared, Side};
use blazeio::CloseReason;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// The tasks that watch one connection. No memory while there are none.
#[derive(Default)]
#[allow(clippy::box_collection)] // One word in a connection that nobody watches.
pub(crate) struct Watchers(Option<Box<Vec<(u64, Waker)>>>);

impl Watchers {
    pub(crate) fn is_watched(&self) -> bool {
        self.0.as_ref().is_some_and(|watchers| !watchers.is_empty())
    }

    fn insert(&mut self, key: u64, waker: &Waker) {
        let watchers = self.0.get_or_insert_default();
        match watchers.iter_mut().find(|(of, _)| *of == key) {
            Some((_, old)) => old.clone_from(waker),
            None => watchers.push((key, waker.clone())),
        }
    }

    fn remove(&mut self, key: u64) {
        if let Some(watchers) = &mut self.0 {
            watchers.retain(|(of, _)| *of != key);
        }
    }

    /// Takes all of them.
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// Wakes all of them.
    pub(crate) fn wake(&mut self) {
        for (_, waker) in self.0.iter_mut().flat_map(|watchers| watchers.drain(..)) {
            waker.wake();
        }
    }
}

/// Ends when the peer is gone, or has ended its input: see
/// [`Exchange::closed`](crate::Exchange::closed). Holds the connection, not the exchange; may
/// be dropped and asked for again.
#[must_use = "futures do nothing unless polled"]
pub struct Closed<R: Side> {
    shared: Arc<Shared<R>>,
    key: Option<u64>,
    /// Only the transport's close counts.
    until_over: bool,
}

impl<R: Side> Closed<R> {
    pub(crate) fn new(shared: Arc<Shared<R>>) -> Self {
        Self { shared, key: None, until_over: false }
    }

    /// Ends when the transport is closed, and not before: a peer that says goodbye first may
    /// still be answered.
    pub(crate) fn over(shared: Arc<Shared<R>>) -> Self {
        Self { shared, key: None, until_over: true }
    }
}

impl<R: Side> Future for Closed<R> {
    type Output = CloseReason;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let this = self.get_mut();
        let mut link = this.shared.lock();
        let is_over = if this.until_over { link.is_over() } else { link.is_left() };
        if is_over {
            return Poll::Ready(link.close_reason());
        }
        let is_new = this.key.is_none();
        let key = *this.key.get_or_insert_with(|| this.shared.environment.next_key());
        link.watchers.insert(key, cx.waker());
        if is_new {
            // From now on the driving task looks for the end, too.
            link.wake_driver();
        }
        Poll::Pending
    }
}

impl<R: Side> Drop for Closed<R> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.shared.lock().watchers.remove(key);
        }
    }
}

impl<R: Side> std::fmt::Debug for Closed<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}

/// Ends when the connection is to end as soon as what is in hand is done: see
/// [`Exchange::stopping`](crate::Exchange::stopping). May be dropped and asked for again.
#[must_use = "futures do nothing unless polled"]
pub struct Stopping<R: Side> {
    shared: Arc<Shared<R>>,
    key: Option<u64>,
}

impl<R: Side> Stopping<R> {
    pub(crate) fn new(shared: Arc<Shared<R>>) -> Self {
        Self { shared, key: None }
    }
}

impl<R: Side> Future for Stopping<R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut link = this.shared.lock();
        if link.is_stopping() {
            return Poll::Ready(());
        }
        let key = *this.key.get_or_insert_with(|| this.shared.environment.next_key());
        link.stop_watchers.insert(key, cx.waker());
        Poll::Pending
    }
}

impl<R: Side> Drop for Stopping<R> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.shared.lock().stop_watchers.remove(key);
        }
    }
}

impl<R: Side> std::fmt::Debug for Stopping<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stopping").finish_non_exhaustive()
    }
}
