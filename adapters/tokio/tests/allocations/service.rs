//! What the server under test does, and how much it allocates by itself: nothing.

use blazeio::{Content, Length, Limits, Response, Server};
use blazeio_driver::{Error, Exchange, Handle, Memory};
use std::sync::Arc;
use std::time::Duration;

/// No end of a connection by its number of requests.
pub const LIMITS: Limits = Limits { requests: u32::MAX, ..Limits::DEFAULT };

/// A server in this runtime.
pub fn start() -> Handle {
    let memory = Arc::new(Memory::default());
    blazeio_tokio::serve("127.0.0.1:0", answer)
        .configure(|serve| serve.limits(LIMITS).memory(memory))
        .start()
        .unwrap()
}

async fn answer(mut exchange: Exchange<Server>) -> Result<(), Error> {
    match exchange.request().raw_target() {
        b"/yield" => tokio::task::yield_now().await,
        b"/sleep" => tokio::time::sleep(Duration::from_millis(1)).await,
        _ => {}
    }
    let content = match exchange.request().length() {
        Length::Sized(n) => Content::Sized(n),
        Length::Chunked => Content::Streamed,
        _ => return exchange.send(&Response::new(200), b"Hello\n").await,
    };
    exchange.respond(&Response::new(200).content(content)).await?;
    let (reader, writer) = exchange.split();
    while let Some(piece) = reader.read().await? {
        writer.write(piece).await?;
    }
    writer.finish().await
}
