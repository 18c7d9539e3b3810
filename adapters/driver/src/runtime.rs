//! What a connection needs of its runtime: a clock, timers, tasks, sockets.
//!
//! Decides nothing. A [`Runtime`] is used as `Arc<dyn Runtime>`: it travels with every
//! exchange, so that a handler can spawn, sleep and connect without knowing which it is.
//! Listening needs no function here that binds: [`bind`](crate::bind) makes std listeners
//! with every option set, and the runtime only adopts them.

use crate::address::Address;
use crate::listener::Listener;
use crate::transport::Transport;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that a [`Runtime`] can run, on whichever thread.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A future with a result, from a [`Runtime`].
pub type Wait<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// The runtime that connections live on.
pub trait Runtime: Send + Sync + 'static {
    /// Monotonic microseconds from any origin, the same one for all connections. Asked several
    /// times for each read and write: it should cost no more than the system's clock does.
    fn now(&self) -> u64;

    /// A timer that is not armed.
    fn timer(&self) -> Box<dyn Timer>;

    /// Runs `task` to its end. A task that is dropped before, as at the end of the runtime, is
    /// a connection that is closed, or a listener that nobody accepts from any more.
    fn spawn(&self, task: Task);

    /// Runs `work` where it may block. The driver itself has none: it is for handlers.
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>);

    /// The addresses of `host`, a name or an IP address without brackets, each with `port`, in
    /// the order they are to be tried.
    ///
    /// # Errors
    /// Of the future: no answer, or no such name. No addresses at all is no error here.
    fn resolve(&self, host: &str, port: u16) -> Wait<Vec<SocketAddr>>;

    /// A connection to `address`. It has no deadline but the system's; dropping the future
    /// gives it up.
    ///
    /// # Errors
    /// Of the future: the system's; `InvalidInput` for an address without a place,
    /// `Unsupported` for a kind of socket that is not there.
    fn connect(&self, address: &Address) -> Wait<Box<dyn Transport>>;

    /// Listens by `listener`, which is in non-blocking mode.
    ///
    /// # Errors
    /// The runtime cannot watch this socket.
    fn adopt(&self, listener: BoundListener) -> io::Result<Box<dyn Listener>>;
}

/// A listening socket that no runtime watches yet.
#[derive(Debug)]
#[non_exhaustive]
pub enum BoundListener {
    /// TCP.
    Tcp(std::net::TcpListener),
    /// A Unix stream socket.
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

/// One timer, used again and again, by one task at a time.
pub trait Timer: Send + 'static {
    /// Ready once it is `at`, in [`Runtime::now`]'s microseconds; else wakes then, or earlier:
    /// who is woken polls again. Ready again and again while it is `at` or later. `at` may be
    /// another in each call, later or earlier.
    ///
    /// Deadlines mostly move away from now, so an implementation does best to re-arm only
    /// when `at` moves closer, or when it fires too early. `u64::MAX` never comes.
    fn poll(&mut self, cx: &mut Context<'_>, at: u64) -> Poll<()>;
}
