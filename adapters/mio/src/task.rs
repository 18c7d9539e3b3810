//! Tasks, on the one thread that polls them.
//!
//! Decides what a wake is worth: a task that waits in the queue already is not added again.
//! A task that panics has ended, and takes no other with it; the panic hook has told of it.
//!
//! The futures lie with the reactor, and only a number and a flag with their wakers: so a
//! poll needs no lock, and a waker that outlives its task holds next to nothing.

use crate::queue::Entry;
use crate::shared::Shared;
use blazeio_driver::Task;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

/// The number of the future that a reactor is blocked on.
const MAIN: usize = usize::MAX;

/// What wakes a task.
pub(crate) struct TaskWaker {
    shared: Arc<Shared>,
    key: usize,
    is_queued: AtomicBool,
}

impl TaskWaker {
    /// Of a future that is no task, but what [`block_on`](crate::Reactor::block_on) waits for.
    pub(crate) fn main(shared: Arc<Shared>) -> Arc<Self> {
        Self::new(shared, MAIN)
    }

    fn new(shared: Arc<Shared>, key: usize) -> Arc<Self> {
        Arc::new(Self { shared, key, is_queued: AtomicBool::new(false) })
    }

    /// It is about to be polled: a wake from now on counts anew. What was done before a wake
    /// that found it queued is seen by this poll.
    pub(crate) fn begin(&self) {
        self.is_queued.swap(false, Ordering::AcqRel);
    }

    /// It is not to be queued ever again.
    fn end(&self) {
        self.is_queued.store(true, Ordering::Release);
    }

    fn is_first_wake(&self) -> bool {
        !self.is_queued.swap(true, Ordering::AcqRel)
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if self.is_first_wake() {
            let shared = Arc::clone(&self.shared);
            shared.queue.push(Entry::Woken(self));
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_first_wake() {
            self.shared.queue.push(Entry::Woken(Arc::clone(self)));
        }
    }
}

/// A task that has not ended.
struct Live {
    /// In the order of spawning.
    number: u64,
    future: Task,
    waker: Arc<TaskWaker>,
}

/// Every task that has not ended.
#[derive(Default)]
pub(crate) struct Tasks {
    slots: Vec<Option<Live>>,
    free: Vec<usize>,
    spawned: u64,
}

impl Tasks {
    /// Adds `future`, and polls it for the first time.
    pub(crate) fn spawn(&mut self, shared: &Arc<Shared>, future: Task) {
        let key = self.free.pop().unwrap_or(self.slots.len());
        if key == self.slots.len() {
            self.slots.push(None);
        }
        let waker = TaskWaker::new(Arc::clone(shared), key);
        self.slots[key] = Some(Live { number: self.spawned, future, waker: Arc::clone(&waker) });
        self.spawned += 1;
        self.poll(waker);
    }

    /// Polls the task that `waker` woke, unless it has ended.
    pub(crate) fn poll(&mut self, waker: Arc<TaskWaker>) {
        let key = waker.key;
        let Some(slot) = self.slots.get_mut(key) else { return };
        let Some(live) = slot.as_mut().filter(|live| Arc::ptr_eq(&live.waker, &waker)) else {
            return;
        };
        waker.begin();
        let waker = Waker::from(waker);
        let mut cx = Context::from_waker(&waker);
        let future = live.future.as_mut();
        let is_over = catch_unwind(AssertUnwindSafe(|| future.poll(&mut cx).is_ready()));
        if is_over.unwrap_or(true) {
            let ended = slot.take();
            self.free.push(key);
            ended.into_iter().for_each(end);
        }
    }

    /// Drops all of them, in the order in which they were spawned.
    pub(crate) fn clear(&mut self) {
        let mut all: Vec<_> = self.slots.drain(..).flatten().collect();
        self.free.clear();
        all.sort_unstable_by_key(|live| live.number);
        all.into_iter().for_each(end);
    }
}

fn end(live: Live) {
    live.waker.end();
    discard(live.future);
}

/// Drops a task. What it leaves behind may panic, too.
pub(crate) fn discard(task: Task) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reactor::tests::{run, run_on, waker, yield_now};
    use crate::{Mio, Reactor};
    use blazeio_driver::Runtime;
    use std::future::{pending, poll_fn};
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::SeqCst;
    use std::sync::mpsc::channel;
    use std::task::Poll;
    use std::thread;

    /// What happened, in its order.
    type Log = Arc<Mutex<Vec<usize>>>;

    /// Says its number when it is dropped.
    struct Last(usize, Log);

    impl Drop for Last {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    #[test]
    fn wake_from_another_thread_reaches_a_reactor_that_sleeps() {
        run(async {
            let runtime = Mio::current();
            let woken = Arc::new(AtomicUsize::new(0));
            for turn in 1..=1_000 {
                let (waker, tells) = (waker().await, Arc::clone(&woken));
                let runtime = runtime.clone();
                let other = thread::spawn(move || {
                    // Every other time it is there already, or still on its way: as it comes.
                    if turn % 2 == 0 {
                        runtime.shared().queue.until_asleep();
                    }
                    tells.store(turn, SeqCst);
                    waker.wake();
                });
                let is_woken = || woken.load(SeqCst) == turn;
                poll_fn(|_| if is_woken() { Poll::Ready(()) } else { Poll::Pending }).await;
                other.join().unwrap();
            }
        });
    }

