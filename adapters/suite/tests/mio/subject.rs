//! mio.

#[path = "../suite/watched.rs"]
mod watched;

pub use blazeio_mio::{Mio as Subject, TcpTransport, UnixTransport, connector, serve};
pub use watched::{would_read, would_write};

/// The program `echo` on it.
pub const ECHO: &str = env!("CARGO_BIN_EXE_mio-echo");

/// The program `fetch` on it.
pub const FETCH: &str = env!("CARGO_BIN_EXE_mio-fetch");

/// A transport of a connected socket in non-blocking mode.
pub fn tcp(stream: std::net::TcpStream) -> TcpTransport {
    let stream = mio::net::TcpStream::from_std(stream);
    TcpTransport::new(Subject::current().watch(stream).unwrap())
}

/// A transport of a connected socket in non-blocking mode.
pub fn unix(stream: std::os::unix::net::UnixStream) -> UnixTransport {
    let stream = mio::net::UnixStream::from_std(stream);
    UnixTransport::new(Subject::current().watch(stream).unwrap())
}
