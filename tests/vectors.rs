//! The vectors under `tests/vectors/`: bytes in, events out, as data.
//!
//! Each vector is fed whole, byte by byte, and cut at every point; the events, the offsets of
//! errors and the number of consumed bytes must not depend on the cuts (SEG). What the files
//! look like is told in `tests/vectors/README.md`.

use blazeio::{
    Client, CloseReason, Connection, Event, Field, Length, Limits, Method, PeerErrorKind, Request,
    Response, ResponseHead, Server, UsageError,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// One vector as read from a file.
#[derive(Default, Clone)]
struct Vector {
    id: String,
    place: String,
    rule: String,
    client: bool,
    limits: Vec<(String, u64)>,
    sent: Vec<String>,
    answers: Vec<String>,
    input: Vec<u8>,
    /// What lies behind each of these comes only when everything before was answered to.
    stages: Vec<usize>,
    eof: bool,
    generated: bool,
    out: Vec<String>,
}

// ---- Reading the files ----

fn vectors() -> Vec<Vector> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .expect("the directory of vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    let mut all: Vec<Vector> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let mut open = false;
        for (number, line) in text.lines().enumerate() {
            let place = format!("{name}:{}", number + 1);
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(id) = line.strip_prefix("== ") {
                all.push(Vector { id: id.into(), place, ..Vector::default() });
                open = true;
                continue;
            }
            assert!(open, "{place}: a line before the first vector");
            let vector = all.last_mut().expect("a vector");
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{place}: no key"));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match key {
                "rule" => vector.rule = value.into(),
                "role" => vector.client = role(value, &place),
                "limits" => vector.limits.extend(value.split(' ').map(|l| limit(l, &place))),
                "sent" => vector.sent.push(value.into()),
                "answer" => vector.answers.push(value.into()),
                "in" => pieces(value, &mut vector.input, &place),
                "then" => {
                    vector.stages.push(vector.input.len());
                    pieces(value, &mut vector.input, &place);
                }
                "eof" => vector.eof = yes(value, &place),
                "generated" => vector.generated = yes(value, &place),
                "out" => vector.out.push(value.into()),
                _ => panic!("{place}: unknown key {key}"),
            }
        }
    }
    all
}

fn role(value: &str, place: &str) -> bool {
    match value {
        "server" => false,
        "client" => true,
        _ => panic!("{place}: unknown role {value}"),
    }
}

fn yes(value: &str, place: &str) -> bool {
    assert_eq!(value, "yes", "{place}");
    true
}

fn limit(text: &str, place: &str) -> (String, u64) {
    let (name, value) = text.split_once('=').unwrap_or_else(|| panic!("{place}: {text}"));
    (name.into(), value.parse().unwrap_or_else(|_| panic!("{place}: {text}")))
}

/// Quoted pieces, each perhaps with `* N` behind it, appended to `out`.
fn pieces(mut text: &str, out: &mut Vec<u8>, place: &str) {
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return;
        }
        text = text.strip_prefix('"').unwrap_or_else(|| panic!("{place}: no quote: {text}"));
        let mut piece = Vec::new();
        let mut chars = text.char_indices();
        let end = loop {
            let (at, c) = chars.next().unwrap_or_else(|| panic!("{place}: open quote"));
            match c {
                '"' => break at,
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('r') => piece.push(b'\r'),
                    Some('n') => piece.push(b'\n'),
                    Some('t') => piece.push(b'\t'),
                    Some('0') => piece.push(0),
                    Some('\\') => piece.push(b'\\'),
                    Some('"') => piece.push(b'"'),
                    Some('x') => {
                        let mut digit = || chars.next().and_then(|(_, c)| c.to_digit(16));
                        let (high, low) = (digit(), digit());
                        let byte = high.zip(low).map(|(h, l)| h * 16 + l);
                        let byte = byte.unwrap_or_else(|| panic!("{place}: \\x"));
                        piece.push(u8::try_from(byte).expect("two digits"));
                    }
                    other => panic!("{place}: escape {other:?}"),
                },
                ' '..='~' => piece.push(u8::try_from(c).expect("ASCII")),
                other => panic!("{place}: raw {other:?}"),
            }
        };
        text = text[end + 1..].trim_start();
        let mut times = 1;
        if let Some(rest) = text.strip_prefix('*') {
            let rest = rest.trim_start();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            times = rest[..end].parse().unwrap_or_else(|_| panic!("{place}: repetition"));
            text = &rest[end..];
        }
        for _ in 0..times {
            out.extend_from_slice(&piece);
        }
    }
}

