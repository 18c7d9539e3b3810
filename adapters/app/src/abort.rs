//! Ending the handling of a request early.
//!
//! Decides which status an error means: its own if it has one, else 500. Refuses to tell the
//! client what went wrong inside: the text of an error that was not made for it is logged and not
//! sent.

use crate::into_reply::IntoReply;
use crate::reply::{BoxError, Content, Reply};
use blazeio::reason_phrase;
use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Ends the handling of a request, with a status, and perhaps a text and field lines. Any error
/// becomes one by `?`: what came of the client (content that is too long, JSON that is none)
/// with its own status, all else as a 500 whose text is logged and not sent. The loss of another
/// connection, that a handler has to an upstream, is a 502, or a 504 when that took too long.
///
/// ```
/// use blazeio_app::{Abort, Exchange};
///
/// async fn show(exchange: &mut Exchange) -> Result<String, Abort> {
///     let id: u32 = exchange.param("id").and_then(|id| id.parse().ok()).ok_or(Abort::new(404))?;
///     match id {
///         0 => Err(Abort::redirect("/lamps/1")),
///         1..9 => Ok(std::fs::read_to_string("/etc/hostname")?),
///         _ => Err(Abort::new(410).text("gone for good")),
///     }
/// }
/// ```
///
/// A [`Reply`] becomes one, too, for what has to be said in JSON; and so does an error type of your
/// own that says how. That one is then no `std::error::Error`, which would be a 500 already.
///
/// ```
/// use blazeio_app::{Abort, Exchange, Reply};
///
/// enum Refusal { Unknown(u32), TooMany }
///
/// impl From<Refusal> for Abort {
///     fn from(refusal: Refusal) -> Self {
///         match refusal {
///             Refusal::Unknown(id) => Reply::new(404)
///                 .field("Content-Type", "application/problem+json")
///                 .json(&std::collections::BTreeMap::from([("unknown", id)]))
///                 .into(),
///             Refusal::TooMany => Abort::new(429).field("Retry-After", "1"),
///         }
///     }
/// }
///
/// async fn lamp(exchange: &mut Exchange) -> Result<String, Refusal> {
///     let id = exchange.query::<[(String, u32); 1]>().map_err(|_| Refusal::TooMany)?[0].1;
///     if id < 9 { Ok(id.to_string()) } else { Err(Refusal::Unknown(id)) }
/// }
/// # let _ = blazeio_app::App::new().get("/lamp", lamp);
/// ```
pub struct Abort {
    reply: Box<Reply>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Abort {
    /// This status, with its name as a text.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { reply: Box::new(Reply::new(status)), source: None }
    }

    /// This status, because of an error that is logged and not sent: for one that `?` does not take,
    /// as a `Box<dyn Error + Send + Sync>`.
    #[must_use]
    pub fn caused_by(status: u16, source: impl Into<BoxError>) -> Self {
        Self { source: Some(source.into()), ..Self::new(status) }
    }

    /// 303 (See Other): see [`Reply::redirect`].
    #[must_use]
    pub fn redirect(target: impl Into<Cow<'static, str>>) -> Self {
        Self { reply: Box::new(Reply::redirect(target)), source: None }
    }

    /// With a text for the client.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        let text = match text.into() {
            Cow::Borrowed(text) => bytes::Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => text.into(),
        };
        *self.reply = std::mem::take(&mut *self.reply).text(text);
        self
    }

    /// Adds a field line.
    #[must_use]
    pub fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        *self.reply = std::mem::take(&mut *self.reply).field(name, value);
        self
    }

    /// This status instead.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.reply.status = status;
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.reply.status
    }

    /// The error that it was made of.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.source.as_deref()
    }

    /// Whether it was made of an error of the driver.
    pub(crate) fn is_driver(&self) -> bool {
        self.source().is_some_and(|source| source.is::<blazeio_driver::Error>())
    }

    /// The loss of a connection, or what its peer broke, that it was made of: of the connection that
    /// is served, or of another one.
    pub(crate) fn of_a_connection(&self) -> Option<&blazeio_driver::Error> {
        let error = self.source()?.downcast_ref()?;
        (!matches!(error, blazeio_driver::Error::Usage(_))).then_some(error)
    }

    /// `reply`, if that connection is an upstream's: with 502, or 504 when that took too long, unless
    /// another status was chosen (RFC 9110 §15.6.3, §15.6.5).
    pub(crate) fn of_a_gateway(&self, reply: Reply) -> Reply {
        use blazeio_driver::Error;
        let Some(error) = self.of_a_connection() else { return reply };
        let status = match error {
            Error::Peer(error) if error.status() == 408 => 504,
            Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => 504,
            _ => 502,
        };
        let is_chosen = reply.status != status_of(error) || !is_bare(&reply);
        if is_chosen { reply } else { Self::new(status).into_reply() }
    }

    /// The driver's error that it was made of.
    pub(crate) fn into_driver(self) -> Option<blazeio_driver::Error> {
        self.source?.downcast().ok().map(|error| *error)
    }
}

/// The status that an error of the driver has by itself, on the connection that is served.
const fn status_of(error: &blazeio_driver::Error) -> u16 {
    match error {
        blazeio_driver::Error::Peer(error) => error.status(),
        _ => 500,
    }
}

/// Whether nothing but the status is said.
fn is_bare(reply: &Reply) -> bool {
    let name = reason_phrase(reply.status);
    reply.fields.len() == 1 && matches!(&reply.content, Content::Whole(text) if text == name)
}

impl<E: Error + Send + Sync + 'static> From<E> for Abort {
    fn from(error: E) -> Self {
        let any: &dyn Any = &error;
        let status = match any.downcast_ref::<blazeio_driver::Error>() {
            Some(error) => status_of(error),
            None => any.downcast_ref::<serde_json::Error>().map_or(500, |_| 400),
        };
        Self { source: Some(Box::new(error)), ..Self::new(status) }
    }
}

/// A reply that ends the handling: JSON that tells of an error, say.
impl From<Reply> for Abort {
    fn from(mut reply: Reply) -> Self {
        let source = reply.failure.take().and_then(|failure| failure.source);
        Self { reply: Box::new(reply), source }
    }
}

impl IntoReply for Abort {
    fn into_reply(mut self) -> Reply {
        let mut reply = std::mem::take(&mut *self.reply);
        if matches!(reply.content, Content::Empty) && reply.status >= 400 {
            let name = reason_phrase(reply.status);
            reply = reply.text(name);
        }
        self.reply.status = reply.status;
        reply.failure = self.source.is_some().then_some(self);
        reply
    }
}

impl fmt::Debug for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abort").field("reply", &self.reply).field("source", &self.source).finish()
    }
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status(), reason_phrase(self.status()))?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}