    #[test]
    fn wake_of_a_task_that_waits_already_adds_no_turn() {
        run(async {
            let polls = Arc::new(AtomicUsize::new(0));
            let (counter, waker) = (Arc::clone(&polls), Arc::new(Mutex::new(None)));
            let told = Arc::clone(&waker);
            Mio::current().spawn(Box::pin(poll_fn(move |cx| {
                counter.fetch_add(1, SeqCst);
                *told.lock().unwrap() = Some(cx.waker().clone());
                Poll::Pending
            })));
            yield_now().await;
            let waker = waker.lock().unwrap().take().unwrap();
            for _ in 0..1_000 {
                waker.wake_by_ref();
            }
            yield_now().await;
            yield_now().await;
            assert_eq!(polls.load(SeqCst), 2);
        });
    }

    #[test]
    fn spawn_from_another_thread_and_from_a_task_runs_on_the_reactors_own() {
        run(async {
            let (waker, runtime) = (waker().await, Mio::current());
            let (done, ends) = channel();
            thread::spawn(move || {
                runtime.shared().queue.until_asleep();
                runtime.clone().spawn(Box::pin(async move {
                    runtime.spawn(Box::pin(async move {
                        done.send(thread::current().id()).unwrap();
                        waker.wake();
                    }));
                }));
            });
            let ran_on = poll_fn(|_| ends.try_recv().map_or(Poll::Pending, Poll::Ready)).await;
            assert_eq!(ran_on, thread::current().id());
        });
    }

    #[test]
    fn panic_in_a_task_ends_that_task_alone() {
        let log = Log::default();
        run(async {
            let runtime = Mio::current();
            for number in 0..4 {
                let last = Last(number, Arc::clone(&log));
                runtime.spawn(Box::pin(async move {
                    let _last = last;
                    yield_now().await;
                    assert_ne!(number, 1, "on purpose");
                    yield_now().await;
                }));
            }
            while log.lock().unwrap().len() < 4 {
                yield_now().await;
            }
        });
        assert_eq!(*log.lock().unwrap(), [1, 0, 2, 3]);
    }

    /// Panics when it is dropped.
    struct Bad;

    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    #[test]
    fn panic_in_what_a_task_leaves_behind_takes_no_other_with_it() {
        let log = Log::default();
        let mut reactor = Reactor::new().unwrap();
        let runtime = reactor.handle();
        let spawn = |number: usize, polls: usize| {
            let last = Last(number, Arc::clone(&log));
            runtime.spawn(Box::pin(async move {
                let _held = (last, Bad);
                for _ in 0..polls {
                    yield_now().await;
                }
            }));
        };
        spawn(0, 0);
        spawn(1, usize::MAX);
        run_on(&mut reactor, async {
            yield_now().await;
            yield_now().await;
        });
        assert_eq!(*log.lock().unwrap(), [0]);
        // One that was begun, and one that was not.
        spawn(2, usize::MAX);
        drop(reactor);
        assert_eq!(*log.lock().unwrap(), [0, 1, 2]);
    }

    #[test]
    fn panic_in_what_is_blocked_on_leaves_the_reactor_as_it_was() {
        let mut reactor = Reactor::new().unwrap();
        let (runtime, log) = (reactor.handle(), Log::default());
        let last = Last(0, Arc::clone(&log));
        runtime.spawn(Box::pin(async move {
            let _last = last;
            yield_now().await;
            yield_now().await;
        }));
        let main = async {
            yield_now().await;
            panic!("on purpose");
        };
        let panicked = catch_unwind(AssertUnwindSafe(|| run_on(&mut reactor, main)));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"on purpose"));
        assert!(log.lock().unwrap().is_empty());
        run_on(&mut reactor, async {
            while log.lock().unwrap().is_empty() {
                yield_now().await;
            }
        });
    }

    #[test]
    fn shut_tasks_are_dropped_in_the_order_in_which_they_were_spawned() {
        let (log, mut reactor) = (Log::default(), Reactor::new().unwrap());
        let runtime = reactor.handle();
        let spawn = |number, polls: usize| {
            let last = Last(number, Arc::clone(&log));
            runtime.spawn(Box::pin(async move {
                let _last = last;
                for _ in 0..polls {
                    yield_now().await;
                }
                pending::<()>().await;
            }));
        };
        // The place of one that has ended is taken by a later one, which is dropped as such.
        runtime.spawn(Box::pin(async {}));
        (1..4).for_each(|number| spawn(number, 0));
        run_on(&mut reactor, yield_now());
        (4..6).for_each(|number| spawn(number, 1_000));
        run_on(&mut reactor, yield_now());
        (6..8).for_each(|number| spawn(number, 0));
        drop(reactor);
        assert_eq!(*log.lock().unwrap(), [1, 2, 3, 4, 5, 6, 7]);
        spawn(8, 0);
        assert_eq!(log.lock().unwrap().last(), Some(&8), "there is nobody to run it");
    }

    #[test]
    fn shut_a_task_that_spawns_when_it_is_dropped_spawns_nothing() {
        struct Heir(Mio, Log);
        impl Drop for Heir {
            fn drop(&mut self) {
                assert!(Arc::ptr_eq(Mio::current().shared(), self.0.shared()));
                let last = Last(1, Arc::clone(&self.1));
                self.0.spawn(Box::pin(async move { drop(last) }));
            }
        }
        let (log, mut reactor) = (Log::default(), Reactor::new().unwrap());
        let heir = Heir(reactor.handle(), Arc::clone(&log));
        reactor.handle().spawn(Box::pin(async move {
            let _heir = heir;
            pending::<()>().await;
        }));
        run_on(&mut reactor, yield_now());
        drop(reactor);
        assert_eq!(*log.lock().unwrap(), [1]);
    }
}
