//! A field section, of a request and of a response.

use crate::compare::{ASKED, request_head, response_head};

/// The bytes stand behind a request line with a Host, and behind a status line.
pub fn run(data: &[u8]) {
    request_head(&[b"GET / HTTP/1.1\r\nHost: a\r\n", data].concat());
    response_head(ASKED[0], &[b"HTTP/1.1 200 OK\r\n", data].concat());
}
