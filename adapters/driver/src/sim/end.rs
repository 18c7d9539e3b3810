//! One end of a connection, as its socket sees it.
//!
//! Decides how a connection that was reset is told of.

use crate::sim::agenda::SlotKey;
use crate::sim::environment::Environment;
use crate::sim::faults::Fault;
use crate::sim::slot::Slot;
use std::io;

/// Whose turn a slot waits for.
pub(super) const READ: usize = 0;
pub(super) const WRITE: usize = 1;
pub(super) const LOST: usize = 2;

/// How many bytes an end holds back that buffers.
pub(super) const HELD: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct End {
    pub(super) slots: [Slot; 3],
    /// Written, and not passed on; of an end that buffers.
    pub(super) held: Vec<u8>,
    pub(super) is_buffered: bool,
    pub(super) is_deaf: bool,
    pub(super) is_open: bool,
    /// The write direction was shut down.
    pub(super) is_shut: bool,
    /// Closing is a reset.
    pub(super) resets: bool,
    pub(super) lost: Option<Lost>,
    /// Bytes that `poll_write` took.
    pub(super) taken: u64,
    pub(super) sent_fin: bool,
    pub(super) sent_reset: bool,
}

/// A reset that arrived.
#[derive(Debug)]
pub(super) struct Lost {
    is_told: bool,
    forgets: bool,
}

impl End {
    pub(super) fn new(connection: u32, end: u8, env: &mut Environment) -> Self {
        let slot = |interest| Slot::new(SlotKey::Socket { connection, end, interest });
        Self {
            slots: [slot(READ as u8), slot(WRITE as u8), slot(LOST as u8)],
            held: Vec::new(),
            is_buffered: env.inject(Fault::Buffered),
            is_deaf: env.inject(Fault::Deaf),
            is_open: true,
            is_shut: false,
            resets: false,
            lost: None,
            taken: 0,
            sent_fin: false,
            sent_reset: false,
        }
    }

    /// A reset arrived.
    pub(super) fn lose(&mut self, env: &mut Environment) {
        let forgets = env.dice.chance(env.faults.rate(Fault::ToldOnce));
        self.lost = Some(Lost { is_told: false, forgets });
    }

    /// What a read gives when there are no bytes any more.
    pub(super) fn read_at_end(&mut self, env: &mut Environment) -> io::Result<usize> {
        match &mut self.lost {
            None => Ok(0),
            Some(Lost { is_told: true, forgets: true }) => {
                env.hit(Fault::ToldOnce);
                Ok(0)
            }
            Some(lost) => {
                lost.is_told = true;
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }

    /// Why nothing can be written any more.
    pub(super) fn write_error(&mut self) -> Option<io::Error> {
        let kind = match &mut self.lost {
            Some(lost) if !lost.is_told => {
                lost.is_told = true;
                io::ErrorKind::ConnectionReset
            }
            Some(_) => io::ErrorKind::BrokenPipe,
            None if self.is_shut => io::ErrorKind::BrokenPipe,
            None => return None,
        };
        Some(kind.into())
    }

    /// Whether bytes wait for a flush.
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}
