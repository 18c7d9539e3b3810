//! The core and the grammar read the same bytes; whatever either says, the other must say too.
//!
//! Each side turns a connection's whole input, and the end of input behind it, into a list of
//! [`Fact`](fact::Fact)s. The limits are lifted, so that only the grammar decides.

mod core;
mod fact;
mod grammar;
mod peer;

use blazeio_grammar::{RequestHead, ResponseHead};
use fact::Fact;

/// More input than this is cut off: sixteen thousand fields or interim responses are no grammar.
const LONGEST: usize = 4000;

/// What a client asks: a method, its target, and the protocols that it offers.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    method: &'static str,
    target: &'static str,
    offers: &'static [&'static str],
}

impl Asked {
    const fn new(method: &'static str, target: &'static str) -> Self {
        Self { method, target, offers: &[] }
    }
}

/// The requests that a response may answer, where it makes a difference which.
pub(crate) const ASKED: [Asked; 5] = [
    Asked::new("GET", "/"),
    Asked::new("HEAD", "/"),
    Asked::new("CONNECT", "a:80"),
    Asked::new("POST", "/x"),
    Asked { offers: &["websocket", "a/1"], ..Asked::new("GET", "/") },
];

/// A server's whole input, its end included: pipelined requests, each answered with 200.
pub(crate) fn requests(input: &[u8]) {
    let input = short(input);
    same(input, &core::requests(input), &grammar::requests(input), true);
}

/// A client's whole input, its end included, after it sent one request.
pub(crate) fn responses(asked: Asked, input: &[u8]) {
    let input = short(input);
    same(input, &core::responses(asked, input), &grammar::responses(asked, input), false);
}

/// A request's head and nothing behind it; then also what httparse makes of it.
pub(crate) fn request_head(input: &[u8]) {
    let input = short(input);
    let said = core::first(core::requests(input));
    same(input, &said, &core::first(grammar::requests(input)), true);
    if let [Fact::Request(head)] = said.as_slice() {
        peer::reads_request(input, head);
    }
}

/// A response's head and nothing behind it; then also what httparse makes of it.
pub(crate) fn response_head(asked: Asked, input: &[u8]) {
    let input = short(input);
    let said = core::first(core::responses(asked, input));
    same(input, &said, &core::first(grammar::responses(asked, input)), false);
    if let [Fact::Response(head) | Fact::Interim(head)] = said.as_slice() {
        peer::reads_response(input, head);
    }
}

fn short(input: &[u8]) -> &[u8] {
    &input[..input.len().min(LONGEST)]
}

/// # Panics
///
/// The sides differ.
fn same(input: &[u8], core: &[Fact], grammar: &[Fact], status_counts: bool) {
    let agree = core.len() == grammar.len()
        && core.iter().zip(grammar).all(|(core, grammar)| core.agrees(grammar, status_counts));
    assert!(
        agree,
        "the core and the grammar differ\n  input: \"{}\"\n  core: {core:#?}\n  grammar: {grammar:#?}",
        input.escape_ascii()
    );
}

/// A head as both sides can say it: minor versions above 1 read as 1 (RFC 9110 §2.5).
fn as_read(head: RequestHead) -> RequestHead {
    RequestHead { minor: head.minor.min(1), ..head }
}

/// The same of a response. Whether the connection persists is a fact of its own, told when the
/// response has ended.
fn response_as_read(head: ResponseHead) -> ResponseHead {
    ResponseHead { minor: head.minor.min(1), keeps_alive: true, ..head }
}
