//! One connection, as a state machine: RFC 9112 §9, and of RFC 9110 what concerns
//! connections, upgrade, Expect and interim responses.
//!
//! Decides the order of things: whose turn it is, when an exchange is over, whether another
//! may follow, what the I/O side may do. Refuses to read a message while the one before it
//! is not answered, to write what would break the framing, and ever to reuse a connection
//! after an error. `state` draws the machine, `time` its clocks.
//!
//! # The loop
//!
//! Methods come in four kinds, and a loop calls them in this order:
//!
//! 1. *Bytes in:* [`receive`](Connection::receive) until it says
//!    [`NeedInput`](Event::NeedInput), [`Paused`](Event::Paused),
//!    [`Tunnel`](Event::Tunnel) or [`Closed`](Event::Closed).
//! 2. *Bytes out:* [`send_head`](Connection::send_head),
//!    [`send_content`](Connection::send_content), [`send_end`](Connection::send_end).
//! 3. *What happened:* [`sent`](Connection::sent), [`queued`](Connection::queued),
//!    [`released`](Connection::released), [`half_closed`](Connection::half_closed),
//!    [`end_of_input`](Connection::end_of_input), [`input_full`](Connection::input_full),
//!    [`expired`](Connection::expired).
//! 4. *What to do:* [`signals`](Connection::signals), before every wait.
//!
//! A `send_*` does all of what it is asked or nothing. After an error the output slice may hold
//! anything; nothing of it counts as written, and the connection is as it was.
//!
//! The core owns no buffer. The input slice must begin with the first byte not yet consumed;
//! its content may be moved between calls. It is mutable for one purpose only: a client
//! turns the CRLF of a folded response field into SP, as RFC 9112 §5.2 demands before
//! anybody reads the value. A server never writes to it.
//!
//! ```
//! use blazeio::{Connection, Event, Limits, Response, Server};
//!
//! static LIMITS: Limits = Limits::DEFAULT;
//! let mut connection = Connection::<Server>::new(&LIMITS, 0);
//! let mut input = *b"POST /greet HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nBob";
//! let mut output = [0; 256];
//! let (mut read, mut written) = (0, 0);
//! loop {
//!     let rest = &mut input[read..];
//!     let step = connection.receive(rest, 0)?;
//!     match step.event {
//!         Event::Request(head) => assert_eq!(head.on(rest).raw_target(), b"/greet"),
//!         Event::Content(span) => assert_eq!(span.on(rest), b"Bob"),
//!         Event::End => {
//!             let response = Response::new(200).sized(5);
//!             written += connection.send_head(&response, &mut output[written..])?.written;
//!             written += connection.send_content(b"Hello", &mut output[written..])?.written;
//!             written += connection.send_end(&[], &mut output[written..])?.written;
//!         }
//!         Event::NeedInput => break,
//!         other => unreachable!("{other:?}"),
//!     }
//!     read += step.consumed;
//! }
//! assert_eq!(&output[..written], b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello");
//! connection.sent(written, 0);
//! assert!(connection.is_idle());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod clock;
mod close_reason;
mod event;
mod flow;
mod output;
mod receive;
mod request_head;
mod response_head;
mod role;
mod send;
mod server;
mod signals;
mod state;
mod time;
mod upgrade;
#[cfg(test)]
mod walk;

pub use close_reason::CloseReason;
pub use event::{Event, Step};
pub use flow::Flow;
pub use role::{Client, Role, Server};
pub use send::{Framing, Prefix, Written};
pub use signals::{Deadline, DeadlineCause, Read, Signals};

use crate::error::{PeerError, PeerErrorKind, UsageError};
use crate::limits::{Limits, Timeouts};
use crate::message::{Date, Field, Request, Response};
use core::borrow::Borrow;
use state::{Machine, Receiving};

/// One HTTP/1.1 connection in one role: [`Connection<Server>`] or [`Connection<Client>`].
///
/// `L` is where the [`Limits`] come from: a `&'static`, a plain value, an `Arc`.
/// At most 256 bytes beside `L`; no heap, no lock, no clock. Times are monotonic
/// microseconds from any origin.
#[derive(Clone, Copy)]
pub struct Connection<R: Role, L: Borrow<Limits> = &'static Limits> {
    machine: Machine<R>,
    limits: L,
}

