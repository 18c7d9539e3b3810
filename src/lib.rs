//! An HTTP/1.1 protocol core for both roles, to be embedded anywhere: `no_std`, no
//! allocation, no I/O, no clock, no `unsafe`.
//!
//! Bytes in, events out; intents in, bytes out; signals saying what the I/O side may do:
//!
//! ```text
//!            bytes received                           what the application wants
//!                  │                                            │
//!          receive ▼                     send_head, send_content, send_end
//!            ┌──────────────────────────────────────────────────▼────┐
//!            │              Connection<Server or Client>              │
//!            └─────┬─────────────────────┬────────────────────────┬───┘
//!                  ▼                     ▼                        ▼
//!     Request, Content, End …     bytes to be sent     read? flush? half-close?
//!               (Event)             (your slice)       close? until when? (Signals)
//! ```
//!
//! # A tour
//!
//! - [`Connection`] is the machine; its documentation has the loop and an example.
//! - [`Event`] is what was read: spans of your buffer that become a [`RequestHead`], a
//!   [`ResponseHead`], [`Fields`] or content by `on(&bytes)`.
//! - [`Response`] and [`Request`] are what to send. The core writes every field that frames
//!   or routes, and refuses whatever would break the message.
//! - [`Signals`] is what the I/O side may do now. Obey it, and early responses, lingering
//!   close, backpressure, time-outs and hand-over to another protocol are right.
//! - [`Limits`] bounds everything a peer can send, and how long it may take.
//! - [`PeerError`] says what a peer broke, where, and what to answer; [`UsageError`] what
//!   the caller asked that cannot be done. "More bytes are needed" is neither.
//! - [`Buffer`] is a plain byte buffer for whoever has none.
//!
//! The [`manual`] says why it is so, what is conformed to, and where it is stricter
//! than the RFCs.
//!
//! # A whole server
//!
//! `examples/blocking.rs` is a server and a client over `std::net` sockets, as a lesson. The
//! shortest form, over any reader and writer:
//!
//! ```
//! use blazeio::{Buffer, Connection, Event, Limits, Response, Server};
//! use std::io::{Read, Write};
//!
//! static LIMITS: Limits = Limits::DEFAULT;
//!
//! fn serve(mut socket: impl Read + Write) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut connection = Connection::<Server>::new(&LIMITS, 0);
//!     let (mut rx, mut tx) = (Buffer::<4096>::new(), [0; 256]);
//!     loop {
//!         let step = connection.receive(rx.filled(), 0)?;
//!         rx.consume(step.consumed);
//!         match step.event {
//!             Event::End => {
//!                 let n = connection.send_head(&Response::new(200).sized(5), &mut tx)?.written;
//!                 let n = n + connection.send_content(b"Hello", &mut tx[n..])?.written;
//!                 let n = n + connection.send_end(&[], &mut tx[n..])?.written;
//!                 socket.write_all(&tx[..n])?;
//!                 connection.sent(n, 0);
//!             }
//!             Event::NeedInput if rx.is_full() => connection.input_full()?,
//!             Event::NeedInput => match socket.read(rx.unfilled())? {
//!                 0 => connection.end_of_input(),
//!                 n => rx.fill(n),
//!             },
//!             Event::Closed(_) => return Ok(()),
//!             _ => {}
//!         }
//!     }
//! }
//! # struct Script(&'static [u8], Vec<u8>);
//! # impl Read for &mut Script {
//! #     fn read(&mut self, b: &mut [u8]) -> std::io::Result<usize> { self.0.read(b) }
//! # }
//! # impl Write for &mut Script {
//! #     fn write(&mut self, b: &[u8]) -> std::io::Result<usize> { self.1.write(b) }
//! #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
//! # }
//! # let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
//! # let mut script = Script(get.repeat(2).leak().as_bytes(), Vec::new());
//! # serve(&mut script)?;
//! # let expected = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello".repeat(2);
//! # assert_eq!(script.1, expected);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The house
//!
//! ```text
//! syntax      bytes → borrowed text, stateless          RFC 9112 §2–5
//! message     method, status, head, date: meaning       RFC 9110
//! transfer    where a message ends; chunked coding      RFC 9112 §6–7
//! connection  the machine, both roles                   RFC 9112 §9
//! web         rules over messages, and no connection    RFC 9110 §7.6–14, WHATWG
//! buffer, limits, error                                 below all
//! ```
//!
//! # Features
//!
//! None changes a protocol behaviour. `std` forwards to httparse's and memchr's run-time
//! SIMD detection. `defmt` derives `defmt::Format` for events, errors, limits and signals.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

#[cfg(any(test, doc, doctest))]
extern crate std;

mod buffer;
mod connection;
mod debug;
mod error;
mod limits;
pub mod manual;
mod message;
mod syntax;
mod transfer;
pub mod web;

// Where there is no operating system code size counts for more than speed: what is only a faster
// way to the same answer is left out there, and functions stay functions. `--cfg blazeio_small`
// does the same elsewhere, so that these forms are tested.

pub use buffer::Buffer;
pub use connection::{
    Client, CloseReason, Connection, Deadline, DeadlineCause, Event, Flow, Framing, Prefix, Read,
    Role, Server, Signals, Step, Written,
};
pub use error::{PeerError, PeerErrorKind, UsageError};
pub use limits::{Limits, Timeout, Timeouts};
pub use message::{
    Content, Date, Field, Fields, FieldsSpan, Length, Method, Request, RequestHead, RequestSpan,
    Response, ResponseHead, ResponseSpan, Span, Version, reason_phrase,
};
pub use syntax::authority::Authority;
pub use syntax::target::Target;
