//! Tasks that wait for a change of something that many of them see.
//!
//! Decides nothing: each has a place, from its first wait to its end, and leaves nothing behind.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// Those who wait, each by a number of its own.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<BTreeMap<u64, Waker>>);

/// One that waits, or may.
pub(crate) struct Waiter<'w> {
    waiters: &'w Waiters,
    key: u64,
}

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that may wait, until what is returned is dropped.
    pub(crate) fn join(&self, key: u64) -> Waiter<'_> {
        Waiter { waiters: self, key }
    }

    /// Wakes the task of `key` at the next change; look again afterwards.
    pub(crate) fn wait(&self, key: u64, cx: &Context<'_>) {
        match self.lock().entry(key) {
            Entry::Occupied(mut waker) => waker.get_mut().clone_from(cx.waker()),
            Entry::Vacant(place) => drop(place.insert(cx.waker().clone())),
        }
    }

    /// `key` waits no more.
    pub(crate) fn leave(&self, key: u64) {
        // Dropped once the lock is free: what a waker holds may be anything.
        let waker = self.lock().remove(&key);
        drop(waker);
    }

    /// Wakes all, each once.
    pub(crate) fn wake(&self) {
        let wakers = std::mem::take(&mut *self.lock());
        wakers.into_values().for_each(Waker::wake);
    }
}

impl Waiter<'_> {
    /// As [`Waiters::wait`].
    pub(crate) fn wait(&self, cx: &Context<'_>) {
        self.waiters.wait(self.key, cx);
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.waiters.leave(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::Count;
    use std::sync::Arc;

    #[test]
    fn who_waits_is_woken_once_and_leaves_nothing_behind() {
        let waiters = Waiters::default();
        let counts: [Arc<Count>; 2] = Default::default();
        let wakers = counts.clone().map(Waker::from);
        let first = waiters.join(1);
        let second = waiters.join(2);
        for waker in &wakers {
            first.wait(&Context::from_waker(waker));
        }
        second.wait(&Context::from_waker(&wakers[0]));
        assert_eq!(waiters.lock().len(), 2);
        drop(second);
        assert_eq!(waiters.lock().len(), 1);
        waiters.wake();
        waiters.wake();
        // The last waker counts.
        assert_eq!(counts.map(|count| count.of()), [0, 1]);
        drop(first);
        assert_eq!(waiters.lock().len(), 0);
    }
}
