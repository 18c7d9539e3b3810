//! Runs of one vector: a connection in its role, fed in pieces and answering as told.

use super::file::Vector;
use super::trace::*;
use blazeio::{
    Client, CloseReason, Connection, Event, Limits, Method, Request, Response, Role, Server, Step,
    UsageError,
};

pub(crate) const ROOM: usize = 1024;

/// How the input is cut, and when its end is told.
#[derive(Clone, Debug)]
pub(crate) struct Cuts {
    /// Ascending; the pieces lie between them.
    pub(crate) at: Vec<usize>,
    /// The end of input is known as soon as the last piece is there, not only after all of
    /// it was looked at.
    pub(crate) eof_with_last: bool,
}

pub(crate) enum Next {
    Again,
    Feed,
    Stop,
}

/// What both roles do with their connection between two steps.
pub(crate) trait Peer {
    fn receive(&mut self, input: &mut [u8], trace: &mut Trace) -> Next;
    fn end_of_input(&mut self);
}

pub(crate) fn run(vector: &Vector, cuts: &Cuts) -> Trace {
    if vector.client {
        feed(vector, cuts, &mut ClientPeer::new(vector))
    } else {
        feed(vector, cuts, &mut ServerPeer::new(vector))
    }
}

pub(crate) fn feed<P: Peer>(vector: &Vector, cuts: &Cuts, peer: &mut P) -> Trace {
    let mut trace = Trace::default();
    let mut bounds = [&cuts.at[..], &vector.stages, &[vector.input.len()]].concat();
    bounds.sort_unstable();
    let mut from = 0;
    let mut buffer: Vec<u8> = Vec::new();
    for (index, &to) in bounds.iter().enumerate() {
        buffer.extend_from_slice(&vector.input[from..to]);
        from = to;
        if cuts.eof_with_last && vector.eof && index + 1 == bounds.len() {
            peer.end_of_input();
        }
        if drain(peer, &mut buffer, &mut trace) {
            return finish(trace, &buffer, &vector.input[from..]);
        }
    }
    if vector.eof {
        if !cuts.eof_with_last {
            peer.end_of_input();
        }
        drain(peer, &mut buffer, &mut trace);
    }
    finish(trace, &buffer, &[])
}

/// A tunnel's rest is what was not consumed and all that would still come.
pub(crate) fn finish(mut trace: Trace, buffer: &[u8], more: &[u8]) -> Trace {
    trace.flush();
    if trace.lines.last().is_some_and(|line| line == "tunnel") {
        let rest = [buffer, more].concat();
        trace.lines.pop();
        trace.lines.push(format!("tunnel \"{}\"", quoted(&rest)));
    }
    trace
}

/// Steps until more input is needed; whether the connection is done with.
pub(crate) fn drain<P: Peer>(peer: &mut P, buffer: &mut Vec<u8>, trace: &mut Trace) -> bool {
    let mut idle = 0;
    loop {
        let before = trace.consumed;
        let next = peer.receive(buffer, trace);
        let consumed = trace.consumed - before;
        buffer.drain(..consumed);
        match next {
            Next::Stop => return true,
            Next::Feed => return false,
            Next::Again => {
                idle = if consumed == 0 { idle + 1 } else { 0 };
                assert!(idle < 8, "steps without progress: {:?}", trace.lines);
            }
        }
    }
}

pub(crate) struct ServerPeer<'v> {
    pub(crate) connection: Connection<Server, Limits>,
    pub(crate) vector: &'v Vector,
    pub(crate) answered: usize,
    pub(crate) early: bool,
}

impl<'v> ServerPeer<'v> {
    pub(crate) fn new(vector: &'v Vector) -> Self {
        let connection = Connection::<Server, Limits>::new(vector.limits(), 0);
        Self { connection, vector, answered: 0, early: false }
    }

