//! One waker for several tasks that wait on the same direction of a transport.
//!
//! Decides who is woken: everybody who waits. A transport keeps one waker for each
//! direction, so that the task which drives a connection and the tasks which use its halves
//! would overwrite each other's: either half may send what is queued, and a writer that waits
//! for 100 reads. As long as all are one task nothing is needed.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

/// Who waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Party {
    /// The task that drives the connection.
    Driver,
    /// The task that uses the receiving half of the exchange.
    Reader,
    /// The task that uses its sending half.
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
    use crate::counting::Count;

    fn task() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), Waker::from(count))
    }

    #[test]
    fn io_one_task_needs_no_fan_out() {
        let (_, driver) = task();
        let mut fan = FanOut::default();
        for party in [Party::Driver, Party::Reader, Party::Writer] {
            let mut cx = Context::from_waker(&driver);
            let given = fan.poll(&mut cx, party, Some(&driver), |cx| cx.waker().clone());
            assert!(given.will_wake(&driver));
        }
        assert!(fan.0.is_none());
    }

    #[test]
    fn io_no_party_overwrites_another() {
        let ((driven, driver), (read, reader), (written, writer)) = (task(), task(), task());
        let mut fan = FanOut::default();
        let mut last = None;
        let woken = || [&driven, &read, &written].map(|count| count.of());
        let waiting =
            [(&driver, Party::Driver), (&reader, Party::Reader), (&writer, Party::Writer)];
        for round in 0..3 {
            // Each waits once, in another order; only the last call's waker is kept.
            for at in 0..3 {
                let (waker, party) = waiting[(round + at) % 3];
                let mut cx = Context::from_waker(waker);
                last = Some(fan.poll(&mut cx, party, Some(&driver), |cx| cx.waker().clone()));
            }
            last.take().unwrap().wake();
            assert_eq!(woken(), [round + 1; 3]);
        }
    }
}
