//! The deadlines of all connections of one server or client, over one timer of the runtime.
//!
//! Decides who is woken when: each connection has at most one deadline here, and its driving
//! task is woken once that is over. A timer of the runtime for each connection would cost an
//! idle one more memory than all else that it needs of the runtime.
//!
//! A deadline that moves away from now is not moved here: it fires early, and is armed again
//! then. So a connection that is used again and again arms it once in a while, not at each
//! request. The task that waits for the earliest of them lives as long as there are any, and a
//! moment longer, since whoever is woken may arm another at once.

use crate::runtime::{Runtime, Timer};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// How long the waiting task outlives the last deadline that it met, in microseconds.
const MOMENT: u64 = 10_000;

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
            let waiting = Waiting::new(Arc::clone(self), Arc::clone(runtime));
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

    /// Takes one that is over at `now`.
    fn due(&self, now: u64) -> Option<Waker> {
        let mut deadlines = self.lock();
        let first = deadlines.all.first_entry()?;
        if first.key().0 <= now { Some(first.remove()) } else { None }
    }
}

/// The task that waits for the earliest deadline.
struct Waiting {
    timers: Arc<Timers>,
    runtime: Arc<dyn Runtime>,
    timer: Option<Box<dyn Timer>>,
    /// It waits until then though there may be none.
    until: u64,
    is_over: bool,
}

impl Waiting {
    fn new(timers: Arc<Timers>, runtime: Arc<dyn Runtime>) -> Self {
        Self { timers, runtime, timer: None, until: 0, is_over: false }
    }

    /// Until when to wait, on behalf of `cx`; `None` if there is nothing to wait for any more.
    fn next(&mut self, cx: &Context<'_>, now: u64) -> Option<u64> {
        let mut deadlines = self.timers.lock();
        let first = deadlines.all.first_key_value().map(|((at, _), _)| *at);
        let next = first.or((now < self.until).then_some(self.until));
        if next.is_none() {
            deadlines.is_waiting = false;
            self.is_over = true;
        }
        deadlines.task = next.map(|_| cx.waker().clone());
        next
    }
}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            let now = this.runtime.now();
            while let Some(waker) = this.timers.due(now) {
                this.until = now.saturating_add(MOMENT);
                waker.wake();
            }
            let Some(next) = this.next(cx, now) else { return Poll::Ready(()) };
            let timer = this.timer.get_or_insert_with(|| this.runtime.timer());
            if timer.poll(cx, next).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Waiting {
    /// A task that is dropped before its end leaves the next to be begun. One that has ended
    /// may have a successor, which it must not forget.
    fn drop(&mut self) {
        if !self.is_over {
            let mut deadlines = self.timers.lock();
            deadlines.is_waiting = false;
            deadlines.task = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::listener::Listener;
    use crate::runtime::{BoundListener, Task, Wait};
    use crate::transport::Transport;
    use std::net::SocketAddr;

    /// Keeps the tasks it is given; its time stands still.
    #[derive(Default)]
    struct Still(Mutex<Vec<Task>>);

    struct Never;

    impl Timer for Never {
        fn poll(&mut self, _: &mut Context<'_>, _: u64) -> Poll<()> {
            Poll::Pending
        }
    }

    impl Runtime for Still {
        fn now(&self) -> u64 {
            0
        }

        fn timer(&self) -> Box<dyn Timer> {
            Box::new(Never)
        }

        fn spawn(&self, task: Task) {
            self.0.lock().unwrap().push(task);
        }

        fn spawn_blocking(&self, _: Box<dyn FnOnce() + Send>) {
            unreachable!()
        }

        fn resolve(&self, _: &str, _: u16) -> Wait<Vec<SocketAddr>> {
            unreachable!()
        }

        fn connect(&self, _: &Address) -> Wait<Box<dyn Transport>> {
            unreachable!()
        }

        fn adopt(&self, _: BoundListener) -> std::io::Result<Box<dyn Listener>> {
            unreachable!()
        }
    }

    #[test]
    fn clock_one_task_waits_and_one_that_is_gone_is_followed_by_another() {
        let still = Arc::new(Still::default());
        let runtime: Arc<dyn Runtime> = Arc::<Still>::clone(&still);
        let tasks = || std::mem::take(&mut *still.0.lock().unwrap());
        let timers = Arc::new(Timers::default());
        let mut cx = Context::from_waker(Waker::noop());
        let arm = |key| timers.arm(&runtime, key, u64::MAX, 100, Waker::noop());

        arm(1);
        arm(2);
        let mut first = tasks();
        assert_eq!(first.len(), 1);
        timers.disarm(1, 100);
        timers.disarm(2, 100);
        assert!(first[0].as_mut().poll(&mut cx).is_ready());
        // Its successor is there before it is dropped.
        arm(1);
        let second = tasks();
        drop(first);
        arm(2);
        assert_eq!((second.len(), tasks().len()), (1, 0));
        // One that is dropped in the midst leaves a place, also when nothing is left to do.
        timers.disarm(1, 100);
        timers.disarm(2, 100);
        drop(second);
        arm(3);
        assert_eq!(tasks().len(), 1);
    }
}
