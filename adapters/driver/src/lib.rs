//! The I/O side of [blazeio], once for every runtime: a seam of poll functions, one
//! loop that drives connections, and [`Exchange`], the async verbs of both roles.
//!
//! The core decides all that is HTTP and does no I/O. This crate does the I/O and decides
//! nothing that is HTTP: it obeys the core's signals. It opens no socket by itself but to
//! listen, knows no runtime, and has no `unsafe`.
//!
//! ```text
//!        your handler, your client             an application layer, a proxy, …
//!                  │                                         │
//!  ┌───────────────▼─────────────────────────────────────────▼────────────────┐
//!  │ serve ── Handle      Exchange ◄─ split ─► Reader, Writer      Connector  │ verbs
//!  │ Service, raw         Tunnel ── Protocol                ClientConnection  │
//!  ├──────────────────────────────────────────────────────────────────────────┤
//!  │ one connection under one lock: core · transport · input · output         │ the loop
//!  │ Memory, one timer for all deadlines, Statistics                          │
//!  ├──────────────────────────────────────────────────────────────────────────┤
//!  │ Handshake: proxy_protocol, tls        Transport  Listener  Runtime  Timer│ the seam
//!  └───────▲──────────────────▲──────────────────▲─────────────────────▲──────┘
//!          │                  │                  │                     │
//!    blazeio-tokio     a runtime of yours    sim: faults by seed   any byte stream
//! ```
//!
//! # A server and a client
//!
//! In a simulated world, so that it needs no runtime. Its bytes come late and in pieces, its
//! calls are put off and interrupted; what is written here has to know nothing of that.
//!
//! ```
//! use blazeio::{Method, Request, Response, Server};
//! use blazeio_driver::sim::{Faults, Simulation};
//! use blazeio_driver::{Connector, Error, Exchange, Exit, serve};
//!
//! /// Sends back what comes, while it comes.
//! async fn echo(mut exchange: Exchange<Server>) -> Result<(), Error> {
//!     exchange.respond(&Response::new(200).streamed()).await?;
//!     let (reader, writer) = exchange.split();
//!     while let Some(piece) = reader.read().await? {
//!         writer.write(piece).await?;
//!     }
//!     writer.finish().await
//! }
//!
//! // Nothing that breaks a connection, or stops it for longer than a deadline.
//! let faults = Faults { stall: 0.0, suspend: 0.0, ..Faults::default().without_harm() };
//! let sim = Simulation::with(1, faults);
//! let (listener, address) = sim.listener();
//! let server = serve(echo).listener(listener).start(&sim.runtime())?;
//! let connector = Connector::new(sim.runtime());
//! let story = async {
//!     let mut connection = connector.connect(&address).await?;
//!     let request = Request::new(Method::Post, "/echo", "example.com").sized(5);
//!     let mut exchange = connection.open(&request).await?;
//!     exchange.write(b"Hello").await?;
//!     exchange.finish().await?;
//!     assert_eq!(exchange.head().await?.status(), 200);
//!     let mut answer = Vec::new();
//!     while let Some(piece) = exchange.read().await? {
//!         answer.extend_from_slice(piece);
//!     }
//!     assert_eq!(answer, b"Hello");
//!     assert!(connection.is_open());
//!     assert_eq!(server.exit().await, Exit::default());
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! };
//! // Simulated microseconds: an hour at most, of which it takes less than a second.
//! sim.run(story, 3_600_000_000).unwrap()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A tour
//!
//! - [`Exchange`] is one request and its response, in either role, by value and `Send`. Its
//!   [module](exchange) has the verbs of each role, and what dropping each future does.
//! - [`serve`] makes a server of a [`Service`], which is any async function of an
//!   `Exchange<Server>`; [`Handle`] asks it for addresses and [`Statistics`], and stops it.
//! - [`Connector`] makes connections for a client, each a [`ClientConnection`] that is used
//!   for one exchange after another. There is no pool here: a pool needs a policy.
//! - [`Transport`], [`Listener`], [`Runtime`] and [`Timer`] are the seam: see
//!   [below](#a-runtime-of-ones-own). [`TokioIo`] and [`FuturesIo`] make a transport of other
//!   byte streams; [`Prefixed`] of one that was read from already.
//! - [`bind`] makes listening sockets with every option set, [`Address`] says where.
//! - [`Server`] is what a program starts: a server with its addresses as texts, on the runtime
//!   that is there, or in runtimes of its own until a signal.
//! - [`Memory`] is the pool of buffers under one cap, for one server or for several.
//! - [`Tunnel`] is what an upgrade or CONNECT leaves: bytes both ways, leftover first.
//!   [`Protocol`] is a sans-I/O protocol that a tunnel drives; [`raw`] a service whose
//!   connections are tunnels from their first byte on.
//! - [`Handshake`] is a step before HTTP: TLS in [`tls`], who is behind a proxy in
//!   [`proxy_protocol`]. Each runs in the task of its own connection.
//! - [`proxy`] has a client ask through an HTTP proxy, forwarded or in a tunnel.
//! - [`sim`] is a simulated runtime, network and clock, where one seed decides what breaks.
//!   It is public, for tests of what is built on this crate.
//! - [`Report`] is what a server tells of; [`Error`] what a call did not do, and whose fault
//!   it was.
//!
//! The [`manual`] says why it is so, and what each known attack meets.
//!
//! # What is guaranteed
//!
//! - **Signals are obeyed.** Every read, flush, half-close, close and deadline is one that the
//!   core asked for. Bytes count as sent when the transport has flushed them, not before.
//! - **One write for what belongs together.** Head, content and end go out in one call to the
//!   transport; so do the responses to requests that came in one read, up to 64 of them.
//!   Content of more than 2 KiB is not copied: it goes from the caller's slice, between its
//!   framing.
//! - **Nothing incomplete looks complete.** What is dropped, cut off or timed out within a
//!   message ends in a reset, or in a message that lacks its end.
//! - **Nothing is lost or sent twice** when a future is dropped: the table is at
//!   [`exchange`](exchange#dropping-a-future).
//! - **Nothing spins.** A call that cannot go on has left a waker with everything it waits
//!   for; each poll does bounded work, then lets others go first.
//! - **Nothing is kept.** An idle connection holds no buffer, no handler and no timer of its
//!   own; what ends, in whatever way, gives back all it had.
//!
//! # What is bounded
//!
//! | what | default | changed by |
//! |---|---|---|
//! | buffers of all connections; beyond it reads wait | 256 MiB | [`Memory::new`], with [`Serve::memory`], [`Connector::memory`] |
//! | bytes that one connection reads at once; begins at 4 KiB | 32 KiB | [`Serve::read_size`], [`Connector::read_size`], [`Exchange::set_read_size`] |
//! | bytes received and not consumed: the largest head and trailer section | 32 KiB | smaller by [`Limits::head`], [`Limits::trailers`]; never larger |
//! | bytes queued before a write waits; one more head, or 2 KiB of content, may be added | 64 KiB | [`Limits::output_high`], [`Exchange::set_watermarks`] |
//! | content of one message | none | [`Limits::content`], [`Exchange::set_content_limit`] |
//! | content dropped unread before the connection closes instead | 64 KiB | [`Limits::drain`] |
//! | requests of one connection | 1,000 | [`Limits::requests`] |
//! | connections at once; others wait to be accepted | none | [`Serve::connections`] |
//! | connections that wait to be accepted | 1,024 | [`ListenOptions::backlog`] |
//! | free buffers kept; free handlers' places kept | 1 MiB each | |
//! | steps in one poll: turns · pipelined requests · accepts | 32 · 64 · 32 | |
//! | TLS: content taken by one write · received records | 32 KiB · 18 KiB | |
//! | header of the PROXY protocol | 4 KiB | |
//! | a proxy's answer to CONNECT: its head · interim responses | 32 KiB · 16 of 64 KiB together | |
//!
//! Output counts towards the cap of buffers but never waits for it, since sending is what
//! frees memory: so all buffers together are no more than the cap and, for each connection
//! that is sending, its queue.
//!
//! # Deadlines
//!
//! All from [`Timeouts`], for every connection by [`Limits::timeouts`], for one exchange by
//! [`Exchange::set_timeouts`].
//!
//! | deadline | default | counts | when it is over |
//! |---|---|---|---|
//! | [`head`](blazeio::Timeouts::head) | 10 s | server: from the end of a connection's handshakes; then, both: from each head's first byte, to its end | server: 408 and [`Report::Connection`], or a bare close if not a byte came; client: [`Error::Peer`] to whoever reads |
//! | [`idle`](blazeio::Timeouts::idle) | 75 s | between two exchanges | closed; a client's next exchange is [`Error::Closed`] |
//! | [`content`](blazeio::Timeouts::content) | 5 s behind 240 B/s | server: while a handler reads, and no final response began | 408; the handler has [`Error::Peer`] |
//! | [`write`](blazeio::Timeouts::write) | 5 s behind 240 B/s | server: while bytes are queued | reset; the handler has [`Error::Closed`], and it is reported |
//! | [`continue_wait`](blazeio::Timeouts::continue_wait) | 1 s | client: while content waits for 100 | the content goes |
//! | [`response`](blazeio::Timeouts::response) | off | client: from the request's last byte to the response's first | [`Error::Peer`] to whoever reads |
//! | [`drain`](blazeio::Timeouts::drain) | 1 s | server: while the rest of a request is dropped | closed, with a linger |
//! | [`linger_silence`](blazeio::Timeouts::linger_silence), [`linger`](blazeio::Timeouts::linger) | 5 s, 30 s | server: after its half-close | closed; nobody is told |
//! | TLS handshake · PROXY header | 10 s · 5 s | before HTTP | closed; [`Report::Handshake`], `TimedOut` |
//! | a proxy's answer to CONNECT | 30 s | client: from the connection to the proxy to the answer's head | `TimedOut` to whoever connects |
//! | [`Serve::grace`] | 30 s | from [`Handle::exit`] | handlers are dropped, connections reset, counted in [`Exit::cut`] |
//! | [`Keepalive`] | 90 s | while a TCP peer is silent, by the system | the connection is lost: [`Error::Io`] |
//!
//! A tunnel has none of HTTP's deadlines; [`Protocol::deadline`] is its own. A handler may
//! take as long as it likes; so may a client's own content, and the server that reads it.
//!
//! # A runtime of one's own
//!
//! Four traits, about 150 lines where the runtime has poll functions already:
//!
//! | trait | to be written | may stay as it is |
//! |---|---|---|
//! | [`Transport`] | `poll_read`, `poll_write`, `poll_shutdown` | `poll_flush`, `poll_lost`, `release`, `socket`, `reset` |
//! | [`Listener`] | `poll_accept`, `local_address` | |
//! | [`Timer`] | `poll` | |
//! | [`Runtime`] | `now`, `timer`, `spawn`, `spawn_blocking`, `resolve`, `connect`, `adopt` | |
//!
//! - A transport is `Send`: its connection's lock is taken by whichever task has its turn.
//!   It keeps one waker for each direction; that several tasks wait is dealt with here.
//! - Without `poll_lost` a reset is heard of by the next read or write, or at a deadline. With
//!   it a handler that computes or waits is dropped as soon as its peer is lost.
//! - Without `socket` there is no TCP_NODELAY and no keepalive, and `reset` is an ordinary
//!   close: override it where the transport knows a better way.
//! - `now` never goes back. A timer may be early and may be late; it is asked again.
//! - A task that the runtime drops is a connection that is closed, as its peer will see.
//! - [`BoundListener`] is std's, in non-blocking mode: `adopt` hands it to the reactor.
//!
//! What adapters would otherwise repeat is here: [`LazyTimer`] makes a [`Timer`] of a [`Sleep`],
//! [`socket`] knows what reads and writes of a socket tell, and with [`Ambient`] and
//! [`Standalone`] a runtime has a [`Server`], on it and in threads of its own.
//!
//! `blazeio-tokio` is the one to read. Tests of a seam need no sockets of their own: the
//! stories in `adapters/suite/tests/suite` say what has to hold, on every runtime.
//!
//! # Features
//!
//! None is on by default, and none changes a behaviour.
//!
//! | feature | adds |
//! |---|---|
//! | `tokio-io` | [`TokioIo`]; a [`Tunnel`] is tokio's `AsyncRead` and `AsyncWrite` |
//! | `futures-io` | [`FuturesIo`]; a [`Tunnel`] is futures' `AsyncRead` and `AsyncWrite` |
//! | `rustls` | [`tls`]: servers and clients, TLS 1.2 and 1.3, over any transport |
//! | `proxy` | [`proxy`]: a client's way through an HTTP proxy, forwarded or by CONNECT |
//! | `proxy-protocol` | [`proxy_protocol`]: versions 1 and 2, in front of a server |
//!
//! [`Limits::content`]: blazeio::Limits::content
//! [`Limits::drain`]: blazeio::Limits::drain
//! [`Limits::head`]: blazeio::Limits::head
//! [`Limits::output_high`]: blazeio::Limits::output_high
//! [`Limits::requests`]: blazeio::Limits::requests
//! [`Limits::timeouts`]: blazeio::Limits::timeouts
//! [`Limits::trailers`]: blazeio::Limits::trailers
//! [`Timeouts`]: blazeio::Timeouts
// What a feature adds is described also where it is off.
#![cfg_attr(not(feature = "tokio-io"), doc = "[`TokioIo`]: #features")]
#![cfg_attr(not(feature = "futures-io"), doc = "[`FuturesIo`]: #features")]
#![cfg_attr(not(feature = "rustls"), doc = "[`tls`]: #features")]
#![cfg_attr(not(feature = "proxy"), doc = "[`proxy`]: #features")]
#![cfg_attr(not(feature = "proxy-protocol"), doc = "[`proxy_protocol`]: #features")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod address;
mod ambient;
mod background;
mod bind;
mod connector;
#[cfg(test)]
mod counting;
mod date;
mod deadline;
mod environment;
mod error;
pub mod exchange;
mod fan_out;
mod handshake;
mod input;
mod keepalive;
mod link;
mod listener;
pub mod manual;
mod memory;
mod output;
#[cfg(any(feature = "tokio-io", feature = "futures-io"))]
mod plug;
mod prefixed;
mod protocol;
#[cfg(feature = "proxy")]
pub mod proxy;
#[cfg(feature = "proxy-protocol")]
pub mod proxy_protocol;
mod runtime;
mod serve;
mod server;
mod service;
pub mod sim;
mod sleep;
pub mod socket;
mod statistics;
mod timers;
#[cfg(feature = "rustls")]
pub mod tls;
mod transport;
mod waiters;
mod watch;

pub use address::Address;
pub use ambient::{Ambient, Standalone, Stop, Threads};
pub use bind::{ListenOptions, bind};
pub use connector::{ClientConnection, Connector};
pub use error::Error;
pub use exchange::{Exchange, Reader, Tunnel, Writer};
pub use handshake::Handshake;
pub use keepalive::Keepalive;
pub use link::Side;
pub use listener::{Accepted, Listener};
pub use memory::Memory;
#[cfg(feature = "futures-io")]
pub use plug::FuturesIo;
#[cfg(feature = "tokio-io")]
pub use plug::TokioIo;
pub use prefixed::Prefixed;
pub use protocol::Protocol;
pub use runtime::{BoundListener, Runtime, Task, Timer, Wait};
pub use serve::{Exit, Handle, Report, Serve, serve};
pub use server::Server;
pub use service::{Raw, Service, raw};
pub use sleep::{LazyTimer, Sleep};
pub use statistics::Statistics;
pub use transport::Transport;
pub use watch::{Closed, Stopping};
