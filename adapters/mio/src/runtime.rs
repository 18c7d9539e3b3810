//! A reactor as the runtime of connections: its handle.
//!
//! Decides nothing. All of it works from any thread; tasks run on the reactor's alone.

use crate::connect::{connect, resolve};
use crate::listener::Acceptor;
use crate::queue::Entry;
use crate::shared::Shared;
use crate::sleep::Alarm;
use crate::watched::Watched;
use blazeio_driver::{
    Address, Ambient, BoundListener, Connector, LazyTimer, Listener, Runtime, Task, Timer,
    Transport, Wait,
};
use mio::event::Source;
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

thread_local! {
    static CURRENT: RefCell<Option<Mio>> = const { RefCell::new(None) };
}

/// A handle to a [`Reactor`](crate::Reactor): what the driver needs of it. Cheap to clone, for
/// any thread.
///
/// It keeps no reactor alive. Once that has ended, tasks are dropped at once, sockets are
/// errors, and timers never end.
#[derive(Clone)]
pub struct Mio(Arc<Shared>);

impl Mio {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// The reactor whose [`block_on`](crate::Reactor::block_on) this is called in.
    ///
    /// # Panics
    /// Outside of a reactor.
    #[must_use]
    #[track_caller]
    pub fn current() -> Self {
        let current = CURRENT.with_borrow(Clone::clone);
        current.expect("there is no reactor here: call it within `Reactor::block_on`")
    }

    /// Lets the reactor watch `source`, a socket of mio's that is registered nowhere.
    ///
    /// # Errors
    /// The system cannot watch it; the reactor has ended.
    pub fn watch<S: Source>(&self, source: S) -> io::Result<Watched<S>> {
        Watched::new(source, Arc::clone(&self.0))
    }

    /// What it leads to.
    #[cfg(test)]
    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    /// Makes it the current one until what is returned is dropped.
    pub(crate) fn enter(&self) -> Entered {
        Entered(CURRENT.replace(Some(self.clone())))
    }
}

/// The reactor that was current before.
pub(crate) struct Entered(Option<Mio>);

impl Drop for Entered {
    fn drop(&mut self) {
        let inner = CURRENT.replace(self.0.take());
        drop(inner);
    }
}

impl fmt::Debug for Mio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mio").finish_non_exhaustive()
    }
}

/// A client's connector on the reactor that this is called in.
///
/// # Panics
/// Outside of a reactor.
#[must_use]
#[track_caller]
pub fn connector() -> Connector {
    Connector::new(Arc::new(Mio::current()))
}

impl Runtime for Mio {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(LazyTimer::new(Alarm::new(Arc::clone(&self.0))))
    }

    fn spawn(&self, task: Task) {
        self.0.queue.push(Entry::Spawned(task));
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.0.pool.run(work);
    }

    fn resolve(&self, host: &str, port: u16) -> Wait<Vec<SocketAddr>> {
        Box::pin(resolve(host.to_owned(), port, Arc::clone(&self.0)))
    }

    fn connect(&self, address: &Address) -> Wait<Box<dyn Transport>> {
        Box::pin(connect(address.clone(), Arc::clone(&self.0)))
    }

    fn adopt(&self, listener: BoundListener) -> io::Result<Box<dyn Listener>> {
        let shared = Arc::clone(&self.0);
        match listener {
            BoundListener::Tcp(listener) => {
                // One that was not made by `bind` may block, and then all would wait for it.
                listener.set_nonblocking(true)?;
                let listener = mio::net::TcpListener::from_std(listener);
                Ok(Box::new(Acceptor(Watched::new(listener, shared)?)))
            }
            #[cfg(unix)]
            BoundListener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                let listener = mio::net::UnixListener::from_std(listener);
                Ok(Box::new(Acceptor(Watched::new(listener, shared)?)))
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl Ambient for Mio {
    fn current() -> Self {
        Self::current()
    }
}
