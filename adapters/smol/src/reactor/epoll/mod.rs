//! An epoll of a runtime's own.
//!
//! Decides what is asked of it: every socket is entered once, in both directions, to be told of at
//! its edges; so a wait costs no call of its own, and errors come unasked. Who fetches events is
//! decided elsewhere: threads of [`block_on`](Reactor::block_on), which sleep in it, or a
//! [task](Reactor::task) of another executor, which async-io wakes when there are any. Refuses to
//! let two fetch at once: each event is told to whoever waited before the next ones are fetched.
//!
//! ```text
//!   sockets ── edges ──► epoll ──► block_on: sleeps in epoll_wait
//!                          └─────► task: sleeps in async-io's, which watches this epoll
//! ```

#[cfg(feature = "run")]
mod sleeper;

use super::Pollable;
use async_io::Async;
use blazeio_driver::Task;
use blazeio_driver::socket::{Direction, Moved, Readiness, Ready, Sources};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, ioctl_fionbio};
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::task::{Context, Poll, Waker};

/// So many events are fetched at once.
const EVENTS: usize = 256;

/// Watches sockets.
pub(crate) struct Reactor {
    epoll: Arc<OwnedFd>,
    /// Rings, without an end: each ring is an edge, so nobody takes it away.
    #[cfg(feature = "run")]
    bell: OwnedFd,
    #[cfg(feature = "run")]
    parked: sleeper::Parked,
    sources: Sources,
    /// Held by whoever fetches events.
    events: Mutex<Vec<(usize, Ready)>>,
    /// The task that drives it, to hear of its end.
    task: Mutex<Option<Waker>>,
}

impl Reactor {
    /// # Errors
    /// No descriptors are left.
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        let epoll = Arc::new(epoll::create(CreateFlags::CLOEXEC)?);
        Ok(Arc::new(Self {
            #[cfg(feature = "run")]
            bell: sleeper::bell(&epoll)?,
            #[cfg(feature = "run")]
            parked: sleeper::Parked::default(),
            epoll,
            sources: Sources::default(),
            events: Mutex::new(Vec::with_capacity(EVENTS)),
            task: Mutex::default(),
        }))
    }

    /// A task that drives it on any executor, as long as there is a reactor.
    ///
    /// # Errors
    /// async-io cannot watch it.
    pub(crate) fn task(self: &Arc<Self>) -> io::Result<Option<Task>> {
        let epoll = Async::new_nonblocking(Arc::clone(&self.epoll))?;
        let driven = Driven(Arc::downgrade(self));
        Ok(Some(Box::pin(async move { poll_fn(|cx| driven.poll(cx, &epoll)).await })))
    }

    /// The right to fetch events, unless another has it.
    fn turn(&self) -> Option<Turn<'_>> {
        match self.events.try_lock() {
            Ok(events) => Some(Turn { reactor: self, events }),
            Err(TryLockError::Poisoned(poisoned)) => {
                Some(Turn { reactor: self, events: poisoned.into_inner() })
            }
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Nobody drives it any more: whoever waits for a socket hears of that.
    pub(crate) fn end(&self) {
        let mut woken = Vec::new();
        self.sources.end(&mut woken);
        woken.into_iter().for_each(Waker::wake);
    }

    fn task_waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        let task = self.task_waker().take();
        task.into_iter().for_each(Waker::wake);
    }
}

/// Events, to be fetched by one at a time.
struct Turn<'a> {
    reactor: &'a Reactor,
    events: MutexGuard<'a, Vec<(usize, Ready)>>,
}

impl Turn<'_> {
    /// Takes events, as many as there are, and sleeps until there are any if it may.
    fn fetch(&mut self, may_sleep: bool) {
        let mut room = [const { MaybeUninit::<Event>::uninit() }; EVENTS];
        let timeout = if may_sleep { None } else { Some(&Timespec { tv_sec: 0, tv_nsec: 0 }) };
        let epoll = &self.reactor.epoll;
        let fetched = match epoll::wait(epoll, &mut room, timeout) {
            Ok((fetched, _)) => &*fetched,
            Err(Errno::INTR) => &[],
            Err(error) => panic!("the system cannot wait for events: {error}"),
        };
        self.events.extend(fetched.iter().map(|event| {
            let key = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            (key, ready(event.flags))
        }));
    }

    /// Tells of them, and wakes whoever waited, by way of `woken`, which is empty.
    fn tell(mut self, woken: &mut Vec<Waker>) {
        self.reactor.sources.tell(self.events.drain(..), woken);
        // Another may sleep in it meanwhile.
        drop(self);
        woken.drain(..).for_each(Waker::wake);
    }
}

fn ready(flags: EventFlags) -> Ready {
    let is = |of| flags.intersects(of);
    let both = EventFlags::HUP | EventFlags::ERR;
    Ready::NONE
        .and(Direction::Read, is(EventFlags::IN | EventFlags::RDHUP | both))
        .and(Direction::Write, is(EventFlags::OUT | both))
        .and(Direction::Loss, is(EventFlags::ERR))
        .and_end(Direction::Read, is(EventFlags::RDHUP | both))
        .and_end(Direction::Write, is(both))
}

/// A reactor that a task drives.
struct Driven(Weak<Reactor>);

