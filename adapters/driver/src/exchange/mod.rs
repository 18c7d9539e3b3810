//! One exchange: a request and its response, by the async verbs of both roles.
//!
//! Decides nothing about HTTP, which the core does; it is where a task meets a connection.
//! An [`Exchange`] is a [`Reader`] of the peer's message and a [`Writer`] of this side's,
//! each with its own state: borrow both by [`split`](Exchange::split) to do both at once in
//! one task, own them by [`into_split`](Exchange::into_split) to use two.
//!
//! ```text
//!            Reader                                Writer
//! server     request, read, trailers               interim, respond, write, finish
//! client     interim, head, read, trailers         write, finish
//! both       ─── split, into_split, closed, abort, set_*, into_tunnel ───
//! ```
//!
//! ```
//! use blazeio::{Field, Method, Response, Server};
//! use blazeio_driver::{Error, Exchange};
//!
//! /// Adds up the bytes that it is sent, and answers with their number.
//! async fn count(mut exchange: Exchange<Server>) -> Result<(), Error> {
//!     if exchange.request().method() != Method::Post {
//!         let fields = [Field::new("Allow", "POST")];
//!         return exchange.send(&Response::new(405).fields(&fields), b"").await;
//!     }
//!     // More than this is answered 413, at once if the head already says so.
//!     exchange.set_content_limit(1 << 30)?;
//!     let mut bytes = 0;
//!     while let Some(piece) = exchange.read().await? {
//!         bytes += piece.len();
//!     }
//!     exchange.send(&Response::new(200), format!("{bytes}\n").as_bytes()).await
//! }
//! # fn is_service(_: impl blazeio_driver::Service) {}
//! # is_service(count);
//! ```
//!
//! # Dropping a future
//!
//! | method | dropped while it waits |
//! |---|---|
//! | `read`, `head`, `interim`, `trailers` | loses nothing: call it again |
//! | `respond`, `send_interim`, `open` | nothing was written; call it again |
//! | `write` | before its first byte was taken nothing has changed; afterwards the message cannot be completed: it is cut off |
//! | `flush`, `finish`, `finish_with`, `closed` | loses nothing: call it again |
//! | `Exchange::send` | somewhere within `respond`, `write` and `finish`: drop the exchange, too |
//! | `ClientConnection::send`, `into_tunnel`, `upgrade` | the connection is given up |
//!
//! # Dropping an exchange
//!
//! A server's exchange that is dropped before its response's head gets 500; one that is
//! dropped within its response is cut off, so that it cannot pass for complete. What is not
//! read of a request is dropped, within [`Limits::drain`](blazeio::Limits::drain), or the
//! connection closes. A client's exchange that is dropped before both messages are complete
//! closes its connection.
//!
//! # An exchange that is over
//!
//! A half that outlives its exchange is no danger to the next one: whatever it asks for is
//! answered by [`Error::Closed`].

mod client;
mod pass;
mod reader;
mod server;
mod tunnel;
mod writer;

pub use reader::Reader;
pub use tunnel::Tunnel;
pub use writer::Writer;

use crate::address::Address;
use crate::error::Error;
use crate::link::{Link, Shared, Side};
use crate::runtime::Runtime;
use crate::watch::{Closed, Stopping};
use blazeio::{Field, Fields, Timeouts};
use std::fmt;
use std::sync::Arc;

/// One exchange in one role: `Exchange<Server>` or `Exchange<Client>`.
///
/// See the [module](self) for what dropping does.
pub struct Exchange<R: Side> {
    reader: Reader<R>,
    writer: Writer<R>,
}

impl<R: Side> Exchange<R> {
    /// The next piece of the peer's content, from the receive buffer; `None` at its end. A
    /// client's comes after the response's head, which [`head`](Exchange::head) gives.
    ///
    /// A server whose client waits for 100 (Continue) sends it here.
    ///
    /// # Errors
    /// [`Error::Peer`], [`Error::Io`] and [`Error::Closed`]; the last also once a server's
    /// response is finished.
    pub async fn read(&mut self) -> Result<Option<&[u8]>, Error> {
        self.reader.read().await
    }

