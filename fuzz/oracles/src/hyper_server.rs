//! The same requests to the core and to hyper's server: where both see a message they see the
//! same, from the same byte to the same byte.
//!
//! Decides for each request that the core accepts whether hyper, if it accepts it too, has its
//! method, its target and its content; so the next begins at the same byte. Neither may see a
//! complete message where the other waits for the rest of one. What the core refuses hyper may
//! accept; what hyper refuses, or closes after, the core may accept.
//!
//! Where they differ on purpose, and what decides for the core:
//!
//! - hyper shows a target as a `Uri`, with its scheme in lower case and `/` for an empty path.
//!   RFC 9110 §4.2.3: "an empty path component is equivalent to an absolute path of "/""; the
//!   scheme is "case-insensitive and normally provided in lowercase".
//!
//! What hyper refuses, so that nothing is compared from there on:
//!
//! - HTTP/1.2 to 1.9. RFC 9110 §6.2: a recipient "SHOULD process the message as if it were in the
//!   highest minor version within that major version to which the recipient is conformant".
//! - Raw `^`, `|`, `` ` `` and the like in a target. RFC 9112 §3.2 leaves it: "SHOULD respond with
//!   either a 400 (Bad Request) error or a 301"; browsers send them.

use crate::hyper_wire::{Hold, Wire, has_waited};
use blazeio::{Connection, Event, Limits, PeerErrorKind, RequestHead, Response, Server, Timeouts};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use std::cell::RefCell;
use std::convert::Infallible;

static LIMITS: Limits = Limits { timeouts: Timeouts::OFF, ..Limits::DEFAULT };

/// What one of the two saw of a request.
#[derive(Debug, Default)]
struct Seen {
    method: String,
    target: String,
    content: Vec<u8>,
    is_complete: bool,
    /// The input ended while the rest of it was waited for.
    has_waited: bool,
}

impl Seen {
    fn new(head: &RequestHead<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("ASCII");
        let (method, target) = (text(head.method().as_bytes()), text(head.raw_target()));
        Self { method, target, ..Self::default() }
    }
}

/// Why the core reads no further.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Refused(PeerErrorKind),
    /// The input ended within a message, or between two.
    Input,
    /// No other may follow.
    Closed,
    /// What follows, from this byte on, is no HTTP.
    Tunnel(usize),
}

/// Panics if core and hyper see different requests.
pub fn run(data: &[u8]) {
    let _ = compare(data);
}

/// The same; how many complete requests both saw.
pub fn compare(data: &[u8]) -> usize {
    let (ours, ending) = by_the_core(data);
    let (theirs, tunnel, has_waited) = by_hyper(data);
    for (at, (our, their)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(our.method, their.method, "request {at}");
        assert!(is_same_target(&our.target, &their.target), "request {at}: {our:?} {their:?}");
        let common = our.content.len().min(their.content.len());
        assert_eq!(our.content[..common], their.content[..common], "request {at}");
        match (our.is_complete, their.is_complete) {
            (true, true) => assert_eq!(our.content.len(), their.content.len(), "request {at}"),
            (true, false) => {
                assert!(!their.has_waited, "request {at}: hyper waits for more: {our:?} {their:?}");
                // It refused the rest.
                assert_eq!(common, their.content.len(), "request {at}");
            }
            (false, true) => assert!(matches!(ending, Ending::Refused(_)), "{ending:?} {their:?}"),
            (false, false) => {}
        }
    }
    if theirs.len() > ours.len() {
        let is_over = matches!(ending, Ending::Refused(_) | Ending::Closed);
        assert!(is_over, "{ending:?}, and hyper goes on: {:?}", theirs[ours.len()]);
    }
    if let Some(our) = ours.get(theirs.len()).filter(|our| our.is_complete) {
        assert!(!has_waited, "hyper waits for more of a head: {our:?}");
    }
    if let (Ending::Tunnel(ours), Some(theirs)) = (ending, tunnel) {
        assert_eq!(ours, theirs, "the tunnel's first byte");
    }
    ours.iter().zip(&theirs).filter(|(our, their)| our.is_complete && their.is_complete).count()
}

