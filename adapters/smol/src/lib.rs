//! blazeio on smol.
//!
//! [`serve`] is a server, [`connector`] a client; [`Smol`] is the runtime that the
//! [driver](blazeio_driver) asks for: an executor, smol's global one or any other, and a reactor.
//! Timers are async-io's, and so are names and signals in the end; whatever else a handler does
//! with smol goes on beside it.
//!
//! Decides nothing about HTTP, and little else: how sockets are watched. On Linux each runtime
//! has an epoll of its own, in which a socket is entered once, and heard of at its edges. That
//! costs a request no call but those that move its bytes, which async-io's registration of every
//! wait would, and it tells of a lost connection that nobody reads. Elsewhere async-io watches
//! sockets, and a loss is heard of by reading and writing. Refuses tasks that are not `Send`.
//!
//! ```
//! use blazeio::{Method, Request, Response, Server};
//! use blazeio_driver::{Error, Exchange, Standalone, Threads};
//! use blazeio_smol::Smol;
//!
//! async fn greet(mut exchange: Exchange<Server>) -> Result<(), Error> {
//!     exchange.send(&Response::new(200), b"Hello\n").await
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! Smol::run(Threads::One, || async {
//!     let server = blazeio_smol::serve("127.0.0.1:0", greet).start()?;
//!     let mut connection = blazeio_smol::connector().connect(&server.addresses()[0]).await?;
//!     let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await?;
//!     assert_eq!(exchange.head().await?.status(), 200);
//!     assert_eq!(exchange.read().await?, Some(&b"Hello\n"[..]));
//!     server.exit().await;
//!     Ok(())
//! })?
//! # }
//! ```
//!
//! # Where a server runs
//!
//! | | executor | ends |
//! |---|---|---|
//! | [`Server::start`] | the current one, or the one it is [given](Server::on) | by its [`Handle`](blazeio_driver::Handle) |
//! | [`Server::until`] | the same | when a future does, in order |
//! | `Server::run` | its own, a thread for each processor | by SIGINT or SIGTERM, in order |
//! | `Server::run_per_core` | one of a single thread for each core | by SIGINT or SIGTERM, in order |
//!
//! An executor that is dropped before its servers drops their tasks, and so closes their
//! connections.
//!
//! # Which executor
//!
//! | | |
//! |---|---|
//! | `Smol::run` | one of its own, whose threads wait for sockets themselves: the least calls to the system |
//! | smol's global one | the current one with the feature `global`, where there is no other |
//! | an `Arc<Executor>` | [`Smol::on`] |
//! | an `Rc<LocalExecutor>` | [`Smol::local`]: every task stays on its thread |
//! | any other | [`Smol::spawning`] |
//!
//! On an executor that is not its own a task waits for the sockets of all, by async-io, which
//! costs six calls to the system each time, and one to look which sockets they are.
//!
//! # Features
//!
//! `run`, on by default, adds `Smol::run`, `Server::run`, `Server::run_per_core` and
//! `stop_signal`. `global` adds the crate `smol`, for its executor. TLS and the PROXY protocol are
//! the driver's, by its features `rustls` and `proxy-protocol`: give their handshakes by
//! [`Server::configure`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod listener;
mod reactor;
mod runtime;
mod server;
#[cfg(feature = "run")]
mod signal;
mod sleep;
mod spawner;
#[cfg(feature = "run")]
mod standalone;

pub use reactor::Watched;
pub use runtime::{Entered, Smol, connector};
pub use server::{Server, serve};
#[cfg(feature = "run")]
pub use signal::stop_signal;

/// A TCP socket as a [`Transport`](blazeio_driver::Transport).
pub type TcpTransport = blazeio_driver::socket::SocketTransport<Watched<std::net::TcpStream>>;

/// A Unix stream socket as a [`Transport`](blazeio_driver::Transport).
pub type UnixTransport =
    blazeio_driver::socket::SocketTransport<Watched<std::os::unix::net::UnixStream>>;
