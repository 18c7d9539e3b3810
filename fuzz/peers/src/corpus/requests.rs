//! Requests that the core should accept, varied along every axis, one to three on a connection.

use super::{Draft, Random, content};

const METHODS: &[(&str, &[u8])] = &[
    ("", b"GET"),
    ("", b"POST"),
    ("", b"PUT"),
    ("HEAD", b"HEAD"),
    ("OPTIONS", b"OPTIONS"),
    ("DELETE", b"DELETE"),
    ("PATCH", b"PATCH"),
    ("PROPFIND", b"PROPFIND"),
    ("TRACE", b"TRACE"),
    ("M-SEARCH", b"M-SEARCH"),
    ("unknown", b"BREW"),
    ("lower case", b"get"),
    ("every token character", b"!#$%&'*+-.^_`|~09Az"),
    ("CONNECT", b"CONNECT"),
];

const TARGETS: &[(&str, &[u8])] = &[
    ("", b"/"),
    ("", b"/a/b.c?d=e&f"),
    ("two slashes", b"//a//b"),
    ("dot segments", b"/a/../../b/./c"),
    ("percent", b"/%61%2f%00%zz%"),
    ("what a URI may not hold", b"/{a}|[b]^`\\\"<>"),
    ("a question mark in the query", b"/?a?b"),
    ("2000 bytes", &[b'/'; 2000]),
    ("absolute-form", b"http://a/b"),
    ("absolute-form with port, no path", b"http://a:80?q"),
    ("absolute-form, https", b"https://a/"),
    ("absolute-form, another scheme", b"ftp://a/x"),
    ("absolute-form, upper case scheme", b"HTTP://a/"),
];

const VERSIONS: &[(&str, &[u8])] =
    &[("", b"1.1"), ("1.0", b"1.0"), ("1.2", b"1.2"), ("1.9", b"1.9")];

const HOSTS: &[(&str, &[u8])] = &[
    ("", b"a"),
    ("", b"a.example:8080"),
    ("empty port", b"a:"),
    ("IPv6", b"[::1]:80"),
    ("IPvFuture", b"[v1.a]"),
    ("underscore", b"a_b"),
    ("upper case", b"EXAMPLE.com"),
    ("percent", b"a%2fb"),
    ("sub-delims", b"a!$&'()*+;=b"),
    ("dot at the end", b"a.example."),
];