impl Vector {
    fn limits(&self) -> Limits {
        let mut l = Limits::DEFAULT;
        for (name, value) in &self.limits {
            let place = &self.place;
            let cut = |max: u64| {
                assert!(*value <= max, "{place}: {name}={value}");
                *value
            };
            match name.as_str() {
                "start_line" => l.start_line = cut(u32::MAX.into()) as u32,
                "head" => l.head = cut(u32::MAX.into()) as u32,
                "fields" => l.fields = cut(u16::MAX.into()) as u16,
                "empty_lines" => l.empty_lines = cut(u8::MAX.into()) as u8,
                "interims" => l.interims = cut(u8::MAX.into()) as u8,
                "interim_bytes" => l.interim_bytes = cut(u32::MAX.into()) as u32,
                "chunk_line" => l.chunk_line = cut(u16::MAX.into()) as u16,
                "chunk_extensions" => l.chunk_extensions = cut(u32::MAX.into()) as u32,
                "chunk_overhead" => l.chunk_overhead = cut(u32::MAX.into()) as u32,
                "trailers" => l.trailers = cut(u32::MAX.into()) as u32,
                "trailer_fields" => l.trailer_fields = cut(u16::MAX.into()) as u16,
                "content" => l.content = *value,
                "requests" => l.requests = cut(u32::MAX.into()) as u32,
                "drain" => l.drain = cut(u32::MAX.into()) as u32,
                _ => panic!("{place}: unknown limit {name}"),
            }
        }
        l
    }
}

// ---- Showing events ----

/// What a run yields: events as lines, adjacent contents merged, and the bytes consumed.
#[derive(Default, PartialEq, Eq, Debug, Clone)]
struct Trace {
    lines: Vec<String>,
    content: Vec<u8>,
    /// Bytes consumed; not counted after an error or a close, when nothing is read any more.
    consumed: usize,
}

impl Trace {
    fn line(&mut self, line: String) {
        self.flush();
        self.lines.push(line);
    }

    fn flush(&mut self) {
        if !self.content.is_empty() {
            let text = format!("content \"{}\"", quoted(&self.content));
            self.content.clear();
            self.lines.push(text);
        }
    }
}

/// For names, values, targets: only what a line cannot hold is escaped.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &b in bytes {
        match b {
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            0 => text.push_str("\\0"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(b.into()),
            _ => write!(text, "\\x{b:02x}").expect("a string"),
        }
    }
    text
}

/// For what stands in quotes: quotes are escaped too.
fn quoted(bytes: &[u8]) -> String {
    shown(bytes).replace('"', "\\\"")
}

fn length(length: Length) -> String {
    match length {
        Length::None => "none".into(),
        Length::Sized(n) => n.to_string(),
        Length::Chunked => "chunked".into(),
        Length::UntilClose => "until-close".into(),
        other => format!("{other:?}"),
    }
}

fn show_fields<'a>(fields: impl Iterator<Item = Field<'a>>, trace: &mut Trace) -> usize {
    let mut count = 0;
    for field in fields {
        let line = format!("field {}: {}", shown(field.name), shown(field.value));
        trace.line(line.trim_end().into());
        count += 1;
    }
    count
}

fn show_response(name: &str, head: &ResponseHead<'_>, trace: &mut Trace) {
    let mut line = format!("{name} {} \"{}\"", head.status(), quoted(head.reason()));
    if name == "response" {
        write!(line, " {} length={}", head.version(), length(head.length())).expect("a string");
    }
    trace.line(line);
    show_fields(head.fields(), trace);
}

