//! HTTP/1.1 servers and clients over [`embedded_io_async`], for microcontrollers: no heap, no
//! `unsafe`, the caller's buffers, and no panic of its own but one (see below).
//!
//! [`Server::serve`] serves one connection, [`Client::run`] makes requests over one; each is one
//! future, and [`Together`] is several of them in one task. A [`Transport`] is a byte stream of
//! two halves, a [`Timer`] the clock; a [`Service`] answers requests by a table of
//! [routes](blazeio::web::route). All rules of HTTP are [`blazeio`]'s.
//!
//! Decides who goes on when: what is read while a handler works, when what was written goes out,
//! what becomes of a response that its handler left, and of a handler whose peer is lost. Refuses
//! other protocols: a server answers CONNECT with 501, and after a 101, or a 2xx to a client's
//! CONNECT, the connection is over.
//!
//! ```
//! use blazeio::web::route::{Route, Routes};
//! use blazeio::{Limits, Method, Response};
//! use blazeio_embedded_io::{Buffers, Call, EmbassyTimer, Error, Exchange, Server, Service};
//! use embassy_net::{Stack, tcp::TcpSocket};
//! use embassy_time::Duration;
//!
//! static LIMITS: Limits = Limits { head: 1024, start_line: 512, ..Limits::DEFAULT };
//!
//! enum Page { Lamp }
//! static TABLE: [Route<'static, Page>; 1] = [Route::new(Method::Get, "/lamps/{id}", Page::Lamp)];
//! static ROUTES: Routes<'static, Page> = Routes::checked(&TABLE);
//!
//! struct Pages;
//!
//! impl Service for Pages {
//!     type Page = Page;
//!
//!     fn routes(&self) -> Routes<'_, Page> {
//!         ROUTES
//!     }
//!
//!     async fn answer(
//!         &self,
//!         call: Call<'_, Page>,
//!         exchange: &mut Exchange<'_, '_>,
//!     ) -> Result<(), Error> {
//!         match call.page {
//!             Page::Lamp => {
//!                 let id = call.captures.get("id").unwrap_or_default();
//!                 exchange.send(&Response::new(200), id).await
//!             }
//!         }
//!     }
//! }
//!
//! /// One place of a server: one connection after the other.
//! async fn place(stack: Stack<'static>) -> ! {
//!     let (mut receive, mut send) = ([0; 1024], [0; 1024]);
//!     let (mut input, mut landing, mut output) = ([0; 1024], [0; 128], [0; 512]);
//!     let server = Server::new(&Pages, &EmbassyTimer, &LIMITS);
//!     loop {
//!         let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
//!         // A peer that vanishes is given up then: else the last flush may never end.
//!         socket.set_timeout(Some(Duration::from_secs(20)));
//!         socket.set_keep_alive(Some(Duration::from_secs(5)));
//!         if socket.accept(80).await.is_ok() {
//!             let buffers =
//!                 Buffers { input: &mut input, landing: &mut landing, output: &mut output };
//!             server.serve(&mut socket, buffers, core::future::pending()).await;
//!             let _ = socket.flush().await;
//!         }
//!     }
//! }
//! ```
//!
//! # How it runs
//!
//! ```text
//!              ┌────────────────────── one future, one task ───────────────────────┐
//!  transport ──► read ─► landing ─► input ─► core ─► head, content ─► handler       │
//!  transport ◄── write ◄──────── output ◄─── core ◄─ respond, write, finish ◄─┘     │
//!  timer ──────► deadline ─────────────────► core                                   │
//!              └───────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Beside the handler three futures go on that never end: one reads, one writes, one waits for
//! the deadline. They are polled until nothing moves, so they need no wakers among themselves. A
//! read or write of the transport is never dropped before it is ready, but at the connection's
//! end, and a read at the half-close, behind which what comes is dropped: transports need not be
//! safe to cancel. A flush is, where [`Transport::CAN_DROP_FLUSH`]
//! says so. Handlers may drop any future of an [`Exchange`].
//!
//! Deadlines are met while a handler waits for something else, too, and a reset is heard of
//! unless unread bytes fill the landing buffer. Content that nobody asks for is not read beyond
//! that buffer, and its peer is not blamed for our pace.
//!
//! What a handler writes goes out when the output buffer is full or the handler waits: a head
//! and short content are one write. Output that is full waits for the transport, and so does
//! whoever writes it.
//!
//! Deadlines are HTTP's: of heads, of content, of what the transport takes. Whether the peer ever
//! acknowledges what the transport took is the transport's business, and a flush waits as long as
//! that does: give sockets a time limit before they are connected.
//!
//! # Panics
//!
//! A future that is an async block panics if it is polled after it was ready. What
//! [`Server::serve`] and [`Client::run`] return is such a future; nothing within is, and no other
//! panic is reachable (`.ci/no-panic`). Your own async functions have the same.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `embassy-net` | its `TcpSocket` as a [`Transport`] |
//! | `embassy-time` | `EmbassyTimer`, its clock as a [`Timer`] |
#![no_std]
#![forbid(unsafe_code)]
#![warn(unreachable_pub)]
// An async block uses what it captures in place; an async function keeps its arguments twice.
#![allow(clippy::manual_async_fn)]

#[cfg(any(test, doc, doctest))]
extern crate std;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod buffers;
mod client;
#[cfg(any(feature = "embassy-net", feature = "embassy-time"))]
mod embassy;
mod error;
mod exchange;
mod link;
mod pump;
mod reader;
mod region;
mod server;
mod service;
mod slot;
mod timer;
mod together;
mod transport;
mod writer;

pub use buffers::Buffers;
pub use client::{Client, Session};
#[cfg(feature = "embassy-time")]
pub use embassy::EmbassyTimer;
pub use error::Error;
pub use exchange::Exchange;
pub use reader::Reader;
pub use server::Server;
pub use service::{Call, Service};
pub use timer::Timer;
pub use together::Together;
pub use transport::Transport;
pub use writer::Writer;