const CONNECTIONS: &[(&str, &[u8])] = &[
    ("", b""),
    ("keep-alive", b"Connection: keep-alive\r\n"),
    ("close", b"Connection: close\r\n"),
    ("Close", b"Connection: Close\r\n"),
    ("close and keep-alive", b"Connection: keep-alive, close\r\n"),
    ("two lines", b"Connection: x-a\r\nConnection: close\r\n"),
    ("another option", b"Connection: x-a\r\nX-A: 1\r\n"),
    ("empty elements", b"Connection: , x-a,,\r\n"),
    ("TE", b"Connection: TE\r\nTE: trailers\r\n"),
    ("Upgrade: websocket", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    (
        "Upgrade: h2c",
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
    ),
    ("Upgrade without the option", b"Upgrade: websocket\r\n"),
    ("Keep-Alive field", b"Keep-Alive: timeout=5\r\nConnection: keep-alive\r\n"),
    ("Proxy-Connection", b"Proxy-Connection: close\r\n"),
];

const FIELDS: &[(&str, &[u8])] = &[
    ("", b""),
    ("", b"Accept: */*\r\n"),
    ("empty value", b"X-A:\r\n"),
    ("no whitespace", b"X-A:b\r\n"),
    ("much whitespace", b"X-A: \t b \t \r\n"),
    ("obs-text in a value", b"X-A: \x80\xff\r\n"),
    ("HTAB in a value", b"X-A: b\tc\r\n"),
    ("every token character in a name", b"!#$%&'*+-.^_`|~09Az: b\r\n"),
    ("one name twice", b"X-A: b\r\nx-a: c\r\n"),
    ("5000 bytes", LONG),
    ("Expect", b"Expect: 100-continue\r\n"),
    ("Expect in upper case", b"expect: 100-CONTINUE\r\n"),
    ("TE: chunked", b"TE: chunked\r\n"),
    (
        "looks like framing",
        b"X: Content-Length: 3\r\nContent-Length-: 3\r\nXTransfer-Encoding: chunked\r\n",
    ),
    ("underscores for hyphens", b"Content_Length: 3\r\nTransfer_Encoding: chunked\r\n"),
    ("fields of a response", b"Trailer: X-Sum\r\nVia: 1.0 a\r\nContent-Encoding: chunked\r\n"),
];

const LONG: &[u8] = &{
    let mut line = [b'v'; 5000];
    line[0] = b'L';
    line[1] = b':';
    line[4998] = b'\r';
    line[4999] = b'\n';
    line
};

pub(crate) fn stream(random: &mut Random) -> Draft {
    let mut draft = Draft::default();
    for _ in 0..=random.below(5).saturating_sub(2) {
        request(&mut draft, random);
    }
    draft
}

fn request(draft: &mut Draft, random: &mut Random) {
    if random.one_in(12) {
        draft.odd.push("an empty line before".into());
        draft.push("\r\n");
    }
    let method = draft.vary(random, "method", 40, METHODS);
    let (target, host) = target_and_host(draft, random, method);
    let version = draft.vary(random, "version", 15, VERSIONS);
    draft.push([method, b" ", &target, b" HTTP/", version, b"\r\n"].concat());
    let framing = if method == b"CONNECT" { 0 } else { random.below(10) };
    let mut lines = vec![[b"Host: ", host, b"\r\n"].concat()];
    lines.push(draft.vary(random, "connection", 25, CONNECTIONS).to_vec());
    lines.push(draft.vary(random, "field", 30, FIELDS).to_vec());
    if version == b"1.0" && random.one_in(2) {
        lines.remove(0);
    }
    let content = content::choose(draft, random);
    let is_chunked = framing >= 6 && version != b"1.0";
    match framing {
        0..3 => {}
        _ if is_chunked => lines.push(coding(draft, random)),
        _ => lines.push(length(draft, random, content.len())),
    }
    // In any order.
    let turn = random.below(lines.len());
    lines.rotate_left(turn);
    draft.push(lines.concat());
    draft.push("\r\n");
    match framing {
        0..3 => {}
        _ if is_chunked => content::push_chunked(draft, random, content),
        _ => draft.push(content),
    }
}

fn target_and_host(
    draft: &mut Draft,
    random: &mut Random,
    method: &[u8],
) -> (Vec<u8>, &'static [u8]) {
    if method == b"CONNECT" {
        return (b"a:80".to_vec(), b"a:80");
    }
    let host = draft.vary(random, "host", 20, HOSTS);
    if method == b"OPTIONS" && random.one_in(2) {
        draft.odd.push("target: *".into());
        return (b"*".to_vec(), host);
    }
    (draft.vary(random, "target", 25, TARGETS).to_vec(), host)
}

/// A Transfer-Encoding field line.
pub(crate) fn coding(draft: &mut Draft, random: &mut Random) -> Vec<u8> {
    const LINES: &[(&str, &[u8])] = &[
        ("", b"Transfer-Encoding: chunked\r\n"),
        ("lower case name", b"transfer-encoding: chunked\r\n"),
        ("upper case", b"TRANSFER-ENCODING: CHUNKED\r\n"),
        ("no whitespace", b"Transfer-Encoding:chunked\r\n"),
        ("HTAB around", b"Transfer-Encoding:\tchunked\t\r\n"),
        ("spaces around", b"Transfer-Encoding:   Chunked  \r\n"),
    ];
    draft.vary(random, "coding", 30, LINES).to_vec()
}

/// A Content-Length field line.
pub(crate) fn length(draft: &mut Draft, random: &mut Random, length: usize) -> Vec<u8> {
    let (name, line) = match random.below(16) {
        0 => ("one zero before", format!("Content-Length: 0{length}")),
        1 => ("thirty digits", format!("Content-Length: {length:0>30}")),
        2 => ("lower case name", format!("content-length: {length}")),
        3 => ("upper case name", format!("CONTENT-LENGTH: {length}")),
        4 => ("no whitespace", format!("Content-Length:{length}")),
        5 => ("HTAB around", format!("Content-Length:\t{length}\t")),
        6 => ("spaces around", format!("Content-Length:   {length}  ")),
        _ => ("", format!("Content-Length: {length}")),
    };
    if !name.is_empty() {
        draft.odd.push(format!("length: {name}"));
    }
    [line.as_bytes(), b"\r\n"].concat()
}
