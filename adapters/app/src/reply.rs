//! Replies: a status, field lines and content.
//!
//! Decides what the values that handlers return mean as a response. What frames or routes is the
//! core's: a field that would break the message is refused when the reply is sent, and the
//! client gets 500 (SPLIT).
//!
//! ```
//! use blazeio_app::{IntoReply, Reply};
//!
//! assert_eq!("Hello".into_reply().status(), 200);
//! assert_eq!(().into_reply().status(), 204);
//! assert_eq!(None::<&str>.into_reply().status(), 404);
//! let reply = Reply::new(201).field("Location", "/a/1").text("made");
//! assert_eq!(reply.get("location"), Some(&b"/a/1"[..]));
//! ```

use crate::abort::Abort;
use crate::into_reply::IntoReply;
use blazeio::web::disposition::Attachment;
use bytes::Bytes;
use futures_core::Stream;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;

/// Why a stream of content ends too early.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// One field line of a reply.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldLine {
    /// The name.
    pub name: Cow<'static, str>,
    /// The value.
    pub value: Cow<'static, [u8]>,
}

impl fmt::Debug for FieldLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        blazeio::Field::from_bytes(self.name.as_bytes(), &self.value).fmt(f)
    }
}

/// Field lines; the first few take no memory of their own.
pub(crate) type FieldLines = SmallVec<[FieldLine; 4]>;

/// What follows the head.
#[derive(Default)]
pub(crate) enum Content {
    #[default]
    Empty,
    Whole(Bytes),
    Stream(Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>),
    /// A file of the disk.
    File(PathBuf),
    /// The handler has answered by itself, or did what had to be done if nothing was sent.
    Answered,
}

/// A reply that is not sent.
#[must_use = "a reply is sent when a handler returns it"]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) fields: FieldLines,
    pub(crate) content: Content,
    /// The content's type was said by itself.
    is_typed: bool,
    /// What is to be told of, not sent.
    pub(crate) failure: Option<Abort>,
    /// It is the connection's last.
    pub(crate) closes: bool,
    /// Of a stream.
    pub(crate) length: Option<u64>,
}

impl Default for Reply {
    /// 200 without content.
    fn default() -> Self {
        Self::new(200)
    }
}

