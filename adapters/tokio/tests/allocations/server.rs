//! A server, asked by a client that does not allocate.

use crate::heap::count;
use crate::service;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection, and room for a response.
struct Raw {
    stream: TcpStream,
    room: Box<[u8]>,
}

impl Raw {
    /// Sends `requests` and reads until the last response ends with `end`.
    async fn ask(&mut self, requests: &[u8], responses: usize, end: &[u8]) {
        self.stream.write_all(requests).await.unwrap();
        let mut filled = 0;
        while ends(&self.room[..filled], end) < responses {
            let n = self.stream.read(&mut self.room[filled..]).await.unwrap();
            assert!(n > 0, "the server closed");
            filled += n;
        }
        assert!(self.room.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
}

/// How often `end` is in `text`.
fn ends(text: &[u8], end: &[u8]) -> usize {
    // All that is looked for ends with bytes that are nowhere else.
    if end.len() > 8 {
        return usize::from(text.ends_with(end));
    }
    text.windows(end.len()).filter(|window| *window == end).count()
}

/// What 1,000 times `requests` allocate on both sides, after a warm-up.
fn allocated(requests: &[u8], responses: usize, end: &[u8]) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = service::start();
        let address = server.addresses()[0].as_tcp().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut raw = Raw { stream, room: vec![0; 64 * 1024].into() };
        for _ in 0..100 {
            raw.ask(requests, responses, end).await;
        }
        let before = count();
        for _ in 0..1000 {
            raw.ask(requests, responses, end).await;
        }
        let allocated = count() - before;
        assert_eq!(server.statistics().requests, 1100 * responses as u64);
        allocated
    })
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_get_allocates_nothing() {
    assert_eq!(allocated(GET, 1, b"Hello\n"), 0);
}

#[test]
fn a_batch_of_16_allocates_nothing() {
    assert_eq!(allocated(&GET.repeat(16), 16, b"Hello\n"), 0);
}

#[test]
fn content_both_ways_allocates_nothing() {
    let content = [&[b'x'; 10 * 1024 - 10][..], b"0123456789"].concat();
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10240\r\n\r\n";
    let request = [&head[..], &content].concat();
    assert_eq!(allocated(&request, 1, b"xxx0123456789"), 0);
}

#[test]
fn chunks_both_ways_allocate_nothing() {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let content = [b"400\r\n", &[b'x'; 1024][..], b"\r\n"].concat().repeat(10);
    let request = [&head[..], &content, b"0\r\n\r\n"].concat();
    assert_eq!(allocated(&request, 1, b"xxxx\r\n0\r\n\r\n"), 0);
}

#[test]
fn a_handler_that_waits_allocates_nothing() {
    for path in ["yield", "sleep"] {
        let request = format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(allocated(request.as_bytes(), 1, b"Hello\n"), 0, "{path}");
    }
}
