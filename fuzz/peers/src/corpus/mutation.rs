//! One mutation of a stream: what attackers and broken senders do to framing.

use super::Random;

/// Bytes that some reader gives a meaning to.
const BYTES: &[(&str, u8)] = &[
    ("SP", b' '),
    ("HTAB", b'\t'),
    ("NUL", 0),
    ("CR", b'\r'),
    ("LF", b'\n'),
    ("VT", 0x0b),
    ("FF", 0x0c),
    ("DEL", 0x7f),
    ("0x80", 0x80),
    ("0xA0", 0xa0),
    ("0xFF", 0xff),
    ("semicolon", b';'),
    ("comma", b','),
    ("colon", b':'),
    ("quote", b'"'),
    ("equals", b'='),
    ("zero", b'0'),
    ("five", b'5'),
    ("a", b'a'),
    ("x", b'x'),
    ("plus", b'+'),
    ("minus", b'-'),
    ("underscore", b'_'),
    ("slash", b'/'),
];

/// Field lines that make framing doubtful. `¶` ends each.
const LINES: &[&[u8]] = &[
    b"Content-Length: 5",
    b"Content-Length: 0",
    b"Content-Length: +5",
    b"Content-Length: -5",
    b"Content-Length: 0x5",
    b"Content-Length: 5, 5",
    b"Content-Length: 5,6",
    b"Content-Length: 5 5",
    b"Content-Length: 5;",
    b"Content-Length: 5_0",
    b"Content-Length: 5.0",
    b"Content-Length:",
    b"Content-Length: \x0b5",
    b"Content-Length: 18446744073709551615",
    b"Content-Length: 18446744073709551616",
    b"Content-Length: 18446744073709551621",
    b"Content-Length: 4294967301",
    b"Content-Length : 5",
    b"Content-Length\t: 5",
    b" Content-Length: 5",
    b"Content-Length\0: 5",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, gzip",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked,",
    b"Transfer-Encoding: chunked;a=b",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: chunkedx",
    b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding: chunked\x0b",
    b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: chu\0nked",
    b"Transfer-Encoding: chunked\xa0",
    b"Transfer-Encoding:",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding\t: chunked",
    b" Transfer-Encoding: chunked",
    b"X: y\r\n Transfer-Encoding: chunked",
    b"Transfer-Encoding:\r\n chunked",
    b"X: y\nTransfer-Encoding: chunked",
    b"X: y\rTransfer-Encoding: chunked",
    b"X: y\r\rTransfer-Encoding: chunked",
    b"Host: b",
    b"Host:",
    b"Connection: close",
    b"Connection: host",
    b"Connection: content-length",
    b"Connection: transfer-encoding",
    b"Expect: 200-ok",
    b"Upgrade: websocket\r\nConnection: upgrade",
    b": empty name",
    b"no colon",
    b"X: \x01",
    b"X\x80: y",
    b"X(: y",
];

/// What a chunk line may be replaced by.
const CHUNK_LINES: &[&[u8]] = &[
    b"",
    b"0x5",
    b"+5",
    b"-5",
    b" 5",
    b"5 ",
    b"5\t",
    b"5;",
    b"5;;a",
    b"5;=b",
    b"5;a=",
    b"5;a=\"b",
    b"5;a=\"b\\",
    b"5;a b",
    b"5;a=b c",
    b"5;\x80",
    b"5;a=\x01",
    b"5;\n",
    b"5;a\rb",
    b"5,",
    b"5 5",
    b"5_",
    b"5g",
    b"5\0",
    b"10000000000000000",
    b"10000000000000005",
    b"00000000000000005",
    b"FFFFFFFFFFFFFFFF",
    b"7FFFFFFFFFFFFFFF",
    b"8000000000000000",
    b"100000005",
    b"00000000000000000000000000000000000005",
];

/// What may stand where a CRLF was.
const LINE_ENDS: &[(&str, &[u8])] = &[
    ("LF", b"\n"),
    ("CR", b"\r"),
    ("nothing", b""),
    ("CR CR LF", b"\r\r\n"),
    ("SP CRLF", b" \r\n"),
    ("CR SP LF", b"\r \n"),
    ("LF CR", b"\n\r"),
    ("CRLF SP", b"\r\n "),
    ("two CRLF", b"\r\n\r\n"),
    ("NUL CRLF", b"\0\r\n"),
];

/// Mutates `bytes`; what was done, in words.
pub(crate) fn mutate(random: &mut Random, bytes: &mut Vec<u8>, is_request: bool) -> String {
    match random.below(10) {
        0 | 1 => break_line(random, bytes),
        2 => insert_byte(random, bytes),
        3 => replace_byte(random, bytes),
        4 => remove_byte(random, bytes),
        5 | 6 => insert_line(random, bytes),
        7 => chunk_line(random, bytes),
        8 => start_line(random, bytes, is_request),
        _ => whole_lines(random, bytes),
    }
}

/// Where the CRLFs are.
fn line_ends(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len().saturating_sub(1)).filter(|&at| bytes[at..].starts_with(b"\r\n")).collect()
}

fn break_line(random: &mut Random, bytes: &mut Vec<u8>) -> String {
    let at = *random.pick(&line_ends(bytes));
    let &(name, with) = random.pick(LINE_ENDS);
    bytes.splice(at..at + 2, with.iter().copied());
    format!("mutation: {name} for a CRLF")
}

/// Mostly near the framing, which is at the beginning; content is long and dull.
fn place(random: &mut Random, bytes: &[u8]) -> usize {
    let near = if random.one_in(4) { bytes.len() } else { bytes.len().min(150) };
    random.below(near)
}