impl Reply {
    /// A reply of this status, without content.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            fields: FieldLines::new(),
            content: Content::Empty,
            is_typed: false,
            failure: None,
            closes: false,
            length: None,
        }
    }

    /// Nothing more is to be sent: the handler has answered. Where it has not, 204.
    pub fn answered() -> Self {
        Self { content: Content::Answered, ..Self::new(204) }
    }

    /// 303 (See Other) to `target`: another page that is fetched by GET, whatever this request's
    /// method was. `target` is a URI reference; in one that an attacker may choose, check that it
    /// begins with one `/` (OPENR).
    pub fn redirect(target: impl Into<Cow<'static, str>>) -> Self {
        Self::redirect_by(303, target)
    }

    /// A redirection of another kind: 301, 302, 307 or 308.
    pub fn redirect_by(status: u16, target: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status).field("Location", target)
    }

    /// This status instead.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Adds a field line. Content-Type, of which there is one only, counts instead of what
    /// [`text`](Self::text) and others say of theirs, before or behind it.
    pub fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        let value = match value.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        let name = name.into();
        if is_type(&name) {
            self.fields.retain(|line| !is_type(&line.name));
            self.is_typed = true;
        }
        self.fields.push(FieldLine { name, value });
        self
    }

    /// This type, unless another was said by itself.
    fn of_type(mut self, media_type: &'static str) -> Self {
        if !self.is_typed {
            self = self.field("Content-Type", media_type);
            self.is_typed = false;
        }
        self
    }

    /// Content of a media type.
    pub fn content(self, media_type: &'static str, content: impl Into<Bytes>) -> Self {
        let content = Content::Whole(content.into());
        Self { content, ..self.of_type(media_type) }
    }

    /// Text, in UTF-8.
    pub fn text(self, text: impl Into<Bytes>) -> Self {
        self.content("text/plain; charset=utf-8", text)
    }

    /// A page, in UTF-8.
    pub fn html(self, page: impl Into<Bytes>) -> Self {
        self.content("text/html; charset=utf-8", page)
    }

    /// Bytes of no known type.
    pub fn bytes(self, bytes: impl Into<Bytes>) -> Self {
        self.content("application/octet-stream", bytes)
    }

    /// `value` as JSON; where it has none, a 500.
    pub fn json(self, value: &(impl serde::Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(text) => self.content("application/json", text),
            Err(error) => Abort::from(error).with_status(500).into_reply(),
        }
    }

    /// Content that is sent while it is made, chunked. An error cuts the response off, so that it
    /// cannot pass for whole.
    pub fn stream<S, B, E>(self, media_type: &'static str, stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        let content = Content::Stream(Box::pin(Converted(Box::pin(stream))));
        Self { content, ..self.of_type(media_type) }
    }

    /// The length of a [`stream`](Self::stream), which is sent with Content-Length then, not chunked.
    /// One that gives less, or more, is cut off. Of other content the length is known.
    ///
    /// ```
    /// # use blazeio_app::Reply;
    /// # use std::io;
    /// let pieces = futures::stream::iter([Ok::<_, io::Error>("Hello, "), Ok("world")]);
    /// let reply = Reply::new(200).stream("text/plain", pieces).length(12);
    /// # let _ = reply;
    /// ```
    pub fn length(self, bytes: u64) -> Self {
        Self { length: Some(bytes), ..self }
    }

    /// Says `Connection: close`: no other response follows on the connection (RFC 9112 §9.6).
    pub fn close(self) -> Self {
        Self { closes: true, ..self }
    }

    /// The file at `path`, where that is a plain file; else 404. Its type is what its extension
    /// means, unless there is a Content-Type. With status 200 it has validators, and conditions and
    /// ranges count, as for [`Files`](crate::Files), whose lines count instead of the reply's of these
    /// names; it is read slice by slice where work may block.
    ///
    /// The path is the program's: symbolic links in it are followed. Nothing of it may be a
    /// client's word; for that there is [`Files::reply`](crate::Files::reply) (PATH).
    ///
    /// ```
    /// # use blazeio_app::Reply;
    /// let reply = Reply::new(200).file("/srv/reports/2026.pdf").attachment("report.pdf");
    /// assert_eq!(reply.get("content-disposition"), Some(&b"attachment; filename=\"report.pdf\""[..]));
    /// ```
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        if !self.is_typed {
            self.fields.retain(|line| !is_type(&line.name));
        }
        Self { content: Content::File(path.into()), ..self }
    }

    /// The content is to be stored under `name`, not shown (RFC 6266).
    pub fn attachment(self, name: &str) -> Self {
        self.field("Content-Disposition", Attachment(name).to_string())
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The value of the first field called `name`, without regard to case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let line = self.fields.iter().find(|line| line.name.eq_ignore_ascii_case(name))?;
        Some(&line.value)
    }

    /// What can be sent again and again; `None` if it is a stream, or tells of a failure.
    pub(crate) fn into_fixed(self) -> Option<Fixed> {
        let content = match self.content {
            Content::Empty => Ok(Bytes::new()),
            Content::Whole(bytes) => Ok(bytes),
            Content::File(path) => Err(path),
            Content::Answered | Content::Stream(_) => return None,
        };
        let fixed =
            Fixed { status: self.status, fields: self.fields, content, closes: self.closes };
        self.failure.is_none().then_some(fixed)
    }
}

fn is_type(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
}

/// A reply that can be sent again and again.
pub(crate) struct Fixed {
    status: u16,
    fields: FieldLines,
    /// Or the file that has it.
    content: Result<Bytes, PathBuf>,
    closes: bool,
}

impl From<&Fixed> for Reply {
    fn from(fixed: &Fixed) -> Self {
        let content = match &fixed.content {
            Ok(content) if content.is_empty() => Content::Empty,
            Ok(content) => Content::Whole(content.clone()),
            Err(path) => Content::File(path.clone()),
        };
        let (fields, closes) = (fixed.fields.clone(), fixed.closes);
        Self { fields, content, closes, ..Self::new(fixed.status) }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = match &self.content {
            Content::Empty => "none",
            Content::Whole(_) => "whole",
            Content::Stream(_) => "a stream",
            Content::File(_) => "a file",
            Content::Answered => "answered",
        };
        let mut reply = f.debug_struct("Reply");
        reply
            .field("status", &self.status)
            .field("fields", &self.fields)
            .field("content", &content);
        reply.finish_non_exhaustive()
    }
}

/// Another stream's items, as bytes.
struct Converted<S>(Pin<Box<S>>);

impl<S, B, E> Stream for Converted<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    type Item = Result<Bytes, BoxError>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let next = self.0.as_mut().poll_next(cx);
        next.map(|item| item.map(|item| item.map(Into::into).map_err(Into::into)))
    }
}
