//! A local executor of smol's.

#[path = "../smol/sockets.rs"]
mod sockets;

use blazeio_driver::Service;
pub use blazeio_smol::connector;
pub use blazeio_suite::Local as Subject;
pub use sockets::{TcpTransport, UnixTransport, tcp, unix, would_read, would_write};

pub fn serve<S: Service>(address: &str, service: S) -> blazeio_driver::Server<S, Subject> {
    blazeio_driver::Server::new(address, service)
}

/// The program `echo` on it.
pub const ECHO: &str = env!("CARGO_BIN_EXE_smol-local-echo");

/// The program `fetch` on it.
pub const FETCH: &str = env!("CARGO_BIN_EXE_smol-local-fetch");
