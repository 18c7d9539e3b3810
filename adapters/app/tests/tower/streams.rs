//! Content that streams both ways.

use super::{Request, in_time, start_fn};
use blazeio::Method;
use blazeio_app::{BoxError, TestClient};
use blazeio_tokio::Tokio;
use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const SIZE: usize = 8 << 20;

/// Sends content back, and counts what it took of it.
fn echo(taken: &Arc<AtomicUsize>, request: Request) -> Response<UnsyncBoxBody<Bytes, BoxError>> {
    let taken = Arc::clone(taken);
    let content = request.into_body().map_frame(move |frame| {
        taken.fetch_add(frame.data_ref().map_or(0, Bytes::len), Ordering::Relaxed);
        frame
    });
    Response::new(content.map_err(Into::into).boxed_unsync())
}

fn byte(at: usize) -> u8 {
    (at % 251) as u8
}

#[tokio::test]
async fn memw_a_slow_reader_holds_the_upload_up() {
    let taken = Arc::new(AtomicUsize::new(0));
    let service = {
        let taken = Arc::clone(&taken);
        tower::service_fn(move |request: Request| {
            std::future::ready(Ok::<_, Infallible>(echo(&taken, request)))
        })
    };
    // Both directions hold 64 KiB on their way, in memory.
    let client = TestClient::new(blazeio_app::tower::service(service), Tokio::current()).unwrap();
    let mut connection = client.connect().await.unwrap();
    let request = blazeio::Request::new(Method::Post, "/", "a").sized(SIZE as u64);
    let (mut reader, mut writer) = connection.open(&request).await.unwrap().into_split();
    let written = Arc::new(AtomicUsize::new(0));
    let upload = tokio::spawn({
        let written = Arc::clone(&written);
        async move {
            let content: Vec<u8> = (0..SIZE).map(byte).collect();
            for piece in content.chunks(10_000) {
                writer.write(piece).await.unwrap();
                written.fetch_add(piece.len(), Ordering::Relaxed);
            }
            writer.finish().await.unwrap();
        }
    });
    // On one thread and in memory: what does not move in a thousand turns does not move.
    let counts = || (taken.load(Ordering::Relaxed), written.load(Ordering::Relaxed));
    let (mut last, mut still) = (counts(), 0);
    while still < 1_000 {
        tokio::task::yield_now().await;
        still = if counts() == last { still + 1 } else { 0 };
        last = counts();
    }
    // Out: the client's input of 32 KiB, the pipe, the server's high mark and one piece.
    let (taken_before, written_before) = last;
    assert!(taken_before <= (32 + 64 + 64 + 32) << 10, "{taken_before} bytes were taken");
    assert!(written_before <= 512 << 10, "{written_before} bytes were written");
    assert!(taken_before > 0 && !upload.is_finished());
    assert_eq!(reader.head().await.unwrap().status(), 200);
    let mut at = 0;
    while let Some(piece) = in_time(reader.read()).await.unwrap() {
        assert!(piece.iter().enumerate().all(|(i, &b)| b == byte(at + i)), "at {at}");
        at += piece.len();
    }
    assert_eq!((at, taken.load(Ordering::Relaxed)), (SIZE, SIZE));
    in_time(upload).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_comes_back_while_it_goes_over_sockets() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&taken);
    let (_server, at) = start_fn(move |request| std::future::ready(echo(&counting, request)));
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 << 10).unwrap();
    let stream = socket.connect(at).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let upload = tokio::spawn(async move {
        let head =
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        writer.write_all(head.as_bytes()).await.unwrap();
        let content: Vec<u8> = (0..SIZE).map(byte).collect();
        for piece in content.chunks(70_000) {
            writer.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
            writer.write_all(piece).await.unwrap();
            writer.write_all(b"\r\n").await.unwrap();
        }
        writer.write_all(b"0\r\n\r\n").await.unwrap();
        writer
    });
    let mut answer = Vec::new();
    in_time(reader.read_to_end(&mut answer)).await.unwrap();
    let start = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let content = unchunked(&answer[start..]);
    assert_eq!(content.len(), SIZE);
    assert!(content.iter().enumerate().all(|(i, &b)| b == byte(i)));
    in_time(upload).await.unwrap();
}

/// What chunks hold, up to the last.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n").expect("a size line");
        let size = std::str::from_utf8(&rest[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return content;
        }
        content.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
}

/// Content that never ends, and tells when it is dropped.
struct Endless(Option<tokio::sync::oneshot::Sender<()>>);

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.take().map(|told| told.send(()));
    }
}

#[tokio::test]
async fn canc_a_body_is_dropped_when_its_client_is_gone() {
    let (told, dropped) = tokio::sync::oneshot::channel();
    let told = Arc::new(std::sync::Mutex::new(Some(told)));
    let (_server, at) = start_fn(move |_| {
        let endless = Endless(told.lock().unwrap().take());
        std::future::ready(Response::new(endless))
    });
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut head = [0; 15];
    in_time(stream.read_exact(&mut head)).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    stream.set_zero_linger().unwrap();
    drop(stream);
    in_time(dropped).await.unwrap();
}

#[tokio::test]
async fn canc_content_can_be_read_in_another_task_and_outlives_its_exchange() {
    let (sender, mut kept) = tokio::sync::mpsc::unbounded_channel();
    let (_server, at) = start_fn(move |request: Request| {
        let sender = sender.clone();
        async move {
            let mut content = pin!(request.into_body());
            let first = content.as_mut().frame().await.unwrap().unwrap().into_data().unwrap();
            sender.send(first).unwrap();
            let frames = [Ok::<_, Infallible>(Frame::data(Bytes::from("early")))];
            Response::new(StreamBody::new(futures::stream::iter(frames)))
        }
    });
    let mut stream = TcpStream::connect(at).await.unwrap();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(in_time(kept.recv()).await.unwrap(), "abc");
    let mut answer = String::new();
    let _ = in_time(stream.read_to_string(&mut answer)).await;
    // Answered in full, though too much is unread for the connection to go on.
    assert!(answer.contains("early\r\n0\r\n\r\n"), "{answer}");
}
