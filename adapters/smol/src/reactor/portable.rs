//! Sockets that async-io watches.
//!
//! Decides when the system is asked: at once, and again once async-io says that the socket is
//! ready. A loss cannot be waited for alone: it is heard of by reading and writing.

use super::Pollable;
use async_io::Async;
use blazeio_driver::Task;
use blazeio_driver::socket::{Direction, Moved};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// async-io's, which is there for all.
pub(crate) struct Reactor;

impl Reactor {
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self))
    }

    /// It has a thread of its own.
    pub(crate) fn task(self: &Arc<Self>) -> io::Result<Option<Task>> {
        Ok(None)
    }

    #[cfg(feature = "run")]
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        async_io::block_on(future)
    }

    #[cfg(feature = "run")]
    pub(crate) fn end(&self) {}
}

/// A socket that its runtime watches. Dropping it closes the socket.
pub struct Watched<S: Pollable>(Async<S>);

impl<S: Pollable> Watched<S> {
    pub(crate) fn new(source: S, _: &Arc<Reactor>) -> io::Result<Self> {
        Async::new(source).map(Self)
    }

    /// The socket.
    pub fn get(&self) -> &S {
        self.0.get_ref()
    }

    pub(crate) fn poll_transfer<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut transfer: impl FnMut(&S) -> io::Result<Moved<T>>,
    ) -> Poll<io::Result<T>> {
        if direction == Direction::Loss {
            return Poll::Pending;
        }
        loop {
            match transfer(self.get()) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                moved => return Poll::Ready(moved.map(|moved| moved.what)),
            }
            match direction {
                Direction::Read => ready!(self.0.poll_readable(cx))?,
                _ => ready!(self.0.poll_writable(cx))?,
            }
        }
    }

    pub(super) fn forget_loss(&self) {}
}
