//! blazeio over tokio: a plain connection loop for both roles, and an accept loop.
//!
//! [`Link`] joins the core, a transport and the output that waits; [`Input`] is the buffer
//! that is read into. Between them they do what the core's signals say: read, pause, drain,
//! flush, half-close, reset, and every deadline. What to answer is the caller's business.
//!
//! ```
//! use blazeio::{Event, Field, Limits, Response};
//! use blazeio_tokio::{Error, Input, Link, date, serve};
//! use std::{future::ready, sync::Arc, time::Duration};
//! use tokio::net::{TcpListener, TcpStream};
//!
//! async fn greet(mut link: Link<blazeio::Server, TcpStream>) -> Result<(), Error> {
//!     let mut input = Input::new();
//!     loop {
//!         match link.next_event(&mut input).await {
//!             Ok(Event::Request(_)) => {
//!                 let fields = [Field::new("Content-Type", "text/plain")];
//!                 link.send_head(&date::now(Response::new(200).fields(&fields).sized(6)))?;
//!                 link.send_content(&mut &b"Hello\n"[..]).await?;
//!                 link.send_end(&[])?;
//!             }
//!             Ok(Event::Closed(_)) => return Ok(()),
//!             Ok(_) => {}
//!             Err(Error::Peer(error)) => {
//!                 link.refuse(&error)?;
//!                 return link.finish(&mut input).await.map(drop);
//!             }
//!             Err(error) => return Err(error),
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let handler = |link, _peer| async { drop(greet(link).await) };
//! let stop = ready(());
//! serve(listener, Arc::new(Limits::DEFAULT), stop, Duration::from_secs(30), drop, handler).await;
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod backoff;
mod content;
pub mod date;
mod deadline;
mod drive;
mod error;
mod input;
mod link;
mod listener;
mod output;
mod roles;
mod runtime;
mod server;
mod socket;
mod tcp;
mod timer;
mod transport;
#[cfg(unix)]
mod unix;

pub use blazeio_driver::TokioIo;
pub use error::Error;
pub use input::Input;
pub use link::{Link, Turn};
pub use runtime::Tokio;
pub use server::serve;
pub use socket::SocketTransport;
pub use tcp::TcpTransport;
pub use transport::Transport;
#[cfg(unix)]
pub use unix::UnixTransport;
