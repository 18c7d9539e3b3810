//! What became of an end of a connection.
//!
//! Decides nothing; for the oracles of a test, at any time, also after the end was dropped.

use crate::sim::connection::Connection;
use crate::sim::end::End;
use crate::sim::faults::Fault;
use crate::sim::kernel::Kernel;
use std::fmt;
use std::sync::Arc;

/// Tells what became of one end of a connection.
#[derive(Clone)]
pub struct Probe {
    kernel: Arc<Kernel>,
    connection: u32,
    end: usize,
}

impl Probe {
    pub(super) const fn new(kernel: Arc<Kernel>, connection: u32, end: usize) -> Self {
        Self { kernel, connection, end }
    }

    /// Bytes that `poll_write` of this end took.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.end(|end| end.taken)
    }

    /// Of these the bytes that went out: without those that an end that
    /// [buffers](crate::sim::Faults::buffered) still holds, or held when it was dropped.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.connection(|it| it.directions[self.end].written)
    }

    /// Of these the bytes that the other end read.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.connection(|it| it.directions[self.end].read)
    }

    /// Bytes that this end read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.connection(|it| it.directions[1 - self.end].read)
    }

    /// Whether this end ended its direction in order, by shutting down or closing.
    #[must_use]
    pub fn sent_fin(&self) -> bool {
        self.end(|end| end.sent_fin)
    }

    /// Whether closing this end was a reset.
    #[must_use]
    pub fn sent_reset(&self) -> bool {
        self.end(|end| end.sent_reset)
    }

    /// Whether a reset arrived here.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.end(|end| end.lost.is_some())
    }

    /// Whether the end was not dropped.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.end(|end| end.is_open)
    }

    /// The harm that came to the connection, after which bytes need not arrive: `Reset`, `End`,
    /// `Vanish`, `StallForever` or `WriteZero`, or `Aborted`, also where its listener was
    /// dropped before it was accepted.
    #[must_use]
    pub fn harm(&self) -> Option<Fault> {
        self.connection(|it| it.harm)
    }

    fn connection<T>(&self, ask: impl FnOnce(&Connection) -> T) -> T {
        ask(&self.kernel.world().connections[self.connection as usize])
    }

    fn end<T>(&self, ask: impl FnOnce(&End) -> T) -> T {
        self.connection(|it| ask(&it.ends[self.end]))
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe")
            .field("connection", &self.connection)
            .field("end", &self.end)
            .field("taken", &self.taken())
            .field("written", &self.written())
            .field("delivered", &self.delivered())
            .field("read", &self.read())
            .field("sent_fin", &self.sent_fin())
            .field("sent_reset", &self.sent_reset())
            .field("is_lost", &self.is_lost())
            .field("is_open", &self.is_open())
            .field("harm", &self.harm())
            .finish()
    }
}
