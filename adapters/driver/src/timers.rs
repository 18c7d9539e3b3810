//! The deadlines of all connections of one server or client, over one timer of the runtime.
//!
//! Decides who is woken when: each connection has at most one deadline here, and its driving
//! task is woken once that is over. A timer of the runtime for each connection would cost an
//! idle one more memory than all else that it needs of the runtime.
//!
//! A deadline that moves away from now is not moved here: it fires early, and is armed again
//! then. So a connection that is used again and again arms it once in a while, not at each
//! request. The task that waits for the earliest of them lives as long as there are any.

use crate::runtime::{Runtime, Timer};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Deadlines, by time and then by the key of their connection.
#[derive(Default)]
pub(crate) struct Timers(Mutex<Deadlines>);

#[derive(Default)]
struct Deadlines {
    all: BTreeMap<(u64, u64), Waker>,
    /// The waiting task, once it waits.
    task: Option<Waker>,
    is_waiting: bool,
}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, Deadlines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes `waker` at `at`, once, and not at `before`, the deadline that `key` had.
    pub(crate) fn arm(
        self: &Arc<Self>,
        runtime: &Arc<dyn Runtime>,
        key: u64,
        before: u64,
        at: u64,
        waker: &Waker,
    ) {
        let mut deadlines = self.lock();
        deadlines.all.remove(&(before, key));
        deadlines.all.insert((at, key), waker.clone());
        let is_first =
            deadlines.all.first_key_value().is_some_and(|(first, _)| *first == (at, key));
        if !deadlines.is_waiting {
            deadlines.is_waiting = true;
            drop(deadlines);
            let waiting =
                Waiting { timers: Arc::clone(self), runtime: Arc::clone(runtime), timer: None };
            return runtime.spawn(Box::pin(waiting));
        }
        let task = if is_first { deadlines.task.take() } else { None };
        drop(deadlines);
        if let Some(task) = task {
            task.wake();
        }
    }

    /// `key` has no deadline any more.
    pub(crate) fn disarm(&self, key: u64, before: u64) {
        let mut deadlines = self.lock();
        deadlines.all.remove(&(before, key));
        let task = if deadlines.all.is_empty() { deadlines.task.take() } else { None };
        drop(deadlines);
        if let Some(task) = task {
            task.wake();
        }
    }

    /// Takes what is over at `now`.
    fn due(&self, now: u64) -> Vec<Waker> {
        let mut deadlines = self.lock();
        let later = deadlines.all.split_off(&(now.saturating_add(1), 0));
        std::mem::replace(&mut deadlines.all, later).into_values().collect()
    }
}

/// The task that waits for the earliest deadline.
struct Waiting {
    timers: Arc<Timers>,
    runtime: Arc<dyn Runtime>,
    timer: Option<Box<dyn Timer>>,
}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            this.timers.due(this.runtime.now()).into_iter().for_each(Waker::wake);
            let next = {
                let mut deadlines = this.timers.lock();
                let Some(((at, _), _)) = deadlines.all.first_key_value() else {
                    deadlines.is_waiting = false;
                    deadlines.task = None;
                    return Poll::Ready(());
                };
                let at = *at;
                deadlines.task = Some(cx.waker().clone());
                at
            };
            let timer = this.timer.get_or_insert_with(|| this.runtime.timer());
            if timer.poll(cx, next).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Waiting {
    /// A task that is dropped before its end leaves the next to be begun.
    fn drop(&mut self) {
        let mut deadlines = self.timers.lock();
        if !deadlines.all.is_empty() {
            deadlines.is_waiting = false;
            deadlines.task = None;
        }
    }
}
