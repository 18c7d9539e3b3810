//! A relay in one call: what the core reads is passed on by the rules of RFC 9110 §7.6, and read
//! again by another one, which must see the same message but for what ends at every relay (HOP).
//!
//! Decides by naive rules of its own which field lines those are, which target goes on, and what
//! Max-Forwards and Via come to.

use crate::bounds::LIFTED;
use crate::fields::{Line, lines};
use crate::heard::{Heard, Start, hear};
use crate::outlet::Outlet;
use crate::via::{VIA, via};
use blazeio::web::relay::{
    Hops, MOST, OriginForm, Passed, Via, reframed_request, reframed_response,
};
use blazeio::{
    Client, Connection, Event, Field, Fields, Length, Limits, Method, Request, RequestHead,
    Response, ResponseHead, Role, Server,
};
use std::collections::BTreeSet;

type Peer<R> = Connection<R, &'static Limits>;

const FRONTS: [&str; 8] = [
    "",
    "GET / HTTP/1.1\r\nHost: a\r\n",
    "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n",
    "TRACE /b?c HTTP/1.1\r\nHost: a\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 304 \r\n",
    "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n",
];

const METHODS: [Method<'static>; 3] = [Method::Get, Method::Head, Method::Options];

/// The first byte chooses how a message begins, and what a response answers; the others are the
/// rest of it. What the core refuses is no matter here.
pub fn run(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let wire = [FRONTS[usize::from(first % 8)].as_bytes(), rest].concat();
    if wire.starts_with(b"HTTP/") {
        response(&wire, METHODS[usize::from(first / 8) % METHODS.len()]);
    } else {
        request(wire);
    }
}

fn request(mut wire: Vec<u8>) {
    let mut server: Peer<Server> = Connection::new(&LIFTED, 0);
    let Ok(step) = server.receive(&mut wire, 0) else { return };
    let Event::Request(span) = step.event else { return };
    let head = span.on(&wire);
    let Some(relayed) = Relayed::new(&head) else { return };
    let mut outlet = Outlet::new(Connection::<Client, _>::new(&LIFTED, 0));
    let Some(start) = relayed.send(&head, &mut outlet) else { return };
    if start.expects {
        let interim = outlet.connection.receive(&mut b"HTTP/1.1 100 \r\n\r\n".to_vec(), 0);
        assert!(interim.is_ok());
    }
    let heard = Heard { start: Some(start), ..Heard::default() };
    let sent = rest_of(&mut server, head.fields(), wire[step.consumed..].to_vec(), heard);
    put(&mut outlet, &sent);
    let (heard, _) = hear(&mut Connection::<Server, _>::new(&LIFTED, 0), &outlet.wire);
    assert_eq!(heard, sent, "{} became {}", wire.escape_ascii(), outlet.wire.escape_ascii());
    again(&outlet.wire, relayed.hops);
}

/// What a relay makes of a request's head.
struct Relayed {
    target: String,
    host: String,
    fields: Vec<Line>,
    hops: Option<Hops>,
}

impl Relayed {
    /// `None` if a relay refuses it, or has to open a tunnel.
    fn new(head: &RequestHead<'_>) -> Option<Self> {
        let target = OriginForm::new(head).to_string();
        assert_eq!(target, origin_form(head), "{}", head.raw_target().escape_ascii());
        let hops = hops(head);
        via(head.fields());
        let mut fields = passed(head.fields()).filter(|_| head.method() != Method::Connect)?;
        if let Some(Hops::Left(left)) = hops {
            fields.push((b"Max-Forwards".to_vec(), left.to_string().into_bytes()));
        }
        let own = Via::new(head.version(), "edge:80", Some("x")).to_string();
        let said = head.version().to_string().replace("HTTP/", "") + " edge:80 (x)";
        assert_eq!(own, said);
        fields.push((b"Via".to_vec(), own.into_bytes()));
        // HTTP/1.0 need not name one: then the relay names its origin.
        let host = head.authority().map_or(&b"o"[..], |authority| authority.as_bytes());
        let host = String::from_utf8(host.to_vec()).expect("ASCII");
        Some(Self { target, host, fields, hops })
    }

    /// Sends it, and says what the next one must read; `None` if it cannot be sent.
    fn send(&self, head: &RequestHead<'_>, outlet: &mut Outlet<'_, Client>) -> Option<Start> {
        let fields = fields(&self.fields);
        let asked = Request::new(head.method(), &self.target, &self.host).fields(&fields);
        let asked = asked.content(reframed_request(head));
        let asked = if head.expects_continue() { asked.expect_continue() } else { asked };
        if let Err(error) = outlet.put(|c, out| c.send_head(&asked, out)) {
            // RFC 9110 §9.3.8: a client sends none, and a server need not look.
            let is_trace = head.method() == Method::Trace && head.length() != Length::None;
            assert!(is_trace, "not to be sent: {error:?}: {head:?}");
            return None;
        }
        let line = [head.method().as_bytes(), self.target.as_bytes(), self.host.as_bytes()];
        Some(Start {
            line: line.map(<[u8]>::to_vec).into(),
            fields: self.fields.clone(),
            length: match head.length() {
                Length::None if is_anticipated(head.method()) => Length::Sized(0),
                length => length,
            },
            keep_alive: true,
            expects: head.expects_continue(),
            upgrade: Vec::new(),
        })
    }
}

/// The next relay sees the loop, and one hop less.
fn again(wire: &[u8], hops: Option<Hops>) {
    let mut wire = wire.to_vec();
    let step = Connection::<Server, _>::new(&LIFTED, 0).receive(&mut wire, 0);
    let Ok(Event::Request(span)) = step.map(|step| step.event) else { unreachable!("read before") };
    let head = span.on(&wire);
    assert!(VIA.is_in(head.fields()), "a loop");
    let next = Hops::new(head.method(), head.fields());
    match hops {
        Some(Hops::Left(0)) => assert_eq!(next, Ok(Hops::Here)),
        Some(Hops::Left(left)) => assert_eq!(next, Ok(Hops::Left(left - 1))),
        _ => assert_eq!(next, Ok(Hops::Any)),
    }
}

fn response(wire: &[u8], method: Method<'static>) {
    let mut rest = wire.to_vec();
    let (mut client, mut outlet) = (asking(method), asked(method));
    let mut sent = Heard::default();
    let mut head = None;
    while sent.start.is_none() {
        let Ok(step) = client.receive(&mut rest, 0) else { return };
        match step.event {
            Event::Interim(span) => {
                let Some(start) = interim(&span.on(&rest), &mut outlet) else { return };
                sent.interims.push(start);
            }
            Event::Response(span) => {
                let (span, bytes) = head.insert((span, rest.clone()));
                let head = span.on(bytes);
                sent.start = final_response(&head, &mut outlet);
                if sent.start.is_none() {
                    return;
                }
                if head.length() == Length::UntilClose {
                    client.end_of_input();
                }
            }
            _ => return,
        }
        rest.drain(..step.consumed);
    }
    let (span, bytes) = head.expect("it came");
    let mut sent = rest_of(&mut client, span.on(&bytes).fields(), rest, sent);
    put(&mut outlet, &sent);
    if sent.start.as_ref().is_some_and(|start| start.line[0] == b"205") {
        // It ends where it begins, whatever came.
        sent = Heard { content: Vec::new(), trailers: Vec::new(), ended: true, ..sent };
    }
    let (heard, _) = hear(&mut asking(method), &outlet.wire);
    assert_eq!(heard, sent, "{} became {}", wire.escape_ascii(), outlet.wire.escape_ascii());
}

/// Passes an interim response on; `None` if that is refused.
fn interim(head: &ResponseHead<'_>, outlet: &mut Outlet<'_, Server>) -> Option<Start> {
    let passed = passed(head.fields())?;
    let fields = fields(&passed);
    let answer = Response::new(head.status()).reason("").fields(&fields);
    outlet.put(|c, out| c.send_interim(&answer, out)).expect("an interim response");
    Some(start_of(head, passed))
}

/// Passes a response's head on; `None` if that is refused.
fn final_response(head: &ResponseHead<'_>, outlet: &mut Outlet<'_, Server>) -> Option<Start> {
    let passed = passed(head.fields())?;
    let fields = fields(&passed);
    let answer = Response::new(head.status()).reason("").fields(&fields);
    let answer = answer.content(reframed_response(head));
    if let Err(error) = outlet.put(|c, out| c.send_head(&answer, out)) {
        // RFC 9110 §15.5.22: it says what to upgrade to, which ends here.
        assert!(head.status() == 426, "not to be sent: {error:?}: {head:?}");
        return None;
    }
    length_is_said(head, &outlet.wire);
    Some(start_of(head, passed))
}

fn start_of(head: &ResponseHead<'_>, fields: Vec<Line>) -> Start {
    Start {
        line: vec![head.status().to_string().into_bytes(), Vec::new()],
        fields,
        length: match head.length() {
            Length::None => Length::None,
            // RFC 9110 §15.3.6: it has no content, whatever came.
            _ if head.status() == 205 => Length::Sized(0),
            Length::UntilClose => Length::Chunked,
            length => length,
        },
        keep_alive: true,
        expects: false,
        upgrade: Vec::new(),
    }
}

/// RFC 9110 §8.6: what has no content says what it would be, if that was said; 204 says nothing, and
/// 205 that it is none.
fn length_is_said(head: &ResponseHead<'_>, wire: &[u8]) {
    if head.length() != Length::None || matches!(head.status(), 204 | 205) {
        return;
    }
    let lines = lines(head.fields());
    let lines = lines.iter().filter(|line| line.0.eq_ignore_ascii_case(b"content-length"));
    let said: BTreeSet<u64> = lines.flat_map(|line| list(&line.1)).map(number).collect();
    assert!(said.len() < 2, "two lengths are one message's: {said:?}");
    let said = said.first().map(|length| format!("\r\nContent-Length: {length}\r\n"));
    let wire = String::from_utf8_lossy(wire);
    match said {
        Some(line) => assert!(wire.contains(&line), "{line:?} is not in {wire:?}"),
        None => assert!(!wire.contains("\r\nContent-Length: "), "{wire:?}"),
    }
}

/// RFC 9110 §8.6: `1*DIGIT`.
fn number(text: Vec<u8>) -> u64 {
    assert!(text.iter().all(u8::is_ascii_digit), "a length is {}", text.escape_ascii());
    String::from_utf8(text).expect("digits").parse().expect("a length")
}

/// A client that asked.
fn asking(method: Method<'static>) -> Peer<Client> {
    let mut outlet = Outlet::new(Connection::<Client, _>::new(&LIFTED, 0));
    outlet.put(|c, out| c.send_head(&Request::new(method, "/", "a"), out)).expect("a request");
    outlet.put_end(&[]).expect("no content");
    outlet.connection
}

/// A server that was asked.
fn asked(method: Method<'static>) -> Outlet<'static, Server> {
    let mut outlet = Outlet::new(Connection::<Server, _>::new(&LIFTED, 0));
    let name = std::str::from_utf8(method.as_bytes()).expect("ASCII");
    let mut wire = format!("{name} / HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes();
    assert!(outlet.connection.receive(&mut wire, 0).is_ok());
    outlet
}

/// Reads content, trailers and the end, and notes what of them is to be passed on.
fn rest_of<R: Role>(
    from: &mut Peer<R>,
    head: Fields<'_>,
    mut rest: Vec<u8>,
    mut sent: Heard,
) -> Heard {
    while let Ok(step) = from.receive(&mut rest, 0) {
        match step.event {
            Event::Trailers(span) => {
                sent.trailers = passed_of(head, span.on(&rest)).expect("the head was passed");
            }
            event => sent.note(&event, &rest),
        }
        rest.drain(..step.consumed);
        if !matches!(step.event, Event::Content(_) | Event::Trailers(_)) {
            break;
        }
    }
    sent
}

/// Sends what was read behind the head.
fn put<R: Role + Copy>(outlet: &mut Outlet<'_, R>, sent: &Heard) {
    let mut at = 0;
    while at < sent.content.len() {
        let mut out = [0; 256];
        let done = outlet.connection.send_content(&sent.content[at..], &mut out).expect("content");
        assert!(done.consumed > 0, "no progress");
        outlet.wire.extend_from_slice(&out[..done.written]);
        at += done.consumed;
    }
    if sent.ended {
        outlet.put_end(&fields(&sent.trailers)).expect("an end, with the trailers that came");
    }
}

fn fields(lines: &[Line]) -> Vec<Field<'_>> {
    lines.iter().map(|(name, value)| Field::from_bytes(name, value)).collect()
}

/// RFC 9110 §7.6.1, and what a relay says for itself: Expect, Host, framing, Max-Forwards, and who
/// may use it.
const ENDS: &str = "connection keep-alive proxy-connection te transfer-encoding upgrade \
    content-length expect host max-forwards proxy-authenticate proxy-authentication-info \
    proxy-authorization";

/// Nobody may have these taken away: they are for all recipients of a message (HOP).
const STAYS: &str = "authorization cache-control content-encoding content-range content-type \
    cookie set-cookie via";

/// The lines that are to be passed on, which are those that are passed on; `None` if refused.
fn passed(head: Fields<'_>) -> Option<Vec<Line>> {
    assert_eq!(Passed::new(head).ok().map(lines), Passed::trailers(head, head).ok().map(lines));
    passed_of(head, head)
}

/// The same of `all`, which the Connection of `head` is about.
fn passed_of(head: Fields<'_>, all: Fields<'_>) -> Option<Vec<Line>> {
    let all_lines = lines(all);
    let lower = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
    let is_in = |list: &str, name: &str| list.split(' ').any(|other| other == name);
    let named: Vec<String> = lines(head)
        .iter()
        .filter(|line| lower(&line.0) == "connection")
        .flat_map(|line| list(&line.1))
        .map(|option| lower(&option))
        .filter(|option| !is_in(ENDS, option) && !is_in(STAYS, option) && option != "close")
        .collect();
    let ours = Passed::trailers(head, all).ok().map(lines);
    assert_eq!(ours.is_some(), named.len() <= MOST, "{named:?}");
    let goes_on = |line: &&Line| !is_in(ENDS, &lower(&line.0)) && !named.contains(&lower(&line.0));
    let expected: Vec<Line> = all_lines.iter().filter(goes_on).cloned().collect();
    assert!(ours.as_ref().is_none_or(|ours| *ours == expected), "{ours:?} of {all_lines:?}");
    ours
}

/// RFC 9110 §5.6.1, of tokens.
pub(crate) fn list(value: &[u8]) -> Vec<Vec<u8>> {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let elements = value.split(|&b| b == b',').map(|element| {
        let front = element.iter().take_while(|b| blank(b)).count();
        let back = element[front..].iter().rev().take_while(|b| blank(b)).count();
        element[front..element.len() - back].to_vec()
    });
    elements.filter(|element| !element.is_empty()).collect()
}

/// RFC 9112 §3.2.1, and §3.2.4 for OPTIONS of a whole server.
fn origin_form(head: &RequestHead<'_>) -> String {
    let target = String::from_utf8(head.raw_target().to_vec()).expect("ASCII");
    if head.method() == Method::Connect {
        return String::new();
    }
    if target.starts_with('/') || target == "*" {
        return target;
    }
    let (_, rest) = target.split_once("://").expect("a scheme");
    match rest.find(['/', '?']).map(|at| &rest[at..]) {
        None if head.method() == Method::Options => "*".into(),
        None => "/".into(),
        Some(query) if query.starts_with('?') => format!("/{query}"),
        Some(path) => path.into(),
    }
}

/// RFC 9110 §7.6.2, of a number as long as it likes; `None`: refused.
fn hops(head: &RequestHead<'_>) -> Option<Hops> {
    let is_counted = matches!(head.method(), Method::Options | Method::Trace);
    let values: Vec<&[u8]> =
        head.fields().filter(|f| f.is("max-forwards")).map(|f| f.value).collect();
    let expected = match values[..] {
        _ if !is_counted => Some(Hops::Any),
        [] => Some(Hops::Any),
        [value] if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
            let digits = String::from_utf8(value.to_vec()).expect("digits");
            match digits.trim_start_matches('0') {
                "" => Some(Hops::Here),
                digits if digits.len() > 10 => Some(Hops::Left(u32::MAX - 1)),
                digits => {
                    let number: u64 = digits.parse().expect("ten digits");
                    let number = number.min(u64::from(u32::MAX)) - 1;
                    Some(Hops::Left(u32::try_from(number).expect("below")))
                }
            }
        }
        _ => None,
    };
    assert_eq!(Hops::new(head.method(), head.fields()).ok(), expected, "{values:?}");
    expected
}

/// RFC 9110 §8.6: of these no content is said to be none.
fn is_anticipated(method: Method<'_>) -> bool {
    matches!(method, Method::Post | Method::Put | Method::Patch)
}
