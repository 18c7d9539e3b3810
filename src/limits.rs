//! Every limit and time-out of a connection, in one `const`-constructible value.
//!
//! Decides how much a peer may send of anything, and how long it may take. The core
//! checks each limit before it does the work the limit bounds. A caller whose buffer
//! is smaller than a limit lowers that limit (see
//! [`Connection::input_full`](crate::Connection::input_full)); nothing lifts one but
//! a changed value here.
//!
//! Refuses nothing by itself: what crosses a limit is a [`PeerError`](crate::PeerError)
//! or a [`CloseReason`](crate::CloseReason) that names it.
//!
//! ```
//! use blazeio::{Limits, Timeout, Timeouts};
//!
//! // From flags, or for one listener: start from the defaults and change a field.
//! const SMALL: Limits = Limits {
//!     head: 4 * 1024,
//!     fields: 32,
//!     timeouts: Timeouts { idle: Timeout::secs(15), ..Timeouts::DEFAULT },
//!     ..Limits::DEFAULT
//! };
//! assert_eq!(SMALL.start_line, 8 * 1024);
//! assert_eq!(SMALL.timeouts.idle.as_micros(), Some(15_000_000));
//! ```

/// A length of time in whole milliseconds, or off. Four bytes.
///
/// The longest is 49 days (`u32::MAX - 1` ms); more is cut to that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeout(u32);

impl Timeout {
    /// No limit: the deadline is never armed.
    pub const OFF: Self = Self(u32::MAX);

    /// A time-out of `n` milliseconds.
    #[must_use]
    pub const fn millis(n: u32) -> Self {
        Self(if n == u32::MAX { u32::MAX - 1 } else { n })
    }

    /// A time-out of `n` seconds.
    #[must_use]
    pub const fn secs(n: u32) -> Self {
        match n.checked_mul(1000) {
            Some(n) => Self::millis(n),
            None => Self(u32::MAX - 1),
        }
    }

    /// The length in microseconds, or `None` when off.
    #[must_use]
    pub const fn as_micros(self) -> Option<u64> {
        if self.0 == u32::MAX { None } else { Some((self.0 as u64).wrapping_mul(1000)) }
    }
}

impl core::fmt::Debug for Timeout {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            u32::MAX => f.write_str("off"),
            n => write!(f, "{n} ms"),
        }
    }
}

/// How long a peer may take. Part of [`Limits`]; each can be changed for the exchange in
/// hand by [`Connection::set_timeouts`](crate::Connection::set_timeouts).
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeouts {
    /// From the first byte of a head (for the first request: from the connection's
    /// birth) to its end. Absolute. Both roles. 10 s.
    pub head: Timeout,
    /// Between two exchanges, until the next message's first byte. Both roles. 75 s.
    pub idle: Timeout,
    /// Grace of the content rate: how far a request's content may fall behind
    /// [`Limits::min_rate`] while the server waits for it. 5 s. Server only.
    pub content: Timeout,
    /// Grace of the write rate: how far the peer may fall behind [`Limits::min_rate`]
    /// in taking what is queued for it. 5 s. Each response counts by itself, unless it begins
    /// while the one before is on its way. Server only.
    pub write: Timeout,
    /// How long a client waits for `100 (Continue)` before it sends its content
    /// anyway (RFC 9110 §10.1.1). 1 s. Client only.
    pub continue_wait: Timeout,
    /// From the request's last byte sent to the response's first byte. Off. Client only.
    pub response: Timeout,
    /// While lingering after a half-close: longest silence of the peer. 5 s. Server only.
    pub linger_silence: Timeout,
    /// While lingering after a half-close: in all. 30 s. Server only.
    pub linger: Timeout,
    /// How long the rest of a request's content may take to arrive after the response
    /// is complete, before the connection closes instead of being reused. 1 s. Server only.
    pub drain: Timeout,
}

crate::debug::debug_fields!(
    Timeouts,
    "Timeouts",
    head,
    idle,
    content,
    write,
    continue_wait,
    response,
    linger_silence,
    linger,
    drain
);

impl Timeouts {
    /// The defaults given at each field.
    pub const DEFAULT: Self = Self {
        head: Timeout::secs(10),
        idle: Timeout::secs(75),
        content: Timeout::secs(5),
        write: Timeout::secs(5),
        continue_wait: Timeout::secs(1),
        response: Timeout::OFF,
        linger_silence: Timeout::secs(5),
        linger: Timeout::secs(30),
        drain: Timeout::secs(1),
    };