    pub(crate) fn answer(&mut self) -> &'v str {
        let answers = &self.vector.answers;
        answers.get(self.answered).or(answers.last()).map_or("200", |answer| answer)
    }

    pub(crate) fn respond(&mut self, answer: &str, trace: &mut Trace) {
        let mut words = answer.split(' ');
        let status: u16 = words.next().and_then(|w| w.parse().ok()).expect("a status");
        let mut response = Response::new(status);
        let mut tunnel = status == 101;
        for word in words {
            match word {
                "close" => response = response.close(),
                "tunnel" => tunnel = true,
                protocol => response = response.upgrade(protocol),
            }
        }
        let mut out = [0; ROOM];
        match self.connection.send_head(&response, &mut out) {
            Ok(head) => {
                self.connection.sent(head.written, 0);
                if !tunnel {
                    let end = self.connection.send_end(&[], &mut out).expect("an end");
                    self.connection.sent(end.written, 0);
                }
            }
            Err(UsageError::InvalidUpgrade) => {
                trace.line("usage InvalidUpgrade".into());
                self.respond("200", trace);
            }
            Err(error) => panic!("{}: {error}", self.vector.id),
        }
    }
}

impl Peer for ServerPeer<'_> {
    fn end_of_input(&mut self) {
        self.connection.end_of_input();
    }

    fn receive(&mut self, input: &mut [u8], trace: &mut Trace) -> Next {
        let Some(step) = step(&mut self.connection, input, trace) else { return Next::Stop };
        match step.event {
            Event::Request(span) => {
                let head = span.on(input);
                let host = head.authority().map_or("-".into(), |a| shown(a.as_bytes()));
                trace.line(format!(
                    "request {} {} {} host={host} length={}",
                    shown(head.method().as_bytes()),
                    shown(head.raw_target()),
                    head.version(),
                    length(head.length()),
                ));
                let count = show_fields(head.fields(), trace);
                assert_eq!(count, head.field_count(), "{}", self.vector.id);
                let early = self.answer().strip_prefix("early ");
                self.early = early.is_some();
                if let Some(answer) = early {
                    self.answered += 1;
                    self.respond(answer, trace);
                }
                Next::Again
            }
            Event::Content(span) => {
                let content = span.on(input);
                assert!(!content.is_empty(), "{}: empty content", self.vector.id);
                trace.content.extend_from_slice(content);
                Next::Again
            }
            Event::Trailers(span) => {
                trace.line("trailers".into());
                let count = show_fields(span.on(input), trace);
                assert_eq!(count, span.count(), "{}", self.vector.id);
                Next::Again
            }
            Event::End => {
                trace.line("end".into());
                let answer = self.answer();
                if self.early {
                    self.early = false;
                } else if answer != "wait" {
                    self.answered += 1;
                    self.respond(answer, trace);
                }
                Next::Again
            }
            Event::Discarded => {
                if trace.lines.last().is_none_or(|line| line != "discarded") {
                    trace.line("discarded".into());
                }
                Next::Again
            }
            event => rest_of_events(&event, trace),
        }
    }
}

/// One step, counted; `None` after an error, which is noted.
fn step<R: Role>(
    connection: &mut Connection<R, Limits>,
    input: &mut [u8],
    trace: &mut Trace,
) -> Option<Step> {
    match connection.receive(input, 0) {
        // What is dropped after the close depends on what has arrived.
        Ok(step) if matches!(step.event, Event::Closed(_)) => Some(step),
        Ok(step) => {
            trace.consumed += step.consumed;
            Some(step)
        }
        Err(error) => {
            trace.line(format!("error {} @{}", error.kind().name(), error.offset()));
            // PAUSE: nothing is read after an error, whatever comes.
            let after = connection.receive(input, 0).map(|step| step.event);
            assert_eq!(after, Ok(Event::Closed(CloseReason::Failed)));
            None
        }
    }
}

/// The events that say the same in both roles.
pub(crate) fn rest_of_events(event: &Event, trace: &mut Trace) -> Next {
    match event {
        Event::NeedInput => Next::Feed,
        Event::Paused => {
            trace.flush();
            if trace.lines.last().is_none_or(|line| line != "paused") {
                trace.line("paused".into());
            }
            Next::Feed
        }
        Event::Tunnel => {
            trace.line("tunnel".into());
            Next::Stop
        }
        Event::Closed(reason) => {
            // How much of what is dropped came before the close depends on the cuts.
            if trace.lines.last().is_some_and(|line| line == "discarded") {
                trace.lines.pop();
            }
            trace.line(format!("closed {reason:?}"));
            Next::Stop
        }
        other => panic!("an event of the other role: {other:?}"),
    }
}

