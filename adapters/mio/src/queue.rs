//! What is to be run next, and the bell that tells a sleeping reactor of it.
//!
//! Decides the order, first come, first served; and when the system is called for a wake:
//! only if the reactor sleeps, or is about to. A wake on its own thread finds it awake, and
//! costs none.

use crate::task::TaskWaker;
use blazeio_driver::Task;
use mio::Waker;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something to run.
pub(crate) enum Entry {
    /// A task that was woken.
    Woken(Arc<TaskWaker>),
    /// A new task.
    Spawned(Task),
}

/// What waits to be run.
pub(crate) struct Queue {
    entries: Mutex<Entries>,
    bell: Waker,
    is_asleep: AtomicBool,
}

#[derive(Default)]
struct Entries {
    waiting: VecDeque<Entry>,
    is_over: bool,
}

impl Queue {
    pub(crate) fn new(bell: Waker) -> Self {
        Self { entries: Mutex::default(), bell, is_asleep: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds `entry`. At the end of the reactor it is dropped instead.
    pub(crate) fn push(&self, entry: Entry) {
        let mut entries = self.lock();
        if entries.is_over {
            drop(entries);
            return drop(entry);
        }
        entries.waiting.push_back(entry);
        drop(entries);
        self.ring();
    }

    /// Moves all that waits to `to`, which is empty, in its order.
    pub(crate) fn take(&self, to: &mut VecDeque<Entry>) {
        std::mem::swap(&mut self.lock().waiting, to);
    }

    /// Takes no more entries; what waits.
    pub(crate) fn end(&self) -> VecDeque<Entry> {
        let mut entries = self.lock();
        entries.is_over = true;
        std::mem::take(&mut entries.waiting)
    }

    /// Wakes the reactor if it sleeps.
    pub(crate) fn ring(&self) {
        // What the caller did is behind a lock that the reactor takes after `sleep`: either it
        // sees that, or it is seen asleep here.
        if self.is_asleep.load(Ordering::SeqCst) && self.is_asleep.swap(false, Ordering::SeqCst) {
            // It fails if the system has no memory for it, and then nothing helps.
            let _ = self.bell.wake();
        }
    }

    /// The reactor is about to sleep, unless something waits: whether it may.
    pub(crate) fn sleep(&self) -> bool {
        self.is_asleep.store(true, Ordering::SeqCst);
        let may_sleep = self.lock().waiting.is_empty();
        if !may_sleep {
            self.awake();
        }
        may_sleep
    }

    /// Waits, on another thread, until the reactor sleeps.
    #[cfg(test)]
    pub(crate) fn until_asleep(&self) {
        while !self.is_asleep.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
    }

    /// The reactor does not sleep any more.
    pub(crate) fn awake(&self) {
        self.is_asleep.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mio::{Events, Poll, Token};
    use std::time::Duration;

    /// A queue, and the poll that its bell wakes.
    struct Rung {
        queue: Queue,
        poll: Poll,
    }

    impl Rung {
        fn new() -> Self {
            let poll = Poll::new().unwrap();
            let bell = Waker::new(poll.registry(), Token(7)).unwrap();
            Self { queue: Queue::new(bell), poll }
        }

        fn push(&self) {
            self.queue.push(Entry::Spawned(Box::pin(async {})));
        }

        /// Whether the bell was rung since the last question.
        fn is_rung(&mut self) -> bool {
            let mut events = Events::with_capacity(8);
            self.poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
            !events.is_empty()
        }

        fn take(&self) -> usize {
            let mut taken = VecDeque::new();
            self.queue.take(&mut taken);
            taken.len()
        }
    }

    #[test]
    fn io_only_a_sleeping_reactor_is_rung_for_and_once() {
        let mut rung = Rung::new();
        rung.push();
        assert!(!rung.is_rung(), "it is awake");
        assert_eq!(rung.take(), 1);
        assert!(rung.queue.sleep());
        rung.push();
        assert!(rung.is_rung());
        rung.push();
        assert!(!rung.is_rung(), "it was woken already");
        rung.queue.awake();
        rung.push();
        assert!(!rung.is_rung(), "it is awake");
        assert_eq!(rung.take(), 3);
    }

    #[test]
    fn io_nobody_sleeps_while_something_waits() {
        let mut rung = Rung::new();
        rung.push();
        assert!(!rung.queue.sleep());
        rung.push();
        assert!(!rung.is_rung(), "it did not sleep");
        assert_eq!(rung.take(), 2);
        assert!(rung.queue.sleep());
    }

    #[test]
    fn what_comes_after_the_end_is_dropped_at_once() {
        let mut rung = Rung::new();
        rung.push();
        assert_eq!(rung.queue.end().len(), 1);
        let witness = Arc::new(());
        let held = Arc::clone(&witness);
        rung.queue.push(Entry::Spawned(Box::pin(async move { drop(held) })));
        assert_eq!(Arc::strong_count(&witness), 1);
        assert_eq!((rung.take(), rung.is_rung()), (0, false));
    }
}
