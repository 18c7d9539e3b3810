//! The example `relay` over real sockets, between a client and an origin that are written out
//! byte by byte.

#[path = "../../examples/relay.rs"]
#[allow(dead_code, clippy::allow_attributes)]
mod relay;

#[path = "../support/wire.rs"]
mod wire;

mod attacks;
mod messages;
mod runtimes;
mod streams;

use blazeio::{Limits, Timeout};
use blazeio_app::App;
use blazeio_driver::Handle;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wire::{ask, content, field, in_time, send, status};

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
