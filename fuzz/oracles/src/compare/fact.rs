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
    /// Whether the core's fact is the grammar's. Where the meaning is refused only the status
    /// counts, and that only where it can be sent.
    pub(crate) fn agrees(&self, grammar: &Fact, status_counts: bool) -> bool {
        match (self, grammar) {
            (
                Fact::Refused { status: core, offset, .. },
                Fact::Refused { status, offset: first, .. },
            ) => {
                let same_place = first.is_none() || offset == first;
                same_place && (core == status || !status_counts)
            }
            (core, grammar) => core == grammar,
        }
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