const _: () = assert!(size_of::<Connection<Server>>() <= 256 + size_of::<&Limits>());
const _: () = assert!(size_of::<Connection<Client>>() <= 256 + size_of::<&Limits>());

impl<R: Role, L: Borrow<Limits>> Connection<R, L> {
    /// A connection that was just accepted or made, at `now` microseconds.
    #[must_use]
    pub fn new(limits: L, now: u64) -> Self {
        let machine = Machine::new(limits.borrow(), now);
        Self { machine, limits }
    }

    /// Reads one step of `input`, at `now` microseconds.
    ///
    /// `input` holds the bytes received and not consumed, from the first one on; drop
    /// [`Step::consumed`] bytes from its front afterwards. Spans in the event count from
    /// the first byte of this `input`. Call again until the event says to stop. The same
    /// bytes give the same events and errors however they are cut, but that content comes
    /// in as many pieces as its bytes did.
    ///
    /// # Errors
    /// What the peer broke. A server may answer it by [`send_error`](Self::send_error) if
    /// no final head is out; either way the connection only closes from here on, and
    /// further calls answer [`Event::Closed`].
    #[inline]
    pub fn receive(&mut self, input: &mut [u8], now: u64) -> Result<Step, PeerError> {
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        if self.machine.scan.takes_drip(input) {
            return Ok(Step { consumed: 0, event: Event::NeedInput });
        }
        let machine = &mut self.machine;
        let step = match machine.receive_step(self.limits.borrow(), input, now) {
            Ok(step) => step,
            Err((kind, at)) => return Err(machine.fail(kind, at)),
        };
        machine.received = machine.received.wrapping_add(step.consumed as u64);
        // REUSE: what follows a response answers no request.
        if !R::IS_SERVER && step.event == Event::End && step.consumed < input.len() {
            machine.surplus_came();
        }
        Ok(step)
    }

    /// The transport reported the end of input. What it means is told by
    /// [`receive`](Self::receive): call it afterwards, with what is left or with nothing.
    ///
    /// The end between messages closes; the end of a response that lasts until close is its
    /// [`End`](Event::End); anywhere else it is an error, and never a short success. A
    /// request that was complete is still answered.
    pub fn end_of_input(&mut self) {
        self.machine.input_ended = true;
        self.machine.scan.take_no_drip();
    }

    /// The caller's buffer is full and [`receive`](Self::receive) said
    /// [`NeedInput`](Event::NeedInput): the buffer's size is the limit now.
    ///
    /// # Errors
    /// [`StartLineTooLong`](PeerErrorKind::StartLineTooLong) (414),
    /// [`HeadTooLarge`](PeerErrorKind::HeadTooLarge) (431) or
    /// [`TrailersTooLarge`](PeerErrorKind::TrailersTooLarge), as if it had been the limit. Nothing
    /// happens inside content, where bytes need not be kept.
    pub fn input_full(&mut self) -> Result<(), PeerError> {
        let machine = &mut self.machine;
        let kind = match machine.receiving {
            Receiving::Head if machine.scan.is_in_start_line() => PeerErrorKind::StartLineTooLong,
            Receiving::Head => PeerErrorKind::HeadTooLarge,
            Receiving::Content(state::Body::Trailers) => PeerErrorKind::TrailersTooLarge,
            _ => return Ok(()),
        };
        Err(machine.fail(kind, machine.scan.position()))
    }

    /// Writes content, framed as the head said, into `out`; as much as fits.
    ///
    /// Chunked content needs 6 bytes of room, other content 1. Each call with chunked
    /// content makes one chunk: give much at a time. In a response that has no content
    /// (HEAD, 204, 205, 304) everything is taken and nothing written.
    ///
    /// # Errors
    /// [`OutputTooSmall`](UsageError::OutputTooSmall),
    /// [`ContentTooLong`](UsageError::ContentTooLong),
    /// [`AwaitingContinue`](UsageError::AwaitingContinue),
    /// [`ContentNotExpected`](UsageError::ContentNotExpected), [`Closed`](UsageError::Closed).
    #[inline]
    pub fn send_content(&mut self, data: &[u8], out: &mut [u8]) -> Result<Written, UsageError> {
        self.machine.send_content(self.limits.borrow(), data, out)
    }

