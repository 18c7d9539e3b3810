//! A message's content, as `http_body` has it.
//!
//! Decides nothing: each piece is copied once, out of the receive buffer. Reads when it is polled
//! and not before, so who does not poll has the client wait, and a server sends
//! `100 Continue` by the first poll (RFC 9110 §10.1.1). What is dropped unread is the driver's to drop.

use super::request::headers;
use blazeio::{Client, Length, Server};
use blazeio_driver::{Error, Reader, Side};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The content of a request, and its trailer section.
pub type Incoming = Content<Server>;

/// The content of a response, and its trailer section: of a service that is [innermost].
///
/// [innermost]: super::innermost
pub type Outgoing = Content<Client>;

/// The content of a message that comes, and its trailer section. Dropped before its end, what is
/// left is dropped by a server, and a client gives the connection up.
pub struct Content<R: Side> {
    /// None where there is no message.
    reader: Option<Reader<R>>,
    /// What was announced and is not read yet.
    left: Option<u64>,
    is_over: bool,
}

impl<R: Side> Content<R> {
    pub(super) fn new(reader: Reader<R>, length: Length) -> Self {
        let left = match length {
            Length::Sized(length) => Some(length),
            Length::None => Some(0),
            _ => None,
        };
        Self { is_over: reader.is_complete(), reader: Some(reader), left }
    }
}

/// No content: that of what a layer answers by itself.
impl<R: Side> Default for Content<R> {
    fn default() -> Self {
        Self { is_over: true, reader: None, left: Some(0) }
    }
}

impl<R: Side> Body for Content<R> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let Some(reader) = this.reader.as_mut().filter(|_| !this.is_over) else {
            return Poll::Ready(None);
        };
        match ready!(reader.poll_read(cx)) {
            Ok(Some(piece)) => {
                let piece = Bytes::copy_from_slice(piece);
                this.left = this.left.map(|left| left.saturating_sub(piece.len() as u64));
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            Ok(None) => this.is_over = true,
            Err(error) => {
                this.is_over = true;
                return Poll::Ready(Some(Err(error)));
            }
        }
        let trailers = reader.trailers().and_then(headers);
        Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl<R: Side> fmt::Debug for Content<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("left", &self.left).finish_non_exhaustive()
    }
}
