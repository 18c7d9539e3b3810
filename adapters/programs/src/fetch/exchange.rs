//! One request and its response, both ways at once.
//!
//! Decides when the exchange is over: with the response's end, however far the request is.
//! The rest of a request is still sent if the server keeps the connection and did not
//! refuse, for a second: some then stop reading. Nothing that goes wrong with sending spoils
//! a complete response (RFC 9112 §9.5).

use crate::fetch::failure::Failure;
use crate::fetch::upload::Upload;
use crate::timing::timeout;
use blazeio::{Client, Fields, Request, ResponseHead};
use blazeio_driver::{ClientConnection, Error, Reader, Runtime};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// How long the rest of a request may take after its response.
const REST: Duration = Duration::from_secs(1);

/// What takes the response.
pub trait Receiver {
    /// A head, interim or final.
    fn head(&mut self, head: &ResponseHead<'_>);
    /// A piece of content.
    fn content(&mut self, piece: &[u8]) -> io::Result<()>;
    /// The trailer section.
    fn trailers(&mut self, fields: Fields<'_>);
}

/// Sends `request` with `upload`, and gives its response to `receiver`.
pub async fn exchange(
    runtime: &Arc<dyn Runtime>,
    connection: &mut ClientConnection,
    request: &Request<'_>,
    upload: &mut Upload,
    receiver: &mut impl Receiver,
) -> Result<(), Failure> {
    let opened = connection.open(&request.content(upload.framing())).await;
    let mut exchange = opened.map_err(Failure::of_opening)?;
    let (reader, writer) = exchange.split();
    let mut sending = pin!(upload.send(writer));
    let mut receiving = pin!(receive(reader, receiver));
    let mut is_sent = false;
    let received = poll_fn(|cx| {
        if let Poll::Ready(received) = receiving.as_mut().poll(cx) {
            return Poll::Ready(received);
        }
        if !is_sent {
            if let Poll::Ready(sent) = sending.as_mut().poll(cx) {
                is_sent = true;
                if let Err(fault) = own_fault(sent) {
                    return Poll::Ready(Err(fault));
                }
            }
        }
        Poll::Pending
    });
    let refused = received.await?;
    if !refused && !is_sent {
        // The response is complete: whatever goes wrong only costs the connection.
        let _ = timeout(runtime, REST, sending).await;
    }
    Ok(())
}

/// What kept this side from sending. What the server did is told by its response, or by the
/// lack of one.
fn own_fault(sent: Result<(), Failure>) -> Result<(), Failure> {
    match sent {
        Err(Failure::Link(Error::Peer(_) | Error::Io(_) | Error::Closed(_))) => Ok(()),
        other => other,
    }
}

/// Receives the response; whether it refuses the request.
async fn receive(
    reader: &mut Reader<Client>,
    receiver: &mut impl Receiver,
) -> Result<bool, Failure> {
    while let Some(head) = reader.interim().await? {
        receiver.head(&head);
    }
    let head = reader.head().await?;
    let refused = head.status() >= 400;
    receiver.head(&head);
    while let Some(piece) = reader.read().await? {
        receiver.content(piece).map_err(Failure::Receiver)?;
    }
    if !reader.is_complete() {
        return Err(Failure::Tunnel);
    }
    if let Some(trailers) = reader.trailers() {
        receiver.trailers(trailers);
    }
    Ok(refused)
}
