//! A response of the crate `http`, sent.
//!
//! Decides how its content is framed: by the service's Content-Length, by its body's exact size,
//! else chunked; and which of its field lines are left to the core, which frames and routes.
//! Refuses a Content-Length that the body contradicts, and whatever the core refuses: 500. A body
//! that fails, is too long or too short ends in a connection that is given up, so that it cannot
//! pass for complete.

use crate::exchange::Sending;
use crate::reply::BoxError;
use blazeio::{CloseReason, Content, Field, Response, Server, UsageError};
use blazeio_driver::{Error, Side, Writer};
use bytes::Buf;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, UPGRADE};
use http_body::{Body, Frame};
use smallvec::SmallVec;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// Fields that only the core writes.
pub(super) const CORES: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// Sends `response`, to a request for HEAD or to another.
pub(super) async fn send<B>(
    writer: &mut Writer<Server>,
    response: http::Response<B>,
    to_head: bool,
    sending: &mut Option<Sending<'_>>,
) -> Result<(), Error>
where
    B: Body<Data: Send, Error: Into<BoxError>> + Send,
{
    let (parts, body) = response.into_parts();
    let status = match parts.status.as_u16() {
        // Nothing here gives a connection away (RFC 9110 §7.8, §15.5.22).
        101 => 501,
        426 if !parts.headers.contains_key(UPGRADE) => 501,
        status => status,
    };
    // RFC 9110 §9.3.2, §15.3.5, §15.3.6, §15.4.5
    let has_content = !(to_head || matches!(status, 204 | 205 | 304));
    let Ok(content) = framing(&parts.headers, body.size_hint().exact(), has_content) else {
        tracing::error!("a service's Content-Length is not that of its body");
        return refuse(writer, 500, sending).await;
    };
    {
        let mut fields = lines(&parts.headers, &CORES);
        fields.extend(sending.iter().flat_map(Sending::added));
        let head = Response::new(status).content(content).fields(&fields);
        let closes = sending.as_ref().is_some_and(|sending| sending.closes);
        let head = if closes || says_close(&parts.headers) { head.close() } else { head };
        let protocols = parts.headers.get(UPGRADE).and_then(|value| value.to_str().ok());
        let head = match protocols.filter(|_| status == 426) {
            Some(protocols) => head.upgrade(protocols),
            None => head,
        };
        writer.respond(&head).await?;
    }
    if let Some(sending) = sending {
        *sending.status = Some(status);
    }
    if !has_content {
        return writer.finish().await;
    }
    let tell = |error| tracing::error!(%error, "a service's body failed");
    let count = |bytes| sending.iter_mut().for_each(|sending| *sending.sent += bytes);
    match write(writer, pin!(body), tell, count).await? {
        None => writer.finish().await,
        Some(trailers) => finish(writer, &trailers).await,
    }
}

/// Answers by `status` alone.
pub(super) async fn refuse(
    writer: &mut Writer<Server>,
    status: u16,
    sending: &mut Option<Sending<'_>>,
) -> Result<(), Error> {
    let added: SmallVec<[Field<'_>; 4]> = sending.iter().flat_map(Sending::added).collect();
    writer.send(&Response::new(status).fields(&added), b"").await?;
    if let Some(sending) = sending {
        *sending.status = Some(status);
    }
    Ok(())
}

/// How content is framed; an error where it cannot be what the service says.
fn framing(headers: &HeaderMap, exact: Option<u64>, has_content: bool) -> Result<Content, ()> {
    let mut said = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        let digits = value.to_str().ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let length: u64 = digits.and_then(|digits| digits.parse().ok()).ok_or(())?;
        if said.replace(length).is_some_and(|earlier| earlier != length) {
            return Err(());
        }
    }
    match (said, exact) {
        (Some(said), Some(exact)) if has_content && said != exact => Err(()),
        (Some(length), _) => Ok(Content::Sized(length)),
        // The content that is not sent with HEAD or 304 is not the one whose length counts.
        (None, Some(0)) if !has_content => Ok(Content::Streamed),
        (None, Some(length)) => Ok(Content::Sized(length)),
        (None, None) => Ok(Content::Streamed),
    }
}

/// RFC 9112 §9.6
fn says_close(headers: &HeaderMap) -> bool {
    headers.get_all(CONNECTION).iter().any(|value| {
        let options = value.as_bytes().split(|&byte| byte == b',');
        options.map(<[u8]>::trim_ascii).any(|option| option.eq_ignore_ascii_case(b"close"))
    })
}

/// The field lines of a section, but some.
pub(super) fn lines<'a>(headers: &'a HeaderMap, without: &[&str]) -> SmallVec<[Field<'a>; 16]> {
    let is_passed = |name: &HeaderName| !without.contains(&name.as_str());
    headers
        .iter()
        .filter(|(name, _)| is_passed(name))
        .map(|(name, value)| {
            // The crate `http` lets a value begin and end with whitespace.
            Field::from_bytes(name.as_str().as_bytes(), value.as_bytes().trim_ascii())
        })
        .collect()
}

/// Writes all content, each piece from where it is, and counts it. The trailer section, if there is
/// one. If the body fails, that is told, and the connection given up.
pub(super) async fn write<R: Side, B>(
    writer: &mut Writer<R>,
    mut body: Pin<&mut B>,
    tell: impl FnOnce(BoxError),
    mut count: impl FnMut(u64),
) -> Result<Option<HeaderMap>, Error>
where
    B: Body<Data: Send, Error: Into<BoxError>> + Send,
{
    let mut trailers = None;
    while let Some(frame) = poll_fn(|cx| poll_frame(body.as_mut(), cx)).await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                tell(error);
                writer.cut_off();
                return Err(Error::Closed(CloseReason::Aborted));
            }
        };
        match frame.into_data() {
            Ok(mut data) => {
                while data.has_remaining() {
                    let piece = data.chunk();
                    let length = piece.len();
                    writer.write(piece).await?;
                    count(length as u64);
                    data.advance(length);
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok().or(trailers),
        }
    }
    Ok(trailers)
}

fn poll_frame<B: Body<Error: Into<BoxError>>>(
    body: Pin<&mut B>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
    body.poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(Into::into)))
}

/// Ends a message by trailer fields: those that may be some (RFC 9110 §6.5.1), if it has a place
/// for them.
pub(super) async fn finish<R: Side>(
    writer: &mut Writer<R>,
    trailers: &HeaderMap,
) -> Result<(), Error> {
    let mut fields = lines(trailers, &CORES);
    loop {
        match writer.finish_with(&fields).await {
            Err(Error::Usage(UsageError::ForbiddenTrailer { index })) if index < fields.len() => {
                let field = fields.remove(index);
                tracing::warn!(?field, "a service's trailer field is not sent");
            }
            Err(Error::Usage(UsageError::TrailersNeedChunked)) => return writer.finish().await,
            done => return done,
        }
    }
}
