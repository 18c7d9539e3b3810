//! The verbs of a response.
//!
//! Decides which fields a head has: the handler's, then those that were
//! [added](Exchange::add_field) on the way. All else is the driver's; bytes of content are counted.

use super::{Exchange, Given};
use crate::abort::Abort;
use crate::files::lone;
use crate::into_reply::IntoReply;
use crate::reply::{Content, FieldLine, FieldLines, Reply};
use blazeio::{Field, Method, Response, Server, UsageError, Version};
use blazeio_driver::{Error, Reader, Tunnel, Writer};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::future::poll_fn;

/// A response that was begun cannot be ended.
const CUT_OFF: Error = Error::Closed(blazeio::CloseReason::Aborted);

impl Exchange {
    /// Adds a field line to whichever response is sent.
    pub fn add_field(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) {
        let value = match value.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        self.fields.push(FieldLine { name: name.into(), value });
    }

    /// Begins a response that is written piece by piece: chunked, unless a `length` is given.
    ///
    /// # Errors
    /// As the driver's [`respond`](blazeio_driver::Exchange::respond).
    pub async fn prepare(
        &mut self,
        status: u16,
        fields: &[Field<'_>],
        length: Option<u64>,
    ) -> Result<(), Error> {
        let content = length.map_or(blazeio::Content::Streamed, blazeio::Content::Sized);
        self.begin(status, content, fields).await
    }

    async fn begin(
        &mut self,
        status: u16,
        content: blazeio::Content,
        fields: &[Field<'_>],
    ) -> Result<(), Error> {
        let mut all: SmallVec<[Field<'_>; 8]> =
            fields.iter().copied().chain(self.fields.iter().map(as_field)).collect();
        let inner = self.inner.as_mut().expect("the exchange was given away");
        let method = inner.request().method();
        // Whoever switches or tunnels takes the exchange: after these heads nothing is HTTP any more.
        if status == 101 || (method == Method::Connect && matches!(status, 200..=299)) {
            return Err(UsageError::InvalidStatus.into());
        }
        // RFC 9110 §15.5.22: 426 says what to upgrade to; the core writes that line.
        let is_upgrade = |field: &Field<'_>| field.is("upgrade");
        let offer = all.iter().find(|field| is_upgrade(field)).map(|field| field.value);
        all.retain(|field| !is_upgrade(field));
        let response = Response::new(status).content(content).fields(&all);
        let response = if self.closes { response.close() } else { response };
        let response = match offer {
            // What is no text is no list of protocols either.
            Some(value) => response.upgrade(std::str::from_utf8(value).unwrap_or_default()),
            None => response,
        };
        inner.respond(&response).await?;
        // RFC 9110 §9.3.2, §15.3.5, §15.3.6, §15.4.5
        let is_to_head = inner.request().method() == Method::Head;
        self.has_content = !(is_to_head || matches!(status, 204 | 205 | 304));
        self.status = Some(status);
        Ok(())
    }

    /// Writes content of a response that was [prepared](Self::prepare). Waits while the client
    /// reads slowly. Where the response has none, as to HEAD, it is dropped.
    ///
    /// # Errors
    /// As the driver's [`write`](blazeio_driver::Exchange::write).
    pub async fn write(&mut self, content: impl AsRef<[u8]>) -> Result<(), Error> {
        let content = content.as_ref();
        self.inner_mut().write(content).await?;
        if self.has_content {
            self.sent += content.len() as u64;
        }
        Ok(())
    }

    /// Ends a response that was [prepared](Self::prepare); with a trailer section, if `trailers` are
    /// given and it is chunked. Trailers that have no place, where there is a length or the client's
    /// version is HTTP/1.0, are not sent.
    ///
    /// # Errors
    /// As the driver's [`finish_with`](blazeio_driver::Exchange::finish_with).
    pub async fn finish(&mut self, trailers: &[Field<'_>]) -> Result<(), Error> {
        match self.inner_mut().finish_with(trailers).await {
            Err(Error::Usage(UsageError::TrailersNeedChunked)) => self.inner_mut().finish().await,
            result => result,
        }
    }

    /// Sends `reply` now, whole, instead of returning it. A stream is not asked for content where
    /// the response has none, as to HEAD.
    ///
    /// # Errors
    /// As the driver's [`send`](blazeio_driver::Exchange::send); a stream's own error cuts the
    /// response off, and is [`Error::Closed`].
    pub async fn reply(&mut self, reply: Reply) -> Result<(), Error> {
        self.closes |= reply.closes;
        let Some(reply) = self.send_file(reply).await? else { return Ok(()) };
        let is_connect = self.inner().request().method() == Method::Connect;
        // RFC 9110 §9.3.6: a 2xx would open a tunnel, and there is none.
        let opens = is_connect && matches!(reply.status, 200..=299);
        let reply = if opens { Abort::new(501).into_reply() } else { reply };
        let Reply { status, fields, content, failure, length, .. } = reply;
        if let Some(failure) = &failure {
            tracing::error!(status, error = %failure, "a handler failed");
        }
        let fields: SmallVec<[Field<'_>; 8]> = fields.iter().map(as_field).collect();
        match content {
            // Files are no more: what is to be answered instead has content of its own.
            Content::Empty | Content::Answered | Content::File(_) => {
                self.begin(status, blazeio::Content::Empty, &fields).await?;
            }
            Content::Whole(content) => {
                let length = blazeio::Content::Sized(content.len() as u64);
                self.begin(status, length, &fields).await?;
                self.write(&content).await?;
            }
            Content::Stream(mut stream) => {
                let length = length.map_or(blazeio::Content::Streamed, blazeio::Content::Sized);
                self.begin(status, length, &fields).await?;
                while self.has_content {
                    let next = poll_fn(|cx| stream.as_mut().poll_next(cx)).await;
                    let Some(piece) = next else { break };
                    match piece {
                        Ok(piece) => self.write(&piece).await?,
                        Err(error) => {
                            tracing::error!(status, %error, "a stream of content failed");
                            self.cut_off();
                            return Err(CUT_OFF);
                        }
                    }
                }
            }
        }
        self.finish(&[]).await
    }

    /// Sends a reply whose content is a file; or says what is to be sent instead.
    async fn send_file(&mut self, mut reply: Reply) -> Result<Option<Reply>, Error> {
        let Content::File(path) = &mut reply.content else { return Ok(Some(reply)) };
        let path = std::mem::take(path);
        // Boxed: other replies have no need of its room.
        let abort = match Box::pin(lone(self, path, reply)).await {
            Ok(Reply { content: Content::Answered, .. }) => return Ok(None),
            Ok(reply) => return Ok(Some(reply)),
            Err(abort) => abort,
        };
        if self.status.is_none() && !abort.is_driver() {
            return Ok(Some(abort.into_reply()));
        }
        Err(abort.into_driver().unwrap_or(CUT_OFF))
    }

    /// Adds field lines to whichever response is sent.
    pub(crate) fn add_lines(&mut self, lines: FieldLines) {
        self.fields.extend(lines);
    }

    /// Sends 103 (Early Hints, RFC 8297) with these fields, `Link` as a rule; the response follows.
    /// Clients of HTTP/1.0 know of none, and get none (RFC 9110 §15.2).
    ///
    /// # Errors
    /// As the driver's [`send_interim`](blazeio_driver::Exchange::send_interim).
    pub async fn early_hints(&mut self, fields: &[Field<'_>]) -> Result<(), Error> {
        if self.request().version() == Version::Http10 {
            return Ok(());
        }
        self.inner_mut().send_interim(&Response::new(103).fields(fields)).await
    }

    /// Both halves, to read and write at once: after the response was [prepared](Self::prepare).
    /// What is read and written by them is not counted.
    pub fn split(&mut self) -> (&mut Reader<Server>, &mut Writer<Server>) {
        self.inner_mut().split()
    }

    /// Switches protocols by 101 (RFC 9110 §7.8): the connection is a tunnel from here on. To a
    /// protocol that the request [offers](blazeio::RequestHead::upgrade).
    ///
    /// # Errors
    /// As the driver's [`upgrade`](blazeio_driver::Exchange::upgrade).
    pub async fn upgrade(
        &mut self,
        protocol: &str,
        fields: &[Field<'_>],
    ) -> Result<Tunnel<Server>, Error> {
        let tunnel =
            self.take().upgrade(&Response::new(101).upgrade(protocol).fields(fields)).await?;
        self.status = Some(101);
        Ok(tunnel)
    }

    /// Takes the connection away from HTTP, for good: reads and writes bytes as they are, content in
    /// its framing. For protocols that begin like HTTP and are none; the outcome has no status.
    ///
    /// # Errors
    /// As the driver's [`into_raw`](blazeio_driver::Exchange::into_raw): not once content was asked
    /// for, or anything sent.
    pub async fn raw(&mut self) -> Result<Tunnel<Server>, Error> {
        self.take().into_raw().await
    }

    /// Gives the driver's exchange away, for what this one has no verbs for: to respond while the
    /// request is read, to answer in another task. The handler answers by it, and returns nothing;
    /// one that fails nevertheless has what was begun cut off, or 500. The outcome has no status,
    /// and counts what this exchange read and wrote itself.
    ///
    /// # Panics
    /// When it was given away already. After it was, so does whatever needs it.
    #[track_caller]
    pub fn take(&mut self) -> blazeio_driver::Exchange<Server> {
        let inner = self.inner.take().expect("the exchange was given away");
        self.given = Some(Box::new(Given::of(&inner)));
        inner
    }

    /// What is sent on a driver's exchange that was [taken](Self::take) tells here.
    #[cfg(feature = "tower")]
    pub(crate) fn sending(&mut self) -> Sending<'_> {
        let closes = self.closes;
        Sending { added: &self.fields, closes, status: &mut self.status, sent: &mut self.sent }
    }
}

/// What a response that somebody else sends bears, and what it tells of.
#[cfg(feature = "tower")]
pub(crate) struct Sending<'e> {
    added: &'e FieldLines,
    /// It is the connection's last.
    pub(crate) closes: bool,
    pub(crate) status: &'e mut Option<u16>,
    /// Bytes of content.
    pub(crate) sent: &'e mut u64,
}

#[cfg(feature = "tower")]
impl<'e> Sending<'e> {
    /// The field lines that were added on the way.
    pub(crate) fn added(&self) -> impl Iterator<Item = Field<'e>> + use<'e> {
        self.added.iter().map(as_field)
    }
}

fn as_field(line: &FieldLine) -> Field<'_> {
    Field::from_bytes(line.name.as_bytes(), &line.value)
}
