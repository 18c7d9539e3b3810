//! Work that goes on beside the exchanges of a server.
//!
//! Decides how long it lives: to its own end, for which an exit waits; when the grace of that is
//! over it is dropped. Work that panics ends alone, and is counted with the handlers that did
//! (PANIC).
//!
//! ```text
//! spawned ─► running ─► ended
//!                │ the grace of an exit is over, or a panic
//!                └────► dropped
//! ```

use crate::environment::Environment;
use crate::waiters::Waiters;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The work of one server.
#[derive(Default)]
pub(crate) struct Background {
    inner: Mutex<Inner>,
    /// Who waits for the last to end.
    pub(crate) waiters: Waiters,
}

#[derive(Default)]
struct Inner {
    /// Nobody may go on.
    is_aborted: bool,
    dropped: usize,
    next: u64,
    tasks: BTreeMap<u64, Option<Waker>>,
}

impl Background {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().tasks.is_empty()
    }

    /// How much of it was dropped at the end of a grace.
    pub(crate) fn dropped(&self) -> usize {
        self.lock().dropped
    }

    /// Drops all work, from now on.
    pub(crate) fn abort(&self) {
        let mut inner = self.lock();
        inner.is_aborted = true;
        let wakers: Vec<_> = inner.tasks.values_mut().filter_map(Option::take).collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// A place for another piece of work, unless nobody may go on.
    fn enter(&self) -> Option<u64> {
        let mut inner = self.lock();
        if inner.is_aborted {
            return None;
        }
        let key = inner.next;
        inner.next += 1;
        inner.tasks.insert(key, None);
        Some(key)
    }

    /// Whether this piece may go on; it is woken when it may not any more.
    fn goes_on(&self, key: u64, cx: &Context<'_>) -> bool {
        let mut inner = self.lock();
        if !inner.is_aborted {
            inner.tasks.insert(key, Some(cx.waker().clone()));
            return true;
        }
        inner.dropped += 1;
        false
    }

    fn leave(&self, key: u64) {
        let mut inner = self.lock();
        inner.tasks.remove(&key);
        let is_last = inner.tasks.is_empty();
        drop(inner);
        if is_last {
            self.waiters.wake();
        }
    }
}

/// Begins a piece of work.
pub(crate) fn spawn(
    environment: &Arc<Environment>,
    work: impl Future<Output = ()> + Send + 'static,
) {
    if let Some(key) = environment.background.enter() {
        let environment = Arc::clone(environment);
        let runtime = Arc::clone(&environment.runtime);
        runtime.spawn(Box::pin(Piece { work: Some(Box::pin(work)), environment, key }));
    }
}

/// A piece of work, and its place.
struct Piece {
    /// `None` once it has ended.
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    environment: Arc<Environment>,
    key: u64,
}

impl Piece {
    /// Drops the work, which may panic, too.
    fn end(&mut self) {
        let work = self.work.take();
        if catch_unwind(AssertUnwindSafe(|| drop(work))).is_err() {
            self.environment.statistics.panicked();
        }
    }
}

impl Future for Piece {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let piece = &mut *self;
        let Some(work) = &mut piece.work else { return Poll::Ready(()) };
        if piece.environment.background.goes_on(piece.key, cx) {
            match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(())) => {}
                Err(_) => piece.environment.statistics.panicked(),
            }
        }
        piece.end();
        Poll::Ready(())
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.end();
        self.environment.background.leave(self.key);
    }
}
