//! An executor of smol's of its own.

#[path = "sockets.rs"]
mod sockets;

pub use blazeio_smol::{Smol as Subject, connector, serve};
pub use sockets::{TcpTransport, UnixTransport, tcp, unix, would_read, would_write};

/// The program `echo` on it.
pub const ECHO: &str = env!("CARGO_BIN_EXE_smol-echo");

/// The program `fetch` on it.
pub const FETCH: &str = env!("CARGO_BIN_EXE_smol-fetch");
