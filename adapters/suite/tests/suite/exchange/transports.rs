//! Transports that are no socket: one that buffers what it takes, as TLS does, and one whose
//! writes fail while its reads go on (SHUT, HALF, REUSE, IO).

use crate::stories::{jumping, story};
use crate::suite::exchange::near::{near, read_all, within};
use blazeio::{Limits, Method, Request, Response, Server, Timeout, Timeouts};
use blazeio_driver::{Address, Error, Exchange, TokioIo, Transport};
use macro_rules_attribute::apply;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufWriter, DuplexStream, duplex};
use tokio::sync::mpsc::unbounded_channel;

#[apply(jumping!)]
async fn shut_what_a_transport_buffers_is_flushed_before_the_close() {
    for pipe in [64, 1000, 100_000] {
        for length in [5, 1500, 10_000] {
            let near = near(move |mut exchange: Exchange<Server>| async move {
                exchange.send(&Response::new(200), &vec![b'x'; length]).await
            });
            let buffering = |pipe| TokioIo::new(BufWriter::with_capacity(100_000, pipe));
            let mut client = near.connect_by(pipe, buffering);
            let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            client.write_all(request).await.unwrap();
            client.shutdown().await.unwrap();
            crate::suite::on::sleep(Duration::from_millis(10)).await;
            let received = read_all(&mut client).await;
            let content = received.bytes().rev().take_while(|&byte| byte == b'x').count();
            assert_eq!(content, length, "through {pipe} bytes: {} came", received.len());
        }
    }
}

#[apply(story!)]
async fn io_what_a_transport_buffers_is_flushed_when_the_handler_waits() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        exchange.respond(&Response::new(200).streamed()).await?;
        exchange.write(b"first").await?;
        exchange.closed().await;
        Ok(())
    });
    let buffering = |pipe| TokioIo::new(BufWriter::with_capacity(100_000, pipe));
    let mut client = near.connect_by(4096, buffering);
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    crate::suite::exchange::near::read_until(&mut client, "first").await;
}

/// Reads go on, writes fail.
struct Mute {
    pipe: TokioIo<DuplexStream>,
    fails: fn() -> io::Result<usize>,
}

impl Mute {
    fn new(pipe: DuplexStream) -> Self {
        Self { pipe: TokioIo::new(pipe), fails: || Err(io::ErrorKind::BrokenPipe.into()) }
    }
}

impl Transport for Mute {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        self.pipe.poll_read(cx, room)
    }

    fn poll_write(&mut self, _: &mut Context<'_>, _: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Poll::Ready((self.fails)())
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[apply(story!)]
async fn early_a_client_that_cannot_write_still_reads_its_response_and_is_not_reused() {
    for content in [0, 50_000] {
        let (ours, mut server) = duplex(4096);
        let connector = crate::subject::connector();
        let mut connection = connector.over(Mute::new(ours), Address::Unnamed).await.unwrap();
        let request = Request::new(Method::Post, "/", "a").sized(content);
        let mut exchange = connection.open(&request).await.unwrap();
        let large = vec![b'x'; content as usize];
        let written = within(exchange.write(&large)).await;
        assert!(content == 0 || matches!(written, Err(Error::Io(_))), "{written:?}");
        let head = b"HTTP/1.1 413 No\r\nContent-Length: 5\r\n\r\nlarge";
        server.write_all(head).await.unwrap();
        assert_eq!(within(exchange.head()).await.unwrap().status(), 413);
        assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"large"[..]));
        assert_eq!(within(exchange.read()).await.unwrap(), None);
        drop(exchange);
        assert!(!connection.is_idle() && !connection.is_open());
        let again = connection.send(&Request::new(Method::Get, "/", "a")).await;
        assert!(matches!(again, Err(Error::Closed(_) | Error::Io(_))), "{again:?}");
    }
}

#[apply(jumping!)]
async fn reuse_a_client_that_cannot_write_waits_no_longer_than_for_a_response() {
    let timeouts = Timeouts { response: Timeout::secs(3), ..Timeouts::DEFAULT };
    let limits = Limits { timeouts, ..Limits::DEFAULT };
    let (ours, _server) = duplex(4096);
    let connector = crate::subject::connector().limits(limits);
    let mut connection = connector.over(Mute::new(ours), Address::Unnamed).await.unwrap();
    let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap();
    assert!(within(exchange.head()).await.is_err());
}

#[apply(story!)]
async fn io_a_write_of_nothing_is_an_error_and_so_is_writing_to_nobody() {
    let ways: [fn() -> io::Result<usize>; 2] = [|| Ok(0), || Err(io::ErrorKind::BrokenPipe.into())];
    for (fails, kind) in ways.into_iter().zip([io::ErrorKind::WriteZero, io::ErrorKind::BrokenPipe])
    {
        let (told, mut hears) = unbounded_channel();
        let near = near(move |mut exchange: Exchange<Server>| {
            let told = told.clone();
            async move {
                exchange.respond(&Response::new(200).sized(5)).await?;
                told.send(exchange.flush().await).unwrap();
                exchange.write(b"hello").await
            }
        });
        let mut client = near.connect_by(4096, |pipe| Mute { fails, ..Mute::new(pipe) });
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let flushed = within(hears.recv()).await.unwrap();
        assert!(matches!(&flushed, Err(Error::Io(error)) if error.kind() == kind), "{flushed:?}");
        assert_eq!(read_all(&mut client).await, "");
    }
}
