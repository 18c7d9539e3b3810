//! The loop over a transport that is as unhelpful as one may be.
//!
//! Reads and writes take a few bytes, or none yet; futures are dropped and made again.
//! What comes out must be what a helpful transport gets (IO, CANC, SEG).

use blazeio::{CloseReason, Event, Field, Length, Limits, Method, Request, Response};
use blazeio_tokio::{Error, Input, Link, Transport, Turn};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use tokio::net::{TcpListener, TcpStream};

/// xorshift: the same faults for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// A pipe that takes and gives a few bytes at a time, or none yet.
struct Faulty {
    pipe: DuplexStream,
    dice: Dice,
}

impl Faulty {
    /// Whether the call must come again.
    fn stumbles(&mut self, cx: &mut Context<'_>) -> bool {
        let stumbles = self.dice.roll(3) == 0;
        if stumbles {
            cx.waker().wake_by_ref();
        }
        stumbles
    }
}

impl AsyncRead for Faulty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.stumbles(cx) {
            return Poll::Pending;
        }
        let mut piece = [0; 5000];
        let most = [1, 7, 100, 5000][self.dice.roll(4)].min(room.remaining());
        let mut piece = ReadBuf::new(&mut piece[..most]);
        let done = Pin::new(&mut self.pipe).poll_read(cx, &mut piece);
        room.put_slice(piece.filled());
        done
    }
}

impl AsyncWrite for Faulty {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.stumbles(cx) {
            return Poll::Pending;
        }
        let most = [1, 30, 900, 20_000][self.dice.roll(4)].min(bytes.len());
        Pin::new(&mut self.pipe).poll_write(cx, &bytes[..most])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.poll_write(cx, &all)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stumbles(cx) {
            return Poll::Pending;
        }
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stumbles(cx) {
            return Poll::Pending;
        }
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}

impl Transport for Faulty {}

/// What `call` makes ready, after being dropped and made anew whenever it is not ready.
macro_rules! again {
    ($call:expr) => {
        loop {
            let once = async {
                let mut future = pin!($call);
                poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
            };
            if let Poll::Ready(done) = once.await {
                break done;
            }
            tokio::task::yield_now().await;
        }
    };
}

/// Answers every request with its own content and trailers.
async fn echo(link: &mut Link<blazeio::Server, Faulty>) -> Result<CloseReason, Error> {
    let mut input = Input::new();
    loop {
        match again!(link.next_event(&mut input))? {
            Event::Request(span) => {
                let head = span.on(input.filled());
                let response = match head.length() {
                    Length::Sized(n) => Response::new(200).sized(n),
                    Length::Chunked => Response::new(200).streamed(),
                    _ => Response::new(200),
                };
                link.send_head(&response)?;
            }
            Event::Content(span) => {
                let mut content = span.on(input.filled());
                while !content.is_empty() {
                    again!(link.send_content(&mut content))?;
                }
            }
            Event::Trailers(span) => {
                let fields: Vec<Field<'_>> = span.on(input.filled()).collect();
                link.send_end(&fields)?;
            }
            Event::End => link.send_end(&[])?,
            Event::Closed(reason) => return Ok(reason),
            _ => {}
        }
    }
}

fn numbers(count: u32) -> Vec<u8> {
    (0..count).flat_map(u32::to_le_bytes).collect()
}

