//! Trailer sections, of a request and of a response.

use crate::compare::{ASKED, requests, responses};

/// The bytes stand behind a last chunk.
pub fn run(data: &[u8]) {
    let request =
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
    requests(&[request, data].concat());
    let response = b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
    responses(ASKED[0], &[response.as_slice(), data].concat());
}
