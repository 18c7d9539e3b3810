//! What the core says of a connection's input.

use super::Asked;
use super::fact::Fact;
use blazeio::{
    Client, Connection, Event, Field, Length, Limits, Method, PeerError, PeerErrorKind, Request,
    Response, Role, Server, Step, Timeouts, Version,
};
use blazeio_grammar::{FieldLine, Framing, RequestHead, ResponseHead};

/// Nothing but grammar decides.
static LIFTED: Limits = Limits {
    start_line: MANY,
    head: MANY,
    fields: u16::MAX,
    interims: u8::MAX,
    interim_bytes: MANY,
    chunk_line: u16::MAX,
    chunk_extensions: MANY,
    chunk_overhead: MANY,
    trailers: MANY,
    trailer_fields: u16::MAX,
    requests: MANY,
    timeouts: Timeouts::OFF,
    ..Limits::DEFAULT
};

const MANY: u32 = 1 << 30;

/// A connection, its input, and what was said so far.
struct Run<R: Role> {
    connection: Connection<R>,
    input: Vec<u8>,
    read: usize,
    /// Where the message began.
    start: usize,
    ended: bool,
    facts: Vec<Fact>,
}

impl<R: Role> Run<R> {
    fn new(input: &[u8]) -> Self {
        Self {
            connection: Connection::new(&LIFTED, 0),
            input: input.to_vec(),
            read: 0,
            start: 0,
            ended: false,
            facts: Vec::new(),
        }
    }

    /// One step, what both roles say alike noted; `None` if nothing follows.
    fn step(&mut self) -> Option<Step> {
        let step = match self.connection.receive(&mut self.input[self.read..], 0) {
            Ok(step) => step,
            Err(error) => {
                self.facts.push(refused(&error));
                return None;
            }
        };
        let rest = &self.input[self.read..];
        match step.event {
            Event::Content(span) => self.content(span.range()),
            Event::Trailers(span) => self.facts.push(Fact::Trailers(lines(span.on(rest)))),
            Event::NeedInput => self.facts.push(Fact::NeedsInput),
            Event::Closed(_) => self.facts.push(Fact::Closed),
            Event::Tunnel => self.facts.push(Fact::Tunnel(self.read + step.consumed)),
            _ => {}
        }
        self.read += step.consumed;
        match step.event {
            Event::End => {
                self.facts.push(Fact::End(self.read));
                self.start = self.read;
            }
            // Asked for input a second time: what the end means was not told.
            Event::NeedInput if self.ended => return None,
            Event::NeedInput => {
                self.connection.end_of_input();
                self.ended = true;
            }
            Event::Closed(_) | Event::Tunnel => return None,
            _ => {}
        }
        Some(step)
    }

    fn content(&mut self, range: std::ops::Range<usize>) {
        let piece = &self.input[self.read..][range];
        match self.facts.last_mut() {
            Some(Fact::Content(content)) => content.extend_from_slice(piece),
            _ => self.facts.push(Fact::Content(piece.to_vec())),
        }
    }
}

/// A server that answers each request with 200 once it has ended.
pub(crate) fn requests(input: &[u8]) -> Vec<Fact> {
    let mut run = Run::<Server>::new(input);
    loop {
        let from = run.read;
        let Some(step) = run.step() else { return run.facts };
        match step.event {
            Event::Request(span) => {
                let head = span.on(&run.input[from..]);
                assert_eq!(head.fields().count(), head.field_count());
                run.facts.push(Fact::Request(RequestHead {
                    method: head.method().as_bytes().to_vec(),
                    target: head.raw_target().to_vec(),
                    minor: minor(head.version()),
                    fields: lines(head.fields()),
                    authority: head.authority().map(|name| name.as_bytes().to_vec()),
                    framing: framing(head.length()),
                    keeps_alive: head.keep_alive(),
                    offers: head.upgrade().map(<[u8]>::to_vec).collect(),
                    accepts_trailers: head.accepts_trailers(),
                    expects_continue: head.expects_continue(),
                    len: run.read - run.start,
                }));
            }
            Event::End => answer(&mut run.connection),
            Event::Content(_) | Event::Trailers(_) | Event::NeedInput => {}
            other => panic!("a server said {other:?}"),
        }
    }
}

fn answer(connection: &mut Connection<Server>) {
    let mut out = [0; 256];
    let written = connection.send_head(&Response::new(200), &mut out).expect("a head").written;
    connection.sent(written, 0);
    if !connection.is_tunnel() {
        let written = connection.send_end(&[], &mut out).expect("an end").written;
        connection.sent(written, 0);
    }
}

/// A client that sent one request and reads until its response has ended.
pub(crate) fn responses(asked: Asked, input: &[u8]) -> Vec<Fact> {
    let mut run = Run::<Client>::new(input);
    ask(&mut run.connection, asked);
    loop {
        let from = run.read;
        let Some(step) = run.step() else { return run.facts };
        match step.event {
            Event::Interim(span) => {
                let head = response(&span.on(&run.input[from..]), run.read - run.start);
                run.facts.push(Fact::Interim(head));
                run.start = run.read;
            }
            Event::Response(span) => {
                let head = response(&span.on(&run.input[from..]), run.read - run.start);
                run.facts.push(Fact::Response(head));
            }
            Event::End => {
                run.facts.push(Fact::Persists(run.connection.close_reason().is_none()));
                return run.facts;
            }
            Event::Content(_) | Event::Trailers(_) | Event::NeedInput => {}
            other => panic!("a client said {other:?}"),
        }
    }
}

fn ask(connection: &mut Connection<Client>, Asked { method, target, offers }: Asked) {
    let host = if method == "CONNECT" { target } else { "a" };
    let request =
        Request::new(Method::from_bytes(method.as_bytes()).expect("a token"), target, host);
    let offers = offers.join(", ");
    let request = if offers.is_empty() { request } else { request.upgrade(&offers) };
    let mut out = [0; 256];
    let head = connection.send_head(&request, &mut out).expect("a head").written;
    let end = connection.send_end(&[], &mut out[head..]).expect("an end").written;
    connection.sent(head + end, 0);
}

fn response(head: &blazeio::ResponseHead<'_>, len: usize) -> ResponseHead {
    ResponseHead {
        status: head.status(),
        reason: head.reason().to_vec(),
        minor: minor(head.version()),
        fields: lines(head.fields()),
        framing: framing(head.length()),
        keeps_alive: true,
        len,
    }
}

/// Only the first head, or why there is none.
pub(crate) fn first(facts: Vec<Fact>) -> Vec<Fact> {
    facts.into_iter().take(1).collect()
}

fn refused(error: &PeerError) -> Fact {
    let offset = usize::try_from(error.offset()).expect("a short input");
    match error.kind() {
        PeerErrorKind::TruncatedHead
        | PeerErrorKind::TruncatedContent
        | PeerErrorKind::NoResponse => Fact::Truncated(offset),
        _ => Fact::Refused { status: error.status(), offset: Some(offset), rule: error.section() },
    }
}

fn lines<'a>(fields: impl Iterator<Item = Field<'a>>) -> Vec<FieldLine> {
    fields.map(|field| (field.name.to_vec(), field.value.to_vec())).collect()
}

fn minor(version: Version) -> u8 {
    u8::from(version == Version::Http11)
}

fn framing(length: Length) -> Framing {
    match length {
        Length::None => Framing::None,
        Length::Sized(length) => Framing::Sized(length),
        Length::Chunked => Framing::Chunked,
        Length::UntilClose => Framing::UntilClose,
        other => panic!("{other:?}"),
    }
}
