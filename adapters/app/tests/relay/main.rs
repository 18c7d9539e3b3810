//! The example `relay` over real sockets, between a client and an origin that are written out
//! byte by byte.

#[path = "../../examples/relay.rs"]
#[allow(dead_code, clippy::allow_attributes)]
mod relay;

mod attacks;
mod messages;
mod runtimes;
mod streams;

use blazeio::{Limits, Timeout};
use blazeio_app::App;
use blazeio_driver::Handle;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("hangs")
}

/// A relay to `origin`.
fn start(origin: SocketAddr) -> (Handle, SocketAddr) {
    let mut limits = Limits::DEFAULT;
    limits.timeouts.response = Timeout::millis(200);
    let connector = blazeio_tokio::connector().limits(limits);
    let origin = relay::Origin(connector, origin.ip().to_string(), origin.port());
    let app = App::new().state(origin).fallback(relay::relay);
    let handle = blazeio_tokio::serve("127.0.0.1:0", app).start().unwrap();
    let address = handle.addresses()[0].as_tcp().unwrap();
    (handle, address)
}

/// An origin that gives each connection the same answer, once its request is complete, and then
/// closes. The requests come out of the channel.
async fn origin(answer: &'static str) -> (SocketAddr, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                let request = request(&mut stream).await;
                let _ = sender.send(request);
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (address, requests)
}

/// Reads one request to its end, as an origin that is not ours would.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut room = [0; 4096];
    loop {
        if let Some((head, content)) = text.split_once("\r\n\r\n") {
            let length = field(head, "content-length").map(|length| length.parse().unwrap());
            let is_complete = match length {
                Some(length) => content.len() >= length,
                None if field(head, "transfer-encoding").is_some() => {
                    content.starts_with("0\r\n") && content.ends_with("\r\n\r\n")
                        || content.contains("\r\n0\r\n") && content.ends_with("\r\n\r\n")
                }
                None => true,
            };
            if is_complete {
                return text;
            }
        }
        match in_time(stream.read(&mut room)).await.unwrap_or(0) {
            0 => return text + "<the end>",
            n => text.push_str(std::str::from_utf8(&room[..n]).unwrap()),
        }
    }
}

/// All bytes that come back for `bytes`, until the relay ends, in whatever way.
async fn send(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = in_time(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// As [`send`], for a request line and what follows Host and `Connection: close`.
async fn ask(address: SocketAddr, request: &str) -> String {
    let (line, rest) = request.split_once("\r\n").unwrap_or((request, "\r\n"));
    send(address, &format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{rest}")).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn content(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, content)| content)
}

fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split_once("\r\n\r\n").map_or(answer, |(head, _)| head);
    head.lines().skip(1).find_map(|line| {
        let (own, value) = line.split_once(':')?;
        own.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}
