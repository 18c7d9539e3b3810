//! Content that streams through, both ways.

use super::{in_time, start};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Far more than all buffers of the system on the way, which are some MB each.
const SIZE: usize = 192 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memw_a_client_that_does_not_read_holds_the_origin_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_relay, at) = start(listener.local_addr().unwrap());
    let (stalls, stalled) = oneshot::channel();
    let origin = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        super::request(&mut stream).await;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (piece, mut written, mut stalls) = (vec![7; 64 << 10], 0, Some(stalls));
        while written < SIZE {
            let writing = stream.write(&piece[..piece.len().min(SIZE - written)]);
            tokio::pin!(writing);
            let timed = tokio::time::timeout(Duration::from_millis(500), &mut writing);
            written += match (timed.await, stalls.is_some()) {
                (Ok(n), _) => n.unwrap(),
                (Err(_), true) => {
                    stalls.take().unwrap().send(written).unwrap();
                    writing.await.unwrap()
                }
                (Err(_), false) => writing.await.unwrap(),
            };
        }
    });
    let mut client = TcpStream::connect(at).await.unwrap();
    let ask = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(ask.as_bytes()).await.unwrap();
    // Without a single byte read here, the origin comes to a halt.
    let written = in_time(stalled).await.unwrap();
    assert!(written < SIZE / 4, "{written} bytes were taken from the origin");
    let (mut room, mut received) = (vec![0; 1 << 20], 0);
    loop {
        match in_time(client.read(&mut room)).await.unwrap() {
            0 => break,
            n => received += n,
        }
    }
    assert!(received > SIZE, "{received} bytes came");
    in_time(origin).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_directions_stream_at_once() {
    const ECHOED: usize = 16 << 20;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_relay, at) = start(listener.local_addr().unwrap());
    // Sends back what it is sent while it is sent, chunks and all.
    let origin = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    });
    let (mut reader, mut writer) = TcpStream::connect(at).await.unwrap().into_split();
    let sent = Arc::new(AtomicUsize::new(0));
    let sending = Arc::clone(&sent);
    let upload = tokio::spawn(async move {
        let head =
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        writer.write_all(head.as_bytes()).await.unwrap();
        let chunk = [b"10000\r\n".to_vec(), vec![7; 64 << 10], b"\r\n".to_vec()].concat();
        for _ in 0..ECHOED / (64 << 10) {
            writer.write_all(&chunk).await.unwrap();
            sending.fetch_add(64 << 10, Ordering::Relaxed);
        }
        writer.write_all(b"0\r\n\r\n").await.unwrap();
        writer
    });
    let (mut room, mut sevens, mut tail) = (vec![0; 64 << 10], 0, Vec::new());
    let mut first_at = None;
    loop {
        let n = in_time(reader.read(&mut room)).await.unwrap();
        if n == 0 {
            break;
        }
        first_at.get_or_insert_with(|| sent.load(Ordering::Relaxed));
        sevens += room[..n].iter().filter(|&&byte| byte == 7).count();
        tail.extend_from_slice(&room[..n]);
        tail.drain(..tail.len().saturating_sub(5));
    }
    assert_eq!((sevens, &*tail), (ECHOED, &b"0\r\n\r\n"[..]));
    assert!(first_at.unwrap() < ECHOED, "the answer began before the upload ended");
    in_time(upload).await.unwrap();
    in_time(origin).await.unwrap();
}
