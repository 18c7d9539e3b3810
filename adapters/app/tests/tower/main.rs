//! Services of the crate tower over real sockets: axum, tower-http's layers, and services that
//! break their own rules.

mod application;
mod layers;
mod messages;
mod router;
mod smol;
mod streams;

use blazeio_driver::{Handle, Service};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Request = http::Request<blazeio_app::tower::Incoming>;

fn start(service: impl Service) -> (Handle, SocketAddr) {
    let handle = blazeio_tokio::serve("127.0.0.1:0", service).start().unwrap();
    let address = handle.addresses()[0].as_tcp().unwrap();
    (handle, address)
}

/// A server of a function from a request to a response.
fn start_fn<F, A, B>(answer: F) -> (Handle, SocketAddr)
where
    F: Fn(Request) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = http::Response<B>> + Send + 'static,
    B: http_body::Body<Data: Send, Error: Into<blazeio_app::BoxError>> + Send + 'static,
{
    let service = tower::service_fn(move |request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    start(blazeio_app::tower::service(service))
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("hangs")
}

/// All bytes that come back for `bytes`, until the server ends, in whatever way.
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