impl Driven {
    fn poll(&self, cx: &mut Context<'_>, epoll: &Async<Arc<OwnedFd>>) -> Poll<()> {
        loop {
            let Some(reactor) = self.0.upgrade() else { return Poll::Ready(()) };
            let before = reactor.task_waker().replace(cx.waker().clone());
            drop(before);
            match epoll.poll_readable(cx) {
                Poll::Pending => return Poll::Pending,
                // async-io has lost it: whoever waits is told, below.
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => {}
            }
            if let Some(mut turn) = reactor.turn() {
                turn.fetch(false);
                turn.tell(&mut Vec::new());
            }
        }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        if let Some(reactor) = self.0.upgrade() {
            reactor.end();
        }
    }
}

/// A socket that its runtime watches. Dropping it closes the socket.
pub struct Watched<S: Pollable> {
    source: S,
    key: usize,
    readiness: Arc<Readiness>,
    reactor: Arc<Reactor>,
}

impl<S: Pollable> Watched<S> {
    pub(crate) fn new(source: S, reactor: &Arc<Reactor>) -> io::Result<Self> {
        ioctl_fionbio(&source, true)?;
        let (key, readiness) = reactor.sources.insert()?;
        let data = EventData::new_u64(key as u64);
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        if let Err(error) = epoll::add(&reactor.epoll, &source, data, flags) {
            reactor.sources.remove(key);
            return Err(error.into());
        }
        Ok(Self { source, key, readiness, reactor: Arc::clone(reactor) })
    }

    /// The socket.
    pub fn get(&self) -> &S {
        &self.source
    }

    pub(crate) fn poll_transfer<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut transfer: impl FnMut(&S) -> io::Result<Moved<T>>,
    ) -> Poll<io::Result<T>> {
        self.readiness.poll(cx, direction, || transfer(&self.source))
    }

    pub(super) fn forget_loss(&self) {
        self.readiness.forget(Direction::Loss);
    }
}

impl<S: Pollable> Drop for Watched<S> {
    fn drop(&mut self) {
        // One that the system does not know any more is not watched either.
        let _ = epoll::delete(&self.reactor.epoll, &self.source);
        self.reactor.sources.remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Smol;
    use async_executor::Executor;
    use futures_lite::future::{block_on, yield_now};
    use std::net::{TcpListener, TcpStream};

    /// A listener that nobody connects to, watched by `runtime`.
    fn listener(runtime: &Smol) -> Watched<TcpListener> {
        runtime.watch(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap()
    }

    async fn accept(listener: &Watched<TcpListener>) -> io::Result<TcpStream> {
        poll_fn(|cx| {
            listener.poll_transfer(cx, Direction::Read, |listener| {
                Ok(Moved { what: listener.accept()?.0, is_exhausted: false })
            })
        })
        .await
    }

    /// The task that drives it keeps no runtime, and no runtime keeps that.
    #[test]
    fn shut_a_runtime_that_is_dropped_ends_its_task() {
        let executor = Arc::new(Executor::new());
        let runtime = Smol::on(&executor).unwrap();
        let listener = listener(&runtime);
        block_on(executor.run(yield_now()));
        drop(runtime);
        block_on(executor.run(yield_now()));
        assert!(!executor.is_empty(), "the socket is still watched");
        drop(listener);
        block_on(executor.run(async {
            while !executor.is_empty() {
                yield_now().await;
            }
        }));
    }

    #[test]
    fn shut_who_waits_for_a_socket_hears_of_the_executors_end() {
        for is_run in [false, true] {
            let executor = Arc::new(Executor::new());
            let runtime = Smol::on(&executor).unwrap();
            let listener = listener(&runtime);
            if is_run {
                block_on(executor.run(yield_now()));
            }
            drop(executor);
            assert!(block_on(accept(&listener)).is_err());
            let other = TcpListener::bind("127.0.0.1:0").unwrap();
            assert!(runtime.watch(other).is_err(), "nobody would drive it");
        }
    }

    #[cfg(feature = "run")]
    #[test]
    fn shut_a_socket_that_outlives_its_runtime_says_so() {
        use blazeio_driver::{Standalone, Threads};
        let listener = Smol::run(Threads::One, || async { listener(&Smol::current()) }).unwrap();
        let error = block_on(accept(&listener)).unwrap_err();
        assert_eq!(error.to_string(), "the reactor of this socket has ended");
    }

    /// One socket is closed, and its number is another's, while events are told.
    #[test]
    fn io_no_socket_hears_of_another_by_a_duplicate_of_its_descriptor() {
        let reactor = Reactor::new().unwrap();
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, duplicate) = (first.local_addr().unwrap(), first.try_clone().unwrap());
        let first = Watched::new(first, &reactor).unwrap();
        drop(first);
        reactor.turn().unwrap().tell(&mut Vec::new());
        let second = Watched::new(TcpListener::bind("127.0.0.1:0").unwrap(), &reactor).unwrap();
        assert_eq!(second.key, 0);
        let _stream = TcpStream::connect(address).unwrap();
        duplicate.set_nonblocking(false).unwrap();
        duplicate.accept().unwrap();
        let mut turn = reactor.turn().unwrap();
        turn.fetch(false);
        assert_eq!(turn.events.len(), 0);
    }

    #[cfg(feature = "run")]
    #[test]
    fn wake_the_bell_is_heard_each_time_though_nobody_answers_it() {
        let reactor = Reactor::new().unwrap();
        for _ in 0..3 {
            reactor.ring();
            let mut turn = reactor.turn().unwrap();
            turn.fetch(true);
            turn.tell(&mut Vec::new());
            let mut turn = reactor.turn().unwrap();
            turn.fetch(false);
            assert_eq!(turn.events.len(), 0, "one ring, one event");
        }
    }
}
