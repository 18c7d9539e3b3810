//! Cases that a long run, or a peer's own client, showed once: they are read in every run since.

use crate::case::{Case, Sent};

const REQUESTS: &[(&str, &[u8])] = &[(
    "HTAB behind chunked in a request that offers an upgrade",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
      Transfer-Encoding:\tchunked\t\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
)];

const RESPONSES: &[(&str, &[u8])] = &[
    (
        "HTAB and SP behind chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\tchunked\t \r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    ("HTAB behind the length", b"HTTP/1.1 200 OK\r\nContent-Length:5\t\r\n\r\nhello"),
    (
        "a length of 2^64 - 1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nhello",
    ),
    ("a length of 2^63", b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nhello"),
    (
        "chunked content cut off behind an interim response",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n100\r\n",
    ),
    (
        "the same with content alone in the last piece",
        b"HTTP/1.1 199 X\r\n\r\nHTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\nhello",
    ),
    (
        "a length behind that of an interim response",
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n\
          Content-Length: 2\r\n\r\nok",
    ),
    (
        "a 204 in chunks",
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
];

pub(crate) fn cases() -> Vec<Case> {
    let requests = REQUESTS.iter().enumerate().map(|(n, &(what, bytes))| {
        Case::requests(format!("request-found-{n}"), what.into(), bytes.to_vec())
    });
    let responses = RESPONSES.iter().enumerate().map(|(n, &(what, bytes))| {
        let sent = vec![Sent::new("GET")];
        Case::responses(format!("response-found-{n}"), what.into(), sent, bytes.to_vec())
    });
    requests.chain(responses).collect()
}
