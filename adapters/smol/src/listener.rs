//! Listening sockets.
//!
//! Decides what an accepted connection is like: TCP_NODELAY is set, since answers are written
//! whole. Refuses nothing: limits and pauses are the business of whoever accepts.

use crate::reactor::{Pollable, Reactor, Watched};
use blazeio_driver::socket::{Direction, Moved, SocketTransport};
use blazeio_driver::{Accepted, Address, Listener};
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A listening socket, and the reactor that watches what it accepts.
pub(crate) struct Acceptor<L: Pollable> {
    listener: Watched<L>,
    reactor: Arc<Reactor>,
}

impl<L: Pollable> Acceptor<L> {
    pub(crate) fn new(listener: L, reactor: Arc<Reactor>) -> io::Result<Self> {
        Ok(Self { listener: Watched::new(listener, &reactor)?, reactor })
    }

    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        accept: impl Fn(&L) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.listener.poll_transfer(cx, Direction::Read, |listener| {
            // Others may wait behind it.
            Ok(Moved { what: accept(listener)?, is_exhausted: false })
        })
    }
}

impl Listener for Acceptor<TcpListener> {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let (stream, peer) = ready!(self.poll(cx, TcpListener::accept))?;
        // A socket that cannot be told is lost already: reading it says so.
        let _ = stream.set_nodelay(true);
        let stream = Watched::new(stream, &self.reactor)?;
        Poll::Ready(Ok((Box::new(SocketTransport::new(stream)), Address::Tcp(peer))))
    }

    fn local_address(&self) -> io::Result<Address> {
        self.listener.get().local_addr().map(Address::Tcp)
    }
}

impl Listener for Acceptor<UnixListener> {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let (stream, peer) = ready!(self.poll(cx, UnixListener::accept))?;
        let stream = Watched::new(stream, &self.reactor)?;
        Poll::Ready(Ok((Box::new(SocketTransport::new(stream)), peer.into())))
    }

    fn local_address(&self) -> io::Result<Address> {
        self.listener.get().local_addr().map(Into::into)
    }
}
