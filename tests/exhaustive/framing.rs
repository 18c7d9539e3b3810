//! Every method, status and framing: where a response ends, as it is read and as it is sent.

use super::{LIMITS, response_length};
use blazeio::{Connection, Content, Length, Response, Server};
use blazeio_grammar::{Framing, Verdict, response_head};

const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "M-SEARCH"];

#[derive(Clone, Copy, Debug)]
enum Fields {
    None,
    Length(u64),
    Coding,
    Both,
    EqualLengths,
    DifferentLengths,
    UnknownCoding,
}

const FIELDS: [(Fields, &str); 8] = [
    (Fields::None, ""),
    (Fields::Length(0), "Content-Length: 0\r\n"),
    (Fields::Length(5), "Content-Length: 5\r\n"),
    (Fields::Coding, "Transfer-Encoding: chunked\r\n"),
    (Fields::Both, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    (Fields::EqualLengths, "Content-Length: 5\r\nContent-Length: 5\r\n"),
    (Fields::DifferentLengths, "Content-Length: 5\r\nContent-Length: 6\r\n"),
    (Fields::UnknownCoding, "Transfer-Encoding: gzip\r\n"),
];

/// RFC 9112 §6.3, rule by rule; `None` is refused.
fn table(method: &str, status: u16, minor: u8, fields: Fields) -> Option<Framing> {
    // RFC 9110 §15.2.2: nobody asked for another protocol.
    if status == 101 {
        return None;
    }
    // (2)
    if method == "CONNECT" && (200..=299).contains(&status) {
        return Some(Framing::None);
    }
    // (5), and a coding that was never asked for, whatever the status.
    if matches!(fields, Fields::DifferentLengths | Fields::UnknownCoding) {
        return None;
    }
    // §6.1: HTTP/1.0 has no Transfer-Encoding.
    if minor == 0 && matches!(fields, Fields::Coding | Fields::Both) {
        return None;
    }
    // (1)
    if method == "HEAD" || status < 200 || status == 204 || status == 304 {
        return Some(Framing::None);
    }
    Some(match fields {
        // (3), (4)
        Fields::Coding | Fields::Both => Framing::Chunked,
        // (6)
        Fields::Length(n) => Framing::Sized(n),
        Fields::EqualLengths => Framing::Sized(5),
        // (8)
        Fields::None | Fields::DifferentLengths | Fields::UnknownCoding => Framing::UntilClose,
    })
}

fn framing(length: Length) -> Framing {
    match length {
        Length::None => Framing::None,
        Length::Sized(n) => Framing::Sized(n),
        Length::Chunked => Framing::Chunked,
        Length::UntilClose => Framing::UntilClose,
        other => panic!("{other:?}"),
    }
}

#[test]
fn bodyx_clte_every_method_status_and_framing_of_a_response() {
    for (method, minor) in METHODS.iter().flat_map(|method| [(method, 0), (method, 1)]) {
        for (status, (fields, lines)) in (100..=999).flat_map(|s| FIELDS.map(|f| (s, f))) {
            let head = format!("HTTP/1.{minor} {status}\r\n{lines}\r\n");
            let expected = table(method, status, minor, fields);
            let core = response_length(method, &head).ok().map(framing);
            assert_eq!(core, expected, "{method}: {head}");
            // The grammar knows no requests with Upgrade, and leaves 101 to the caller.
            if status == 101 {
                continue;
            }
            let grammar = match response_head(head.as_bytes(), method.as_bytes()) {
                Verdict::Complete(head) => Some(head.framing),
                Verdict::Refused(_) => None,
                Verdict::Incomplete => panic!("{head}"),
            };
            assert_eq!(grammar, expected, "{method}: {head}");
        }
    }
}

/// RFC 9112 §6.1, §6.2, §6.3; RFC 9110 §15.3.6 for 205. How a recipient has to read what was
/// asked to be sent; `None` is refused.
fn emitted(method: &str, minor: u8, status: u16, content: Content) -> Option<Framing> {
    if method == "CONNECT" && (200..=299).contains(&status) {
        return (content == Content::Empty).then_some(Framing::None);
    }
    // RFC 9110 §15.5.22: 426 says to what.
    if status == 426 {
        return None;
    }
    Some(match (status, content) {
        (204 | 304, _) => Framing::None,
        _ if method == "HEAD" => Framing::None,
        (205, _) | (_, Content::Empty) => Framing::Sized(0),
        (_, Content::Sized(n)) => Framing::Sized(n),
        (_, Content::Streamed) if minor == 0 => Framing::UntilClose,
        (_, Content::Streamed) => Framing::Chunked,
    })
}

#[test]
fn split_every_method_status_and_content_is_emitted_as_it_will_be_read() {
    let contents = [Content::Empty, Content::Sized(0), Content::Sized(5), Content::Streamed];
    for (method, minor) in METHODS.iter().flat_map(|method| [(*method, 0), (*method, 1)]) {
        let target = if method == "CONNECT" { "a:80" } else { "/" };
        let mut input = format!("{method} {target} HTTP/1.{minor}\r\nHost: a\r\n\r\n").into_bytes();
        let mut asked = Connection::<Server>::new(&LIMITS, 0);
        let _ = asked.receive(&mut input, 0).unwrap();
        for (status, content) in (200..=999).flat_map(|s| contents.map(|c| (s, c))) {
            let (mut connection, mut out) = (asked, [0; 256]);
            let sent = connection.send_head(&Response::new(status).content(content), &mut out);
            let read = sent.ok().map(|sent| {
                let out = &out[..sent.written];
                match response_head(out, method.as_bytes()) {
                    Verdict::Complete(head) if head.len == out.len() => head.framing,
                    verdict => panic!("{}: {verdict:?}", out.escape_ascii()),
                }
            });
            let expected = emitted(method, minor, status, content);
            assert_eq!(read, expected, "{method} 1.{minor} {status} {content:?}");
        }
    }
}