    /// The peer's trailer section, once [`read`](Self::read) has said `None`; `None` if there
    /// is none.
    #[must_use]
    pub fn trailers(&self) -> Option<Fields<'_>> {
        self.reader.trailers()
    }

    /// Writes content. Done when all of it is queued or taken by the transport; waits while
    /// the peer is slow. Little content, up to 2 KiB, is gathered, and sent when the task
    /// waits. What a message without content is given, a response to HEAD say, is dropped. While
    /// a client waits for 100 (Continue) nothing is written, and this waits, for nothing as well.
    ///
    /// # Errors
    /// All kinds of [`Error`]; `Usage` before the head, behind the end, and for more content
    /// than was declared.
    pub async fn write(&mut self, content: &[u8]) -> Result<(), Error> {
        self.writer.write(content).await
    }

    /// Waits until everything written so far is with the transport.
    ///
    /// # Errors
    /// All kinds of [`Error`] but `Usage`.
    pub async fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush().await
    }

    /// Ends this side's message.
    ///
    /// # Errors
    /// All kinds of [`Error`]; `Usage` if declared content is missing.
    pub async fn finish(&mut self) -> Result<(), Error> {
        self.writer.finish().await
    }

    /// Ends this side's message with a trailer section (RFC 9110 §6.5); it must be chunked.
    ///
    /// # Errors
    /// All kinds of [`Error`]; `Usage` if it is not chunked, or a field may be no trailer.
    pub async fn finish_with(&mut self, trailers: &[Field<'_>]) -> Result<(), Error> {
        self.writer.finish_with(trailers).await
    }

    /// Both halves, to read and write at once.
    pub fn split(&mut self) -> (&mut Reader<R>, &mut Writer<R>) {
        (&mut self.reader, &mut self.writer)
    }

    /// Both halves, to be used in two tasks.
    #[must_use]
    pub fn into_split(self) -> (Reader<R>, Writer<R>) {
        (self.reader, self.writer)
    }

    /// Ends when the peer is gone: by a reset, by an end of input, by a time-out. While this
    /// is awaited a server reads on behind a request that was read, up to one buffer, to hear
    /// of the end of input, which may also come from a peer that still reads. A client hears of
    /// that by reading alone, and of a reset always.
    pub fn closed(&self) -> Closed<R> {
        self.reader.closed()
    }

    /// Ends when the server stops, as by [`Handle::exit`](crate::Handle::exit), or the client's
    /// connection is dropped: no other exchange follows, and a long one does well to come to
    /// its end. Ends, too, when the connection is over.
    pub fn stopping(&self) -> Stopping<R> {
        Stopping::new(Arc::clone(self.shared()))
    }

    /// Gives the connection up at once. A message that was not complete stays incomplete for
    /// the peer too. Does nothing once another exchange has begun.
    pub fn abort(&self) {
        self.reader.abort();
    }

    /// Leaves this side's message as it is, unless it was finished: as dropping the exchange does
    /// within a response. A server sends what was written, responses before this one too, and closes
    /// in order; the framing says that the rest is missing, or else a reset does. Where no head was
    /// written nothing answers the request. A client gives its connection up.
    pub fn cut_off(&self) {
        self.writer.cut_off();
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> &Address {
        &self.shared().peer
    }

    /// The runtime that the connection lives on.
    #[must_use]
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.shared().environment.runtime
    }

    /// Changes time-outs until this exchange is over.
    pub fn set_timeouts(&self, change: impl FnOnce(&mut Timeouts)) {
        let mut timeouts = self.shared().lock().core.timeouts();
        // May be anything, and so is not called under the lock.
        change(&mut timeouts);
        self.set(|link| {
            link.core.set_timeouts(timeouts);
            link.wake_driver();
        });
    }

    /// Changes how much of the peer's content may come, in bytes.
    ///
    /// # Errors
    /// [`Error::Peer`] (413) if more was announced; a server has answered it then.
    /// [`Error::Closed`] once this exchange is over.
    pub fn set_content_limit(&self, bytes: u64) -> Result<(), Error> {
        self.shared().lock().set_content_limit(self.reader.generation, bytes)
    }

    /// Changes how many bytes are read at once, from 4 KiB to 32 KiB, until this exchange is
    /// over.
    pub fn set_read_size(&self, bytes: u32) {
        self.set(|link| link.set_read_size(bytes));
    }

    /// Changes how many bytes may wait to be sent: from `high` on a write waits, until less
    /// than `low` are left. Until this exchange is over; before, it is
    /// [`Limits::output_low`](blazeio::Limits::output_low) and
    /// [`Limits::output_high`](blazeio::Limits::output_high).
    pub fn set_watermarks(&self, low: u32, high: u32) {
        self.set(|link| {
            link.output_low = low.min(high);
            link.output_high = high;
            link.notify();
        });
    }

    /// Changes the connection for this exchange, unless that is over.
    fn set(&self, change: impl FnOnce(&mut Link<R>)) {
        let mut link = self.shared().lock();
        if link.has(self.reader.generation) {
            change(&mut link);
        }
    }

    fn shared(&self) -> &Arc<Shared<R>> {
        &self.reader.shared
    }
}

impl<R: Side> fmt::Debug for Exchange<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("peer", self.peer())
            .field("reader", &self.reader)
            .field("writer", &self.writer)
            .finish()
    }
}
