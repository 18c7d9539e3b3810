//! blazeio on mio.
//!
//! mio tells which sockets are ready, and nothing more. There are two ways to serve with that:
//!
//! - **With futures:** a [`Reactor`] of one thread with timers and tasks, and on it all that the
//!   [driver](blazeio_driver) has: [`serve`] is a server, [`connector`] a client, [`Mio`] the
//!   runtime.
//! - **Without:** an event loop of your own around the core, with readiness in and events out.
//!   Nothing of this crate is needed for that; its example
//!   `raw` is such a loop, short enough to be taken as it is.
//!
//! Decides nothing about HTTP: all verbs, limits, deadlines and the promises around them are the
//! driver's. Decides whose turn it is ([`Reactor`]) and when the system is asked for bytes
//! ([`Watched`]). Refuses tasks that are not `Send`, since the driver does; they never
//! move to another thread.
//!
//! ```
//! use blazeio::{Method, Request, Response, Server};
//! use blazeio_driver::{Error, Exchange};
//! use blazeio_mio::Reactor;
//!
//! async fn greet(mut exchange: Exchange<Server>) -> Result<(), Error> {
//!     exchange.send(&Response::new(200), b"Hello\n").await
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! Reactor::new()?.block_on(async {
//!     let server = blazeio_mio::serve("127.0.0.1:0", greet).start()?;
//!     let mut connection = blazeio_mio::connector().connect(&server.addresses()[0]).await?;
//!     let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await?;
//!     assert_eq!(exchange.head().await?.status(), 200);
//!     assert_eq!(exchange.read().await?, Some(&b"Hello\n"[..]));
//!     server.exit().await;
//!     Ok(())
//! })
//! # }
//! ```
//!
//! # Where a server runs
//!
//! | | reactor | ends |
//! |---|---|---|
//! | [`Server::start`] | the one it is called in | by its [`Handle`](blazeio_driver::Handle) |
//! | [`Server::until`] | the one it is awaited in | when a future does, in order |
//! | `Server::run` | its own, on the thread that calls it | by SIGINT or SIGTERM, in order |
//! | `Server::run_per_core` | one for each core | by SIGINT or SIGTERM, in order |
//!
//! A reactor is of one thread: to use more processors, have one for each. A reactor that ends
//! before its servers drops their tasks, and so closes their connections.
//!
//! # The house
//!
//! ```text
//! reactor    whose turn it is: tasks, the system's events, timers
//! task       futures and their wakers      queue    what is to be run next, and the bell
//! timers     points in time                sleep    one of them, for the driver
//! pool       threads for what may block    watched  when the system is asked for bytes
//! runtime, listener, connect, server, signal    what the driver asks of a runtime
//! ```
//!
//! # Features
//!
//! `run`, on by default, adds `Server::run`, `Server::run_per_core` and `stop_signal`, and with
//! them signals. TLS and the PROXY protocol are the driver's, by its features `rustls` and
//! `proxy-protocol`: give their handshakes by [`Server::configure`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod connect;
mod listener;
mod pool;
mod queue;
mod reactor;
mod runtime;
mod server;
mod shared;
#[cfg(feature = "run")]
mod signal;
mod sleep;
mod task;
mod timers;
mod watched;

pub use reactor::Reactor;
pub use runtime::{Mio, connector};
pub use server::{Server, serve};
#[cfg(feature = "run")]
pub use signal::stop_signal;
#[cfg(unix)]
pub use watched::UnixTransport;
pub use watched::{TcpTransport, Watched};
