//! One waker for several tasks that wait on the same direction of a transport.
//!
//! Decides who is woken: everybody who waits. A transport keeps one waker for each
//! direction, so that the task which drives a connection and the task which uses one of its
//! halves would overwrite each other's. As long as all are one task nothing is needed.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

/// Who waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Party {
    /// The task that drives the connection.
    Driver,
    /// The task that uses the exchange's reader; it sends, too, before it waits.
    Reader,
    /// The task that uses the exchange's writer; it reads, too, while it waits for 100.
    Writer,
}

/// The wakers of all parties behind one.
#[derive(Debug, Default)]
struct Shared(Mutex<[Option<Waker>; 3]>);

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

/// The waker that one direction of a transport is given.
#[derive(Debug, Default)]
pub(crate) struct FanOut(Option<Box<(Arc<Shared>, Waker)>>);

impl FanOut {
    /// Polls with a waker that wakes `party`'s task and whoever waits already. `driver` is
    /// the task that drives.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        party: Party,
        driver: Option<&Waker>,
        poll: impl FnOnce(&mut Context<'_>) -> T,
    ) -> T {
        let is_driver = driver.is_some_and(|driver| driver.will_wake(cx.waker()));
        if self.0.is_none() && (is_driver || party == Party::Driver) {
            return poll(cx);
        }
        let (shared, waker) = &**self.0.get_or_insert_with(|| {
            let shared = Arc::new(Shared(Mutex::new([driver.cloned(), None, None])));
            let waker = Waker::from(Arc::clone(&shared));
            Box::new((shared, waker))
        });
        {
            let mut wakers = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = &mut wakers[party as usize];
            match slot {
                Some(old) => old.clone_from(cx.waker()),
                None => *slot = Some(cx.waker().clone()),
            }
        }
        poll(&mut Context::from_waker(waker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn task() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), Waker::from(count))
    }

    #[test]
    fn io_one_task_needs_no_fan_out() {
        let (_, driver) = task();
        let mut fan = FanOut::default();
        for party in [Party::Driver, Party::Reader] {
            let mut cx = Context::from_waker(&driver);
            let given = fan.poll(&mut cx, party, Some(&driver), |cx| cx.waker().clone());
            assert!(given.will_wake(&driver));
        }
        assert!(fan.0.is_none());
    }

    #[test]
    fn io_no_party_overwrites_the_other() {
        let ((driven, driver), (read, half)) = (task(), task());
        let mut fan = FanOut::default();
        let mut last = None;
        // The driver waits first, with its own waker; the half's replaces it.
        for (waker, party) in [(&driver, Party::Driver), (&half, Party::Reader)] {
            let mut cx = Context::from_waker(waker);
            last = Some(fan.poll(&mut cx, party, Some(&driver), |cx| cx.waker().clone()));
        }
        last.unwrap().wake();
        let woken = || (driven.0.load(Ordering::Relaxed), read.0.load(Ordering::Relaxed));
        assert_eq!(woken(), (1, 1));
        // Each waits anew, in the other order.
        for (waker, party) in [(&half, Party::Reader), (&driver, Party::Driver)] {
            let mut cx = Context::from_waker(waker);
            last = Some(fan.poll(&mut cx, party, Some(&driver), |cx| cx.waker().clone()));
            last.as_ref().unwrap();
        }
        fan.poll(&mut Context::from_waker(&half), Party::Reader, Some(&driver), |cx| {
            cx.waker().wake_by_ref();
        });
        assert_eq!(woken(), (2, 2));
    }
}
