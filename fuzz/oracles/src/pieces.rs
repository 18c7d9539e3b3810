//! Pieces of messages, right and wrong, that a fuzzer would be long in finding.
//!
//! Decides nothing: a sequence of them is mostly nonsense and sometimes a deep message.

use crate::choices::Choices;

/// What a client sends, whole heads first.
pub(crate) const TO_SERVER: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
    "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x, h2c\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET http://b/?c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\n",
    "POST /a HTTP/1.1\r\n",
    "HEAD * HTTP/1.0\r\n",
    "OPTIONS * HTTP/1.9\r\n",
    "CONNECT a:1 HTTP/1.1\r\n",
    "TRACE / HTTP/1.1\r\n",
    "M! /%41 HTTP/2.0\r\n",
    "Host: a\r\n",
    "host: b:80\r\n",
    "Expect: 100-continue\r\n",
    "Expect: other\r\n",
    "TE: trailers\r\n",
];

/// What a server sends, whole heads first.
pub(crate) const TO_CLIENT: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 103 \r\nLink: </a>\r\n\r\n",
    "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 503 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 100\r\n",
    "HTTP/1.0 204 \r\n",
    "HTTP/1.1 101 S\r\n",
    "HTTP/1.1 999 \r\n",
    "HTTP/1.1 99 \r\n",
    " fold\r\n",
];

/// What both send.
pub(crate) const TO_BOTH: &[&str] = &[
    "hello",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "0\r\nA: b\r\n\r\n",
    "\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 18446744073709551615\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive, upgrade\r\n",
    "Upgrade: x\r\n",
    "X: y\r\n",
    "X-Long: 0123456789012345678901234567890123456789\r\n",
    "1;a=\"b\"\r\nx\r\n",
    "a;b\r\n",
    "5\r\n",
    "ffffffffffffffff\r\n",
    "0\r\nHost: b\r\n\r\n",
    "0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n",
    "GET",
    "HTTP/1.1 ",
    "\r",
    "\n",
    ":",
    " ",
    "\0",
    "\u{e9}",
];

/// One piece for a server or a client: of its own list, of what both get, or raw bytes.
pub(crate) fn add_piece(choices: &mut Choices<'_>, to_server: bool, input: &mut Vec<u8>) {
    let own = if to_server { TO_SERVER } else { TO_CLIENT };
    match choices.below(16) {
        0..=7 => input.extend_from_slice(choices.one(own).as_bytes()),
        8..=13 => input.extend_from_slice(choices.one(TO_BOTH).as_bytes()),
        14 => {
            let times = choices.below(8);
            let piece = choices.one(TO_BOTH).as_bytes();
            (0..times).for_each(|_| input.extend_from_slice(piece));
        }
        _ => input.extend_from_slice(choices.bytes(24)),
    }
}