fn by_the_core(data: &[u8]) -> (Vec<Seen>, Ending) {
    let mut connection = Connection::<Server>::new(&LIMITS, 0);
    let (mut input, mut out) = (data.to_vec(), [0; 256]);
    let (mut seen, mut at, mut has_ended) = (Vec::<Seen>::new(), 0, false);
    loop {
        let rest = &mut input[at..];
        let step = match connection.receive(rest, 0) {
            Ok(step) => step,
            Err(error) => return (seen, ending_of(error.kind())),
        };
        match step.event {
            Event::Request(head) => seen.push(Seen::new(&head.on(rest))),
            Event::Content(piece) => {
                let last = seen.last_mut().expect("a head before content");
                last.content.extend_from_slice(piece.on(rest));
            }
            Event::Trailers(_) => {}
            Event::End => {
                seen.last_mut().expect("a head before an end").is_complete = true;
                let n = connection.send_head(&Response::new(200), &mut out).expect("room").written;
                if !connection.is_tunnel() {
                    let _ = connection.send_end(&[], &mut []).expect("no room is needed");
                }
                let _ = connection.sent(n, 0);
            }
            Event::NeedInput => {
                assert!(!has_ended, "more input is waited for behind its end");
                connection.end_of_input();
                has_ended = true;
            }
            Event::Tunnel => return (seen, Ending::Tunnel(at)),
            Event::Closed(_) if has_ended => return (seen, Ending::Input),
            Event::Closed(_) => return (seen, Ending::Closed),
            other => panic!("a server that answers at once: {other:?}"),
        }
        at += step.consumed;
    }
}

fn ending_of(kind: PeerErrorKind) -> Ending {
    match kind {
        PeerErrorKind::TruncatedHead | PeerErrorKind::TruncatedContent => Ending::Input,
        kind => Ending::Refused(kind),
    }
}

/// What it saw; the first byte of the tunnel, if it opened one; whether the input ended in a message.
fn by_hyper(data: &[u8]) -> (Vec<Seen>, Option<usize>, bool) {
    let (wire, seen) = (Wire::of_requests(data), RefCell::new(Vec::<Seen>::new()));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        Box::pin(async {
            let (method, target) = (request.method().to_string(), request.uri().to_string());
            seen.borrow_mut().push(Seen { method, target, ..Seen::default() });
            let mut content = request.into_body();
            loop {
                let frame = content.frame().await;
                wire.step();
                let mut seen = seen.borrow_mut();
                let last = seen.last_mut().expect("it was pushed");
                match frame {
                    Some(Ok(frame)) => {
                        last.content.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
                    }
                    Some(Err(error)) => {
                        last.has_waited = has_waited(&error);
                        break;
                    }
                    None => {
                        last.is_complete = true;
                        break;
                    }
                }
            }
            Ok::<_, Infallible>(hyper::Response::new(Empty::<Bytes>::new()))
        })
    });
    let mut connection =
        http1::Builder::new().auto_date_header(false).serve_connection(Hold(&wire), service);
    let end = wire.drive(|context| connection.poll_without_shutdown(context));
    let left = connection.into_parts().read_buf.len();
    let is_tunnel = matches!(end, Some(Ok(())))
        && seen.borrow().last().is_some_and(|last| last.method == "CONNECT" && last.is_complete);
    let tunnel = is_tunnel.then(|| wire.taken() - left);
    let waited = matches!(end, Some(Err(error)) if has_waited(&error));
    (seen.into_inner(), tunnel, waited)
}

/// Whether the target `ours` is the one that hyper writes `theirs`.
fn is_same_target(ours: &str, theirs: &str) -> bool {
    if ours == theirs {
        return true;
    }
    let (Some((our_scheme, our_rest)), Some((scheme, rest))) =
        (ours.split_once("://"), theirs.split_once("://"))
    else {
        return false;
    };
    let end = our_rest.find(['/', '?']).unwrap_or(our_rest.len());
    let (authority, path) = our_rest.split_at(end);
    let slash = if path.starts_with('/') { "" } else { "/" };
    our_scheme.eq_ignore_ascii_case(scheme) && rest == format!("{authority}{slash}{path}")
}
