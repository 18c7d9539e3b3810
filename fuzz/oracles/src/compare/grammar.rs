//! What the grammar says of a connection's input: a loop of head, body, next.

use super::fact::Fact;
use super::{Asked, as_read, response_as_read};
use blazeio_grammar::{
    Body, FieldLine, Framing, Refusal, RequestHead, ResponseHead, Verdict, body, content,
    is_switch, request_head, response_body, response_head,
};

/// A server's input and its end.
pub(crate) fn requests(input: &[u8]) -> Vec<Fact> {
    let (mut facts, mut at) = (Vec::new(), 0);
    loop {
        let rest = &input[at..];
        let head = match request_head(rest) {
            Verdict::Complete(head) => head,
            Verdict::Refused(refusal) => {
                on_sight(rest, &refusal, request_head);
                facts.push(refused(at, &refusal));
                return facts;
            }
            Verdict::Incomplete => {
                facts.push(Fact::NeedsInput);
                // RFC 9112 §9.5: between messages a connection may end. An empty line there is
                // part of none (§2.2).
                let between = rest.is_empty() || rest == b"\r\n";
                facts.push(if between { Fact::Closed } else { Fact::Truncated(input.len()) });
                return facts;
            }
        };
        at += head.len;
        let (framing, keeps_alive) = (head.framing, head.keeps_alive);
        let opens_tunnel = head.method == b"CONNECT";
        facts.push(Fact::Request(shown_request(head)));
        let Some(len) = read_body(&mut facts, framing, input, at, body) else { return facts };
        at += len;
        // RFC 9110 §9.3.6: answered with 200. RFC 9112 §9.6: nothing is read behind `close`.
        if opens_tunnel {
            facts.push(Fact::Tunnel(at));
            return facts;
        }
        if !keeps_alive {
            facts.push(Fact::Closed);
            return facts;
        }
    }
}

/// A client's input and its end, in answer to one request.
pub(crate) fn responses(asked: Asked, input: &[u8]) -> Vec<Fact> {
    let (mut facts, mut at, method) = (Vec::new(), 0, asked.method);
    loop {
        let rest = &input[at..];
        let head = match response_head(rest, method.as_bytes()) {
            Verdict::Complete(head) => head,
            Verdict::Refused(refusal) => {
                on_sight(rest, &refusal, |prefix| response_head(prefix, method.as_bytes()));
                facts.push(refused(at, &refusal));
                return facts;
            }
            Verdict::Incomplete => {
                facts.push(Fact::NeedsInput);
                facts.push(Fact::Truncated(input.len()));
                return facts;
            }
        };
        at += head.len;
        // RFC 9110 §15.2.2: 101 answers an Upgrade, and what follows it is that protocol's.
        if head.status == 101 {
            if is_switch(&head, asked.offers) {
                facts.extend([Fact::Response(shown_response(head, true)), Fact::Tunnel(at)]);
            } else {
                facts.push(Fact::Refused { status: 400, offset: None, rule: "RFC 9110 §15.2.2" });
            }
            return facts;
        }
        if head.status < 200 {
            facts.push(Fact::Interim(shown_response(head, false)));
            continue;
        }
        final_response(&mut facts, method, head, input, at);
        return facts;
    }
}

fn final_response(
    facts: &mut Vec<Fact>,
    method: &str,
    head: ResponseHead,
    input: &[u8],
    at: usize,
) {
    let (framing, keeps_alive, status) = (head.framing, head.keeps_alive, head.status);
    let opens_tunnel = method == "CONNECT" && status < 300;
    facts.push(Fact::Response(shown_response(head, opens_tunnel)));
    // RFC 9110 §9.3.6: any 2xx makes a tunnel, right behind the head.
    if opens_tunnel {
        facts.push(Fact::Tunnel(at));
        return;
    }
    if let Some(len) = read_body(facts, framing, input, at, response_body) {
        // RFC 9112 §9.2: what comes behind the response answers no request.
        facts.push(Fact::Persists(keeps_alive && at + len == input.len()));
    }
}

/// The body that begins at `at`; its length, or `None` if it does not end.
fn read_body(
    facts: &mut Vec<Fact>,
    framing: Framing,
    input: &[u8],
    at: usize,
    body: fn(Framing, &[u8], bool) -> Verdict<Body>,
) -> Option<usize> {
    let rest = &input[at..];
    let content = content(framing, rest);
    if !content.is_empty() {
        facts.push(Fact::Content(content.clone()));
    }
    let mut whole = body(framing, rest, false);
    if whole == Verdict::Incomplete {
        facts.push(Fact::NeedsInput);
        whole = body(framing, rest, true);
        if let Verdict::Refused(_) = whole {
            facts.push(Fact::Truncated(input.len()));
            return None;
        }
    }
    match whole {
        Verdict::Complete(body) => {
            assert_eq!(body.content, content, "the grammar contradicts itself");
            if !body.trailers.is_empty() {
                facts.push(Fact::Trailers(body.trailers));
            }
            facts.push(Fact::End(at + body.len));
            Some(body.len)
        }
        Verdict::Refused(refusal) => {
            on_sight(rest, &refusal, |prefix| body(framing, prefix, false));
            facts.push(refused(at, &refusal));
            None
        }
        Verdict::Incomplete => panic!("an end that does not end"),
    }
}

fn refused(at: usize, refusal: &Refusal) -> Fact {
    let offset = refusal.offset.map(|offset| at + offset);
    Fact::Refused { status: refusal.status, offset, rule: refusal.rule }
}

/// The offset of a refusal is that of the first byte at which a prefix is refused.
fn on_sight<T: PartialEq>(input: &[u8], refusal: &Refusal, read: impl Fn(&[u8]) -> Verdict<T>) {
    let Some(offset) = refusal.offset else { return };
    let says = "the grammar contradicts itself";
    assert!(read(&input[..offset]) == Verdict::Incomplete, "{says}");
    assert!(read(&input[..=offset]) == Verdict::Refused(refusal.clone()), "{says}");
}

fn is(field: &FieldLine, name: &str) -> bool {
    field.0.eq_ignore_ascii_case(name.as_bytes())
}

/// RFC 9112 §3.2.2: a target's own authority stands instead of what Host says.
fn shown_request(head: RequestHead) -> RequestHead {
    let mut head = as_read(head);
    if !head.target.starts_with(b"/") && head.target != b"*" {
        let authority = head.authority.clone().unwrap_or_default();
        for field in head.fields.iter_mut().filter(|field| is(field, "Host")) {
            field.1.clone_from(&authority);
        }
    }
    head
}

/// RFC 9112 §6.3 (3): Transfer-Encoding overrides Content-Length, which is removed; but (2): where
/// a tunnel opens both mean nothing and stay.
fn shown_response(head: ResponseHead, opens_tunnel: bool) -> ResponseHead {
    let mut head = response_as_read(head);
    let has_coding = head.fields.iter().any(|field| is(field, "Transfer-Encoding"));
    if has_coding && !opens_tunnel {
        head.fields.retain(|field| !is(field, "Content-Length"));
    }
    head
}