/// Sends one request with `content`; the response's content, and its trailer fields.
async fn exchange(
    link: &mut Link<blazeio::Client, Faulty>,
    input: &mut Input,
    content: &[u8],
    is_chunked: bool,
) -> Result<(Vec<u8>, usize), Error> {
    let request = Request::new(Method::Post, "/", "a");
    let length = content.len() as u64;
    let request = if is_chunked { request.streamed() } else { request.sized(length) };
    let trailers: &[Field<'_>] = if is_chunked { &[Field::new("T", "end")] } else { &[] };
    link.send_head(&request)?;
    let (mut left, mut received, mut count, mut sends) = (content, Vec::new(), 0, true);
    loop {
        let turn = if sends {
            again!(link.event_or_room(input))?
        } else {
            Turn::Event(again!(link.next_event(input))?)
        };
        match turn {
            Turn::Room if left.is_empty() => {
                sends = false;
                link.send_end(trailers)?;
            }
            Turn::Room => again!(link.send_content(&mut left))?,
            Turn::Event(Event::Content(span)) => {
                received.extend_from_slice(span.on(input.filled()));
            }
            Turn::Event(Event::Trailers(span)) => count = span.count(),
            Turn::Event(Event::End) => return Ok((received, count)),
            Turn::Event(Event::Response(_)) => {}
            Turn::Event(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn io_and_canc_no_fault_loses_doubles_or_moves_a_byte() {
    let limits = Arc::new(Limits::DEFAULT);
    for seed in 1..=40 {
        let (client, server) = duplex(3000);
        let server = Faulty { pipe: server, dice: Dice(seed) };
        let client = Faulty { pipe: client, dice: Dice(seed * 977) };
        let mut link = Link::new(server, Arc::clone(&limits));
        let serving = tokio::spawn(async move { echo(&mut link).await.unwrap() });
        let mut link = Link::new(client, Arc::clone(&limits));
        let mut input = Input::new();
        for (round, count) in [0, 1, 700, 30_000, 5, 20_000].into_iter().enumerate() {
            let (content, is_chunked) = (numbers(count), round % 2 == 1);
            let back = exchange(&mut link, &mut input, &content, is_chunked).await.unwrap();
            assert!(back == (content, usize::from(is_chunked)), "seed {seed}, round {round}");
        }
        drop(link);
        assert_eq!(serving.await.unwrap(), CloseReason::PeerClosed);
    }
}

#[tokio::test]
async fn io_a_write_of_nothing_is_an_error_and_so_is_writing_to_nobody() {
    struct Wall;
    impl AsyncRead for Wall {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            room: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            room.put_slice(b"GET / HTTP/1.0\r\n\r\n");
            Poll::Ready(Ok(()))
        }
    }
    impl AsyncWrite for Wall {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(0))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
    impl Transport for Wall {}
    let mut link = Link::<blazeio::Server, _>::new(Wall, Arc::new(Limits::DEFAULT));
    let mut input = Input::new();
    assert!(matches!(link.next_event(&mut input).await, Ok(Event::Request(_))));
    link.send_head(&Response::new(200)).unwrap();
    link.send_end(&[]).unwrap();
    let error = link.flush().await.unwrap_err();
    assert!(matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::WriteZero), "{error:?}");
}

/// A server's link, and the stream of its client.
async fn accepted() -> (Link<blazeio::Server, TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    (Link::new(stream, Arc::new(Limits::DEFAULT)), client)
}

/// Reads one request without content, up to its end.
async fn read_request(link: &mut Link<blazeio::Server, TcpStream>, input: &mut Input) {
    assert!(matches!(link.next_event(input).await, Ok(Event::Request(_))));
    assert!(matches!(link.next_event(input).await, Ok(Event::End)));
}

#[tokio::test]
async fn rst_work_stops_when_its_client_is_gone_but_not_for_an_end_of_input() {
    let (mut link, mut client) = accepted().await;
    let mut input = Input::new();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_request(&mut link, &mut input).await;
    client.shutdown().await.unwrap();
    let nap = tokio::time::sleep(Duration::from_millis(50));
    link.unless_lost(nap).await.unwrap();
    client.set_zero_linger().unwrap();
    drop(client);
    let long = tokio::time::sleep(Duration::from_secs(60));
    let lost = tokio::time::timeout(Duration::from_secs(5), link.unless_lost(long)).await;
    assert!(matches!(lost, Ok(Err(Error::Io(_)))), "{lost:?}");
}

#[tokio::test]
async fn rst_what_a_dropped_link_cuts_off_until_close_is_reset() {
    for is_complete in [false, true] {
        let (mut link, mut client) = accepted().await;
        let mut input = Input::new();
        client.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        read_request(&mut link, &mut input).await;
        link.send_head(&Response::new(200).streamed()).unwrap();
        link.send_content(&mut &b"hello"[..]).await.unwrap();
        link.flush().await.unwrap();
        if is_complete {
            link.send_end(&[]).unwrap();
        }
        drop(link);
        let mut received = Vec::new();
        let end = client.read_to_end(&mut received).await;
        assert_eq!(end.is_ok(), is_complete, "{end:?}");
    }
}

#[tokio::test]
async fn memw_content_waits_while_its_bound_is_queued() {
    let (mut link, mut client) = accepted().await;
    let mut input = Input::new();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_request(&mut link, &mut input).await;
    let content = numbers(8 << 20);
    link.send_head(&Response::new(200).streamed()).unwrap();
    let mut left = &content[..];
    let sending = async {
        while !left.is_empty() {
            link.send_content(&mut left).await.unwrap();
            assert!(link.core().bytes_unsent() <= 65 * 1024, "{}", link.core().bytes_unsent());
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(300), sending).await.is_err());
    // Dropped while it waited: what is left of the slice was not taken.
    let reading = tokio::spawn(async move {
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        received.len()
    });
    while !left.is_empty() {
        link.send_content(&mut left).await.unwrap();
    }
    link.send_end(&[]).unwrap();
    link.close();
    assert_eq!(link.finish(&mut input).await.unwrap(), CloseReason::LocalClose);
    assert!(reading.await.unwrap() > content.len());
}

#[tokio::test]
async fn clock_a_stop_closes_an_idle_link_at_once() {
    let (mut link, mut client) = accepted().await;
    let mut input = Input::new();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    link.close_when(tokio::time::sleep(Duration::from_millis(50)));
    read_request(&mut link, &mut input).await;
    link.send_head(&Response::new(200)).unwrap();
    link.send_end(&[]).unwrap();
    let event = link.next_event(&mut input).await.unwrap();
    assert_eq!(event, Event::Closed(CloseReason::LocalClose));
    drop(link);
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with("Content-Length: 0\r\n\r\n"), "{response}");
}
