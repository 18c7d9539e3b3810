//! Responses: the head that was received, and the one to be sent (RFC 9112 §4).
//!
//! Decides what of a status line and its fields the caller sees: Content-Length is hidden
//! where Transfer-Encoding overrides it (RFC 9112 §6.3).

use super::{Content, Date, Field, Fields, Length, Span, Version};
use crate::syntax::field::elements;

/// What was noted of a response head while its fields were walked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct ResponseFlags {
    pub(crate) keep_alive: bool,
    pub(crate) hides_content_length: bool,
}

/// A response head in the slice given to [`receive`](crate::Connection::receive): `Copy`,
/// and turned into a [`ResponseHead`] by [`on`](Self::on).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResponseSpan {
    pub(crate) reason_start: u32,
    pub(crate) reason_end: u32,
    /// The field section is between the status line and the head's end.
    pub(crate) line_end: u32,
    pub(crate) head_end: u32,
    pub(crate) status: u16,
    pub(crate) count: u16,
    pub(crate) version: Version,
    pub(crate) length: Length,
    pub(crate) flags: ResponseFlags,
}

crate::debug::debug_fields!(
    ResponseSpan,
    "ResponseSpan",
    reason_start,
    reason_end,
    line_end,
    head_end,
    status,
    count,
    version,
    length,
    flags
);

impl ResponseSpan {
    /// The head, borrowed from the slice given to `receive`.
    #[inline]
    #[must_use]
    pub const fn on<'a>(&self, bytes: &'a [u8]) -> ResponseHead<'a> {
        ResponseHead { span: *self, bytes }
    }

    /// The status code, which needs no bytes.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }
}

/// A response's head is always at the front of the input.
fn place(from: u32, to: u32) -> Span {
    Span::new(from as usize, to as usize)
}

/// A received response head, interim or final.
#[derive(Clone, Copy)]
pub struct ResponseHead<'a> {
    span: ResponseSpan,
    bytes: &'a [u8],
}

impl<'a> ResponseHead<'a> {
    /// The status code, 100 to 999. An unknown one means what the first of its class
    /// means; 600 and above are the caller's to judge (RFC 9110 §15).
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.span.status
    }

    /// The reason phrase as sent, often empty. It means nothing (RFC 9112 §4).
    #[must_use]
    pub fn reason(&self) -> &'a [u8] {
        place(self.span.reason_start, self.span.reason_end).on(self.bytes)
    }

    /// The version; 1.2 to 1.9 read as 1.1.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.span.version
    }

    /// The field lines in order, folded ones unfolded. Without Content-Length where
    /// Transfer-Encoding overrides it.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields::new(place(self.span.line_end, self.span.head_end).on(self.bytes))
            .hiding_content_length(self.span.flags.hides_content_length)
    }

    /// The value of the first field called `name`, without regard to case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields().get(name)
    }

    /// Number of field lines received.
    #[must_use]
    pub const fn field_count(&self) -> usize {
        self.span.count as usize
    }

    /// How the content's end is found.
    #[must_use]
    pub const fn length(&self) -> Length {
        self.span.length
    }

    /// Whether the server keeps the connection (RFC 9112 §9.3). The connection's own
    /// [`close_reason`](crate::Connection::close_reason) knows more.
    #[must_use]
    pub const fn keep_alive(&self) -> bool {
        self.span.flags.keep_alive
    }

    /// The protocols in Upgrade: of 101 the one switched to, of 426 those required
    /// (RFC 9110 §7.8).
    pub fn upgrade(&self) -> impl Iterator<Item = &'a [u8]> {
        self.fields().get_all("upgrade").flat_map(elements)
    }
}

impl core::fmt::Debug for ResponseHead<'_> {
    /// Escaped, on one line, without the values of cookies (LOG).
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status())
            .field("reason", &format_args!("{}", self.reason().escape_ascii()))
            .field("version", &self.version())
            .field("fields", &self.fields())
            .field("length", &self.length())
            .finish()
    }
}

/// A response to be sent by a server, final or interim. Checked by
/// [`send_head`](crate::Connection::send_head), not here.
///
/// ```
/// use blazeio::{Date, Field, Response};
///
/// let response = Response::new(200)
///     .fields(&[Field::new("Content-Type", "text/plain")])
///     .date(Date::from_unix(784_111_777).unwrap())
///     .sized(5);
/// ```
#[derive(Clone, Copy)]
pub struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) reason: Option<&'a [u8]>,
    pub(crate) fields: &'a [Field<'a>],
    pub(crate) content: Content,
    pub(crate) close: bool,
    pub(crate) upgrade: Option<&'a [u8]>,
    pub(crate) date: Option<Date>,
}

crate::debug::debug_fields!(
    Response<'_>,
    "Response",
    status,
    reason,
    fields,
    content,
    close,
    upgrade,
    date
);

impl<'a> Response<'a> {
    /// A response without content, with the registered reason phrase.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            reason: None,
            fields: &[],
            content: Content::Empty,
            close: false,
            upgrade: None,
            date: None,
        }
    }

    /// Another reason phrase; may be empty.
    #[must_use]
    pub const fn reason(self, reason: &'a str) -> Self {
        Self { reason: Some(reason.as_bytes()), ..self }
    }

    /// These field lines, in this order.
    #[must_use]
    pub const fn fields(self, fields: &'a [Field<'a>]) -> Self {
        Self { fields, ..self }
    }

    /// Content of the given kind.
    ///
    /// Say what a GET would have also in the response to HEAD and in 304: the length is
    /// sent, content is not. `Content::Empty` there means that nothing is said.
    #[must_use]
    pub const fn content(self, content: Content) -> Self {
        Self { content, ..self }
    }

    /// Content of exactly `length` bytes, with Content-Length.
    #[must_use]
    pub const fn sized(self, length: u64) -> Self {
        self.content(Content::Sized(length))
    }

    /// Content of a length not known yet: chunked, or until close for an HTTP/1.0 client.
    #[must_use]
    pub const fn streamed(self) -> Self {
        self.content(Content::Streamed)
    }

    /// Says `Connection: close`: no other request is served.
    #[must_use]
    pub const fn close(self) -> Self {
        Self { close: true, ..self }
    }

    /// Adds Upgrade: with 101 the protocol switched to, which must have been offered;
    /// with any other status (426 needs it) those the client may ask for (RFC 9110 §7.8).
    #[must_use]
    pub const fn upgrade(self, protocols: &'a str) -> Self {
        Self { upgrade: Some(protocols.as_bytes()), ..self }
    }

    /// Adds Date (RFC 9110 §6.6.1). A server with a clock must; a field called Date among
    /// [`fields`](Self::fields) goes before it.
    #[must_use]
    pub const fn date(self, date: Date) -> Self {
        Self { date: Some(date), ..self }
    }
}
