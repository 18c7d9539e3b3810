//! Sockets of smol, on each of its executors.

#[path = "../suite/watched.rs"]
mod watched;

use blazeio_driver::socket::SocketTransport;
use blazeio_smol::Smol;
pub use blazeio_smol::{TcpTransport, UnixTransport};
pub use watched::{would_read, would_write};

/// A transport of a connected socket.
pub fn tcp(stream: std::net::TcpStream) -> TcpTransport {
    SocketTransport::new(Smol::current().watch(stream).unwrap())
}

/// A transport of a connected socket.
pub fn unix(stream: std::os::unix::net::UnixStream) -> UnixTransport {
    SocketTransport::new(Smol::current().watch(stream).unwrap())
}
