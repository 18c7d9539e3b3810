//! TCP sockets as transports.
//!
//! Decides nothing: see [`SocketTransport`]. TCP_NODELAY is set by whoever makes the socket.

use crate::socket::{SocketTransport, socket};
use socket2::SockRef;
use std::future::Future;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;

/// A TCP socket as a [`Transport`](blazeio_driver::Transport).
pub type TcpTransport = SocketTransport<TcpStream>;

socket!(TcpStream);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_a_transport_is_one_word_more_than_its_stream() {
        let (transport, stream) = (size_of::<TcpTransport>(), size_of::<TcpStream>());
        assert!(transport <= stream + size_of::<usize>(), "{transport} around {stream}");
    }
}
