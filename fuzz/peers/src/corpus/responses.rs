//! Responses that the core should accept, varied along every axis, one to three on a connection,
//! with interim responses before them.

use super::{Draft, Random, content, requests};
use crate::case::Sent;

const METHODS: &[(&str, &[u8])] = &[
    ("", b"GET"),
    ("", b"POST"),
    ("HEAD", b"HEAD"),
    ("OPTIONS", b"OPTIONS"),
    ("CONNECT", b"CONNECT"),
];

const STATUSES: &[(&str, &[u8])] = &[
    ("", b"200"),
    ("", b"404"),
    ("204", b"204"),
    ("304", b"304"),
    ("205", b"205"),
    ("206", b"206"),
    ("299", b"299"),
    ("301", b"301"),
    ("407", b"407"),
    ("426", b"426"),
    ("500", b"500"),
    ("599", b"599"),
    ("600", b"600"),
    ("999", b"999"),
];

const VERSIONS: &[(&str, &[u8])] = &[("", b"1.1"), ("1.0", b"1.0"), ("1.2", b"1.2")];

const REASONS: &[(&str, &[u8])] = &[
    ("", b" OK"),
    ("empty", b" "),
    ("missing, and the space before it", b""),
    ("obs-text", b" \x80\xff"),
    ("HTAB", b" a\tb"),
    ("spaces", b"   a  "),
    ("looks like a status line", b" HTTP/1.1 200 OK"),
];

const INTERIMS: &[(&str, &[u8])] = &[
    ("", b""),
    ("100", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ("102", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ("103 with a field", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    ("two", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"),
    ("199", b"HTTP/1.1 199 X\r\n\r\n"),
    ("100 with a length", b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n"),
];

const CONNECTIONS: &[(&str, &[u8])] = &[
    ("", b""),
    ("keep-alive", b"Connection: keep-alive\r\n"),
    ("close", b"Connection: close\r\n"),
    ("close and keep-alive", b"Connection: Keep-Alive, Close\r\n"),
    ("another option", b"Connection: x-a\r\n"),
    ("names a framing field", b"Connection: content-length, transfer-encoding\r\n"),
    ("Upgrade", b"Connection: upgrade\r\nUpgrade: websocket\r\n"),
    ("no token", b"Connection: (a)\r\n"),
];

const FIELDS: &[(&str, &[u8])] = &[
    ("", b""),
    ("", b"Server: a\r\n"),
    ("empty value", b"X-A:\r\n"),
    ("no whitespace", b"X-A:b\r\n"),
    ("much whitespace", b"X-A: \t b \t \r\n"),
    ("obs-text in a value", b"X-A: \x80\xff\r\n"),
    ("HTAB in a value", b"X-A: b\tc\r\n"),
    ("every token character in a name", b"!#$%&'*+-.^_`|~09Az: b\r\n"),
    ("a fold", b"X-A: b\r\n c\r\n"),
    ("a fold that looks like framing", b"X-A: b\r\n Content-Length: 3\r\n"),
    ("a fold of HTAB and nothing", b"X-A: b\r\n\t\r\n"),
    ("Set-Cookie twice", b"Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n"),
    ("Location", b"Location: /x\r\n"),
    ("looks like framing", b"X: Content-Length: 3\r\nXTransfer-Encoding: chunked\r\n"),
    ("underscores for hyphens", b"Content_Length: 3\r\nTransfer_Encoding: chunked\r\n"),
];

pub(crate) fn stream(random: &mut Random) -> Draft {
    let mut draft = Draft::default();
    for _ in 0..=random.below(5).saturating_sub(2) {
        response(&mut draft, random);
    }
    draft
}

fn response(draft: &mut Draft, random: &mut Random) {
    let method = draft.vary(random, "method", 30, METHODS);
    let method = str::from_utf8(method).expect("ASCII");
    draft.sent.push(Sent::new(method));
    let interims = draft.vary(random, "interims", 15, INTERIMS);
    draft.push(interims);
    let status = draft.vary(random, "status", 35, STATUSES);
    let version = draft.vary(random, "version", 12, VERSIONS);
    let reason = draft.vary(random, "reason", 20, REASONS);
    draft.push([b"HTTP/", version, b" ", status, reason, b"\r\n"].concat());
    let content = content::choose(draft, random);
    let framing = random.below(10);
    let is_chunked = framing >= 5 && version != b"1.0";
    let mut lines = vec![draft.vary(random, "connection", 25, CONNECTIONS).to_vec()];
    lines.push(draft.vary(random, "field", 30, FIELDS).to_vec());
    match framing {
        0 => {}
        _ if is_chunked => lines.push(requests::coding(draft, random)),
        _ => lines.push(requests::length(draft, random, content.len())),
    }
    lines.push(second_framing(draft, random, framing, is_chunked, content.len()));
    let turn = random.below(lines.len());
    lines.rotate_left(turn);
    draft.push(lines.concat());
    draft.push("\r\n");
    // RFC 9112 §6.3 (1): these have no content, whatever the fields say.
    let has_none = method == "HEAD" || matches!(status, b"204" | b"304");
    match framing {
        _ if has_none => {}
        0 if method == "CONNECT" => {}
        _ if is_chunked => content::push_chunked(draft, random, content),
        _ => draft.push(content),
    }
}

/// Sometimes another line about framing, one that a recipient must know what to do with.
fn second_framing(
    draft: &mut Draft,
    random: &mut Random,
    framing: usize,
    is_chunked: bool,
    length: usize,
) -> Vec<u8> {
    if framing == 0 || !random.one_in(12) {
        return Vec::new();
    }
    let (name, line) = if is_chunked {
        ("length and coding", "Content-Length: 3\r\n".to_owned())
    } else if random.one_in(2) {
        ("equal length twice", format!("Content-Length: {length}\r\n"))
    } else {
        ("equal lengths in a list", format!("Content-Length: {length}, {length}\r\n"))
    };
    draft.odd.push(name.into());
    line.into_bytes()
}
