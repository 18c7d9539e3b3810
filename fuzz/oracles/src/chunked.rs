//! The chunked coding, extensions and all, of a request and of a response.

use crate::compare::{ASKED, requests, responses};

/// The bytes stand behind a head that says `chunked`.
pub fn run(data: &[u8]) {
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    requests(&[request, data].concat());
    responses(ASKED[0], &[b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", data].concat());
}
