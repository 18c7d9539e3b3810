//! From one message into another: what relays do, in either direction.
//!
//! Decides nothing but which trailers end here, by [`Passed`]: reads, writes, and ends the other
//! message as this one ended. What was read is written before more is read, so whoever is slow
//! holds the other up.

use super::{Reader, Writer};
use crate::error::Error;
use crate::link::Side;
use blazeio::web::relay::Passed;
use blazeio::{Field, Fields, UsageError};

impl<R: Side> Reader<R> {
    /// Passes this message's content on as that of another, whose head is on its way, and ends
    /// that; by the trailer section, if there is one and the other is chunked, but for fields that
    /// concern this connection (RFC 9110 §7.6.1): all of them, if Connection names more than
    /// [`MOST`](blazeio::web::relay::MOST). If the other awaits `100 Continue`, nothing is read
    /// before that has come, or is waited for no more.
    ///
    /// Dropped while it waits, some of the content may be passed on, and some of it lost.
    ///
    /// # Errors
    /// Of either message. What the other has got is not complete then, and does not look so.
    ///
    /// ```
    /// use blazeio::{Response, Server};
    /// use blazeio_driver::{Error, Exchange};
    ///
    /// async fn echo(mut exchange: Exchange<Server>) -> Result<(), Error> {
    ///     exchange.respond(&Response::new(200).streamed()).await?;
    ///     let (reader, writer) = exchange.split();
    ///     reader.pass(writer).await
    /// }
    /// # fn is_service(_: impl blazeio_driver::Service) {}
    /// # is_service(echo);
    /// ```
    pub async fn pass<W: Side>(&mut self, to: &mut Writer<W>) -> Result<(), Error> {
        to.write(&[]).await?;
        while let Some(piece) = self.read().await? {
            to.write(piece).await?;
        }
        let passed = self.head_fields().zip(self.trailers());
        let passed = passed.and_then(|(head, trailers)| Passed::trailers(head, trailers).ok());
        let trailers: Vec<Field<'_>> = passed.into_iter().flatten().collect();
        match to.finish_with(&trailers).await {
            Err(Error::Usage(UsageError::TrailersNeedChunked)) => to.finish().await,
            done => done,
        }
    }

    /// Those of the head of the message that was read.
    fn head_fields(&self) -> Option<Fields<'_>> {
        let request = self.request.map(|span| span.on(self.input.kept()).fields());
        request.or_else(|| self.response.map(|span| span.on(self.input.kept()).fields()))
    }
}
