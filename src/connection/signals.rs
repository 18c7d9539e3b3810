//! What the I/O side may do now: one small value.
//!
//! Decides nothing; it is the machine's state as instructions. Ask for it after every batch
//! of calls, before waiting.

use super::close_reason::CloseReason;

/// What the I/O side should do next. Valid until the next call on the connection.
///
/// Carry them out in this order: `close` first (nothing else matters then), else flush,
/// else half-close, else read, until `deadline`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Signals {
    /// Whether to read from the transport, and why not.
    pub read: Read,
    /// Output was produced that [`sent`](super::Connection::sent) has not been told of.
    pub flush: bool,
    /// More output may be produced: the amount not sent is below the high mark, and a
    /// client's content does not wait for 100 (Continue).
    pub produce: bool,
    /// Shut down the transport's write direction now, then call
    /// [`half_closed`](super::Connection::half_closed). Everything before was sent.
    pub half_close: bool,
    /// A client waits for 100 (Continue), and nothing of its content came yet: send it
    /// ([`send_continue`](super::Connection::send_continue)) when the content is wanted.
    pub continue_due: bool,
    /// Close the transport now, both directions. Nothing more is to be sent or read.
    pub close: Option<CloseReason>,
    /// When closing, reset the connection (SO_LINGER 0 on TCP): an orderly end would pass
    /// for the end of the content, which was cut off.
    pub reset: bool,
    /// When to call [`expired`](super::Connection::expired), if nothing happens before.
    pub deadline: Option<Deadline>,
}

crate::debug::debug_fields!(
    Signals,
    "Signals",
    read,
    flush,
    produce,
    half_close,
    continue_due,
    close,
    reset,
    deadline
);

/// Whether to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Read {
    /// Read, then call `receive`.
    Wanted,
    /// Read, then call `receive`, which drops it: the rest of an unread request
    /// ([`Limits::drain`](crate::Limits::drain)), or what comes while lingering.
    Drain,
    /// Do not read: the content handed over is above its high mark
    /// ([`queued`](super::Connection::queued)).
    PausedByInput,
    /// Do not read a next request: the output not sent is above its high mark.
    PausedByOutput,
    /// Do not read: the message is complete and the exchange is not.
    PausedByExchange,
    /// Not HTTP any more: read for the tunnel.
    Tunnel,
    /// The end of input came, or the connection is closed.
    Ended,
}

/// A point in time at which [`expired`](super::Connection::expired) has something to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Deadline {
    /// In the caller's microseconds.
    pub at: u64,
    /// Which limit ends then.
    pub cause: DeadlineCause,
}

/// Which of the [`Timeouts`](crate::Timeouts) a deadline comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DeadlineCause {
    /// [`Timeouts::head`](crate::Timeouts::head)
    Head,
    /// [`Timeouts::idle`](crate::Timeouts::idle)
    Idle,
    /// [`Timeouts::content`](crate::Timeouts::content)
    Content,
    /// [`Timeouts::write`](crate::Timeouts::write)
    Write,
    /// [`Timeouts::continue_wait`](crate::Timeouts::continue_wait)
    Continue,
    /// [`Timeouts::response`](crate::Timeouts::response)
    Response,
    /// [`Timeouts::linger_silence`](crate::Timeouts::linger_silence) or
    /// [`Timeouts::linger`](crate::Timeouts::linger)
    Linger,
    /// [`Timeouts::drain`](crate::Timeouts::drain)
    Drain,
}
