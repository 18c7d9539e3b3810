//! Other byte streams as transports: whatever speaks the traits of tokio or of futures.
//!
//! Decides nothing. A TLS stream, a pipe in memory, a stream inside another one: each is a
//! [`Transport`](crate::Transport) once it is in one of these.

#[cfg(feature = "futures-io")]
mod futures_io;
#[cfg(feature = "tokio-io")]
mod tokio_io;

#[cfg(feature = "futures-io")]
pub use futures_io::FuturesIo;
#[cfg(feature = "tokio-io")]
pub use tokio_io::TokioIo;