pub(crate) struct ClientPeer<'v> {
    pub(crate) connection: Connection<Client, Limits>,
    pub(crate) vector: &'v Vector,
    pub(crate) asked: usize,
    /// Content that waits for 100 (Continue).
    pub(crate) waiting: u64,
}

impl<'v> ClientPeer<'v> {
    pub(crate) fn new(vector: &'v Vector) -> Self {
        let connection = Connection::<Client, Limits>::new(vector.limits(), 0);
        let mut peer = Self { connection, vector, asked: 0, waiting: 0 };
        peer.ask();
        peer
    }

    /// Sends the next request, if there is one.
    pub(crate) fn ask(&mut self) {
        let first = String::from("GET /");
        let line = match self.vector.sent.get(self.asked) {
            Some(line) => line,
            None if self.asked == 0 => &first,
            None => return,
        };
        self.asked += 1;
        let mut words = line.split(' ');
        let method = words.next().expect("a method").as_bytes();
        let target = words.next().expect("a target");
        let host = if method == b"CONNECT" { target } else { "a" };
        let method = Method::from_bytes(method).expect("a token");
        let mut request = Request::new(method, target, host);
        let (mut content, mut expect) = (0, false);
        for word in words {
            request = match word.split_once('=').unwrap_or((word, "")) {
                ("upgrade", protocols) => request.upgrade(protocols),
                ("sized", n) => {
                    content = n.parse().expect("a number");
                    request.sized(content)
                }
                ("streamed", _) => {
                    content = 5;
                    request.streamed()
                }
                ("expect", _) => {
                    expect = true;
                    request.expect_continue()
                }
                ("close", _) => request.close(),
                _ => panic!("{}: {word}", self.vector.place),
            };
        }
        let mut out = [0; ROOM];
        let head = self.connection.send_head(&request, &mut out).expect("a head");
        self.connection.sent(head.written, 0);
        if expect {
            self.waiting = content;
        } else {
            self.send(content);
        }
    }

    pub(crate) fn send(&mut self, content: u64) {
        let mut out = [0; ROOM];
        let data = vec![b'c'; usize::try_from(content).expect("small")];
        let mut left = &data[..];
        while !left.is_empty() {
            let sent = self.connection.send_content(left, &mut out).expect("content");
            self.connection.sent(sent.written, 0);
            left = &left[sent.consumed..];
        }
        let end = self.connection.send_end(&[], &mut out).expect("an end");
        self.connection.sent(end.written, 0);
    }
}

impl Peer for ClientPeer<'_> {
    fn end_of_input(&mut self) {
        self.connection.end_of_input();
    }

    fn receive(&mut self, input: &mut [u8], trace: &mut Trace) -> Next {
        let Some(step) = step(&mut self.connection, input, trace) else { return Next::Stop };
        match step.event {
            Event::Interim(span) => {
                show_response("interim", &span.on(input), trace);
                if span.status() == 100 && self.waiting > 0 {
                    let content = std::mem::take(&mut self.waiting);
                    self.send(content);
                }
                Next::Again
            }
            Event::Response(span) => {
                show_response("response", &span.on(input), trace);
                Next::Again
            }
            Event::Content(span) => {
                let content = span.on(input);
                assert!(!content.is_empty(), "{}: empty content", self.vector.id);
                trace.content.extend_from_slice(content);
                Next::Again
            }
            Event::Trailers(span) => {
                trace.line("trailers".into());
                let count = show_fields(span.on(input), trace);
                assert_eq!(count, span.count(), "{}", self.vector.id);
                Next::Again
            }
            Event::End => {
                trace.line("end".into());
                if self.connection.close_reason().is_none() && self.waiting == 0 {
                    self.ask();
                }
                Next::Again
            }
            event => rest_of_events(&event, trace),
        }
    }
}
