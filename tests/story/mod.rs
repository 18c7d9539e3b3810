//! One side of a connection in simulated time: what the stories in `tests/` are told with.

#![allow(dead_code, unreachable_pub)]

use blazeio::{
    Client, Connection, DeadlineCause, Event, Limits, Method, PeerError, PeerErrorKind, Request,
    Response, Role, Server, Signals, Step, Timeouts, UsageError,
};

pub const SECOND: u64 = 1_000_000;
pub const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

pub const STREAMING: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

pub fn get() -> Request<'static> {
    Request::new(Method::Get, "/", "a")
}

/// The head of a request with so many bytes of content.
pub fn post(length: u64) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
}

/// Default limits, but time does not pass.
pub const TIMELESS: Limits = Limits { timeouts: Timeouts::OFF, ..Limits::DEFAULT };

/// A connection, what it was given and did not consume, and the time.
#[derive(Clone)]
pub struct Side<R: Role> {
    pub connection: Connection<R, Limits>,
    pub input: Vec<u8>,
    pub now: u64,
}

pub fn server(limits: Limits) -> Side<Server> {
    Side { connection: Connection::new(limits, 0), input: Vec::new(), now: 0 }
}

pub fn client(limits: Limits) -> Side<Client> {
    Side { connection: Connection::new(limits, 0), input: Vec::new(), now: 0 }
}

/// A client whose request is out and sent.
pub fn asking(limits: Limits, request: &Request<'_>) -> Side<Client> {
    let mut side = client(limits);
    side.ask(request);
    side.flush();
    side
}

/// A server that read `input`, up to where it waits.
pub fn asked(limits: Limits, input: &str) -> Side<Server> {
    let mut side = server(limits);
    let events = side.hear(input);
    assert!(events.starts_with("request"), "{events}");
    side
}

impl<R: Role> Side<R> {
    pub fn at(&mut self, now: u64) -> &mut Self {
        self.now = now;
        self
    }

    /// One step, its consumed bytes dropped.
    pub fn step(&mut self) -> Result<Step, PeerError> {
        let step = self.connection.receive(&mut self.input, self.now)?;
        self.input.drain(..step.consumed);
        Ok(step)
    }

    /// Gives `input` and tells every event up to where reading waits, joined by `|`; pieces
    /// of content as one.
    pub fn hear(&mut self, input: impl AsRef<[u8]>) -> String {
        self.input.extend_from_slice(input.as_ref());
        let mut told: Vec<String> = Vec::new();
        loop {
            let step = match self.connection.receive(&mut self.input, self.now) {
                Ok(step) => step,
                Err(error) => {
                    told.push(format!("error {}", error.kind().name()));
                    return told.join("|");
                }
            };
            let text = tell(&step.event, &self.input);
            self.input.drain(..step.consumed);
            match step.event {
                Event::NeedInput => return told.join("|"),
                Event::Content(_) | Event::Discarded => merge(&mut told, text),
                Event::Paused | Event::Tunnel | Event::Closed(_) => {
                    told.push(text);
                    return told.join("|");
                }
                _ => told.push(text),
            }
        }
    }

    /// The error that `input` leads to.
    pub fn fail(&mut self, input: impl AsRef<[u8]>) -> PeerError {
        self.input.extend_from_slice(input.as_ref());
        for _ in 0..1000 {
            if let Err(error) = self.step() {
                return error;
            }
        }
        panic!("no error");
    }

    /// The peer's end of input.
    pub fn hear_end(&mut self) -> String {
        self.connection.end_of_input();
        self.hear("")
    }

    pub fn signals(&mut self) -> Signals {
        self.connection.signals(self.now)
    }

    /// The next deadline: its cause, and when.
    pub fn deadline(&mut self) -> Option<(DeadlineCause, u64)> {
        self.signals().deadline.map(|d| (d.cause, d.at))
    }

    /// Time passes to the deadline, which is over then.
    pub fn expire(&mut self) -> Result<DeadlineCause, PeerErrorKind> {
        let (cause, at) = self.deadline().expect("a deadline");
        self.now = at;
        self.connection.expired(at).map(|()| cause).map_err(|error| error.kind())
    }

