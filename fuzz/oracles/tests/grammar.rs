//! The core and the independent grammar agree on messages made of pieces, and on every vector.

mod dice;
mod message;

use blazeio::{
    Client, Connection, Event, Limits, Method, PeerErrorKind, Request, Response, Role, Server,
    Timeouts,
};
use blazeio_oracles::TARGETS;
use dice::Dice;
use message::spoilt;
use std::collections::BTreeSet;
use std::path::Path;

/// Inputs for each target.
const INPUTS: usize = 30_000;

fn run(target: &str) -> fn(&[u8]) {
    TARGETS.iter().find(|known| known.name == target).expect("a target").run
}

fn holds(target: &str, make: fn(&mut Dice) -> String) {
    let (run, mut dice) = (run(target), Dice(0x1112));
    for _ in 0..INPUTS {
        let message = make(&mut dice);
        run(&spoilt(&mut dice, &message));
    }
}

/// With a byte before the message that chooses a method.
fn chosen(dice: &mut Dice, message: &str) -> String {
    format!("{}{message}", ["\0", "\u{1}", "\u{2}", "\u{3}", "\u{4}", "\u{5}"][dice.below(6)])
}

#[test]
fn chunked_content_is_read_as_the_grammar_reads_it() {
    holds("chunked", message::chunks);
}

#[test]
fn field_sections_are_read_as_the_grammar_and_httparse_read_them() {
    holds("field_section", |dice| message::fields(dice, false) + "\r\n");
}

#[test]
fn request_heads_are_read_as_the_grammar_and_httparse_read_them() {
    holds("request_head", message::request);
}

#[test]
fn pipelined_requests_are_read_as_the_grammar_reads_them() {
    holds("request_stream", message::requests);
}

#[test]
fn response_heads_are_read_as_the_grammar_and_httparse_read_them() {
    holds("response_head", |dice| {
        let message = message::response(dice);
        chosen(dice, &message)
    });
}

#[test]
fn responses_are_read_as_the_grammar_reads_them() {
    holds("response_stream", |dice| {
        let message = message::responses(dice);
        chosen(dice, &message)
    });
}

#[test]
fn targets_and_hosts_are_read_as_the_grammar_reads_them() {
    holds("target", |dice| {
        let target = message::TARGETS[dice.below(message::TARGETS.len())];
        chosen(dice, target)
    });
}

#[test]
fn trailer_sections_are_read_as_the_grammar_reads_them() {
    holds("trailers", message::trailers);
}

#[test]
fn the_tables_of_names_are_the_grammars() {
    for name in message::NAMES {
        run("trailers")(format!("{name}: 1\r\n\r\n").as_bytes());
        for version in ["1.0", "1.1"] {
            let head = format!("GET / HTTP/{version}\r\nHost: a\r\nConnection: x,{name}\r\n\r\n");
            run("request_stream")(head.as_bytes());
        }
        let head = format!("\0HTTP/1.1 204\r\nConnection: {name}\r\n\r\n");
        run("response_stream")(head.as_bytes());
    }
}

#[test]
fn every_vector_is_read_as_the_grammar_reads_it() {
    let mut count = 0;
    for input in vectors() {
        count += 1;
        let body = input.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
        for target in ["request_head", "request_stream"] {
            run(target)(&input);
        }
        for first in 0..4 {
            let input = [&[first], input.as_slice()].concat();
            run("response_head")(&input);
            run("response_stream")(&input);
        }
        for target in ["chunked", "field_section", "trailers"] {
            run(target)(&input);
            run(target)(&input[body..]);
        }
        run("target")(&input);
    }
    assert!(count > 500, "{count} vectors");
}

/// The inputs of the vectors, each joined to one stream.
fn vectors() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let mut all: Vec<Vec<u8>> = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        for line in std::fs::read_to_string(path).expect("a text").lines() {
            if line.starts_with("== ") {
                all.push(Vec::new());
            }
            let pieces = line.strip_prefix("in: ").or(line.strip_prefix("then: "));
            if let (Some(pieces), Some(input)) = (pieces, all.last_mut()) {
                unquote(pieces, input);
            }
        }
    }
    all
}

