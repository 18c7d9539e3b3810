//! The same response to the core and to hyper's client: where both accept it they see the same,
//! up to the same byte.
//!
//! Decides for a response that the core accepts whether hyper, if it accepts it too, has its
//! status and its content, and which byte is the first behind it. Neither may have a complete
//! response where the other waits for the rest of one. The first byte of the input chooses the
//! request.
//!
//! They differ nowhere on purpose. HTTP/1.2 to 1.9 hyper refuses, so that nothing is compared.
//! RFC 9110 §6.2: a recipient "SHOULD process the message as if it were in the highest minor
//! version within that major version to which the recipient is conformant". Folds it accepts only
//! when told so, which it is here (RFC 9112 §5.2).

use crate::hyper_wire::{Hold, Wire, at_once, has_waited};
use blazeio::{Client, Connection, Event, Limits, Method, PeerErrorKind, Request, Timeouts};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

static LIMITS: Limits = Limits { timeouts: Timeouts::OFF, ..Limits::DEFAULT };

/// The requests: method, target, what they offer to switch to.
const REQUESTS: [(&str, &str, Option<&str>); 6] = [
    ("GET", "/", None),
    ("HEAD", "/", None),
    ("POST", "/", None),
    ("CONNECT", "a:80", None),
    ("GET", "/", Some("echo")),
    ("OPTIONS", "*", None),
];

/// What one of the two saw of the response.
#[derive(Debug, Default)]
struct Seen {
    status: Option<u16>,
    content: Vec<u8>,
    /// The first byte behind it, once it is complete.
    end: Option<usize>,
    refused: Option<PeerErrorKind>,
    /// The input ended while it waited for more.
    has_waited: bool,
}

/// Panics if core and hyper see different responses.
pub fn run(data: &[u8]) {
    let _ = compare(data);
}

/// The same; whether both saw a complete response.
pub fn compare(data: &[u8]) -> bool {
    let Some((selector, data)) = data.split_first() else { return false };
    let request = REQUESTS[usize::from(*selector) % REQUESTS.len()];
    let (ours, theirs) = (by_the_core(request, data), by_hyper(request, data));
    if let (Some(our), Some(their)) = (ours.status, theirs.status) {
        assert_eq!(our, their, "{ours:?} {theirs:?}");
    }
    let common = ours.content.len().min(theirs.content.len());
    assert_eq!(ours.content[..common], theirs.content[..common], "{ours:?} {theirs:?}");
    match (ours.end, theirs.end) {
        (Some(our), Some(their)) => {
            assert_eq!(ours.content.len(), theirs.content.len(), "{ours:?} {theirs:?}");
            assert_eq!(our, their, "{ours:?} {theirs:?}");
        }
        (Some(_), None) => {
            assert!(!theirs.has_waited, "hyper waits for more: {ours:?} {theirs:?}");
            // It refused the rest.
            assert_eq!(common, theirs.content.len(), "{ours:?} {theirs:?}");
        }
        (None, Some(_)) => assert!(ours.refused.is_some(), "{ours:?} {theirs:?}"),
        (None, None) => {}
    }
    ours.end.is_some() && theirs.end.is_some()
}

fn by_the_core((method, target, upgrade): (&str, &str, Option<&str>), data: &[u8]) -> Seen {
    let mut connection = Connection::<Client>::new(&LIMITS, 0);
    let (mut input, mut out) = (data.to_vec(), [0; 256]);
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let mut request = Request::new(method, target, "a:80");
    if let Some(protocol) = upgrade {
        request = request.upgrade(protocol);
    }
    let n = connection.send_head(&request, &mut out).expect("room").written;
    let n = n + connection.send_end(&[], &mut out[n..]).expect("room").written;
    let _ = connection.sent(n, 0);
    let (mut seen, mut at, mut has_ended) = (Seen::default(), 0, false);
    loop {
        let rest = &mut input[at..];
        let step = match connection.receive(rest, 0) {
            Ok(step) => step,
            Err(error) => {
                seen.refused = refusal(error.kind());
                return seen;
            }
        };
        match step.event {
            Event::Response(head) => seen.status = Some(head.status()),
            Event::Content(piece) => seen.content.extend_from_slice(piece.on(rest)),
            Event::Interim(_) | Event::Trailers(_) => {}
            Event::End | Event::Tunnel => {
                seen.end = Some(at + step.consumed);
                return seen;
            }
            Event::NeedInput => {
                assert!(!has_ended, "more input is waited for behind its end");
                connection.end_of_input();
                has_ended = true;
            }
            other => panic!("a client whose request is out: {other:?}"),
        }
        at += step.consumed;
    }
}

/// What the core refused, if not only the end of input.
fn refusal(kind: PeerErrorKind) -> Option<PeerErrorKind> {
    use PeerErrorKind::{NoResponse, TruncatedContent, TruncatedHead};
    Some(kind).filter(|kind| ![NoResponse, TruncatedContent, TruncatedHead].contains(kind))
}

fn by_hyper((method, target, upgrade): (&str, &str, Option<&str>), data: &[u8]) -> Seen {
    let wire = Wire::of_responses(data);
    let handshake = http1::Builder::new()
        .allow_obsolete_multiline_headers_in_responses(true)
        .handshake::<_, Empty<Bytes>>(Hold(&wire));
    let (mut sender, mut connection) = at_once(handshake).expect("a transport that works");
    let mut request = hyper::Request::builder().method(method).uri(target).header("host", "a:80");
    if let Some(protocol) = upgrade {
        request = request.header("upgrade", protocol).header("connection", "upgrade");
    }
    let request = request.body(Empty::new()).expect("a good request");
    let seen = RefCell::new((Seen::default(), false));
    let mut exchange = pin!(async {
        let response = match sender.send_request(request).await {
            Ok(response) => response,
            Err(error) => return seen.borrow_mut().0.has_waited = has_waited(&error),
        };
        wire.step();
        seen.borrow_mut().0.status = Some(response.status().as_u16());
        let mut content = response.into_body();
        while let Some(frame) = content.frame().await {
            wire.step();
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return seen.borrow_mut().0.has_waited = has_waited(&error),
            };
            let bytes = frame.data_ref().map_or(&[][..], |data| data);
            seen.borrow_mut().0.content.extend_from_slice(bytes);
        }
        seen.borrow_mut().1 = true;
    });
    let mut is_done = false;
    let mut is_over = false;
    wire.drive(|context| {
        is_over = is_over || connection.poll_without_shutdown(context).is_ready();
        is_done = is_done || exchange.as_mut().poll(context).is_ready();
        if is_done && is_over { Poll::Ready(()) } else { Poll::Pending }
    });
    let left = connection.into_parts().read_buf.len();
    let (mut seen, is_complete) = seen.take();
    seen.end = is_complete.then(|| wire.taken() - left);
    seen
}