    /// The transport takes everything.
    pub fn flush(&mut self) {
        let unsent = usize::try_from(self.connection.bytes_unsent()).unwrap();
        let _ = self.connection.sent(unsent, self.now);
    }

    pub fn content(&mut self, data: &[u8]) -> Result<String, UsageError> {
        let mut out = vec![0; data.len() + 64];
        let done = self.connection.send_content(data, &mut out)?;
        assert_eq!(done.consumed, data.len());
        Ok(text(&out[..done.written]))
    }

    pub fn end(&mut self) -> Result<String, UsageError> {
        let mut out = [0; 64];
        let done = self.connection.send_end(&[], &mut out)?;
        Ok(text(&out[..done.written]))
    }

    /// Nothing can make this connection carry another exchange (PAUSE).
    pub fn assert_over(&mut self) {
        assert!(!self.connection.is_idle());
        assert!(self.connection.close_reason().is_some());
        for input in [GET, OK, ""] {
            let told = self.hear(input);
            assert!(told.starts_with("closed"), "{told}");
        }
        assert_eq!(self.connection.send_content(b"x", &mut [0; 9]), Err(UsageError::Closed));
        assert_eq!(self.connection.send_end(&[], &mut [0; 9]), Err(UsageError::Closed));
        assert_eq!(self.connection.frame_content(1), Err(UsageError::Closed));
    }
}

impl Side<Server> {
    pub fn head(&mut self, response: &Response<'_>) -> Result<String, UsageError> {
        let mut out = [0; 1024];
        let done = self.connection.send_head(response, &mut out)?;
        Ok(text(&out[..done.written]))
    }

    /// Answers without content and sends it.
    pub fn answer(&mut self, status: u16) -> String {
        let head = self.head(&Response::new(status)).unwrap();
        self.end().unwrap();
        self.flush();
        head
    }

    pub fn interim(&mut self, response: &Response<'_>) -> Result<String, UsageError> {
        let mut out = [0; 1024];
        let done = self.connection.send_interim(response, &mut out)?;
        Ok(text(&out[..done.written]))
    }

    pub fn error(&mut self, error: &PeerError) -> Result<String, UsageError> {
        let mut out = [0; 256];
        let done = self.connection.send_error(error, None, &mut out)?;
        Ok(text(&out[..done.written]))
    }
}

impl Side<Client> {
    pub fn head(&mut self, request: &Request<'_>) -> Result<String, UsageError> {
        let mut out = [0; 1024];
        let done = self.connection.send_head(request, &mut out)?;
        Ok(text(&out[..done.written]))
    }

    /// Sends a request's head, and its end unless content follows.
    pub fn ask(&mut self, request: &Request<'_>) -> String {
        let head = self.head(request).unwrap();
        let _ = self.end();
        head
    }
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\r\\n", "¶")
}

fn merge(told: &mut Vec<String>, text: String) {
    match told.last_mut() {
        Some(last) if last.starts_with("content ") && text.starts_with("content ") => {
            last.push_str(&text["content ".len()..]);
        }
        Some(last) if *last == text => {}
        _ => told.push(text),
    }
}

fn tell(event: &Event, input: &[u8]) -> String {
    match event {
        Event::Request(span) => {
            let head = span.on(input);
            format!("request {} {}", head.method(), head.raw_target().escape_ascii())
        }
        Event::Interim(span) => format!("interim {}", span.status()),
        Event::Response(span) => format!("response {}", span.status()),
        Event::Content(span) => format!("content {}", span.on(input).escape_ascii()),
        Event::Trailers(span) => format!("trailers {}", span.count()),
        Event::End => "end".into(),
        Event::NeedInput => "need".into(),
        Event::Discarded => "discarded".into(),
        Event::Paused => "paused".into(),
        Event::Tunnel => "tunnel".into(),
        Event::Closed(reason) => format!("closed {reason:?}"),
        _ => unreachable!("{event:?}"),
    }
}