// ---- Running ----

const ROOM: usize = 1024;

/// How the input is cut, and when its end is told.
#[derive(Clone, Debug)]
struct Cuts {
    /// Ascending; the pieces lie between them.
    at: Vec<usize>,
    /// The end of input is known as soon as the last piece is there, not only after all of
    /// it was looked at.
    eof_with_last: bool,
}

enum Next {
    Again,
    Feed,
    Stop,
}

/// What both roles do with their connection between two steps.
trait Peer {
    fn receive(&mut self, input: &mut [u8], trace: &mut Trace) -> Next;
    fn end_of_input(&mut self);
}

fn run(vector: &Vector, cuts: &Cuts) -> Trace {
    if vector.client {
        feed(vector, cuts, &mut ClientPeer::new(vector))
    } else {
        feed(vector, cuts, &mut ServerPeer::new(vector))
    }
}

fn feed<P: Peer>(vector: &Vector, cuts: &Cuts, peer: &mut P) -> Trace {
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
fn finish(mut trace: Trace, buffer: &[u8], more: &[u8]) -> Trace {
    trace.flush();
    if trace.lines.last().is_some_and(|line| line == "tunnel") {
        let rest = [buffer, more].concat();
        trace.lines.pop();
        trace.lines.push(format!("tunnel \"{}\"", quoted(&rest)));
    }
    trace
}

/// Steps until more input is needed; whether the connection is done with.
fn drain<P: Peer>(peer: &mut P, buffer: &mut Vec<u8>, trace: &mut Trace) -> bool {
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

struct ServerPeer<'v> {
    connection: Connection<Server, Limits>,
    vector: &'v Vector,
    answered: usize,
    early: bool,
}

impl<'v> ServerPeer<'v> {
    fn new(vector: &'v Vector) -> Self {
        let connection = Connection::<Server, Limits>::new(vector.limits(), 0);
        Self { connection, vector, answered: 0, early: false }
    }

    fn answer(&mut self) -> &'v str {
        let answers = &self.vector.answers;
        answers.get(self.answered).or(answers.last()).map_or("200", |answer| answer)
    }

    fn respond(&mut self, answer: &str, trace: &mut Trace) {
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
        let step = match self.connection.receive(input, 0) {
            Ok(step) => step,
            Err(error) => {
                trace.line(format!("error {} @{}", error.kind().name(), error.offset()));
                // PAUSE: nothing is read after an error, whatever comes.
                let after = self.connection.receive(input, 0).map(|step| step.event);
                assert_eq!(after, Ok(Event::Closed(CloseReason::Failed)), "{}", self.vector.id);
                return Next::Stop;
            }
        };
        match step.event {
            Event::Closed(_) => {}
            _ => trace.consumed += step.consumed,
        }
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

/// The events that say the same in both roles.
fn rest_of_events(event: &Event, trace: &mut Trace) -> Next {
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

struct ClientPeer<'v> {
    connection: Connection<Client, Limits>,
    vector: &'v Vector,
    asked: usize,
    /// Content that waits for 100 (Continue).
    waiting: u64,
}

impl<'v> ClientPeer<'v> {
    fn new(vector: &'v Vector) -> Self {
        let connection = Connection::<Client, Limits>::new(vector.limits(), 0);
        let mut peer = Self { connection, vector, asked: 0, waiting: 0 };
        peer.ask();
        peer
    }

    /// Sends the next request, if there is one.
    fn ask(&mut self) {
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

    fn send(&mut self, content: u64) {
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
        let step = match self.connection.receive(input, 0) {
            Ok(step) => step,
            Err(error) => {
                trace.line(format!("error {} @{}", error.kind().name(), error.offset()));
                // PAUSE: nothing is read after an error, whatever comes.
                let after = self.connection.receive(input, 0).map(|step| step.event);
                assert_eq!(after, Ok(Event::Closed(CloseReason::Failed)), "{}", self.vector.id);
                return Next::Stop;
            }
        };
        match step.event {
            Event::Closed(_) => {}
            _ => trace.consumed += step.consumed,
        }
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

// ---- The tests ----

/// Input up to this many bytes is cut at every point.
const CUT_EVERYWHERE: usize = 2000;
/// Input up to this many bytes is cut at every two points.
const CUT_TWICE: usize = 72;

/// Where long input is cut: around its ends, its lines' ends, and points between.
fn points(input: &[u8]) -> Vec<usize> {
    if input.len() <= CUT_EVERYWHERE {
        return (0..=input.len()).collect();
    }
    let first_line = input.iter().position(|&b| b == b'\n').unwrap_or(0);
    let mut at: BTreeSet<usize> = (0..200).map(|n| n * input.len() / 200).collect();
    for middle in [0, first_line, 8192, 32_768, input.len()] {
        at.extend(middle.saturating_sub(40)..=middle.saturating_add(40).min(input.len()));
    }
    at.into_iter().filter(|&at| at <= input.len()).collect()
}

/// All ways to cut, whole first.
fn all_cuts(vector: &Vector) -> Vec<Cuts> {
    let length = vector.input.len();
    let mut all = vec![
        Cuts { at: Vec::new(), eof_with_last: false },
        Cuts { at: (1..length).collect(), eof_with_last: false },
        // An empty read, then two bytes at a time.
        Cuts {
            at: [0, 0].into_iter().chain((2..length).step_by(2)).collect(),
            eof_with_last: false,
        },
    ];
    all.extend(
        points(&vector.input).into_iter().map(|at| Cuts { at: vec![at], eof_with_last: false }),
    );
    if length <= CUT_TWICE {
        for a in 1..length {
            all.extend((a..length).map(|b| Cuts { at: vec![a, b], eof_with_last: false }));
        }
    }
    if vector.eof {
        let told: Vec<_> =
            all.iter().map(|cuts| Cuts { eof_with_last: true, ..cuts.clone() }).collect();
        all.extend(told);
    }
    all
}

fn describe(vector: &Vector, what: &str, expected: &[String], actual: &[String]) -> String {
    let list = |lines: &[String]| {
        lines.iter().fold(String::new(), |mut text, line| {
            let cut: String = line.chars().take(200).collect();
            writeln!(text, "    {cut}").expect("a string");
            text
        })
    };
    format!(
        "{} ({}), {what}\n  rule: {}\n  expected:\n{}  actual:\n{}",
        vector.id,
        vector.place,
        vector.rule,
        list(expected),
        list(actual)
    )
}

/// Runs every vector in every cut and reports all that fail.
#[test]
fn every_vector_yields_its_events_however_it_is_cut() {
    let all = vectors();
    let only = std::env::var("VECTOR").ok();
    let chosen: Vec<_> = all.iter().filter(|v| only.as_ref().is_none_or(|o| v.id == *o)).collect();
    let threads = std::thread::available_parallelism().map_or(4, |n| n.get().min(16));
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let chosen = &chosen;
                scope.spawn(move || {
                    let mine = chosen.iter().skip(worker).step_by(threads);
                    mine.filter_map(|vector| check(vector)).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|w| w.join().expect("a worker")).collect()
    });
    assert!(failures.is_empty(), "{} failed\n\n{}", failures.len(), failures.join("\n"));
}

/// The first disagreement of one vector.
fn check(vector: &Vector) -> Option<String> {
    let mut whole: Option<Trace> = None;
    for cuts in all_cuts(vector) {
        let run = std::panic::catch_unwind(|| run(vector, &cuts));
        let Ok(trace) = run else {
            let what = format!("a panic, cut at {:?}", cuts_shown(&cuts));
            return Some(describe(vector, &what, &vector.out, &[]));
        };
        if trace.lines != vector.out {
            let what = format!("cut at {}", cuts_shown(&cuts));
            return Some(describe(vector, &what, &vector.out, &trace.lines));
        }
        let first = whole.get_or_insert_with(|| trace.clone());
        // An error consumes nothing; what a close drops depends on what one step sees.
        let last = vector.out.last().map_or("", |line| line.as_str());
        let counts = !last.starts_with("error") && !last.starts_with("closed");
        if counts && first.consumed != trace.consumed {
            let what = format!(
                "cut at {}: {} bytes consumed, whole {}",
                cuts_shown(&cuts),
                trace.consumed,
                first.consumed
            );
            return Some(describe(vector, &what, &vector.out, &trace.lines));
        }
    }
    None
}

fn cuts_shown(cuts: &Cuts) -> String {
    let eof = if cuts.eof_with_last { ", end told with the last piece" } else { "" };
    match &cuts.at[..] {
        [] => format!("no point{eof}"),
        [a] => format!("{a}{eof}"),
        [a, b] => format!("{a} and {b}{eof}"),
        many => format!("{} points{eof}", many.len()),
    }
}

#[test]
fn there_are_enough_vectors_and_few_are_generated() {
    let all = vectors();
    let generated = all.iter().filter(|v| v.generated).count();
    assert!(all.len() >= 430, "{} vectors", all.len());
    assert!(generated * 5 <= all.len(), "{generated} of {} are generated", all.len());
}

#[test]
fn every_vector_has_an_id_of_its_own_and_a_rule() {
    let mut seen = BTreeMap::new();
    for vector in vectors() {
        let Vector { id, place, rule, out, .. } = &vector;
        assert!(!rule.is_empty(), "{place}: {id} has no rule");
        if let Some(other) = seen.insert(id.clone(), place.clone()) {
            panic!("{id} stands at {place} and at {other}");
        }
        let last = out.len().saturating_sub(1);
        for (index, line) in out.iter().enumerate() {
            let ends = ["error ", "closed ", "tunnel"].iter().any(|e| line.starts_with(e));
            assert!(!ends || index == last, "{place}: {id}: {line} is not the last line");
        }
        assert!(vector.client || vector.sent.is_empty(), "{place}: a server sends no request");
        assert!(!vector.client || vector.answers.is_empty(), "{place}: a client has no answers");
    }
}

/// No two vectors say the same: same role, limits, input and end.
#[test]
fn no_vector_repeats_another() {
    let mut seen = BTreeMap::new();
    for v in vectors() {
        let limits = format!("{:?}", v.limits);
        let key = (v.client, limits, v.sent, v.answers, (v.input, v.stages), v.eof);
        if let Some(other) = seen.insert(key, v.id.clone()) {
            panic!("{} repeats {other}", v.id);
        }
    }
}

/// The attacks whose door is in the parser, the framing or the connection machine.
const THREATS: &[&str] = &[
    "CLTE", "TETE", "VER", "CLVAL", "CL0", "0CL", "TERM", "SPILL", "EXTQ", "CHSZ", "TRLR", "WSP",
    "HOST", "TGT", "HOP", "SPLIT", "PAUSE", "UPG", "EARLY", "PIPE", "SEG", "QUAD", "SLOW", "HEADF",
    "CHUNKF", "BODYL", "1XX", "BODYX", "REUSE", "LOG", "HALF", "SHUT", "CLOCK",
];

#[test]
fn every_threat_of_parser_framing_and_connection_has_a_vector() {
    let ids: BTreeSet<String> = vectors()
        .into_iter()
        .filter_map(|v| v.id.rsplit_once('-').map(|(threat, _)| threat.to_owned()))
        .collect();
    let missing: Vec<_> = THREATS.iter().filter(|t| !ids.contains(**t)).collect();
    assert!(missing.is_empty(), "without a vector: {missing:?}");
}

#[test]
fn every_error_that_bytes_can_cause_occurs() {
    let occurring: BTreeSet<String> = vectors()
        .iter()
        .flat_map(|v| &v.out)
        .filter_map(|line| line.strip_prefix("error ")?.split(' ').next().map(str::to_owned))
        .collect();
    let missing: Vec<_> = PeerErrorKind::ALL
        .iter()
        .map(|kind| kind.name())
        .filter(|name| !name.ends_with("Timeout") && !occurring.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
    for name in occurring {
        assert!(PeerErrorKind::ALL.iter().any(|k| k.name() == name), "no such error: {name}");
    }
}
