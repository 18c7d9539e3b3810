//! Listening sockets.
//!
//! Decides what an accepted connection is like: TCP_NODELAY is set, since answers are written
//! whole. Refuses nothing: limits and pauses are the business of whoever accepts.

use crate::watched::Watched;
use blazeio_driver::socket::{Direction, Moved, SocketTransport};
use blazeio_driver::{Accepted, Address, Listener};
use mio::event::Source;
use mio::net::TcpListener;
#[cfg(unix)]
use mio::net::UnixListener;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A listening socket.
pub(crate) struct Acceptor<L: Source>(pub(crate) Watched<L>);

impl<L: Source> Acceptor<L> {
    /// The stream that `accept` gives, watched by the same reactor, and who is at its end.
    fn poll<S: Source, A>(
        &self,
        cx: &Context<'_>,
        accept: impl Fn(&L) -> io::Result<(S, A)>,
    ) -> Poll<io::Result<(Watched<S>, A)>> {
        let (stream, peer) = ready!(self.0.poll_transfer(cx, Direction::Read, |listener| {
            // Others may wait behind it.
            Ok(Moved { what: accept(listener)?, is_exhausted: false })
        }))?;
        let stream = Watched::new(stream, Arc::clone(self.0.shared()))?;
        Poll::Ready(Ok((stream, peer)))
    }
}

impl Listener for Acceptor<TcpListener> {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let (stream, peer) = ready!(self.poll(cx, TcpListener::accept))?;
        // A socket that cannot be told is lost already: reading it says so.
        let _ = stream.get().set_nodelay(true);
        Poll::Ready(Ok((Box::new(SocketTransport::new(stream)), Address::Tcp(peer))))
    }

    fn local_address(&self) -> io::Result<Address> {
        self.0.get().local_addr().map(Address::Tcp)
    }
}

#[cfg(unix)]
impl Listener for Acceptor<UnixListener> {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let (stream, peer) = ready!(self.poll(cx, UnixListener::accept))?;
        Poll::Ready(Ok((Box::new(SocketTransport::new(stream)), peer.into())))
    }

    fn local_address(&self) -> io::Result<Address> {
        self.0.get().local_addr().map(Into::into)
    }
}
