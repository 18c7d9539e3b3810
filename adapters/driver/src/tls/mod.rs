//! TLS for servers and clients, by rustls, over any [`Transport`](crate::Transport).
//!
//! Decides when records are read and written, and what the end of a session means. Speaks
//! TLS 1.3 and 1.2, with ALPN `http/1.1` and nothing else, since nothing else is spoken here:
//! a client that offers only other protocols is refused, one that offers none is not. Refuses
//! plain HTTP by saying so, and a handshake that takes longer than [`HANDSHAKE_TIMEOUT`].
//!
//! ```text
//!  accepted ──► TlsAcceptor::accept ─┐                 ┌─► poll_read, poll_write, …
//!                                    ├─ handshake ─► Tls
//! connected ──► TlsConnector::connect┘      │           └─► poll_shutdown: what waits,
//!                                           │               close_notify, flush, FIN
//!                                           └─► failed: alert, FIN, a short linger
//! ```
//!
//! # The end of input
//! close_notify is the end of input. A FIN without it is an error, `UnexpectedEof`: somebody
//! may have cut the connection, and what is delimited by its end must not look complete. Some
//! peers never send close_notify; whatever carries its own length is complete all the same.
//!
//! # Who waits for what
//! Reading never waits for writing. When reading makes records that have to be sent (an alert,
//! the last flight of a handshake), they are sent then and there as far as the transport takes
//! them. If it does not take them, the reader is woken to go on, and so is the writer: all
//! calls in the write direction leave one waker of the session's own in the transport, which
//! wakes whoever asked last on either side. So a reader's write never takes a writer's place.
//!
//! # Memory
//! Records that wait to be sent hold one write, of 32 KiB at most; while they wait, nothing
//! more is taken. Received records hold up to 18 KiB, and 4 KiB while nothing comes: rustls
//! gives no less. An idle session of a server holds about 7.5 KB of heap, those 4 KiB among
//! them, whatever went through it before: `examples/tls_memory.rs` measures it.
//!
//! ```no_run
//! use blazeio_driver::tls::{Tls, TlsAcceptor};
//! use blazeio_driver::{Runtime, Transport};
//! use std::{io, sync::Arc};
//!
//! fn acceptor() -> io::Result<TlsAcceptor> {
//!     TlsAcceptor::from_pem_files("fullchain.pem", "privkey.pem")
//! }
//!
//! async fn secure(
//!     acceptor: &TlsAcceptor,
//!     accepted: Box<dyn Transport>,
//!     runtime: &Arc<dyn Runtime>,
//! ) -> io::Result<Tls<Box<dyn Transport>>> {
//!     acceptor.accept(accepted, runtime).await
//! }
//! ```

mod acceptor;
mod connector;
mod handshake;
mod opening;
mod pem;
mod pinned;
mod quota;
mod session;
mod wakers;
mod wire;

pub use acceptor::TlsAcceptor;
pub use connector::{TlsConnector, TlsTo};
pub use handshake::HANDSHAKE_TIMEOUT;
pub use rustls;
pub use session::Tls;

/// The one protocol that ALPN agrees on.
const ALPN: &[u8] = b"http/1.1";
