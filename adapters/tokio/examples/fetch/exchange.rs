//! One request and its response, both ways at once.
//!
//! Decides when the exchange is over: with the response's end, however far the request is.
//! The rest of a request is still sent if the server keeps the connection and did not
//! refuse, for a second: some then stop reading. Nothing that goes wrong after it spoils a
//! complete response (RFC 9112 §9.5).

use crate::failure::Failure;
use crate::upload::Upload;
use blazeio::{Client, Event, Fields, Request, ResponseHead};
use blazeio_tokio::{Error, Input, Link, Transport, Turn};
use std::io;
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
pub async fn exchange<T: Transport>(
    link: &mut Link<Client, T>,
    input: &mut Input,
    request: &Request<'_>,
    upload: &mut Upload,
    receiver: &mut impl Receiver,
) -> Result<(), Failure> {
    link.send_head(&request.content(upload.framing()))?;
    let mut refused = false;
    loop {
        match turn(link, input, upload).await? {
            Turn::Room => upload.advance(link).await?,
            Turn::Event(Event::Interim(span)) => receiver.head(&span.on(input.filled())),
            Turn::Event(Event::Response(span)) => {
                refused = span.status() >= 400;
                receiver.head(&span.on(input.filled()));
            }
            Turn::Event(Event::Content(span)) => {
                receiver.content(span.on(input.filled())).map_err(Failure::Receiver)?;
            }
            Turn::Event(Event::Trailers(span)) => receiver.trailers(span.on(input.filled())),
            Turn::Event(Event::End) => break,
            Turn::Event(Event::Closed(reason)) => return Err(Error::Closed(reason).into()),
            Turn::Event(Event::Tunnel) => return Err(Failure::Tunnel),
            Turn::Event(_) => {}
        }
    }
    if !refused {
        // The response is complete: whatever goes wrong only costs the connection.
        let _ = tokio::time::timeout(REST, send_the_rest(link, input, upload)).await;
    }
    Ok(())
}

async fn turn<T: Transport>(
    link: &mut Link<Client, T>,
    input: &mut Input,
    upload: &Upload,
) -> Result<Turn, Error> {
    if upload.is_done() {
        return link.next_event(input).await.map(Turn::Event);
    }
    link.event_or_room(input).await
}

async fn send_the_rest<T: Transport>(
    link: &mut Link<Client, T>,
    input: &mut Input,
    upload: &mut Upload,
) -> Result<(), Failure> {
    while !upload.is_done() && link.core().close_reason().is_none() {
        match link.event_or_room(input).await? {
            Turn::Room => upload.advance(link).await?,
            Turn::Event(_) => break,
        }
    }
    Ok(link.flush().await?)
}
