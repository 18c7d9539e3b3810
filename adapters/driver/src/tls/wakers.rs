//! Who waits for the transport's write direction.
//!
//! Decides that both directions may wait for it: the writer, and a reader that has an alert to
//! send. A transport keeps one waker per direction, the last one, and it is this one.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// Which side of a session waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Reader,
    Writer,
}

/// The last waker of each side.
#[derive(Default)]
pub(super) struct Wakers {
    waiting: Mutex<[Option<Waker>; 2]>,
}

impl Wakers {
    /// Keeps `waker` until the next wake. To be called before the transport is asked.
    pub(super) fn keep(&self, side: Side, waker: &Waker) {
        let place = &mut self.lock()[side as usize];
        match place {
            Some(kept) => kept.clone_from(waker),
            None => *place = Some(waker.clone()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Waker>; 2]> {
        // Nothing panics while it is held but a foreign waker's clone, which changes nothing.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Outside of the lock: a waker may run whatever it wakes.
        let waiting = mem::take(&mut *self.lock());
        for waker in waiting.into_iter().flatten() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::Count;

    #[test]
    fn io_one_wake_reaches_the_last_waker_of_either_side_once() {
        let counts = [(); 3].map(|()| Arc::new(Count::default()));
        let [replaced, reader, writer] = counts.clone().map(Waker::from);
        let wakers = Arc::new(Wakers::default());
        wakers.keep(Side::Reader, &replaced);
        wakers.keep(Side::Writer, &writer);
        wakers.keep(Side::Reader, &reader);
        let shared = Waker::from(wakers);
        shared.wake_by_ref();
        shared.wake_by_ref();
        assert_eq!(counts.map(|count| count.of()), [0, 1, 1]);
    }
}
