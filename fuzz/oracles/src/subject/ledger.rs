//! What must be true of a connection, kept beside it from what was asked and answered alone.
//!
//! Decides when an exchange is over and whether another may follow (RFC 9112 §9), without a look
//! into the core.

use crate::answering::{Asked, Body};
use crate::heard::Heard;
use blazeio::{Flow, Limits, PeerError, Timeouts};

/// An amount between two watermarks.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Level {
    pub(crate) amount: u64,
    pub(crate) is_paused: bool,
}

impl Level {
    pub(crate) fn add(&mut self, n: u64, high: u32) -> Option<Flow> {
        self.amount = self.amount.saturating_add(n);
        let pauses = !self.is_paused && self.amount > 0 && self.amount >= u64::from(high);
        self.is_paused |= pauses;
        pauses.then_some(Flow::Pause)
    }

    pub(crate) fn remove(&mut self, n: u64, low: u32) -> Option<Flow> {
        self.amount = self.amount.saturating_sub(n);
        let resumes = self.is_paused && (self.amount == 0 || self.amount < u64::from(low));
        self.is_paused &= !resumes;
        resumes.then_some(Flow::Resume)
    }
}

/// Where the message being received is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Reading {
    Head,
    /// `left` is known unless chunked or until close.
    Content {
        left: Option<u64>,
        got: u64,
        has_trailers: bool,
        until_close: bool,
    },
    Done,
    Tunnel,
}

/// Where the message being sent is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Writing {
    Idle,
    Content(Body),
    Done,
}

/// The ledger.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) is_server: bool,
    pub(crate) received: u64,
    pub(crate) unsent: Level,
    pub(crate) unread: Level,
    pub(crate) requests: u32,
    pub(crate) reading: Reading,
    pub(crate) writing: Writing,
    pub(crate) asked: Asked,
    /// A client's content waits for 100.
    pub(crate) awaits_continue: bool,
    /// A client's request is out and its response is not complete.
    pub(crate) is_open: bool,
    /// Bytes of the awaited head were shown.
    pub(crate) is_touched: bool,
    /// Bytes consumed up to the end of the head.
    pub(crate) head_end: u64,
    pub(crate) interims: u32,
    pub(crate) content_limit: Option<u64>,
    pub(crate) discarded: u64,
    pub(crate) timeouts: Timeouts,
    /// No other exchange follows.
    pub(crate) closes: bool,
    /// It was told to close when a next head had begun: that is still read.
    pub(crate) closes_after_head: bool,
    /// Nothing is read or sent any more.
    pub(crate) is_closed: bool,
    pub(crate) failed: Option<PeerError>,
    pub(crate) may_answer: bool,
    pub(crate) input_ended: bool,
    /// The last response said HTTP/1.0.
    pub(crate) peer_is_http10: bool,
    /// What went out in this exchange, and what it must be read as.
    pub(crate) wire: Vec<u8>,
    pub(crate) sent: Heard,
    /// Content too large to be made was announced.
    pub(crate) is_wire_partial: bool,
}

impl Ledger {
    pub(crate) fn new(is_server: bool, limits: &Limits) -> Self {
        Self {
            is_server,
            received: 0,
            unsent: Level::default(),
            unread: Level::default(),
            requests: 0,
            reading: Reading::Head,
            writing: Writing::Idle,
            asked: Asked::default(),
            awaits_continue: false,
            is_open: false,
            is_touched: false,
            head_end: 0,
            interims: 0,
            content_limit: Some(limits.content),
            discarded: 0,
            timeouts: limits.timeouts,
            closes: false,
            closes_after_head: false,
            is_closed: false,
            failed: None,
            may_answer: false,
            input_ended: false,
            peer_is_http10: false,
            wire: Vec::new(),
            sent: Heard::default(),
            is_wire_partial: false,
        }
    }

    /// Between two exchanges, and another may follow.
    pub(crate) fn is_between(&self) -> bool {
        self.reading == Reading::Head
            && self.writing == Writing::Idle
            && !(self.is_open || self.closes || self.is_closed)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_server
            && self.writing == Writing::Done
            && matches!(self.reading, Reading::Content { .. })
            && !self.is_closed
    }

    /// Both messages are complete.
    fn end_exchange(&mut self, limits: &Limits) {
        self.check_wire();
        if self.closes {
            self.is_closed = true;
            return;
        }
        *self = Self {
            received: self.received,
            unsent: self.unsent,
            requests: self.requests,
            input_ended: self.input_ended,
            peer_is_http10: self.peer_is_http10,
            ..Self::new(self.is_server, limits)
        };
    }

    pub(crate) fn message_received(&mut self, limits: &Limits) {
        self.reading = Reading::Done;
        // RFC 9112 §9.6: a client stops once a response said close.
        if !self.is_server && self.closes {
            self.is_closed = true;
        } else if self.writing == Writing::Done {
            self.end_exchange(limits);
        }
    }

    pub(crate) fn message_sent(&mut self, limits: &Limits) {
        self.writing = Writing::Done;
        self.sent.ended = true;
        match self.reading {
            Reading::Done => self.end_exchange(limits),
            Reading::Content { left: Some(0), .. } if self.is_server => self.end_exchange(limits),
            Reading::Content { left, .. } if self.is_server => {
                // RFC 9112 §9.3: read the rest of the request, or close.
                self.closes |= left.is_some_and(|n| n > u64::from(limits.drain));
                self.is_closed |= self.closes;
            }
            _ => {}
        }
    }

    /// The rest of a request whose response is complete was read, as the connection said.
    pub(crate) fn drained(&mut self, limits: &Limits) {
        assert!(!self.closes, "reuse after a reason to close");
        self.end_exchange(limits);
    }

    pub(crate) fn fail(&mut self, error: PeerError) {
        assert!(!self.is_closed, "an error after the end: {error}");
        self.may_answer = self.is_server
            && self.writing == Writing::Idle
            && !matches!(self.reading, Reading::Tunnel);
        self.failed = Some(error);
        self.closes = true;
        self.is_closed = true;
    }
}
