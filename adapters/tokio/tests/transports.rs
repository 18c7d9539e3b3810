//! Transports that are no socket: one that buffers what it takes, as TLS does, and one whose
//! writes fail while its reads go on (SHUT, HALF, REUSE).

use blazeio::{Client, Event, Limits, Method, Request, Response, Server, Timeout, Timeouts};
use blazeio_tokio::{Input, Link, Transport};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufWriter, DuplexStream, ReadBuf,
    duplex,
};

/// Takes everything at once, and passes it on when it can.
struct Buffering(BufWriter<DuplexStream>);

impl Transport for Buffering {}

impl AsyncRead for Buffering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, room)
    }
}

impl AsyncWrite for Buffering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Reads go on, writes fail.
struct Mute(DuplexStream);

impl Transport for Mute {}

impl AsyncRead for Mute {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, room)
    }
}

impl AsyncWrite for Mute {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Answers one request with `len` bytes and closes in order.
async fn answer(mut link: Link<Server, Buffering>, len: usize) {
    let mut input = Input::new();
    while link.next_event(&mut input).await.unwrap() != Event::End {}
    link.send_head(&Response::new(200).sized(len as u64)).unwrap();
    let content = vec![b'x'; len];
    let mut rest = &content[..];
    while !rest.is_empty() {
        link.send_content(&mut rest).await.unwrap();
    }
    link.send_end(&[]).unwrap();
    link.finish(&mut input).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn shut_what_a_transport_buffers_is_flushed_before_the_close() {
    for pipe in [64, 1000, 100_000] {
        for len in [5, 1500, 10_000] {
            let (mut peer, ours) = duplex(pipe);
            let transport = Buffering(BufWriter::with_capacity(100_000, ours));
            let link = Link::new(transport, Arc::new(Limits::DEFAULT));
            let task = tokio::spawn(answer(link, len));
            let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            peer.write_all(request).await.unwrap();
            peer.shutdown().await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
            let mut received = Vec::new();
            peer.read_to_end(&mut received).await.unwrap();
            task.await.unwrap();
            let content = received.iter().rev().take_while(|&&b| b == b'x').count();
            assert_eq!(content, len, "through {pipe} bytes: {} came", received.len());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reuse_a_client_that_cannot_write_times_out_and_is_never_reused() {
    let timeouts = Timeouts { response: Timeout::secs(3), ..Timeouts::DEFAULT };
    let limits = Arc::new(Limits { timeouts, ..Limits::DEFAULT });
    let (mut peer, ours) = duplex(4096);
    let mut link = Link::<Client, _>::new(Mute(ours), Arc::clone(&limits));
    let mut input = Input::new();
    link.send_head(&Request::new(Method::Get, "/", "a")).unwrap();
    link.send_end(&[]).unwrap();
    let silence = tokio::time::timeout(Duration::from_secs(9), link.next_event(&mut input)).await;
    assert!(silence.expect("the response wait ends").is_err());

    let (mut other, ours) = duplex(4096);
    let mut link = Link::<Client, _>::new(Mute(ours), limits);
    let mut input = Input::new();
    link.send_head(&Request::new(Method::Get, "/", "a")).unwrap();
    link.send_end(&[]).unwrap();
    other.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert!(matches!(link.next_event(&mut input).await, Ok(Event::Response(_))));
    assert!(matches!(link.next_event(&mut input).await, Ok(Event::End)));
    assert!(!link.is_reusable(&mut input).await);
    peer.shutdown().await.unwrap();
}
