//! HTTP/1.1 as the RFCs write it: a grammar to hold the core against.
//!
//! One small function for each rule of the ABNF, with the rule quoted above it; recursive descent,
//! one byte at a time, whatever it costs. It shares nothing with the core, neither code nor
//! dependencies, and was written from the RFCs and the list of the core's departures alone.
//! The names that are refused in a trailer section and in Connection are such a departure: the RFCs
//! list none, so these two tables are the core's, and a name that is wrong in both is not noticed.
//!
//! A head is judged twice: its syntax byte by byte, then, once its empty line is there, its meaning
//! (target, Host, framing, Connection, Expect, Upgrade, TE). It knows no limits of size or number.
#![forbid(unsafe_code)]

mod character;
mod chunked;
mod connection;
mod cursor;
mod field;
mod framing;
mod head;
mod list;
mod start_line;
mod trailer;
mod upgrade;
mod uri;

pub use chunked::{body, chunked, content, response_body, response_chunked};
pub use field::field_section;
pub use head::{request_head, response_head};
pub use upgrade::is_switch;
pub use uri::target;

/// What a prefix of a byte stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// It begins with a whole one.
    Complete(T),
    /// Nothing is wrong so far: some continuation offends no rule of syntax.
    Incomplete,
    /// No continuation mends it.
    Refused(Refusal),
}

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The section that says so, as `RFC 9112 §6.1`.
    pub rule: &'static str,
    /// How a server answers. For a response it has no meaning beyond the refusal.
    pub status: u16,
    /// For syntax the first byte that cannot be; `None` where the meaning is refused.
    pub offset: Option<usize>,
}

impl Refusal {
    /// A refusal of meaning.
    pub(crate) fn of_meaning(rule: &'static str, status: u16) -> Self {
        Self { rule, status, offset: None }
    }
}

/// A field's name and value, in the case and order they were sent, the value trimmed.
pub type FieldLine = (Vec<u8>, Vec<u8>);

/// Where content ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none, for the head says nothing of it or the message cannot have any.
    None,
    /// After so many bytes.
    Sized(u64),
    /// Where the chunked coding says.
    Chunked,
    /// Where the input ends; responses only.
    UntilClose,
}

/// A request's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// As sent.
    pub method: Vec<u8>,
    /// As sent.
    pub target: Vec<u8>,
    /// The digit behind the dot, 0 to 9.
    pub minor: u8,
    /// As sent.
    pub fields: Vec<FieldLine>,
    /// The target's own, else what Host says; `None` if neither names one.
    pub authority: Option<Vec<u8>>,
    /// Never [`Framing::UntilClose`].
    pub framing: Framing,
    /// Whether the request lets the connection persist.
    pub keeps_alive: bool,
    /// The protocols that may be switched to, in order.
    pub offers: Vec<Vec<u8>>,
    /// Whether the sender takes trailer fields.
    pub accepts_trailers: bool,
    /// Whether content follows that waits for 100.
    pub expects_continue: bool,
    /// Bytes on the wire, with an empty line before the request line.
    pub len: usize,
}

/// A response's head, interim or final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// 100 to 999.
    pub status: u16,
    /// As sent; empty if it was left out.
    pub reason: Vec<u8>,
    /// The digit behind the dot, 0 to 9.
    pub minor: u8,
    /// As sent, folds replaced.
    pub fields: Vec<FieldLine>,
    /// By status, request method and fields.
    pub framing: Framing,
    /// Whether the response lets the connection persist.
    pub keeps_alive: bool,
    /// Bytes on the wire.
    pub len: usize,
}

/// What follows a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Without its framing.
    pub content: Vec<u8>,
    /// In order; empty unless chunked.
    pub trailers: Vec<FieldLine>,
    /// Bytes on the wire, framing and trailer section counted.
    pub len: usize,
}
