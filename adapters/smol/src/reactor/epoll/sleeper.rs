//! A thread that runs one future, and sleeps when that waits.
//!
//! Decides where: in the epoll, if nobody else does, or beside it. Whoever is woken fetches events
//! before it sleeps again, also when it never has to: so tasks that are always ready starve no
//! socket. A thread that sleeps in the epoll is woken by the bell, and one beside it by itself.
//! Whoever leaves the epoll may be busy for long, and wakes one that sleeps beside it, if there is
//! any: so a future that computes or blocks holds up no socket while a thread is idle.
//!
//! ```text
//!          poll               not woken meanwhile
//! AWAKE ─────────► AWAKE ──┬──────────────────────► POLLING  nobody is in the epoll
//!   ▲                      ├──────────────────────► PARKED   another is
//!   │                      └─ woken ─► only looks for events
//!   ├──────────── woken, or events ─────────────────────┘
//!   └──────────── PARKED, and whoever was in the epoll has left it
//! ```

use super::{Reactor, Turn};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Of the bell: no socket has this number.
const BELL: u64 = u64::MAX;

/// What wakes a thread that sleeps in `epoll`.
pub(super) fn bell(epoll: &OwnedFd) -> io::Result<OwnedFd> {
    let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    epoll::add(epoll, &bell, EventData::new_u64(BELL), EventFlags::IN | EventFlags::ET)?;
    Ok(bell)
}

const AWAKE: u8 = 0;
/// It was woken since it polled its future last.
const WOKEN: u8 = 1;
/// It sleeps in the epoll, or is about to.
const POLLING: u8 = 2;
/// It sleeps beside it, or is about to.
const PARKED: u8 = 3;

/// The threads that sleep beside the epoll, or are about to.
#[derive(Default)]
pub(super) struct Parked(Mutex<Vec<Arc<Sleeper>>>);

impl Parked {
    fn with<T>(&self, act: impl FnOnce(&mut Vec<Arc<Sleeper>>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Wakes one of them, to wait in the epoll.
    fn wake_one(&self) {
        while let Some(sleeper) = self.with(Vec::pop) {
            if sleeper.state.compare_exchange(PARKED, AWAKE, SeqCst, SeqCst).is_ok() {
                sleeper.thread.unpark();
                return;
            }
            // It was woken for something else, which may take it long.
        }
    }
}

pub(super) struct Sleeper {
    state: AtomicU8,
    thread: Thread,
    reactor: Arc<Reactor>,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match self.state.swap(WOKEN, SeqCst) {
            POLLING => self.reactor.ring(),
            PARKED => self.thread.unpark(),
            _ => {}
        }
    }
}

impl Sleeper {
    /// Goes to sleep as `state` has it, unless it was woken.
    fn rests(&self, state: u8) -> bool {
        self.state.compare_exchange(AWAKE, state, SeqCst, SeqCst).is_ok()
    }

    /// Sleeps until it is to look again, and tells of events.
    fn wait(self: &Arc<Self>, woken: &mut Vec<Waker>) {
        if let Some(turn) = self.reactor.turn() {
            self.wait_in_epoll(turn, woken);
        } else if self.rests(PARKED) {
            self.wait_beside_it(woken);
        }
    }

    fn wait_in_epoll(&self, mut turn: Turn<'_>, woken: &mut Vec<Waker>) {
        turn.fetch(self.rests(POLLING));
        // A wake from here on needs no bell.
        let _ = self.state.compare_exchange(POLLING, AWAKE, SeqCst, SeqCst);
        turn.tell(woken);
        // Those who were told may have woken one already.
        self.reactor.parked.wake_one();
    }

    fn wait_beside_it(self: &Arc<Self>, woken: &mut Vec<Waker>) {
        let parked = &self.reactor.parked;
        parked.with(|parked| parked.push(Arc::clone(self)));
        // Whoever leaves the epoll from here on finds this one; who left it before has let go of
        // the turn.
        if let Some(turn) = self.reactor.turn() {
            let _ = self.state.compare_exchange(PARKED, AWAKE, SeqCst, SeqCst);
            parked.with(|parked| parked.retain(|other| !Arc::ptr_eq(other, self)));
            return self.wait_in_epoll(turn, woken);
        }
        while self.state.load(SeqCst) == PARKED {
            thread::park();
        }
        parked.with(|parked| parked.retain(|other| !Arc::ptr_eq(other, self)));
    }
}

impl Reactor {
    /// Wakes whoever sleeps in it.
    pub(super) fn ring(&self) {
        // It fails after 2^64 rings.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    /// Runs `future` to its end on this thread, and fetches events meanwhile. Several threads may.
    pub(crate) fn block_on<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        let sleeper = Arc::new(Sleeper {
            state: AtomicU8::new(AWAKE),
            thread: thread::current(),
            reactor: Arc::clone(self),
        });
        let waker = Waker::from(Arc::clone(&sleeper));
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(future);
        let mut woken = Vec::new();
        loop {
            sleeper.state.store(AWAKE, SeqCst);
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            sleeper.wait(&mut woken);
        }
    }
}
