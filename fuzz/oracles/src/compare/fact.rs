//! What can be said of a connection's input.

use blazeio_grammar::{FieldLine, RequestHead, ResponseHead};
use std::fmt;

/// One thing that was read. Places count from the connection's first byte.
#[derive(PartialEq, Eq)]
pub(crate) enum Fact {
    /// A request's head.
    Request(RequestHead),
    /// An interim response's head.
    Interim(ResponseHead),
    /// A final response's head.
    Response(ResponseHead),
    /// Content, joined; never empty.
    Content(Vec<u8>),
    /// Trailer fields, at least one.
    Trailers(Vec<FieldLine>),
    /// The message is complete, and so many bytes are read.
    End(usize),
    /// Whether the connection may serve another exchange.
    Persists(bool),
    /// The rest is another protocol's, from here on.
    Tunnel(usize),
    /// The connection is over in good order.
    Closed,
    /// All input is read and more is needed.
    NeedsInput,
    /// The input ended too early.
    Truncated(usize),
    /// An error; without an offset it is one of meaning.
    Refused {
        /// How a server answers.
        status: u16,
        /// The byte that decided.
        offset: Option<usize>,
        /// The section that says so.
        rule: &'static str,
    },
}

impl Fact {
    /// Whether the core's fact is the grammar's. Where the syntax is refused the byte counts; where
    /// the meaning is, what is wrong; and the status only where it can be sent.
    pub(crate) fn agrees(&self, grammar: &Fact, status_counts: bool) -> bool {
        match (self, grammar) {
            (
                Fact::Refused { status: core, offset, rule: section },
                Fact::Refused { status, offset: first, rule },
            ) => {
                let same_reason = match first {
                    Some(_) => offset == first,
                    None => Concern::of(section).is(Concern::of(rule)),
                };
                same_reason && (core == status || !status_counts)
            }
            (core, grammar) => core == grammar,
        }
    }
}

/// What a refusal of meaning is about. Several sections say the same of a target, and of framing,
/// so that two readers may name different ones.
#[derive(PartialEq, Eq)]
enum Concern<'a> {
    Framing,
    /// Target and Host: for whom the request is.
    Authority,
    /// The target of CONNECT, or its content.
    Connect,
    Section(&'a str),
}

impl<'a> Concern<'a> {
    fn of(section: &'a str) -> Self {
        match section {
            "RFC 9112 §6.1" | "RFC 9112 §6.3" => Self::Framing,
            "RFC 9112 §3.2" | "RFC 9112 §3.2.2" | "RFC 9112 §3.2.3" | "RFC 9112 §3.2.4"
            | "RFC 9110 §4.2" | "RFC 9110 §4.2.4" => Self::Authority,
            "RFC 9110 §9.3.6" => Self::Connect,
            section => Self::Section(section),
        }
    }

    fn is(self, other: Self) -> bool {
        let pair = (&self, &other);
        matches!(pair, (Self::Authority, Self::Connect)) || self == other
    }
}

fn text(bytes: &[u8]) -> impl fmt::Display {
    bytes.escape_ascii()
}

fn lines(fields: &[FieldLine]) -> String {
    fields.iter().map(|(name, value)| format!(" [{}: {}]", text(name), text(value))).collect()
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Request(head) => {
                let authority = head.authority.as_deref().map(|name| text(name).to_string());
                write!(f, "request {} {}", text(&head.method), text(&head.target))?;
                write!(f, " 1.{} {authority:?} {:?}", head.minor, head.framing)?;
                write!(f, " keeps={} expects={}", head.keeps_alive, head.expects_continue)?;
                let offers: Vec<_> = head.offers.iter().map(|o| text(o).to_string()).collect();
                write!(f, " offers={offers:?} trailers={}", head.accepts_trailers)?;
                write!(f, " len={}{}", head.len, lines(&head.fields))
            }
            Fact::Interim(head) | Fact::Response(head) => {
                write!(f, "response {} \"{}\" 1.{}", head.status, text(&head.reason), head.minor)?;
                write!(f, " {:?} len={}{}", head.framing, head.len, lines(&head.fields))
            }
            Fact::Content(content) => write!(f, "content \"{}\"", text(content)),
            Fact::Trailers(fields) => write!(f, "trailers{}", lines(fields)),
            Fact::End(at) => write!(f, "end @{at}"),
            Fact::Persists(persists) => write!(f, "persists={persists}"),
            Fact::Tunnel(at) => write!(f, "tunnel @{at}"),
            Fact::Closed => write!(f, "closed"),
            Fact::NeedsInput => write!(f, "needs input"),
            Fact::Truncated(at) => write!(f, "truncated @{at}"),
            Fact::Refused { status, offset, rule } => {
                write!(f, "refused {status} @{offset:?} ({rule})")
            }
        }
    }
}
