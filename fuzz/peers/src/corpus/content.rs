//! Content, and the chunked coding of it in all its spellings.

use super::{Draft, Random};

/// Content that a reader who is out of step would take for framing or for a message.
const CONTENTS: &[(&str, &[u8])] = &[
    ("", b"hello"),
    ("one byte", b"x"),
    ("a last chunk", b"0\r\n\r\n"),
    ("a request", b"GET /inside HTTP/1.1\r\nHost: inside\r\n\r\n"),
    ("a response", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("a chunk", b"5\r\nabcde\r\n"),
    ("CRLF", b"\r\n\r\n"),
    ("all that a text should not hold", b"\0\x01\n\r\t\x7f\x80\xff"),
    ("200 bytes", &[b'A'; 200]),
    ("5000 bytes", &[b'B'; 5000]),
];

const EXTENSIONS: &[(&str, &[u8])] = &[
    ("", b""),
    ("name", b";a"),
    ("name and value", b";a=b"),
    ("quoted value", b";a=\"b c\""),
    ("empty quoted value", b";a=\"\""),
    ("quoted pair", b";a=\"\\\"\\\\\""),
    ("semicolon in quotes", b";a=\";b=\""),
    ("obs-text in quotes", b";a=\"\x80\xff\""),
    ("HTAB in quotes", b";a=\"b\tc\""),
    ("whitespace before the semicolon", b" ;a=b"),
    ("HTAB before the semicolon", b"\t;a"),
    ("whitespace behind the semicolon", b"; a=b"),
    ("whitespace around the equals sign", b";a = b"),
    ("two", b";a=b;c=\"d\""),
    ("every token character", b";!#$%&'*+-.^_`|~09Az"),
];

const TRAILERS: &[(&str, &[u8])] = &[
    ("", b""),
    ("one field", b"X-Sum: 42\r\n"),
    ("two fields", b"X-Sum: 42\r\nServer-Timing: a;dur=1\r\n"),
    ("an empty value", b"X-Sum:\r\n"),
    ("obs-text", b"X-Sum: \x80\xff\r\n"),
    ("whitespace around the value", b"X-Sum: \t 42 \t\r\n"),
    ("a field that looks like a request line", b"GET: / HTTP/1.1\r\n"),
];

pub(crate) fn choose(draft: &mut Draft, random: &mut Random) -> &'static [u8] {
    draft.vary(random, "content", 50, CONTENTS)
}

/// `content` in chunks, its last chunk and trailer section.
pub(crate) fn push_chunked(draft: &mut Draft, random: &mut Random, content: &[u8]) {
    let mut left = content;
    while !left.is_empty() {
        let most = if random.one_in(2) { left.len() } else { 1 + random.below(left.len()) };
        // Not a thousand chunks.
        let (chunk, rest) = left.split_at(most.max(left.len() / 8).min(left.len()));
        push_size(draft, random, chunk.len());
        draft.push(chunk);
        draft.push("\r\n");
        left = rest;
    }
    push_size(draft, random, 0);
    let trailers = draft.vary(random, "trailers", 30, TRAILERS);
    draft.push(trailers);
    draft.push("\r\n");
}

fn push_size(draft: &mut Draft, random: &mut Random, size: usize) {
    let lower = format!("{size:x}");
    let (name, digits) = match random.below(12) {
        0 => ("", format!("{size:X}")),
        1 => ("one zero before", format!("0{lower}")),
        2 => ("sixteen digits", format!("{lower:0>16}")),
        _ => ("", lower),
    };
    if !name.is_empty() {
        draft.odd.push(format!("chunk size: {name}"));
    }
    draft.push(digits);
    let extension = draft.vary(random, "chunk extension", 15, EXTENSIONS);
    draft.push(extension);
    draft.push("\r\n");
}
