//! The verbs that only a client has.
//!
//! Decides nothing: heads are received in the order they come, interim ones first.

use super::reader::Reading;
use super::{Exchange, Reader, Writer};
use crate::error::Error;
use crate::link::{Received, Shared};
use blazeio::{Client, CloseReason, ResponseHead};
use std::sync::Arc;

impl Exchange<Client> {
    /// The exchange `generation`, whose request's head is queued.
    pub(crate) fn opened(shared: Arc<Shared<Client>>, generation: u32) -> Self {
        let writer = Writer::new(Arc::clone(&shared), generation);
        Self { reader: Reader::of_response(shared, generation), writer }
    }

    /// The final response's head. May be asked for before, during or after the content of the
    /// request, and again. Interim responses are passed over.
    ///
    /// # Errors
    /// [`Error::Peer`], [`Error::Io`], [`Error::Closed`].
    pub async fn head(&mut self) -> Result<ResponseHead<'_>, Error> {
        self.reader.head().await
    }

    /// The next interim response, or `None` once the final one's head is there.
    ///
    /// # Errors
    /// As [`head`](Self::head).
    pub async fn interim(&mut self) -> Result<Option<ResponseHead<'_>>, Error> {
        self.reader.interim().await
    }
}

impl Reader<Client> {
    /// As [`Exchange::head`].
    ///
    /// # Errors
    /// As there.
    pub async fn head(&mut self) -> Result<ResponseHead<'_>, Error> {
        while self.interim_span().await?.is_some() {}
        self.response
            .map(|span| span.on(self.input.kept()))
            .ok_or(Error::Closed(CloseReason::LocalClose))
    }

    /// As [`Exchange::interim`].
    ///
    /// # Errors
    /// As there.
    pub async fn interim(&mut self) -> Result<Option<ResponseHead<'_>>, Error> {
        let span = self.interim_span().await?;
        Ok(span.map(|span| span.on(self.input.kept())))
    }

    async fn interim_span(&mut self) -> Result<Option<blazeio::ResponseSpan>, Error> {
        if self.state != Reading::Head {
            return Ok(None);
        }
        self.input.forget();
        match self.receive().await? {
            Received::Interim(span) => Ok(Some(span)),
            _ => Ok(None),
        }
    }
}
