//! The reactor: one thread that waits for the system, and polls the tasks that may go on.
//!
//! Decides whose turn it is. Tasks run in the order in which they were woken; after a number of
//! polls the system is asked for events and the clock for timers, also while tasks are ready:
//! so neither waits for the other for long. It sleeps only if nothing is ready, until the
//! earliest timer.
//!
//! ```text
//!   ┌──────────────────────────────────────────────────────────────┐
//!   ▼                                                              │
//! poll up to 64 tasks ─► sleep, or only look, for events ─► tell them ─► timers that are due
//! ```

use crate::queue::Entry;
use crate::runtime::Mio;
use crate::shared::Shared;
use crate::task::{TaskWaker, Tasks, discard};
use mio::event::Events;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// So many tasks are polled before the system is asked again.
const BATCH: usize = 64;

/// So many events are taken from the system at once.
const EVENTS: usize = 1024;

/// Nobody sleeps longer than this without a look at the clock, in microseconds.
const LONGEST: u64 = 24 * 3600 * 1_000_000;

/// A reactor, with all tasks that were spawned on it.
///
/// ```
/// use blazeio_driver::Runtime;
/// use blazeio_mio::{Mio, Reactor};
/// use std::future::poll_fn;
///
/// let mut reactor = Reactor::new()?;
/// reactor.block_on(async {
///     let runtime = Mio::current();
///     let at = runtime.now() + 1_000;
///     let mut timer = runtime.timer();
///     poll_fn(|cx| timer.poll(cx, at)).await;
///     assert!(runtime.now() >= at);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Tasks run while something is [blocked on](Self::block_on), and at no other time. Dropping the
/// reactor drops those that have not ended, in the order in which they were spawned, and so closes
/// their connections.
pub struct Reactor {
    poll: mio::Poll,
    events: Events,
    shared: Arc<Shared>,
    tasks: Tasks,
    /// Taken from the queue, and not run yet.
    ready: VecDeque<Entry>,
    woken: Vec<Waker>,
}