/// Quoted pieces, each perhaps with `* N` behind it.
fn unquote(mut text: &str, input: &mut Vec<u8>) {
    while let Some(rest) = text.trim_start().strip_prefix('"') {
        let (piece, rest) = quoted(rest.as_bytes());
        let rest = std::str::from_utf8(rest).expect("a text").trim_start();
        let (times, rest) = match rest.strip_prefix('*').map(str::trim_start) {
            Some(rest) => {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                (rest[..end].parse().expect("a number"), &rest[end..])
            }
            None => (1, rest),
        };
        input.extend(piece.repeat(times));
        text = rest;
    }
    assert!(text.trim().is_empty(), "{text}");
}

/// The bytes up to the closing quote, and what is behind it.
fn quoted(mut text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut piece = Vec::new();
    loop {
        let (byte, rest) = match text {
            [b'"', rest @ ..] => return (piece, rest),
            [b'\\', b'x', high, low, rest @ ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).expect("a digit");
                (u8::try_from(digit(high) * 16 + digit(low)).expect("a byte"), rest)
            }
            [b'\\', escape, rest @ ..] => {
                let byte = match escape {
                    b'r' => b'\r',
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'0' => 0,
                    other => *other,
                };
                (byte, rest)
            }
            [byte, rest @ ..] => (*byte, rest),
            [] => panic!("an open quote"),
        };
        piece.push(byte);
        text = rest;
    }
}

/// The generator is good enough: every rule that is not a limit or a clock is broken somewhere.
#[test]
fn the_messages_break_every_rule() {
    let mut broken = BTreeSet::new();
    let mut dice = Dice(0x9110);
    for _ in 0..INPUTS {
        let message = message::requests(&mut dice);
        broken.extend(server_error(&spoilt(&mut dice, &message)).map(PeerErrorKind::name));
        let message = message::responses(&mut dice);
        broken.extend(client_error(&spoilt(&mut dice, &message)).map(PeerErrorKind::name));
    }
    let of_limits = |kind: &&PeerErrorKind| {
        let message = kind.message();
        message.contains("limit") || message.contains("time") || message.contains("too slowly")
    };
    let missing: Vec<_> = PeerErrorKind::ALL
        .iter()
        .filter(|kind| !of_limits(kind) && **kind != PeerErrorKind::ChunkOverhead)
        .filter(|kind| !broken.contains(kind.name()))
        .collect();
    assert!(missing.is_empty(), "never broken: {missing:?}");
}

static LIMITS: Limits = Limits { timeouts: Timeouts::OFF, ..Limits::DEFAULT };

fn server_error(input: &[u8]) -> Option<PeerErrorKind> {
    error(Connection::<Server>::new(&LIMITS, 0), input, |connection| {
        let mut out = [0; 256];
        let head = connection.send_head(&Response::new(404), &mut out).expect("a head").written;
        let end = connection.send_end(&[], &mut out).expect("an end").written;
        connection.sent(head + end, 0);
    })
}

fn client_error(input: &[u8]) -> Option<PeerErrorKind> {
    let mut connection = Connection::<Client>::new(&LIMITS, 0);
    let request = Request::new(Method::from_bytes(b"GET").expect("a token"), "/", "a");
    let mut out = [0; 256];
    let head = connection.send_head(&request, &mut out).expect("a head").written;
    let end = connection.send_end(&[], &mut out).expect("an end").written;
    connection.sent(head + end, 0);
    error(connection, input, |_| {})
}

fn error<R: Role>(
    mut connection: Connection<R>,
    input: &[u8],
    answer: impl Fn(&mut Connection<R>),
) -> Option<PeerErrorKind> {
    let (mut input, mut read) = (input.to_vec(), 0);
    loop {
        let step = match connection.receive(&mut input[read..], 0) {
            Ok(step) => step,
            Err(error) => return Some(error.kind()),
        };
        read += step.consumed;
        match step.event {
            Event::End => answer(&mut connection),
            Event::NeedInput => connection.end_of_input(),
            Event::Paused | Event::Tunnel | Event::Closed(_) => return None,
            _ => {}
        }
    }
}