fn insert_byte(random: &mut Random, bytes: &mut Vec<u8>) -> String {
    let at = place(random, bytes);
    let (name, byte) = *random.pick(BYTES);
    bytes.insert(at, byte);
    format!("mutation: {name} put in")
}

fn replace_byte(random: &mut Random, bytes: &mut [u8]) -> String {
    let at = place(random, bytes);
    let (name, byte) = *random.pick(BYTES);
    bytes[at] = byte;
    format!("mutation: {name} for a byte")
}

fn remove_byte(random: &mut Random, bytes: &mut Vec<u8>) -> String {
    let at = place(random, bytes);
    bytes.remove(at);
    "mutation: a byte taken out".into()
}

fn insert_line(random: &mut Random, bytes: &mut Vec<u8>) -> String {
    let ends = line_ends(bytes);
    let head = ends.iter().position(|&at| bytes[at..].starts_with(b"\r\n\r\n"));
    let at = ends[random.below(head.map_or(1, |n| n + 1))] + 2;
    let line = *random.pick(LINES);
    bytes.splice(at..at, [line, b"\r\n"].concat());
    format!("mutation: line {:?}", String::from_utf8_lossy(line))
}

/// Replaces a line that looks like a chunk line; if none does, content that is too short.
fn chunk_line(random: &mut Random, bytes: &mut Vec<u8>) -> String {
    let ends = line_ends(bytes);
    let is_size = |line: &[u8]| line.first().is_some_and(u8::is_ascii_hexdigit) && line.len() < 30;
    let lines: Vec<_> = ends
        .windows(2)
        .map(|pair| (pair[0] + 2, pair[1]))
        .filter(|&(from, to)| from <= to && is_size(&bytes[from..to]))
        .collect();
    if lines.is_empty() {
        bytes.pop();
        return "mutation: the last byte taken off".into();
    }
    let &(from, to) = random.pick(&lines);
    let line = *random.pick(CHUNK_LINES);
    bytes.splice(from..to, line.iter().copied());
    format!("mutation: chunk line {:?}", String::from_utf8_lossy(line))
}

const REQUEST_LINES: &[&[u8]] = &[
    b"GET /",
    b"GET / HTTP/0.9",
    b"GET / HTTP/2.0",
    b"GET / HTTP/1.10",
    b"GET / HTTP/01.1",
    b"GET / HTTP/1",
    b"GET / http/1.1",
    b"GET / HTTP/1.1 ",
    b"GET /  HTTP/1.1",
    b"GET  / HTTP/1.1",
    b" GET / HTTP/1.1",
    b"GET\t/ HTTP/1.1",
    b"GET / x HTTP/1.1",
    b"GET /\x80 HTTP/1.1",
    b"GET /# HTTP/1.1",
    b"GET a HTTP/1.1",
    b"GET * HTTP/1.1",
    b"GET http:// HTTP/1.1",
    b"GET http://a@b/ HTTP/1.1",
    b"GET / HTTPS/1.1",
    b"GET / ICE/1.0",
    b"PRI * HTTP/2.0",
    b"GET / HTTP/1.1\0",
    b"CONNECT / HTTP/1.1",
    b"CONNECT a HTTP/1.1",
    b"\r\n\r\nGET / HTTP/1.1",
    b"\nGET / HTTP/1.1",
    b"\rGET / HTTP/1.1",
];

const STATUS_LINES: &[&[u8]] = &[
    b"HTTP/1.1 20 OK",
    b"HTTP/1.1 2000 OK",
    b"HTTP/1.1 099 OK",
    b"HTTP/1.1 000 OK",
    b"HTTP/1.1  200 OK",
    b"HTTP/1.1\t200 OK",
    b"HTTP/1.1 200\tOK",
    b"HTTP/1.1 2x0 OK",
    b"HTTP/1.1 +200 OK",
    b"HTTP/2.0 200 OK",
    b"HTTP/0.9 200 OK",
    b"HTTP/1.10 200 OK",
    b"http/1.1 200 OK",
    b"ICY 200 OK",
    b"HTTP/1.1 200 O\0K",
    b"HTTP/1.1 200 O\x01K",
    b"HTTP/1.1 101 Switching Protocols",
    b"HTTP/1.1 100 Continue",
    b"\r\nHTTP/1.1 200 OK",
    b"\nHTTP/1.1 200 OK",
    b"hello",
];

fn start_line(random: &mut Random, bytes: &mut Vec<u8>, is_request: bool) -> String {
    let line = *random.pick(if is_request { REQUEST_LINES } else { STATUS_LINES });
    let end = line_ends(bytes).into_iter().find(|&at| at > 0).unwrap_or(0);
    bytes.splice(..end, line.iter().copied());
    format!("mutation: start line {:?}", String::from_utf8_lossy(line))
}

fn whole_lines(random: &mut Random, bytes: &mut Vec<u8>) -> String {
    let ends = line_ends(bytes);
    let number = random.below(ends.len());
    let from = if number == 0 { 0 } else { ends[number - 1] + 2 };
    let line = bytes[from..ends[number] + 2].to_vec();
    match random.below(3) {
        0 => {
            bytes.splice(from..from, line);
            "mutation: a line twice".into()
        }
        1 => {
            bytes.drain(from..from + line.len());
            "mutation: a line taken out".into()
        }
        _ => {
            bytes.truncate(place(random, bytes));
            "mutation: cut off".into()
        }
    }
}
