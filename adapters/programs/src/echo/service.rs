//! One request and its response.
//!
//! Decides when a response begins. A fixed one begins when its request is complete, so that
//! malformed content is answered 400 and the connection goes on; at once if the content is
//! too long to wait for, or is held back for a 100. An echo begins when the content received
//! so far is used up, so that what is malformed in the first read is answered 400, and
//! content that never comes 408. Holds one read buffer, a piece of content and what the
//! driver queues, whatever the size of the content.

use crate::echo::log;
use crate::echo::pace::Pace;
use crate::echo::route::{Fixed, Route, route};
use crate::echo::upgrade::upgrade;
use blazeio::{CloseReason, Content, Field, Length, Limits, RequestHead, Response, Server};
use blazeio_driver::{Error, Exchange, Service, Writer};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// An echo begins at the latest when it holds so much content.
const HELD: usize = 16 * 1024;

/// Answers requests, by their paths, on connections that have `limits`.
pub fn service(limits: Limits) -> impl Service {
    move |mut exchange: Exchange<Server>| async move {
        match route(&exchange.request()) {
            Route::Echo => echo(&mut exchange, &limits).await,
            Route::Upgrade => upgrade(exchange).await,
            Route::Fixed(fixed) => answer(&mut exchange, fixed, &limits).await,
        }
    }
}

async fn answer(
    exchange: &mut Exchange<Server>,
    fixed: Fixed,
    limits: &Limits,
) -> Result<(), Error> {
    let drain = u64::from(limits.drain);
    let head = exchange.request();
    let mut is_long = matches!(head.length(), Length::Sized(n) if n > drain);
    if !is_long && !head.expects_continue() {
        is_long = !skip_content(exchange, drain).await?;
    }
    let fields = [
        Field::new("Content-Type", "text/plain; charset=utf-8"),
        Field::new("Allow", fixed.allow.unwrap_or_default()),
    ];
    let first = usize::from(fixed.text.is_empty());
    let last = 1 + usize::from(fixed.allow.is_some());
    let mut response = Response::new(fixed.status).fields(&fields[first..last]);
    if let Some(protocol) = fixed.upgrade {
        response = response.upgrade(protocol);
    }
    if fixed.closes || is_long {
        response = response.close();
    }
    if fixed.text.is_empty() {
        exchange.respond(&response).await?;
        return exchange.finish().await;
    }
    exchange.send(&response, fixed.text.as_bytes()).await
}

/// Reads content that nobody wants to its end, or until more than `limit` bytes came. Whether
/// that was all.
async fn skip_content(exchange: &mut Exchange<Server>, limit: u64) -> Result<bool, Error> {
    let mut skipped = 0;
    while skipped <= limit {
        match exchange.read().await? {
            Some(piece) => skipped += piece.len() as u64,
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// Sends back content and trailers as they come.
async fn echo(exchange: &mut Exchange<Server>, limits: &Limits) -> Result<(), Error> {
    let mut back = Back::new(&exchange.request());
    let mut pace = Pace::new(limits, exchange.runtime());
    let (reader, writer) = exchange.split();
    loop {
        let piece = if back.has_begun {
            match pace.hold(reader.read()).await {
                Some(piece) => piece?,
                None => return Err(too_slow(exchange)),
            }
        } else if back.held.is_empty() {
            reader.read().await?
        } else {
            match at_once(reader.read()).await {
                Some(piece) => piece?,
                None => {
                    back.begin(writer).await?;
                    continue;
                }
            }
        };
        let Some(piece) = piece else { break };
        pace.pay(piece.len());
        back.send(writer, piece).await?;
    }
    back.begin(writer).await?;
    let trailers: Vec<Field<'_>> = reader.trailers().into_iter().flatten().collect();
    writer.finish_with(&trailers).await
}

/// What `wait` ends with, if it needs no waiting.
async fn at_once<F: Future>(wait: F) -> Option<F::Output> {
    let mut wait = pin!(wait);
    poll_fn(|cx| match wait.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// The response has begun: all that is left is to cut it off.
fn too_slow(exchange: &Exchange<Server>) -> Error {
    log::line(format_args!("{}: the content came too slowly", exchange.peer()));
    exchange.cut_off();
    Error::Closed(CloseReason::Aborted)
}

/// What goes back.
struct Back {
    has_begun: bool,
    /// Content that came before the response began.
    held: Vec<u8>,
    content: Content,
    content_type: Vec<u8>,
}

impl Back {
    fn new(head: &RequestHead<'_>) -> Self {
        let content = match head.length() {
            Length::Sized(n) => Content::Sized(n),
            Length::Chunked => Content::Streamed,
            _ => Content::Empty,
        };
        let content_type = head.field("content-type").unwrap_or(b"application/octet-stream");
        Self { has_begun: false, held: Vec::new(), content, content_type: content_type.to_vec() }
    }

    /// Sends the head and the content held, if the head is not out.
    async fn begin(&mut self, writer: &mut Writer<Server>) -> Result<(), Error> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        let fields = [Field::from_bytes(b"Content-Type", &self.content_type)];
        let response = Response::new(200).fields(&fields).content(self.content);
        writer.respond(&response).await?;
        writer.write(&std::mem::take(&mut self.held)).await
    }

    /// Holds a piece until the response has begun, or sends it.
    async fn send(&mut self, writer: &mut Writer<Server>, piece: &[u8]) -> Result<(), Error> {
        if !self.has_begun && self.held.len() + piece.len() <= HELD {
            self.held.extend_from_slice(piece);
            return Ok(());
        }
        self.begin(writer).await?;
        writer.write(piece).await
    }
}
