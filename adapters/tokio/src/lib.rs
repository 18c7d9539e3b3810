//! blazeio on tokio.
//!
//! [`serve`] is a server, [`connector`] a client; [`Tokio`] is the runtime that the
//! [driver](blazeio_driver) asks for, of either flavor. Whatever is `AsyncRead + AsyncWrite`
//! becomes a transport by [`TokioIo`], and a [`Tunnel`](blazeio_driver::Tunnel) is both.
//!
//! Decides nothing about HTTP, and little else: when the system is asked for bytes
//! ([`SocketTransport`]). All verbs, limits, deadlines and the promises around them are the
//! [driver's](blazeio_driver). Refuses tasks that are not `Send`.
//!
//! ```
//! use blazeio::{Method, Request, Response, Server};
//! use blazeio_driver::{Error, Exchange};
//!
//! async fn greet(mut exchange: Exchange<Server>) -> Result<(), Error> {
//!     exchange.send(&Response::new(200), b"Hello\n").await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = blazeio_tokio::serve("127.0.0.1:0", greet).start()?;
//! let mut connection = blazeio_tokio::connector().connect(&server.addresses()[0]).await?;
//! let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await?;
//! assert_eq!(exchange.head().await?.status(), 200);
//! assert_eq!(exchange.read().await?, Some(&b"Hello\n"[..]));
//! server.exit().await;
//! # Ok(()) }
//! ```
//!
//! # Where a server runs
//!
//! | | runtime | ends |
//! |---|---|---|
//! | [`Server::start`] | the one it is called in | by its [`Handle`](blazeio_driver::Handle) |
//! | [`Server::until`] | the one it is awaited in | when a future does, in order |
//! | `Server::run` | its own, a thread for each processor | by SIGINT or SIGTERM, in order |
//! | `Server::run_per_core` | one of a single thread for each core | by SIGINT or SIGTERM, in order |
//!
//! A runtime that ends before its servers drops their tasks, and so closes their connections.
//!
//! # Features
//!
//! `run`, on by default, adds `Server::run`, `Server::run_per_core` and `stop_signal`, and with
//! them tokio's threads and signals. TLS and the PROXY protocol are the driver's, by its
//! features `rustls` and `proxy-protocol`: give their handshakes by [`Server::configure`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod listener;
mod runtime;
mod server;
#[cfg(feature = "run")]
mod signal;
mod sleep;
mod socket;
mod tcp;
#[cfg(unix)]
mod unix;

pub use blazeio_driver::TokioIo;
pub use runtime::{Tokio, connector};
pub use server::{Server, serve};
#[cfg(feature = "run")]
pub use signal::stop_signal;
pub use socket::SocketTransport;
pub use tcp::TcpTransport;
#[cfg(unix)]
pub use unix::UnixTransport;