    /// Announces `len` bytes of content that the caller writes itself, without copying:
    /// [`Framing::prefix`], [`Framing::content`] bytes, [`Framing::suffix`], by a vectored
    /// write or sendfile. All of it counts as output from now on, and must be sent.
    ///
    /// # Errors
    /// As [`send_content`](Self::send_content), but for `OutputTooSmall`.
    #[inline]
    pub fn frame_content(&mut self, len: u64) -> Result<Framing, UsageError> {
        self.machine.frame_content(self.limits.borrow(), len)
    }

    /// Ends the message, with `trailers` if it is chunked. Writes nothing unless it is.
    ///
    /// A server whose request is not read to its end drops the rest, up to
    /// [`Limits::drain`], or else closes: so call this last, when its content is not wanted.
    ///
    /// # Errors
    /// [`OutputTooSmall`](UsageError::OutputTooSmall),
    /// [`ContentTooShort`](UsageError::ContentTooShort),
    /// [`TrailersNeedChunked`](UsageError::TrailersNeedChunked), a trailer field that is
    /// invalid, reserved or forbidden, [`AwaitingContinue`](UsageError::AwaitingContinue),
    /// [`ContentNotExpected`](UsageError::ContentNotExpected), [`Closed`](UsageError::Closed).
    pub fn send_end(
        &mut self,
        trailers: &[Field<'_>],
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.machine.send_end(self.limits.borrow(), trailers, out)
    }

    /// The transport took `n` more bytes of the output, at `now` microseconds.
    ///
    /// A tunnel opens, and a closing server half-closes, only once everything is sent.
    #[inline]
    pub fn sent(&mut self, n: usize, now: u64) -> Option<Flow> {
        let limits = self.limits.borrow();
        let machine = &mut self.machine;
        // The rates count for servers alone.
        if R::IS_SERVER {
            machine.write_rate.stop(now, limits);
            machine.write_rate.pay(n as u64, limits);
        }
        machine.unsent.remove(n as u64, limits.output_low)
    }

    /// `n` bytes of content were handed over and wait to be used. Reading pauses at
    /// [`Limits::input_high`]. Who uses content at once need not call this. What was not
    /// released when the exchange is over is forgotten.
    #[inline]
    pub fn queued(&mut self, n: usize) -> Option<Flow> {
        self.machine.unread.add(n as u64, self.limits.borrow().input_high)
    }

    /// `n` bytes of content that were [`queued`](Self::queued) are used. Reading resumes
    /// below [`Limits::input_low`].
    #[inline]
    pub fn released(&mut self, n: usize) -> Option<Flow> {
        self.machine.unread.remove(n as u64, self.limits.borrow().input_low)
    }

    /// The transport's write direction was shut down, as
    /// [`Signals::half_close`] asked.
    pub fn half_closed(&mut self) {
        self.machine.half_closed = true;
    }

    /// The [deadline](Signals::deadline) is over. Does nothing if none is, at `now`
    /// microseconds.
    ///
    /// # Errors
    /// [`HeadTimeout`](PeerErrorKind::HeadTimeout) and
    /// [`ContentTimeout`](PeerErrorKind::ContentTimeout), which a server may answer with 408,
    /// and [`ResponseTimeout`](PeerErrorKind::ResponseTimeout). The other limits close the
    /// connection, or (the wait for 100) let content go: see [`signals`](Self::signals).
    pub fn expired(&mut self, now: u64) -> Result<(), PeerError> {
        self.machine.expired(self.limits.borrow(), now)
    }

    /// What the I/O side may do now, at `now` microseconds. Ask before every wait: clocks
    /// start and stop here.
    #[inline]
    pub fn signals(&mut self, now: u64) -> Signals {
        self.machine.signals(self.limits.borrow(), now)
    }

    /// Lets no other exchange follow: closes at once if idle, else when the current one is
    /// over. A server's next head says `Connection: close`.
    pub fn close(&mut self) {
        if self.machine.is_idle() {
            // With a response still on its way out, close as after any other.
            self.machine.closes_bare = self.machine.unsent.amount() == 0;
            self.machine.close_now(CloseReason::LocalClose);
        } else {
            self.machine.will_close(CloseReason::LocalClose);
        }
    }

    /// Gives up at once: nothing more is read, written or waited for. A message that was
    /// not complete stays incomplete for the peer too.
    pub fn abort(&mut self) {
        let machine = &mut self.machine;
        machine.resets |= machine.lasts_until_close && machine.unsent.amount() > 0;
        machine.closes_bare = true;
        machine.may_answer = false;
        machine.close_now(CloseReason::Aborted);
    }

    /// Between two exchanges, and fit for another. A client whose transport has bytes to
    /// read while this holds must [`receive`](Self::receive) them first: they close it (REUSE).
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.machine.is_idle() && !self.machine.input_ended
    }

