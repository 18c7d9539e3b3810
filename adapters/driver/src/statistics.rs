//! What connections went through, counted.
//!
//! Decides nothing. Counters are relaxed atomics: each is right, and two read one after the
//! other may be of different moments.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of one server or client, since it began.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    accepted: AtomicU64,
    closed: AtomicU64,
    requests: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    peer_errors: AtomicU64,
    panics: AtomicU64,
    latest: AtomicU64,
}

/// A reading of the counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Statistics {
    /// Connections that were accepted or made.
    pub accepted: u64,
    /// Connections that are open now.
    pub active: u64,
    /// Requests that were received.
    pub requests: u64,
    /// Bytes that were read from transports.
    pub received: u64,
    /// Bytes that transports took.
    pub sent: u64,
    /// Connections that ended with a [`PeerError`](blazeio::PeerError).
    pub peer_errors: u64,
    /// Handlers that panicked.
    pub panics: u64,
    /// How late a deadline was met at most, in microseconds.
    pub latest: u64,
}

impl Counters {
    pub(crate) fn accepted(&self) {
        self.accepted.fetch_add(1, Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.closed.fetch_add(1, Relaxed);
    }

    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn peer_error(&self) {
        self.peer_errors.fetch_add(1, Relaxed);
    }

    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Relaxed);
    }

    pub(crate) fn expired(&self, late: u64) {
        self.latest.fetch_max(late, Relaxed);
    }

    pub(crate) fn read(&self) -> Statistics {
        let closed = self.closed.load(Relaxed);
        let accepted = self.accepted.load(Relaxed);
        Statistics {
            accepted,
            active: accepted.saturating_sub(closed),
            requests: self.requests.load(Relaxed),
            received: self.received.load(Relaxed),
            sent: self.sent.load(Relaxed),
            peer_errors: self.peer_errors.load(Relaxed),
            panics: self.panics.load(Relaxed),
            latest: self.latest.load(Relaxed),
        }
    }
}
