//! Properties of arbitrary bytes and of arbitrary messages: no input panics, loops, loses or
//! invents a byte, and no cut changes what is read (SEG, QUAD); what is emitted reads back
//! the same or is refused (SPLIT).

use blazeio::{
    Client, Connection, Event, Field, Limits, Method, PeerError, Request, Response, Server, Step,
    Timeouts,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Small, so that arbitrary input reaches every limit.
static LIMITS: Limits = Limits {
    start_line: 40,
    head: 160,
    fields: 6,
    chunk_line: 12,
    chunk_extensions: 30,
    chunk_overhead: 40,
    trailers: 60,
    trailer_fields: 2,
    content: 200,
    interims: 2,
    requests: 4,
    drain: 20,
    timeouts: Timeouts::OFF,
    ..Limits::DEFAULT
};

/// Pieces of messages, so that arbitrary sequences get deep.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "GET / HTTP/1.1\r\n",
        "POST /a HTTP/1.1\r\n",
        "HEAD * HTTP/1.0\r\n",
        "CONNECT a:1 HTTP/1.1\r\n",
        "GET http://b/?c HTTP/1.1\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100\r\n",
        "HTTP/1.0 204 \r\n",
        "HTTP/1.1 101 S\r\n",
        "Host: a\r\n",
        "host: b:80\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive, upgrade\r\n",
        "Upgrade: x\r\n",
        "Expect: 100-continue\r\n",
        "X: y\r\n",
        "\r\n",
        " fold\r\n",
        "5\r\nhello\r\n",
        "hello",
        "0\r\n\r\n",
        "0\r\nA: b\r\n\r\n",
        "1;a=\"b\"\r\nx\r\n",
        "\r",
        "\n",
        ":",
        " ",
        "\0",
        "a;b",
    ];
    prop_oneof![
        12 => proptest::sample::select(known.to_vec()).prop_map(|s| s.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..12),
    ]
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(piece(), 0..14).prop_map(|pieces| pieces.concat()),
        1 => vec(any::<u8>(), 0..200),
    ]
}

/// A side that can be fed, and answers what must be answered.
trait Side {
    fn receive(&mut self, input: &mut [u8]) -> Result<Step, PeerError>;
    fn end_of_input(&mut self);
    /// The message is complete: true if reading goes on.
    fn turn(&mut self) -> bool;
}

impl Side for Connection<Server, &Limits> {
    fn receive(&mut self, input: &mut [u8]) -> Result<Step, PeerError> {
        Connection::receive(self, input, 0)
    }

    fn end_of_input(&mut self) {
        Connection::end_of_input(self);
    }

    fn turn(&mut self) -> bool {
        let mut out = [0; 256];
        let Ok(head) = self.send_head(&Response::new(200).sized(2), &mut out) else { return false };
        let content = self.send_content(b"ok", &mut out).unwrap();
        let _ = self.send_end(&[], &mut out).unwrap();
        self.sent(head.written + content.written, 0);
        true
    }
}

impl Side for Connection<Client, &Limits> {
    fn receive(&mut self, input: &mut [u8]) -> Result<Step, PeerError> {
        Connection::receive(self, input, 0)
    }

    fn end_of_input(&mut self) {
        Connection::end_of_input(self);
    }

    /// One request is all: what comes after its response is surplus, or if another request
    /// was out by then, its response; that depends on time, so not on the bytes alone.
    fn turn(&mut self) -> bool {
        false
    }
}

/// Everything that was read, with contents joined, and how much was consumed.
#[derive(Debug, PartialEq, Default)]
struct Trace {
    events: Vec<String>,
    /// Up to an error, which says itself where it is.
    consumed: usize,
    failed: bool,
    steps: usize,
}

/// Feeds `input` so that the n-th read ends at `cuts[n]`, then everything, then the end.
fn trace(side: &mut impl Side, input: &[u8], cuts: impl Iterator<Item = usize>) -> Trace {
    let mut trace = Trace::default();
    let mut buffer = input.to_vec();
    let mut ends = cuts.chain([input.len()]);
    let (mut start, mut end, mut ended) = (0, 0, false);
    let mut content = Vec::new();
    loop {
        trace.steps += 1;
        assert!(trace.steps < 10 * input.len() + 100, "it loops");
        let bytes = &mut buffer[start..end];
        let len = bytes.len();
        let step = match side.receive(bytes) {
            Ok(step) => step,
            Err(error) => {
                trace.events.push(format!("{content:?}"));
                trace.events.push(error.to_string());
                trace.failed = true;
                assert!(matches!(side.receive(&mut []), Ok(Step { event: Event::Closed(_), .. })));
                return trace;
            }
        };
        assert!(step.consumed <= len);
        let shown = match step.event {
            Event::Request(span) => format!("{:?}", span.on(bytes)),
            Event::Interim(span) | Event::Response(span) => format!("{:?}", span.on(bytes)),
            Event::Trailers(span) => format!("{:?}", span.on(bytes)),
            Event::Content(span) => {
                assert!(!span.is_empty() && span.end <= step.consumed);
                content.extend_from_slice(span.on(bytes));
                String::new()
            }
            Event::NeedInput => String::new(),
            event => format!("{event:?}"),
        };
        if !shown.is_empty() {
            trace.events.push(format!("{content:?}"));
            content.clear();
            trace.events.push(shown);
        }
        start += step.consumed;
        // After closing everything that happens to be there is dropped.
        if !matches!(step.event, Event::Closed(_)) {
            trace.consumed += step.consumed;
        }
        match step.event {
            Event::NeedInput if end < input.len() => {
                end = ends.next().unwrap_or(input.len()).max(end)
            }
            Event::NeedInput if !ended => {
                ended = true;
                side.end_of_input();
            }
            Event::NeedInput => panic!("more is needed after the end"),
            Event::End => drop(side.turn()),
            Event::Paused if !side.turn() => return trace,
            // What follows is not HTTP; how much of it has arrived depends on the cut.
            Event::Tunnel | Event::Closed(_) => return trace,
            _ => {}
        }
    }
}

