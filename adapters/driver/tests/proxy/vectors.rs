//! Answers to CONNECT, and what they come to.

/// What the origin says first, behind the answer.
pub const BEHIND: &[u8] = b"\x16\x03\x03 hello of the origin, HTTP/1.1 200 OK\r\n\r\n";

/// Answers that open a tunnel, whatever they say about content.
pub const OPENED: &[&[u8]] = &[
    b"HTTP/1.1 200 Connection established\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n",
    b"HTTP/1.1 200 \r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 299 X\r\nVia: 1.1 a\r\nConnection: close\r\nProxy-Connection: close\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
];

/// Answers that open none: their status, and how that reads.
pub const REFUSED: &[(&[u8], u16, &str)] = &[
    (
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\
          Proxy-Authenticate: Basic realm=\"a\"\r\nContent-Length: 6\r\n\r\n",
        407,
        "407 Proxy Authentication Required",
    ),
    (
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
        302,
        "302 Found",
    ),
    (b"HTTP/1.1 403 \r\nTransfer-Encoding: chunked\r\n\r\n", 403, "403 Forbidden"),
    (b"HTTP/1.0 502 No w\xc3\xa4y\r\n\r\n", 502, "502 No w\\xc3\\xa4y"),
    (b"HTTP/1.1 504 \r\nConnection: close\r\n\r\n", 504, "504 Gateway Timeout"),
    (b"HTTP/1.1 599 \r\nConnection: close\r\n\r\n", 599, "599"),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n", 304, "304 Not Modified"),
];

/// What is no answer, and why.
pub const BROKEN: &[(&[u8], &str)] = &[
    (b"SSH-2.0-OpenSSH_9.2\r\n", "a malformed HTTP version at byte 0 (RFC 9112 §2.3)"),
    // An alert of TLS: it is a proxy over TLS.
    (b"\x15\x03\x03\x00\x02\x02\x46", "a malformed HTTP version at byte 0 (RFC 9112 §2.3)"),
    (b"HTTP/2.0 200 OK\r\n\r\n", "a major version other than 1 at byte 5 (RFC 9110 §15.6.6)"),
    (
        b"HTTP/1.1 200 OK\nX: a\n\n",
        "a line feed without a carriage return before it at byte 15 (RFC 9112 §2.2)",
    ),
    (
        b"HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        "whitespace between a field name and its colon at byte 18 (RFC 9112 §5.1)",
    ),
    (
        b"HTTP/1.1 2000 OK\r\n\r\n",
        "a status code that is not three digits of 100 or more at byte 12 (RFC 9112 §4)",
    ),
    (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
        "101 without an upgrade to that protocol having been asked for at byte 9 \
         (RFC 9110 §15.2.2)",
    ),
    // What would write on a terminal.
    (
        b"HTTP/1.1 502 No \x1b[31mway\r\n\r\n",
        "a control character in a reason phrase at byte 16 (RFC 9112 §4)",
    ),
];
