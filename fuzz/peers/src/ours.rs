//! What the core makes of a case: the reading that the peers are held against.
//!
//! Limits are lifted and clocks are off, so that only the grammar decides. A server answers every
//! request by 200 without content; a client sends the next request as soon as a response is
//! complete.

use crate::case::{Case, Sent};
use crate::reading::{Message, Reading, Stop};
use blazeio::{
    Client, Connection, Event, Limits, Method, PeerErrorKind, Request, Response, Role, Server,
    Step, Timeouts,
};

static LIMITS: Limits = Limits {
    start_line: 1 << 24,
    head: 1 << 24,
    fields: u16::MAX,
    interims: u8::MAX,
    interim_bytes: 1 << 24,
    chunk_line: u16::MAX,
    chunk_extensions: 1 << 24,
    chunk_overhead: 1 << 30,
    trailers: 1 << 24,
    trailer_fields: u16::MAX,
    content: u64::MAX,
    timeouts: Timeouts::OFF,
    ..Limits::DEFAULT
};

pub(crate) fn read(case: &Case) -> Reading {
    if case.is_request() {
        Requests::new().read(&case.bytes)
    } else {
        Responses::new(&case.sent).read(&case.bytes)
    }
}

/// Messages so far, and the one that is being read.
#[derive(Default)]
struct Progress {
    messages: Vec<Message>,
    open: Message,
    at: usize,
}

impl Progress {
    fn complete(&mut self) {
        self.open.end = Some(self.at);
        self.messages.push(std::mem::take(&mut self.open));
    }

    /// One step, its bytes counted, or why there is none.
    fn step<R: Role>(
        &mut self,
        connection: &mut Connection<R>,
        input: &mut [u8],
    ) -> Result<Step, Stop> {
        let step = connection.receive(input, 0).map_err(|error| match error.kind() {
            // The end of input inside a message: it was waited for.
            PeerErrorKind::TruncatedHead
            | PeerErrorKind::TruncatedContent
            | PeerErrorKind::NoResponse => Stop::Waiting,
            kind => Stop::Refused(kind.name().into()),
        })?;
        match step.event {
            Event::Tunnel => Err(Stop::Switched),
            Event::Closed(_) => Err(Stop::Closed),
            _ => {
                self.at += step.consumed;
                Ok(step)
            }
        }
    }
}

struct Requests {
    connection: Connection<Server>,
    progress: Progress,
}

impl Requests {
    fn new() -> Self {
        Self { connection: Connection::new(&LIMITS, 0), progress: Progress::default() }
    }

    fn read(mut self, bytes: &[u8]) -> Reading {
        let mut bytes = bytes.to_vec();
        let stop = loop {
            match self.step(&mut bytes) {
                Ok(true) => {}
                Ok(false) => break Stop::Waiting,
                Err(stop) => break stop,
            }
        };
        Reading { messages: self.progress.messages, stop }
    }

    /// Whether there may be another step.
    fn step(&mut self, bytes: &mut [u8]) -> Result<bool, Stop> {
        let input = &mut bytes[self.progress.at..];
        let step = self.progress.step(&mut self.connection, input)?;
        match step.event {
            Event::Request(span) => {
                let head = span.on(input);
                self.progress.open.start = String::from_utf8_lossy(head.method().as_bytes()).into();
                self.progress.open.target = head.raw_target().to_vec();
            }
            Event::Content(span) => self.progress.open.content.extend_from_slice(span.on(input)),
            Event::End => {
                self.progress.complete();
                self.answer();
            }
            Event::NeedInput | Event::Paused => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn answer(&mut self) {
        let mut out = [0; 512];
        let head = self.connection.send_head(&Response::new(200), &mut out).expect("a head");
        self.connection.sent(head.written, 0);
        // A tunnel has no end: nothing follows its head.
        if let Ok(end) = self.connection.send_end(&[], &mut out) {
            self.connection.sent(end.written, 0);
        }
    }
}

struct Responses<'c> {
    connection: Connection<Client>,
    progress: Progress,
    sent: std::slice::Iter<'c, Sent>,
}

impl<'c> Responses<'c> {
    fn new(sent: &'c [Sent]) -> Self {
        Self {
            connection: Connection::new(&LIMITS, 0),
            progress: Progress::default(),
            sent: sent.iter(),
        }
    }

    /// Byte by byte: what comes before its request was sent would be surplus.
    fn read(mut self, bytes: &[u8]) -> Reading {
        let mut bytes = bytes.to_vec();
        self.ask();
        let mut to = 0;
        let stop = loop {
            match self.step(&mut bytes[..to]) {
                Ok(true) => {}
                Ok(false) if to < bytes.len() => to += 1,
                Ok(false) => {
                    self.connection.end_of_input();
                    // The end is told once; the steps after it end in a stop.
                    break loop {
                        match self.step(&mut bytes) {
                            Ok(_) => {}
                            Err(stop) => break stop,
                        }
                    };
                }
                Err(stop) => break stop,
            }
        };
        Reading { messages: self.progress.messages, stop }
    }

    fn step(&mut self, bytes: &mut [u8]) -> Result<bool, Stop> {
        let input = &mut bytes[self.progress.at..];
        let step = self.progress.step(&mut self.connection, input)?;
        match step.event {
            Event::Interim(span) => {
                self.progress.open.start = span.status().to_string();
                self.progress.complete();
            }
            Event::Response(span) => self.progress.open.start = span.status().to_string(),
            Event::Content(span) => self.progress.open.content.extend_from_slice(span.on(input)),
            Event::End => {
                self.progress.complete();
                if self.connection.close_reason().is_none() {
                    self.ask();
                }
            }
            Event::NeedInput | Event::Paused => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn ask(&mut self) {
        let next = Sent::new("GET");
        let Sent { method, target, upgrade } = self.sent.next().unwrap_or(&next);
        let host = if method == "CONNECT" { target } else { "a" };
        let method = Method::from_bytes(method.as_bytes()).expect("a token");
        let mut request = Request::new(method, target, host);
        if let Some(protocols) = upgrade {
            request = request.upgrade(protocols);
        }
        let mut out = [0; 4096];
        let head = self.connection.send_head(&request, &mut out).expect("a head");
        let end = self.connection.send_end(&[], &mut out).expect("an end");
        self.connection.sent(head.written + end.written, 0);
    }
}