    /// Every time-out off: for simulations and fuzzing, where time does not pass.
    pub const OFF: Self = Self {
        head: Timeout::OFF,
        idle: Timeout::OFF,
        content: Timeout::OFF,
        write: Timeout::OFF,
        continue_wait: Timeout::OFF,
        response: Timeout::OFF,
        linger_silence: Timeout::OFF,
        linger: Timeout::OFF,
        drain: Timeout::OFF,
    };
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a peer may send at most, and how long it may take. Sizes are in bytes.
///
/// Build one from [`Limits::DEFAULT`] with struct update syntax; it works in `const`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// Start-line without its CRLF. 8 KiB. A longer request line is answered 414.
    pub start_line: u32,
    /// Whole head, start-line and empty line included. 32 KiB. Then 431.
    /// A field line has no limit but this one.
    pub head: u32,
    /// Field lines in a head. 100. Then 431.
    pub fields: u16,
    /// Empty lines (CRLF) skipped before each request line (RFC 9112 §2.2). 1.
    pub empty_lines: u8,
    /// Interim (1xx) responses for one request; the next is an error. 16.
    pub interims: u8,
    /// Bytes of all interim responses for one request together. 64 KiB.
    pub interim_bytes: u32,
    /// A chunk-size line with its extensions, without its CRLF. 256 B.
    pub chunk_line: u16,
    /// All chunk extensions of one message. 16 KiB.
    pub chunk_extensions: u32,
    /// Framing bytes of a chunked message beyond sixteen for each byte of content. 16 KiB.
    pub chunk_overhead: u32,
    /// Whole trailer section with its empty line. 8 KiB. Then 431.
    pub trailers: u32,
    /// Field lines in a trailer section. 32. Then 431.
    pub trailer_fields: u16,
    /// Content of one message. No limit (`u64::MAX`). Then 413, at the head if
    /// Content-Length already says so.
    pub content: u64,
    /// Requests served (or sent) on one connection; the last response says
    /// `Connection: close`. 1,000.
    pub requests: u32,
    /// Content that may still arrive, unread, after a response is complete, for the
    /// connection to be reused. 64 KiB.
    pub drain: u32,
    /// Mean rate in bytes a second below which a request's content, or the peer's
    /// reading of ours, runs into the grace of [`Timeouts::content`] and
    /// [`Timeouts::write`]. 240. Server only.
    pub min_rate: u32,
    /// Longest silence that bytes above the minimum rate can buy beyond the grace. 60 s.
    pub rate_credit: Timeout,
    /// Output queued but not sent: at this amount producing pauses. 64 KiB.
    pub output_high: u32,
    /// Output queued but not sent: below this amount producing resumes. 16 KiB.
    pub output_low: u32,
    /// Content handed over but not released: at this amount reading pauses. 64 KiB.
    pub input_high: u32,
    /// Content handed over but not released: below this amount reading resumes. 16 KiB.
    pub input_low: u32,
    /// How long a peer may take.
    pub timeouts: Timeouts,
}

crate::debug::debug_fields!(
    Limits,
    "Limits",
    start_line,
    head,
    fields,
    empty_lines,
    interims,
    interim_bytes,
    chunk_line,
    chunk_extensions,
    chunk_overhead,
    trailers,
    trailer_fields,
    content,
    requests,
    drain,
    min_rate,
    rate_credit,
    output_high,
    output_low,
    input_high,
    input_low,
    timeouts
);

impl Limits {
    /// The defaults given at each field.
    pub const DEFAULT: Self = Self {
        start_line: 8 * 1024,
        head: 32 * 1024,
        fields: 100,
        empty_lines: 1,
        interims: 16,
        interim_bytes: 64 * 1024,
        chunk_line: 256,
        chunk_extensions: 16 * 1024,
        chunk_overhead: 16 * 1024,
        trailers: 8 * 1024,
        trailer_fields: 32,
        content: u64::MAX,
        requests: 1000,
        drain: 64 * 1024,
        min_rate: 240,
        rate_credit: Timeout::secs(60),
        output_high: 64 * 1024,
        output_low: 16 * 1024,
        input_high: 64 * 1024,
        input_low: 16 * 1024,
        timeouts: Timeouts::DEFAULT,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_never_turns_off_by_overflow() {
        assert_eq!(Timeout::secs(u32::MAX).as_micros(), Some(4_294_967_294_000));
        assert_eq!(Timeout::millis(u32::MAX).as_micros(), Some(4_294_967_294_000));
        assert_eq!(Timeout::OFF.as_micros(), None);
        assert_eq!(Timeout::secs(2).as_micros(), Some(2_000_000));
    }

    #[test]
    fn the_defaults_are_those_of_the_threat_table() {
        let l = Limits::DEFAULT;
        assert_eq!((l.start_line, l.head, l.fields), (8192, 32768, 100));
        assert_eq!((l.chunk_line, l.chunk_extensions), (256, 16384));
        assert_eq!((l.trailer_fields, l.trailers, l.empty_lines, l.interims), (32, 8192, 1, 16));
        assert_eq!((l.requests, l.drain, l.min_rate), (1000, 65536, 240));
        assert_eq!(l.timeouts.head, Timeout::secs(10));
        assert_eq!(l.timeouts.idle, Timeout::secs(75));
        assert_eq!(l.timeouts.content, Timeout::secs(5));
        assert_eq!(l.timeouts.linger_silence, Timeout::secs(5));
        assert_eq!(l.timeouts.linger, Timeout::secs(30));
        assert_eq!(l.timeouts.drain, Timeout::secs(1));
        assert_eq!(l.timeouts.response, Timeout::OFF);
    }
}
