//! Responses that go out while the request is still coming in.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{assert_refused, connect, read_all, statuses};
use std::io::Write;
use std::net::Shutdown;

/// Every round sends all of its content, in pieces, and reads the whole response only then.
fn upload(rounds: usize, head: &str, status: u16) {
    let echo = Echo::start(&[]);
    let piece = vec![b'x'; 64 * 1024];
    for _ in 0..rounds {
        let mut stream = connect(echo.address);
        stream.write_all(head.as_bytes()).unwrap();
        for _ in 0..16 {
            stream.write_all(&piece).unwrap();
        }
        stream.shutdown(Shutdown::Write).unwrap();
        assert_refused(&read_all(&mut stream), status);
    }
}

#[test]
fn early_200_uploads_of_a_mebibyte_to_nowhere_read_the_whole_404() {
    upload(200, "POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n", 404);
}

#[test]
fn early_100_refused_heads_before_a_mebibyte_read_the_whole_400() {
    upload(100, "POST /echo HTTP/1.1\r\nHost : a\r\nContent-Length: 1048576\r\n\r\n", 400);
}

#[test]
fn early_content_within_the_drain_leaves_the_connection_usable() {
    let echo = Echo::start(&[]);
    let mut stream = connect(echo.address);
    for _ in 0..20 {
        stream
            .write_all(b"PUT /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
            .unwrap();
        stream.write_all(&[b'x'; 60_000]).unwrap();
    }
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let statuses = statuses(&read_all(&mut stream));
    assert_eq!(statuses, [[404].repeat(20), vec![200]].concat());
}
