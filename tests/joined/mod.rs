//! A client and a server joined in memory, with outputs and inputs as small as asked.

use blazeio::{
    Client, Connection, Event, Field, Limits, PeerError, Request, Response, Server, Step,
    UsageError, Written,
};

static LIMITS: Limits = Limits::DEFAULT;

/// What both sides send, and so what both must receive.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) request: Request<'static>,
    pub(crate) response: Response<'static>,
    pub(crate) request_content: Vec<u8>,
    pub(crate) response_content: Vec<u8>,
    pub(crate) trailers: &'static [Field<'static>],
}

/// One message as it was received.
#[derive(Default, Debug, PartialEq)]
struct Received {
    heads: usize,
    content: Vec<u8>,
    trailers: Vec<(Vec<u8>, Vec<u8>)>,
    ended: bool,
}

pub(crate) struct Joined {
    pub(crate) client: Connection<Client>,
    pub(crate) server: Connection<Server>,
    /// Everything that went either way.
    pub(crate) wire: Vec<u8>,
    /// Content goes by `frame_content` instead of `send_content`.
    pub(crate) frames: bool,
    output: usize,
    cut: usize,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

impl Joined {
    /// Content is sent through slices of `output` bytes and received `cut` bytes at a time.
    pub(crate) fn new(output: usize, cut: usize) -> Self {
        Self {
            client: Connection::new(&LIMITS, 0),
            server: Connection::new(&LIMITS, 0),
            wire: Vec::new(),
            frames: false,
            output,
            cut,
            to_server: Vec::new(),
            to_client: Vec::new(),
        }
    }

    /// One exchange, checked on both sides.
    pub(crate) fn run(&mut self, exchange: &Exchange) {
        let head = grow(|out| self.client.send_head(&exchange.request, out));
        self.to_server.extend_from_slice(&head);
        let content = exchange.request_content.as_slice();
        let body = if self.frames {
            frame(self.client.frame_content(content.len() as u64).unwrap(), content)
        } else {
            send_content(self.output, content, |d, o| self.client.send_content(d, o))
        };
        self.to_server.extend_from_slice(&body);
        let end = grow(|out| self.client.send_end(exchange.trailers, out));
        self.to_server.extend_from_slice(&end);
        self.client.sent(head.len() + body.len() + end.len(), 0);
        self.wire.extend_from_slice(&self.to_server);

        let request = receive(&mut self.to_server, self.cut, |b| self.server.receive(b, 0));
        check(&request, content, exchange.trailers);

        let head = grow(|out| self.server.send_head(&exchange.response, out));
        self.to_client.extend_from_slice(&head);
        let content = exchange.response_content.as_slice();
        let body = if self.frames {
            frame(self.server.frame_content(content.len() as u64).unwrap(), content)
        } else {
            send_content(self.output, content, |d, o| self.server.send_content(d, o))
        };
        self.to_client.extend_from_slice(&body);
        let end = grow(|out| self.server.send_end(exchange.trailers, out));
        self.to_client.extend_from_slice(&end);
        self.server.sent(head.len() + body.len() + end.len(), 0);
        self.wire.extend_from_slice(&self.to_client);

        let response = receive(&mut self.to_client, self.cut, |b| self.client.receive(b, 0));
        let expected: &[u8] = if body.is_empty() { b"" } else { content };
        check(&response, expected, exchange.trailers);
    }
}

/// Calls with room for nothing and then with the room asked for, which must be enough.
fn grow(mut send: impl FnMut(&mut [u8]) -> Result<Written, UsageError>) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        match send(&mut out) {
            Ok(done) => {
                assert_eq!(done.written, out.len());
                return out;
            }
            Err(UsageError::OutputTooSmall { needed }) if needed > out.len() => {
                // One byte less is refused in the same words.
                out.resize(needed - 1, 0);
                if needed > 1 {
                    assert_eq!(send(&mut out), Err(UsageError::OutputTooSmall { needed }));
                }
                out.push(0);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn frame(framing: blazeio::Framing, content: &[u8]) -> Vec<u8> {
    let content = &content[..framing.content as usize];
    [&framing.prefix, content, framing.suffix].concat()
}

/// Sends all of `content` through slices of `size` bytes, or of what is needed at least.
fn send_content(
    size: usize,
    mut content: &[u8],
    mut send: impl FnMut(&[u8], &mut [u8]) -> Result<Written, UsageError>,
) -> Vec<u8> {
    let mut all = Vec::new();
    let mut out = vec![0; size];
    while !content.is_empty() {
        match send(content, &mut out) {
            Ok(done) => {
                assert!(done.consumed > 0);
                all.extend_from_slice(&out[..done.written]);
                content = &content[done.consumed..];
            }
            Err(UsageError::OutputTooSmall { needed }) => {
                assert!(needed <= 6 && needed > out.len());
                out.resize(needed, 0);
            }
            Err(error) => panic!("{error}"),
        }
    }
    all
}

/// Feeds `wire`, `cut` bytes more at a time, until nothing more can be read.
fn receive(
    wire: &mut Vec<u8>,
    cut: usize,
    mut step: impl FnMut(&mut [u8]) -> Result<Step, PeerError>,
) -> Received {
    let mut received = Received::default();
    let mut end = 0;
    loop {
        let step = step(&mut wire[..end]).unwrap();
        match step.event {
            Event::Request(_) | Event::Response(_) => received.heads += 1,
            Event::Content(span) => received.content.extend_from_slice(span.on(wire)),
            Event::Trailers(span) => {
                received.trailers =
                    span.on(wire).map(|f| (f.name.to_vec(), f.value.to_vec())).collect();
            }
            Event::End => received.ended = true,
            Event::NeedInput if end == wire.len() => return received,
            Event::NeedInput => end = (end + cut).min(wire.len()),
            Event::Paused => return received,
            other => panic!("{other:?}"),
        }
        wire.drain(..step.consumed);
        end -= step.consumed;
    }
}

fn check(received: &Received, content: &[u8], trailers: &[Field<'_>]) {
    assert!(received.ended && received.heads == 1, "{received:?}");
    assert!(received.content == content, "{} bytes for {}", received.content.len(), content.len());
    let sent: Vec<_> = trailers.iter().map(|f| (f.name.to_vec(), f.value.to_vec())).collect();
    assert_eq!(received.trailers, sent);
}
