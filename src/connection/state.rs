//! The state of one connection, and every transition between states; no bytes.
//!
//! Decides when an exchange is over, whether another may follow, and what a failure
//! leaves. There is no transition out of [`Receiving::Closed`], and none into
//! [`Receiving::Head`] but from an exchange that both sides completed without a reason to
//! close: so no error and no time-out can lead to reuse (PAUSE).
//!
//! ```text
//! receiving:  Head ──head──► Content ──its end──► Done ─┐
//!              ▲  │             │  ▲ server only:       ├─ both done ─► Head  (reuse)
//!              │  │ 101 / 2xx   │  │ response first:    │           └─► Closed (a reason)
//!              │  │ to CONNECT  │  └─ drained ──────────┘
//! sending:   Idle ──head──► Content ──end──────► Done ──┘
//!                 ▼             any PeerError, time-out, abort: ─────► Closed
//!             Switching ── all sent ──► Tunnel
//! ```

use super::clock::{Rate, Wait};
use super::close_reason::CloseReason;
use super::flow::Gauge;
use super::role::Role;
use super::signals::DeadlineCause;
use super::upgrade::Offers;
use crate::error::{PeerError, PeerErrorKind as Kind};
use crate::limits::{Limits, Timeouts};
use crate::message::Version;
use crate::syntax::scan::Scan;
use crate::transfer::chunked::Decoder;
use core::marker::PhantomData;

/// How the content being received ends.
#[derive(Clone, Copy)]
pub(super) enum Body {
    /// So many bytes are left; at 0 the end is due.
    Sized(u64),
    Chunked(Decoder),
    /// The last chunk came; the trailer section is due.
    Trailers,
    /// Everything, up to so many bytes more.
    UntilClose(u64),
}

/// Where reading is.
#[derive(Clone, Copy)]
pub(super) enum Receiving {
    /// Before or inside a head.
    Head,
    Content(Body),
    /// The message is complete.
    Done,
    /// The tunnel opens once everything is sent.
    Switching,
    Tunnel,
    /// Nothing is parsed any more.
    Closed,
}

/// How the content being sent ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    /// The message has no content: what the caller gives is dropped.
    Dropped,
    /// So many bytes are left.
    Sized(u64),
    Chunked,
    UntilClose,
}

/// Where writing is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sending {
    /// No final head of this exchange is out.
    Idle,
    Content(Encoding),
    Done,
}

/// Where `Expect: 100-continue` stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Expectation {
    None,
    /// The client waits.
    Waiting,
    /// As `Waiting`, in a request whose framing says that no content follows.
    WithoutContent,
}

/// What belongs to one exchange and is forgotten with it.
#[derive(Clone, Copy)]
pub(super) struct Exchange {
    pub(super) content_limit: u64,
    pub(super) offers: Offers,
    pub(super) drained: u32,
    pub(super) interim_bytes: u32,
    pub(super) interims: u8,
    pub(super) empty_lines: u8,
    pub(super) version: Version,
    pub(super) expectation: Expectation,
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
    /// A byte of the head being awaited came.
    pub(super) head_began: bool,
}

impl Exchange {
    fn new(limits: &Limits) -> Self {
        Self {
            content_limit: limits.content,
            offers: Offers::default(),
            drained: 0,
            interim_bytes: 0,
            interims: 0,
            empty_lines: 0,
            version: Version::Http11,
            expectation: Expectation::None,
            is_head: false,
            is_connect: false,
            head_began: false,
        }
    }
}

/// Everything a connection knows beside its limits. The role is a type: what only the other does is
/// not in a program that has one.
#[derive(Clone, Copy)]
pub(super) struct Machine<R> {
    pub(super) receiving: Receiving,
    pub(super) sending: Sending,
    pub(super) exchange: Exchange,
    pub(super) scan: Scan,
    /// Bytes consumed since the connection began.
    pub(super) received: u64,
    /// Bytes given out and not yet sent.
    pub(super) unsent: Gauge,
    /// Content handed over and not yet released.
    pub(super) unread: Gauge,
    pub(super) timeouts: Timeouts,
    /// Which limit `wait` counts for.
    pub(super) waiting: Option<DeadlineCause>,
    pub(super) wait: Wait,
    pub(super) linger: Wait,
    pub(super) content_rate: Rate,
    pub(super) write_rate: Rate,
    pub(super) requests: u32,
    pub(super) close: Option<CloseReason>,
    /// The peer's end of input came.
    pub(super) input_ended: bool,
    /// The caller shut down the transport's write direction.
    pub(super) half_closed: bool,
    /// A `PeerError` was returned and no final head is out: an error response may go.
    pub(super) may_answer: bool,
    /// Close without waiting for the peer.
    pub(super) closes_bare: bool,
    /// Content was cut off whose end is the connection's end.
    pub(super) resets: bool,
    /// The end of the connection is the end of the response that is being sent.
    pub(super) lasts_until_close: bool,
    /// The peer of a client turned out to speak HTTP/1.0.
    pub(super) peer_is_http10: bool,
    pub(super) role: PhantomData<R>,
}