    /// Whether the connection is no HTTP any more, or will be none once all is sent.
    #[must_use]
    pub fn is_tunnel(&self) -> bool {
        self.machine.is_tunnel()
    }

    /// Why no other exchange follows, if that is decided.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.machine.close
    }

    /// Requests received (server) or sent (client).
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.machine.requests
    }

    /// Bytes consumed by [`receive`](Self::receive) so far.
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        self.machine.received
    }

    /// Bytes of output that [`sent`](Self::sent) has not been told of.
    #[must_use]
    pub fn bytes_unsent(&self) -> u64 {
        self.machine.unsent.amount()
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.limits.borrow()
    }

    /// The time-outs in force.
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        self.machine.timeouts
    }

    /// Changes the time-outs until the exchange in hand is over.
    pub fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.machine.timeouts = timeouts;
    }

    /// Changes the limit of content for the exchange in hand; call it when the head came.
    ///
    /// # Errors
    /// [`ContentTooLarge`](PeerErrorKind::ContentTooLarge) (413) if Content-Length was over it.
    pub fn set_content_limit(&mut self, bytes: u64) -> Result<(), PeerError> {
        self.machine.exchange.content_limit = bytes;
        match &mut self.machine.receiving {
            Receiving::Content(state::Body::Sized(left)) if *left > bytes => {
                return Err(self.machine.fail(PeerErrorKind::ContentTooLarge, 0));
            }
            Receiving::Content(state::Body::UntilClose(left)) => *left = bytes,
            _ => {}
        }
        Ok(())
    }
}

impl<R: Role, L: Borrow<Limits>> core::fmt::Debug for Connection<R, L> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct(if R::IS_SERVER { "Connection<Server>" } else { "Connection<Client>" })
            .field("is_idle", &self.is_idle())
            .field("is_tunnel", &self.is_tunnel())
            .field("close_reason", &self.close_reason())
            .field("requests", &self.requests())
            .field("bytes_received", &self.bytes_received())
            .field("bytes_unsent", &self.bytes_unsent())
            .finish()
    }
}

impl<L: Borrow<Limits>> Connection<Server, L> {
    /// Gives up on the response in hand, and on the connection: not a byte more is written, or
    /// parsed. What was written still goes out, and the connection closes in order behind it. The
    /// response's framing tells the client that it is incomplete (RFC 9112 §8); if only the
    /// connection's end would have ended it, the connection is reset. Nothing changes once it
    /// closes. For a handler that fails within its response; [`abort`](Self::abort) would take
    /// responses before it along, if they are not sent yet.
    pub fn cut_off(&mut self) {
        self.machine.cut_off();
    }

