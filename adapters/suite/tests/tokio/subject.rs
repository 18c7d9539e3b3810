//! tokio.

pub use blazeio_tokio::{TcpTransport, Tokio as Subject, UnixTransport, connector, serve};
use tokio::io::Interest;

/// The program `echo` on it.
pub const ECHO: &str = env!("CARGO_BIN_EXE_tokio-echo");

/// The program `fetch` on it.
pub const FETCH: &str = env!("CARGO_BIN_EXE_tokio-fetch");

/// A transport of a connected socket in non-blocking mode.
pub fn tcp(stream: std::net::TcpStream) -> TcpTransport {
    TcpTransport::new(tokio::net::TcpStream::from_std(stream).unwrap())
}

/// A transport of a connected socket in non-blocking mode.
pub fn unix(stream: std::os::unix::net::UnixStream) -> UnixTransport {
    UnixTransport::new(tokio::net::UnixStream::from_std(stream).unwrap())
}

/// Whether the next read would ask the system: without readiness it does not.
pub fn would_read(transport: &TcpTransport) -> bool {
    would_ask(transport, Interest::READABLE)
}

/// Whether the next write would ask the system.
pub fn would_write(transport: &TcpTransport) -> bool {
    would_ask(transport, Interest::WRITABLE)
}

fn would_ask(transport: &TcpTransport, interest: Interest) -> bool {
    let mut asked = false;
    let _ = transport.get_ref().try_io(interest, || {
        asked = true;
        Ok(())
    });
    asked
}