impl<R: Role> Machine<R> {
    pub(super) fn new(limits: &Limits, now: u64) -> Self {
        let first = if R::IS_SERVER { DeadlineCause::Head } else { DeadlineCause::Idle };
        Self {
            receiving: Receiving::Head,
            sending: Sending::Idle,
            exchange: Exchange::new(limits),
            scan: Scan::START,
            received: 0,
            unsent: Gauge::default(),
            unread: Gauge::default(),
            timeouts: limits.timeouts,
            waiting: Some(first),
            wait: Wait::since(now),
            linger: Wait::OFF,
            content_rate: Rate::OFF,
            write_rate: Rate::OFF,
            requests: 0,
            close: None,
            input_ended: false,
            half_closed: false,
            may_answer: false,
            closes_bare: false,
            resets: false,
            lasts_until_close: false,
            peer_is_http10: false,
            role: PhantomData,
        }
    }

    /// Between two exchanges, fit for another.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.receiving, Receiving::Head)
            && matches!(self.sending, Sending::Idle)
            && !self.exchange.head_began
            && self.close.is_none()
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.receiving, Receiving::Closed)
    }

    pub(super) fn is_tunnel(&self) -> bool {
        matches!(self.receiving, Receiving::Switching | Receiving::Tunnel)
    }

    /// Notes why no other exchange follows; the first reason stays.
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(super) fn will_close(&mut self, reason: CloseReason) {
        self.close.get_or_insert(reason);
    }

    /// The last reason counts, and nothing is parsed any more.
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(super) fn close_now(&mut self, reason: CloseReason) {
        self.close = Some(reason);
        self.end_reading();
    }

    /// The message being sent will not be completed.
    pub(super) fn cut_off(&mut self) {
        if !self.is_closed() {
            self.close_now(CloseReason::Aborted);
        }
    }

    fn end_reading(&mut self) {
        // A response that lasts until close and was cut off must not look complete.
        if matches!(self.sending, Sending::Content(Encoding::UntilClose)) {
            self.resets = true;
        }
        self.receiving = Receiving::Closed;
        self.scan.take_no_drip();
    }

    /// The peer broke `kind`, `offset` bytes after what was consumed.
    #[cold]
    pub(super) fn fail(&mut self, kind: Kind, offset: usize) -> PeerError {
        let error = PeerError::new(kind, self.received.wrapping_add(offset as u64));
        self.may_answer =
            R::IS_SERVER && matches!(self.sending, Sending::Idle) && !self.is_tunnel();
        self.close_now(CloseReason::Failed);
        error
    }

    /// The message being received is complete.
    pub(super) fn message_received(&mut self, limits: &Limits) {
        self.receiving = Receiving::Done;
        self.end_exchange_if_over(limits);
    }

    /// The message being sent is complete.
    pub(super) fn message_sent(&mut self, limits: &Limits) {
        self.sending = Sending::Done;
        self.end_exchange_if_over(limits);
    }

    /// Whether what still comes of a request is dropped, its response being complete.
    pub(super) fn is_draining(&self) -> bool {
        R::IS_SERVER
            && matches!(self.sending, Sending::Done)
            && matches!(self.receiving, Receiving::Content(_))
    }

    fn end_exchange_if_over(&mut self, limits: &Limits) {
        match self.receiving {
            // RFC 9112 §9.6: a client stops sending once a response said close.
            Receiving::Done if !R::IS_SERVER && self.close.is_some() => self.end_reading(),
            Receiving::Done if matches!(self.sending, Sending::Done) => self.end_exchange(limits),
            // Nothing of the request is left; a client is still to be told of its response's end.
            Receiving::Content(Body::Sized(0)) if self.is_draining() => self.end_exchange(limits),
            // RFC 9112 §9.3: read the rest of the request, or close.
            Receiving::Content(Body::Sized(left)) if self.is_draining() => {
                if left > u64::from(limits.drain) {
                    self.will_close(CloseReason::UnreadContent);
                }
                self.end_reading_if_closing();
            }
            Receiving::Content(_) if self.is_draining() => self.end_reading_if_closing(),
            Receiving::Head
            | Receiving::Content(_)
            | Receiving::Done
            | Receiving::Switching
            | Receiving::Tunnel
            | Receiving::Closed => {}
        }
    }

    /// What is left of a request need not be told from what follows it: both are dropped.
    fn end_reading_if_closing(&mut self) {
        if self.close.is_some() {
            self.end_reading();
        }
    }

    fn end_exchange(&mut self, limits: &Limits) {
        if self.close.is_some() {
            return self.end_reading();
        }
        self.receiving = Receiving::Head;
        self.sending = Sending::Idle;
        self.exchange = Exchange::new(limits);
        self.scan = Scan::START;
        self.timeouts = limits.timeouts;
        self.waiting = None;
        self.wait = Wait::OFF;
        self.content_rate = Rate::OFF;
        // What was queued and not released concerns nobody any more.
        self.unread = Gauge::default();
    }
}
