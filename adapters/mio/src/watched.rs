//! A socket that its reactor watches.
//!
//! Decides when the system is asked for a transfer, by its [`Readiness`]: not before it said
//! that the socket is ready, and not again after a transfer that exhausted it. The latter only
//! where readiness is told at its edges (epoll, kqueue).

use crate::shared::Shared;
use blazeio_driver::socket::{self, Direction, Moved, Readiness, SocketTransport, Stream};
use mio::event::Source;
use mio::net::TcpStream;
#[cfg(unix)]
use mio::net::UnixStream;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A TCP socket as a [`Transport`](blazeio_driver::Transport).
pub type TcpTransport = SocketTransport<Watched<TcpStream>>;

/// A Unix stream socket as a [`Transport`](blazeio_driver::Transport).
#[cfg(unix)]
pub type UnixTransport = SocketTransport<Watched<UnixStream>>;

/// Whether an exhausted socket says so by an edge, even if it did not refuse: where mio says it.
#[allow(unexpected_cfgs, reason = "mio's own, set for the whole build")]
const IS_EDGE_TRIGGERED: bool =
    cfg!(all(unix, not(mio_unsupported_force_poll_poll), not(target_os = "hermit")));

/// A socket of mio's, and its readiness. Dropping it closes the socket.
///
/// ```
/// use blazeio_mio::{Reactor, TcpTransport};
///
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let address = listener.local_addr()?;
/// let mut reactor = Reactor::new()?;
/// let stream = mio::net::TcpStream::connect(address)?;
/// let transport = TcpTransport::new(reactor.handle().watch(stream)?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Watched<S: Source> {
    source: S,
    key: usize,
    readiness: Arc<Readiness>,
    shared: Arc<Shared>,
}

impl<S: Source> Watched<S> {
    pub(crate) fn new(mut source: S, shared: Arc<Shared>) -> io::Result<Self> {
        let (key, readiness) = shared.sources.insert()?;
        if let Err(error) = shared.watch(&mut source, key) {
            shared.sources.remove(key);
            return Err(error);
        }
        Ok(Self { source, key, readiness, shared })
    }

    pub(crate) fn get(&self) -> &S {
        &self.source
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Calls `transfer` once the socket is ready for it in `direction`.
    ///
    /// # Errors
    /// `transfer`'s, but for `WouldBlock`; the reactor has ended.
    pub(crate) fn poll_transfer<T>(
        &self,
        cx: &Context<'_>,
        direction: Direction,
        mut transfer: impl FnMut(&S) -> io::Result<Moved<T>>,
    ) -> Poll<io::Result<T>> {
        self.readiness.poll(cx, direction, || {
            let Moved { what, is_exhausted } = transfer(&self.source)?;
            Ok(Moved { what, is_exhausted: is_exhausted && IS_EDGE_TRIGGERED })
        })
    }
}

impl<S: Source + Stream> socket::Watched for Watched<S> {
    type Stream = S;

    fn stream(&self) -> &S {
        &self.source
    }

    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        transfer: impl FnMut(&S) -> io::Result<Moved<T>>,
    ) -> Poll<io::Result<T>> {
        self.poll_transfer(cx, direction, transfer)
    }

    fn forget_loss(&self) {
        self.readiness.forget(Direction::Loss);
    }
}

impl<S: Source + fmt::Debug> fmt::Debug for Watched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.source).finish()
    }
}

impl<S: Source> Drop for Watched<S> {
    fn drop(&mut self) {
        self.shared.forget(&mut self.source);
        self.shared.sources.remove(self.key);
    }
}