impl Reactor {
    /// A reactor without tasks.
    ///
    /// # Errors
    /// The system has no descriptors left.
    pub fn new() -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        Ok(Self {
            shared: Arc::new(Shared::new(&poll)?),
            poll,
            events: Events::with_capacity(EVENTS),
            tasks: Tasks::default(),
            ready: VecDeque::new(),
            woken: Vec::new(),
        })
    }

    /// A handle, for any thread.
    #[must_use]
    pub fn handle(&self) -> Mio {
        Mio::new(Arc::clone(&self.shared))
    }

    /// Runs `future` to its end, and tasks meanwhile. Tasks that have not ended then go on in
    /// the next call.
    ///
    /// # Panics
    /// When `future` does; tasks that panic end alone. When the system cannot wait for events,
    /// which is a bug.
    pub fn block_on<F: Future>(&mut self, future: F) -> F::Output {
        let _entered = self.handle().enter();
        let main = TaskWaker::main(Arc::clone(&self.shared));
        let waker = Waker::from(Arc::clone(&main));
        let (mut future, mut cx) = (pin!(future), Context::from_waker(&waker));
        waker.wake_by_ref();
        loop {
            for _ in 0..BATCH {
                match self.next() {
                    Some(Entry::Spawned(task)) => self.tasks.spawn(&self.shared, task),
                    Some(Entry::Woken(woken)) if Arc::ptr_eq(&woken, &main) => {
                        main.begin();
                        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                            return output;
                        }
                    }
                    Some(Entry::Woken(woken)) => self.tasks.poll(woken),
                    None => break,
                }
            }
            self.wait();
        }
    }

    /// What is to be run next.
    fn next(&mut self) -> Option<Entry> {
        if self.ready.is_empty() {
            self.shared.queue.take(&mut self.ready);
        }
        self.ready.pop_front()
    }

    /// Takes events, waits for one if nothing is ready, and tells of them, and of timers that
    /// are due.
    fn wait(&mut self) {
        let shared = &*self.shared;
        let may_sleep = self.ready.is_empty() && shared.queue.sleep();
        let timeout = if may_sleep { self.until_first() } else { Some(Duration::ZERO) };
        let polled = self.poll.poll(&mut self.events, timeout);
        shared.queue.awake();
        match polled {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                panic!("the system cannot wait for events: {error}");
            }
            // What an interrupted call leaves there is told already.
            Err(_) => self.events.clear(),
            Ok(()) => {}
        }
        shared.tell(&self.events, &mut self.woken);
        if shared.timers.first().is_some() {
            shared.timers.due(shared.now(), &mut self.woken);
        }
        self.woken.drain(..).for_each(Waker::wake);
    }

    /// How long to sleep at most.
    fn until_first(&self) -> Option<Duration> {
        let first = self.shared.timers.first()?;
        let wait = first.saturating_sub(self.shared.now());
        Some(Duration::from_micros(wait.min(LONGEST)))
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").finish_non_exhaustive()
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        let _entered = self.handle().enter();
        // From here on whatever is spawned is dropped at once.
        self.ready.extend(self.shared.queue.end());
        self.tasks.clear();
        for entry in self.ready.drain(..) {
            if let Entry::Spawned(task) = entry {
                discard(task);
            }
        }
        self.shared.pool.end();
        self.shared.timers.end(&mut self.woken);
        self.shared.sources.end(&mut self.woken);
        self.woken.drain(..).for_each(Waker::wake);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use blazeio_driver::{ListenOptions, Runtime, Transport, bind};
    use std::cell::RefCell;
    use std::future::poll_fn;
    use std::panic::catch_unwind;
    use std::rc::Rc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    /// Microseconds that nothing here takes, unless it hangs.
    const FOREVER: u64 = 60_000_000;

    /// Runs `story` on a reactor of its own.
    pub(crate) fn run<F: Future>(story: F) -> F::Output {
        run_on(&mut Reactor::new().unwrap(), story)
    }

    /// Runs `story` on `reactor`.
    pub(crate) fn run_on<F: Future>(reactor: &mut Reactor, story: F) -> F::Output {
        let runtime = reactor.handle();
        let (mut timer, end) = (runtime.timer(), runtime.now() + FOREVER);
        let mut story = pin!(story);
        reactor.block_on(poll_fn(|cx| {
            assert!(timer.poll(cx, end).is_pending(), "hangs");
            story.as_mut().poll(cx)
        }))
    }

    /// Lets everybody else have a turn.
    pub(crate) async fn yield_now() {
        let mut is_over = false;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut is_over, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// What wakes the task that asks.
    pub(crate) async fn waker() -> Waker {
        poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
    }

    #[test]
    fn the_current_reactor_is_the_innermost_and_there_is_none_outside() {
        let is_none = || catch_unwind(Mio::current).is_err();
        assert!(is_none());
        run(async {
            let outer = Arc::as_ptr(Mio::current().shared());
            let inner = run(async { Arc::as_ptr(Mio::current().shared()) });
            assert_ne!(inner, outer);
            assert_eq!(Arc::as_ptr(Mio::current().shared()), outer);
        });
        assert!(is_none());
    }

    /// What is blocked on need not be `Send`, nor live for ever.
    #[test]
    fn what_is_blocked_on_may_borrow() {
        let log = Rc::new(RefCell::new(Vec::new()));
        let text = "a text of this function".to_owned();
        run(async {
            log.borrow_mut().push(text.as_str());
            yield_now().await;
        });
        assert_eq!(log.borrow().len(), 1);
    }

    /// A socket of the runtime whose peer has closed: reading it is always ready.
    async fn ended() -> Box<dyn Transport> {
        let runtime = Mio::current();
        let bound = bind(&"127.0.0.1:0".parse().unwrap(), &ListenOptions::DEFAULT).unwrap();
        let mut listener = runtime.adopt(bound).unwrap();
        let near = runtime.connect(&listener.local_address().unwrap()).await.unwrap();
        drop(poll_fn(|cx| listener.poll_accept(cx)).await.unwrap());
        near
    }

    #[test]
    fn io_a_socket_that_is_always_ready_leaves_a_turn_to_others() {
        run(async {
            let mut near = ended().await;
            Mio::current().spawn(Box::pin(async move {
                for _ in 0..10_000_000 {
                    assert_eq!(poll_fn(|cx| near.poll_read(cx, &mut [0; 8])).await.unwrap(), 0);
                }
                panic!("nobody else had a turn");
            }));
            yield_now().await;
            let (runtime, at) = (Mio::current(), Mio::current().now() + 1_000);
            let mut timer = runtime.timer();
            poll_fn(|cx| timer.poll(cx, at)).await;
        });
    }

    #[test]
    fn io_tasks_that_are_always_ready_starve_neither_sockets_nor_timers() {
        run(async {
            let turns = Arc::new(AtomicUsize::new(0));
            for _ in 0..100 {
                let turns = Arc::clone(&turns);
                Mio::current().spawn(Box::pin(async move {
                    while turns.fetch_add(1, SeqCst) < 100_000_000 {
                        yield_now().await;
                    }
                    panic!("nobody else had a turn");
                }));
            }
            for _ in 0..10 {
                drop(ended().await);
                let (runtime, at) = (Mio::current(), Mio::current().now() + 1_000);
                let mut timer = runtime.timer();
                let before = turns.load(SeqCst);
                poll_fn(|cx| timer.poll(cx, at)).await;
                assert!(turns.load(SeqCst) > before, "they had their turns, too");
            }
        });
    }
}
