//! What one side read, as plain values that can be compared with what the other side sent.
//!
//! Decides when reading stops: at a message's end, or where no more can be read.

use crate::fields::{Line, given_lines, lines};
use blazeio::{Connection, Event, Length, Limits, PeerError, RequestHead, ResponseHead, Role};

/// A head, without what only the core writes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Start {
    /// Method, target and Host; or status and reason.
    pub(crate) line: Vec<Vec<u8>>,
    pub(crate) fields: Vec<Line>,
    pub(crate) length: Length,
    pub(crate) keep_alive: bool,
    pub(crate) expects: bool,
    pub(crate) upgrade: Vec<Vec<u8>>,
}

impl Start {
    pub(crate) fn of_request(head: &RequestHead<'_>) -> Self {
        let host = head.fields().get("host").unwrap_or_default();
        let method = head.method();
        Self {
            line: [method.as_bytes(), head.raw_target(), host].map(<[u8]>::to_vec).to_vec(),
            fields: given_lines(head.fields()),
            length: head.length(),
            keep_alive: head.keep_alive(),
            expects: head.expects_continue(),
            upgrade: head.upgrade().map(<[u8]>::to_vec).collect(),
        }
    }

    pub(crate) fn of_response(head: &ResponseHead<'_>) -> Self {
        Self {
            line: vec![head.status().to_string().into_bytes(), head.reason().to_vec()],
            fields: given_lines(head.fields()),
            length: head.length(),
            keep_alive: head.keep_alive(),
            expects: false,
            upgrade: head.upgrade().map(<[u8]>::to_vec).collect(),
        }
    }
}

/// One message, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Heard {
    /// Interim responses before it.
    pub(crate) interims: Vec<Start>,
    pub(crate) start: Option<Start>,
    pub(crate) content: Vec<u8>,
    pub(crate) trailers: Vec<Line>,
    pub(crate) ended: bool,
}

impl Heard {
    /// Notes an event; `bytes` is the input that it came from.
    pub(crate) fn note(&mut self, event: &Event, bytes: &[u8]) {
        match event {
            Event::Request(span) => {
                assert!(self.start.is_none(), "a second request in one exchange");
                self.start = Some(Start::of_request(&span.on(bytes)));
            }
            Event::Interim(span) => {
                assert!(self.start.is_none(), "an interim response after the final one");
                self.interims.push(Start::of_response(&span.on(bytes)));
            }
            Event::Response(span) => {
                assert!(self.start.is_none(), "a second response in one exchange");
                self.start = Some(Start::of_response(&span.on(bytes)));
            }
            Event::Content(span) => {
                assert!(self.start.is_some() && !self.ended, "content outside a message");
                assert!(self.trailers.is_empty(), "content after trailers");
                self.content.extend_from_slice(span.on(bytes));
            }
            Event::Trailers(span) => {
                assert!(self.start.is_some() && !self.ended, "trailers outside a message");
                assert!(self.trailers.is_empty(), "two trailer sections");
                self.trailers = lines(span.on(bytes));
            }
            Event::End => {
                assert!(self.start.is_some() && !self.ended, "an end outside a message");
                self.ended = true;
            }
            _ => {}
        }
    }
}

/// Where reading stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stop {
    /// The last event, or what was broken.
    pub(crate) at: Result<Event, PeerError>,
    /// What was not consumed.
    pub(crate) rest: Vec<u8>,
}

/// Reads `wire`, all at once, up to a message's end.
pub(crate) fn hear<R: Role>(connection: &mut Connection<R, &Limits>, wire: &[u8]) -> (Heard, Stop) {
    let mut heard = Heard::default();
    let mut rest = wire.to_vec();
    for _ in 0..2 * wire.len() + 8 {
        let step = match connection.receive(&mut rest, 0) {
            Ok(step) => step,
            Err(error) => return (heard, Stop { at: Err(error), rest }),
        };
        heard.note(&step.event, &rest);
        rest.drain(..step.consumed);
        match step.event {
            Event::Request(_)
            | Event::Interim(_)
            | Event::Response(_)
            | Event::Content(_)
            | Event::Trailers(_) => {}
            event => return (heard, Stop { at: Ok(event), rest }),
        }
    }
    panic!("reading makes no progress: {heard:?}");
}