fn server() -> Connection<Server, &'static Limits> {
    Connection::new(&LIMITS, 0)
}

fn client() -> Connection<Client, &'static Limits> {
    let mut client = Connection::<Client, _>::new(&LIMITS, 0);
    let mut out = [0; 256];
    let request = Request::new(Method::Get, "/", "a").upgrade("x");
    let head = client.send_head(&request, &mut out).unwrap();
    let end = client.send_end(&[], &mut out).unwrap();
    client.sent(head.written + end.written, 0);
    client
}

fn same_however_cut<S: Side>(
    new: impl Fn() -> S,
    input: &[u8],
    cuts: &[usize],
) -> Result<(), TestCaseError> {
    let whole = trace(&mut new(), input, std::iter::empty());
    let bytewise = trace(&mut new(), input, 1..input.len());
    prop_assert_eq!(&whole.events, &bytewise.events);
    prop_assert!(whole.failed || whole.consumed == bytewise.consumed);
    let mut cuts: Vec<usize> = cuts.iter().map(|c| c % (input.len() + 1)).collect();
    cuts.sort_unstable();
    let cut = trace(&mut new(), input, cuts.into_iter());
    prop_assert_eq!(&whole.events, &cut.events);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn seg_a_server_reads_the_same_however_input_is_cut(input in input(), cuts in vec(any::<usize>(), 0..4)) {
        same_however_cut(server, &input, &cuts)?;
    }

    #[test]
    fn seg_a_client_reads_the_same_however_input_is_cut(input in input(), cuts in vec(any::<usize>(), 0..4)) {
        same_however_cut(client, &input, &cuts)?;
    }

    #[test]
    fn split_a_request_reads_back_as_it_was_sent_or_is_refused(
        method in "[A-Z]{1,7}|\\PC{1,3}",
        target in "/[!-~]{0,20}|\\*|http://a/|\\PC{0,9}",
        host in "[a-z]{1,9}(:[0-9]{1,5})?|\\PC{0,9}",
        fields in vec(("[!-~]{1,9}", "[ -~]{0,12}|\\PC{0,12}"), 0..5),
    ) {
        let fields: Vec<_> = fields.iter().map(|(n, v)| Field::new(n, v)).collect();
        let Some(method) = Method::from_bytes(method.as_bytes()) else { return Ok(()) };
        let request = Request::new(method, &target, &host).fields(&fields);
        let mut out = [0; 1024];
        let mut client = Connection::<Client>::new(&Limits::DEFAULT, 0);
        let Ok(head) = client.send_head(&request, &mut out) else { return Ok(()) };
        let mut server = Connection::<Server>::new(&Limits::DEFAULT, 0);
        let wire = &mut out[..head.written];
        let step = server.receive(wire, 0);
        let Ok(Step { consumed, event: Event::Request(span) }) = step else {
            return Err(TestCaseError::fail(format!("{step:?} for {}", wire.escape_ascii())));
        };
        prop_assert_eq!(consumed, wire.len());
        let head = span.on(wire);
        prop_assert_eq!(head.method(), method);
        prop_assert_eq!(head.raw_target(), target.as_bytes());
        prop_assert_eq!(head.field("host"), Some(host.as_bytes()));
        let received: Vec<_> = head.fields().skip(1).take(fields.len()).collect();
        prop_assert_eq!(received, fields);
    }

    #[test]
    fn split_a_response_reads_back_as_it_was_sent_or_is_refused(
        status in 200u16..1000,
        reason in "[ -~]{0,12}|\\PC{0,6}",
        fields in vec(("[!-~]{1,9}", "[ -~]{0,12}|\\PC{0,12}"), 0..5),
        content in vec(any::<u8>(), 0..40),
        streamed in any::<bool>(),
    ) {
        let fields: Vec<_> = fields.iter().map(|(n, v)| Field::new(n, v)).collect();
        let mut server = Connection::<Server>::new(&Limits::DEFAULT, 0);
        let mut request = *b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        prop_assert!(server.receive(&mut request, 0).is_ok());
        let response = Response::new(status).reason(&reason).fields(&fields);
        let response = if streamed { response.streamed() } else { response.sized(content.len() as u64) };
        let mut out = [0; 2048];
        let Ok(head) = server.send_head(&response, &mut out) else { return Ok(()) };
        let mut len = head.written;
        if !content.is_empty() {
            len += server.send_content(&content, &mut out[len..]).unwrap().written;
        }
        len += server.send_end(&[], &mut out[len..]).unwrap().written;

        let mut client = client();
        let traced = trace(&mut client, &out[..len], std::iter::empty());
        let step = self::client().receive(&mut out[..len], 0);
        let Ok(Step { event: Event::Response(span), .. }) = step else {
            return Err(TestCaseError::fail(format!("{step:?}")));
        };
        let head = span.on(&out);
        prop_assert_eq!(head.status(), status);
        prop_assert_eq!(head.reason(), reason.as_bytes());
        let received: Vec<_> = head.fields().take(fields.len()).collect();
        prop_assert_eq!(received, fields);
        prop_assert!(traced.events.contains(&"End".to_owned()), "{:?}", traced);
    }
}
