//! What [`receive`](super::Connection::receive) answers: one [`Step`], one [`Event`].
//!
//! Decides nothing. Both roles have the same events, so that two connections joined in
//! memory are a test harness; a server never yields a response, a client never a request.

use super::close_reason::CloseReason;
use crate::message::{FieldsSpan, RequestSpan, ResponseSpan, Span};

/// One step of reading: how much of the input is done with, and what it was.
///
/// Spans inside the event count from the first byte of the input given to this very call,
/// so use them before dropping `consumed` bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct Step {
    /// Bytes to drop from the front of the input. The core never looks at them again: the
    /// caller may keep, move or overwrite them.
    pub consumed: usize,
    /// What happened.
    pub event: Event,
}

impl Step {
    pub(super) const fn new(consumed: usize, event: Event) -> Self {
        Self { consumed, event }
    }
}

/// What was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event {
    /// A request's head (server).
    Request(RequestSpan),
    /// An interim (1xx) response's head, 101 excepted (client). Others may follow.
    Interim(ResponseSpan),
    /// The final response's head, or 101 (client).
    Response(ResponseSpan),
    /// Content, without its framing. Never empty.
    Content(Span),
    /// The trailer section, if it holds a field. Kept apart from the head's fields; merge
    /// them only where a field's own definition says so (RFC 9110 §6.5.1).
    Trailers(FieldsSpan),
    /// The message is complete.
    End,
    /// Nothing more can be read from this input. Keep what was not consumed, append what
    /// arrives, call again. A message's head and its trailer section must fit the buffer
    /// whole; if there is no room, call [`input_full`](super::Connection::input_full).
    NeedInput,
    /// Bytes were dropped: the rest of a request whose response is complete. Call again.
    Discarded,
    /// Nothing is read until this side is done: a server with its response (or, between
    /// requests, with sending what is queued), a client with its request.
    Paused,
    /// The rest of the input and everything after it is not HTTP: 101 or a 2xx to CONNECT
    /// is out (server) or came in (client).
    Tunnel,
    /// Nothing more will ever be read. A server that still lingers drops the input.
    Closed(CloseReason),
}
