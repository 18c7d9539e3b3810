//! What a reactor shares with its handles, sockets, timers and wakers, on any thread.
//!
//! Decides what an event of the system means. Each part has a lock of its own, and none is held
//! while a waker is woken or dropped: that may run anything.

use crate::pool::Pool;
use crate::queue::Queue;
use crate::timers::Timers;
use blazeio_driver::socket::{Direction, Ready, Sources};
use mio::event::{Event, Events, Source};
use mio::{Interest, Registry, Token};
use std::io;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

/// Of the waker of the reactor itself: no socket has this number.
const BELL: Token = Token(usize::MAX);

/// The shared part of a reactor.
pub(crate) struct Shared {
    birth: Instant,
    registry: Registry,
    pub(crate) queue: Queue,
    pub(crate) sources: Sources,
    pub(crate) timers: Timers,
    pub(crate) pool: Arc<Pool>,
}

impl Shared {
    /// For the reactor of `poll`.
    ///
    /// # Errors
    /// The system has no descriptors left.
    pub(crate) fn new(poll: &mio::Poll) -> io::Result<Self> {
        let registry = poll.registry().try_clone()?;
        Ok(Self {
            birth: Instant::now(),
            queue: Queue::new(mio::Waker::new(&registry, BELL)?),
            registry,
            sources: Sources::default(),
            timers: Timers::default(),
            pool: Arc::default(),
        })
    }

    /// Microseconds since the reactor was made.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.birth.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Watches `source`, which has the number `key`, in both directions: once for all.
    ///
    /// # Errors
    /// The system cannot watch it.
    pub(crate) fn watch(&self, source: &mut impl Source, key: usize) -> io::Result<()> {
        self.registry.register(source, Token(key), Interest::READABLE | Interest::WRITABLE)
    }

    /// Watches `source` no longer.
    pub(crate) fn forget(&self, source: &mut impl Source) {
        // One that the system does not know any more is not watched either.
        let _ = self.registry.deregister(source);
    }

    /// Tells `events`, and adds whoever waited for them to `woken`.
    pub(crate) fn tell(&self, events: &Events, woken: &mut Vec<Waker>) {
        let of_sockets = events.iter().filter(|event| event.token() != BELL);
        self.sources.tell(of_sockets.map(|event| (event.token().0, ready(event))), woken);
    }
}

/// What `event` says. An error is found by whatever is tried next.
fn ready(event: &Event) -> Ready {
    let is_error = event.is_error();
    Ready::NONE
        .and(Direction::Read, event.is_readable() || is_error)
        .and(Direction::Write, event.is_writable() || is_error)
        .and(Direction::Loss, is_error)
        .and_end(Direction::Read, event.is_read_closed())
        .and_end(Direction::Write, event.is_write_closed())
}
