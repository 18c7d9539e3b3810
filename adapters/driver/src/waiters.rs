//! Tasks that wait for a change of something that many of them see.
//!
//! Decides nothing: each has a place, from its first wait to its end, and leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// Those who wait, by the numbers of their places.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<Places>);

#[derive(Default)]
struct Places {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

/// One that waits, or may.
pub(crate) struct Waiter<'w> {
    waiters: &'w Waiters,
    place: Option<u64>,
}

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another that may wait.
    pub(crate) fn join(&self) -> Waiter<'_> {
        Waiter { waiters: self, place: None }
    }

    /// Wakes all, each once.
    pub(crate) fn wake(&self) {
        let wakers = std::mem::take(&mut self.lock().wakers);
        wakers.into_values().for_each(Waker::wake);
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.lock().wakers.len()
    }
}

impl Waiter<'_> {
    /// Wakes the task at the next change; look again afterwards.
    pub(crate) fn wait(&mut self, cx: &Context<'_>) {
        let mut places = self.waiters.lock();
        let place = *self.place.get_or_insert_with(|| {
            places.next += 1;
            places.next
        });
        match places.wakers.get_mut(&place) {
            Some(waker) => waker.clone_from(cx.waker()),
            None => drop(places.wakers.insert(place, cx.waker().clone())),
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            // Dropped once the lock is free: what a waker holds may be anything.
            let waker = self.waiters.lock().wakers.remove(&place);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    #[test]
    fn who_waits_is_woken_once_and_leaves_nothing_behind() {
        let waiters = Waiters::default();
        let counts: [Arc<Count>; 2] = Default::default();
        let wakers = counts.clone().map(Waker::from);
        let mut first = waiters.join();
        let mut second = waiters.join();
        for waker in &wakers {
            first.wait(&Context::from_waker(waker));
        }
        second.wait(&Context::from_waker(&wakers[0]));
        assert_eq!(waiters.count(), 2);
        drop(second);
        assert_eq!(waiters.count(), 1);
        waiters.wake();
        waiters.wake();
        // The last waker counts.
        assert_eq!(counts.map(|count| count.0.load(SeqCst)), [0, 1]);
        drop(first);
        assert_eq!(waiters.count(), 0);
    }
}
