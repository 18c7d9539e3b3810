//! Listening sockets.
//!
//! Decides what an accepted connection is like: TCP_NODELAY is set, since answers are written
//! whole. Refuses nothing: limits and pauses are the business of whoever accepts.

use crate::socket::SocketTransport;
use blazeio_driver::{Accepted, Address, Listener};
use std::io;
use std::task::{Context, Poll, ready};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::runtime::Handle;

/// A listening socket, and the runtime that watches what it accepts.
#[derive(Debug)]
pub(crate) struct Acceptor<L> {
    pub(crate) listener: L,
    pub(crate) runtime: Handle,
}

impl Listener for Acceptor<TcpListener> {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let _context = self.runtime.enter();
        let (stream, peer) = ready!(self.listener.poll_accept(cx))?;
        // A socket that cannot be told is lost already: reading it says so.
        let _ = stream.set_nodelay(true);
        Poll::Ready(Ok((Box::new(SocketTransport::new(stream)), Address::Tcp(peer))))
    }

    fn local_address(&self) -> io::Result<Address> {
        self.listener.local_addr().map(Address::Tcp)
    }
}

#[cfg(unix)]
impl Listener for Acceptor<UnixListener> {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let _context = self.runtime.enter();
        let (stream, peer) = ready!(self.listener.poll_accept(cx))?;
        Poll::Ready(Ok((Box::new(SocketTransport::new(stream)), name(peer))))
    }

    fn local_address(&self) -> io::Result<Address> {
        self.listener.local_addr().map(name)
    }
}

#[cfg(unix)]
fn name(address: tokio::net::unix::SocketAddr) -> Address {
    std::os::unix::net::SocketAddr::from(address).into()
}