    /// Writes an interim response: 100, or 102 to 199 (RFC 9110 §15.2).
    ///
    /// # Errors
    /// [`InvalidStatus`](UsageError::InvalidStatus),
    /// [`InterimToHttp10`](UsageError::InterimToHttp10),
    /// [`ContentNotAllowed`](UsageError::ContentNotAllowed) if it has content, an upgrade or
    /// `close`, and those of [`send_head`](Self::send_head) about state, fields and room.
    pub fn send_interim(
        &mut self,
        response: &Response<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.machine.send_interim(self.limits.borrow(), response, out)
    }

    /// Writes `100 (Continue)`: the client may send its content (RFC 9110 §10.1.1). Due when
    /// [`Signals::continue_due`] and the content is wanted.
    ///
    /// # Errors
    /// As [`send_interim`](Self::send_interim).
    pub fn send_continue(&mut self, out: &mut [u8]) -> Result<Written, UsageError> {
        self.machine.send_continue(self.limits.borrow(), out)
    }

    /// Writes the final response's head, or 101. Content and its end follow, also where
    /// there is none; after 101 and after a 2xx to CONNECT nothing follows, and the
    /// connection is a [tunnel](Event::Tunnel) once all is sent.
    ///
    /// May go before the request was read. The core adds Content-Length or
    /// Transfer-Encoding, Connection and Upgrade; the version is always HTTP/1.1.
    ///
    /// # Errors
    /// [`HeadNotExpected`](UsageError::HeadNotExpected) and [`Closed`](UsageError::Closed)
    /// by state; [`InvalidStatus`](UsageError::InvalidStatus),
    /// [`InvalidReason`](UsageError::InvalidReason),
    /// [`InvalidFieldName`](UsageError::InvalidFieldName),
    /// [`InvalidFieldValue`](UsageError::InvalidFieldValue),
    /// [`ReservedField`](UsageError::ReservedField),
    /// [`InvalidUpgrade`](UsageError::InvalidUpgrade),
    /// [`ContentNotAllowed`](UsageError::ContentNotAllowed) by what was asked;
    /// [`OutputTooSmall`](UsageError::OutputTooSmall).
    #[inline]
    pub fn send_head(
        &mut self,
        response: &Response<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.machine.send_response(self.limits.borrow(), response, out)
    }

    /// Writes the ready-made response to `error`: its status, Date if given, no content
    /// (the request may have been HEAD), `Connection: close`. Flush, half-close and linger
    /// follow by [`signals`](Self::signals).
    ///
    /// # Errors
    /// [`HeadNotExpected`](UsageError::HeadNotExpected) if no error was met, or a final head
    /// is out: then the response is cut off. [`OutputTooSmall`](UsageError::OutputTooSmall).
    pub fn send_error(
        &mut self,
        error: &PeerError,
        date: Option<Date>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.machine.send_error(self.limits.borrow(), error, date, out)
    }
}

impl<L: Borrow<Limits>> Connection<Client, L> {
    /// Writes a request's head. Content and its end follow, also where there is none.
    ///
    /// The core adds Host, Content-Length or Transfer-Encoding, Expect, Connection and
    /// Upgrade; the version is always HTTP/1.1.
    ///
    /// # Errors
    /// [`HeadNotExpected`](UsageError::HeadNotExpected) while an exchange is not over,
    /// [`Closed`](UsageError::Closed); [`InvalidMethod`](UsageError::InvalidMethod),
    /// [`InvalidTarget`](UsageError::InvalidTarget), [`InvalidHost`](UsageError::InvalidHost),
    /// [`InvalidFieldName`](UsageError::InvalidFieldName),
    /// [`InvalidFieldValue`](UsageError::InvalidFieldValue),
    /// [`ReservedField`](UsageError::ReservedField),
    /// [`InvalidUpgrade`](UsageError::InvalidUpgrade),
    /// [`ContentNotAllowed`](UsageError::ContentNotAllowed),
    /// [`ChunkedToHttp10`](UsageError::ChunkedToHttp10) by what was asked;
    /// [`OutputTooSmall`](UsageError::OutputTooSmall).
    #[inline]
    pub fn send_head(
        &mut self,
        request: &Request<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.machine.send_request(self.limits.borrow(), request, out)
    }
}
