//! Small worlds, walked whole: every string of chunk framing up to a length, every number around
//! the places where arithmetic breaks, every method, status and framing, every byte everywhere.

mod chunks;
mod framing;
mod numbers;

use blazeio::{
    Client, Connection, Event, Length, Limits, Method, PeerError, PeerErrorKind, Request, Server,
    Step, Timeouts,
};
use blazeio_grammar::{Verdict, request_head, response_head};

static LIMITS: Limits = Limits { timeouts: Timeouts::OFF, ..Limits::DEFAULT };

/// What a prefix is to the core, in the grammar's words.
#[derive(Debug, PartialEq, Clone, Copy)]
enum Said {
    Complete(usize),
    Incomplete,
    Refused(PeerErrorKind, usize),
}

/// Whether the core says what the grammar says: as complete, of the same length, or refused at
/// the same byte. Where the grammar refuses a meaning it names no byte.
fn agree<T>(core: Said, grammar: &Verdict<T>, len: impl Fn(&T) -> usize) -> bool {
    match (core, grammar) {
        (Said::Complete(core), Verdict::Complete(whole)) => core == len(whole),
        (Said::Incomplete, Verdict::Incomplete) => true,
        (Said::Refused(_, at), Verdict::Refused(refusal)) => {
            refusal.offset.is_none_or(|offset| offset == at)
        }
        _ => false,
    }
}

fn asking(method: &str, limits: &'static Limits) -> Connection<Client> {
    let mut connection = Connection::<Client>::new(limits, 0);
    let target = if method == "CONNECT" { "a:80" } else { "/" };
    let host = if method == "CONNECT" { "a:80" } else { "a" };
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut out = [0; 256];
    let head = connection.send_head(&Request::new(method, target, host), &mut out).unwrap();
    let end = connection.send_end(&[], &mut out).unwrap();
    connection.sent(head.written + end.written, 0);
    connection
}

fn response_length(method: &str, head: &str) -> Result<Length, PeerErrorKind> {
    let mut input = head.as_bytes().to_vec();
    let step = asking(method, &LIMITS).receive(&mut input, 0).map_err(|error| error.kind())?;
    match step.event {
        Event::Response(span) | Event::Interim(span) => Ok(span.on(&input).length()),
        event => panic!("{event:?}"),
    }
}

/// Each byte changed to each other, each inserted before each place, each left out.
fn spoilt(message: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let changed = (0..message.len()).flat_map(move |at| {
        (0..=255).map(move |byte| [&message[..at], &[byte], &message[at + 1..]].concat())
    });
    let inserted = (0..=message.len()).flat_map(move |at| {
        (0..=255).map(move |byte| [&message[..at], &[byte], &message[at..]].concat())
    });
    let left_out = (0..message.len()).map(move |at| [&message[..at], &message[at + 1..]].concat());
    changed.chain(inserted).chain(left_out)
}

fn said(step: Result<Step, PeerError>) -> Said {
    match step {
        Ok(step) if step.event == Event::NeedInput => Said::Incomplete,
        Ok(step) => Said::Complete(step.consumed),
        Err(error) => Said::Refused(error.kind(), error.offset() as usize),
    }
}

#[test]
fn term_wsp_every_byte_at_every_place_of_a_request() {
    for message in spoilt(b"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n") {
        let mut connection = Connection::<Server>::new(&LIMITS, 0);
        let core = said(connection.receive(&mut message.clone(), 0));
        let grammar = request_head(&message);
        let shown = message.escape_ascii();
        assert!(agree(core, &grammar, |head| head.len), "{shown}: {core:?}, {grammar:?}");
        if let (Said::Refused(kind, _), Verdict::Refused(refusal)) = (core, &grammar) {
            assert_eq!(kind.status(), refusal.status, "{shown}");
        }
    }
}

#[test]
fn term_wsp_every_byte_at_every_place_of_a_response() {
    for message in spoilt(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\n c\r\n\r\n") {
        let core = said(asking("GET", &LIMITS).receive(&mut message.clone(), 0));
        let grammar = response_head(&message, b"GET");
        let shown = message.escape_ascii();
        assert!(agree(core, &grammar, |head| head.len), "{shown}: {core:?}, {grammar:?}");
    }
}
