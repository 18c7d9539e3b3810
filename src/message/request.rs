//! Requests: the head that was received, and the one to be sent (RFC 9112 §3).
//!
//! Decides what of a request line and its fields the caller sees: for an absolute target
//! its authority stands in for Host, everywhere (RFC 9112 §3.2.2).

use super::{Content, Date, Field, Fields, Length, Method, Span, Version};
use crate::syntax::authority::Authority;
use crate::syntax::field::{elements, is_protocol};
use crate::syntax::target::Target;

/// What was noted of a request head while its fields were walked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct RequestFlags {
    pub(crate) keep_alive: bool,
    pub(crate) expects_continue: bool,
    pub(crate) offers_upgrade: bool,
    pub(crate) accepts_trailers: bool,
}

/// A request head in the slice given to [`receive`](crate::Connection::receive): `Copy`, and
/// turned into a [`RequestHead`] by [`on`](Self::on).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RequestSpan {
    /// Where the head begins; the other places count from here.
    pub(crate) start: u32,
    pub(crate) method_end: u32,
    /// The target begins one byte after the method.
    pub(crate) target_end: u32,
    /// The field section is between the request line and the head's end.
    pub(crate) line_end: u32,
    pub(crate) head_end: u32,
    pub(crate) count: u16,
    pub(crate) version: Version,
    pub(crate) length: Length,
    pub(crate) flags: RequestFlags,
}

crate::debug::debug_fields!(
    RequestSpan,
    "RequestSpan",
    start,
    method_end,
    target_end,
    line_end,
    head_end,
    count,
    version,
    length,
    flags
);

impl RequestSpan {
    /// These bytes, counted from the head's first.
    fn place(&self, from: u32, to: u32) -> Span {
        let from = self.start.wrapping_add(from);
        let to = self.start.wrapping_add(to);
        Span::new(from as usize, to as usize)
    }

    /// The head, borrowed from the slice given to `receive`.
    #[inline]
    #[must_use]
    pub const fn on<'a>(&self, bytes: &'a [u8]) -> RequestHead<'a> {
        RequestHead { span: *self, bytes }
    }
}

/// A received request head.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    span: RequestSpan,
    bytes: &'a [u8],
}

impl<'a> RequestHead<'a> {
    /// The method.
    #[must_use]
    pub fn method(&self) -> Method<'a> {
        Method::from_token(self.span.place(0, self.span.method_end).on(self.bytes))
    }

    /// The target in its form. `None` only if `on` was given other bytes than `receive`.
    #[must_use]
    pub fn target(&self) -> Option<Target<'a>> {
        let method = self.method();
        let is = |m| method == m;
        Target::parse_checked(self.raw_target(), is(Method::Connect), is(Method::Options)).ok()
    }

    /// The target as sent: visible ASCII without `#`, at least one byte.
    #[must_use]
    pub fn raw_target(&self) -> &'a [u8] {
        let from = self.span.method_end.wrapping_add(1);
        self.span.place(from, self.span.target_end).on(self.bytes)
    }

    /// The version; 1.2 to 1.9 read as 1.1.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.span.version
    }

    /// Host and port that the request is for: the target's own, else Host's
    /// (RFC 9112 §3.2.2). `None` for an HTTP/1.0 request without either.
    #[must_use]
    pub fn authority(&self) -> Option<Authority<'a>> {
        match self.target()?.authority() {
            Some(authority) => Some(authority),
            None => Authority::parse(self.fields().get("host")?).ok(),
        }
    }

    /// The field lines in order. For an absolute target or CONNECT, Host has the target's
    /// authority as its value.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        let fields =
            Fields::new(self.span.place(self.span.line_end, self.span.head_end).on(self.bytes));
        match self.raw_target() {
            [b'/', ..] | b"*" => fields,
            _ => fields.with_host(self.target().and_then(|t| t.authority()).map(|a| a.as_bytes())),
        }
    }

    /// The value of the first field called `name`, without regard to case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields().get(name)
    }

    /// Number of field lines.
    #[must_use]
    pub const fn field_count(&self) -> usize {
        self.span.count as usize
    }

    /// How the content's end is found: [`Length::None`], [`Length::Sized`] or
    /// [`Length::Chunked`].
    #[must_use]
    pub const fn length(&self) -> Length {
        self.span.length
    }

    /// Whether the client waits for 100 (Continue) before it sends its content
    /// (RFC 9110 §10.1.1). Never in HTTP/1.0, nor without content.
    #[must_use]
    pub const fn expects_continue(&self) -> bool {
        self.span.flags.expects_continue
    }

    /// Whether the client wants the connection kept (RFC 9112 §9.3).
    #[must_use]
    pub const fn keep_alive(&self) -> bool {
        self.span.flags.keep_alive
    }

    /// Whether the client said `TE: trailers` (RFC 9110 §10.1.4).
    #[must_use]
    pub const fn accepts_trailers(&self) -> bool {
        self.span.flags.accepts_trailers
    }

    /// The protocols offered by Upgrade, in order of preference (RFC 9110 §7.8). Empty
    /// without the connection option, in HTTP/1.0, with content; `h2c` is never among them.
    pub fn upgrade(&self) -> impl Iterator<Item = &'a [u8]> {
        let offers = self.span.flags.offers_upgrade;
        self.fields().get_all("upgrade").filter(move |_| offers).flat_map(elements).filter(is_offer)
    }
}

/// An element of Upgrade that may be switched to: h2c is ignored (RFC 9113 §3.1 took it
/// away; it is a way around proxies).
pub(crate) fn is_offer(element: &&[u8]) -> bool {
    is_protocol(element) && !element.eq_ignore_ascii_case(b"h2c")
}

impl core::fmt::Debug for RequestHead<'_> {
    /// Escaped, on one line, without the values of credentials and cookies (LOG).
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method())
            .field("target", &self.target())
            .field("version", &self.version())
            .field("fields", &self.fields())
            .field("length", &self.length())
            .finish()
    }
}

/// A request to be sent by a client. Checked by
/// [`send_head`](crate::Connection::send_head), not here.
///
/// ```
/// use blazeio::{Field, Method, Request};
///
/// let request = Request::new(Method::Post, "/upload", "example.com")
///     .fields(&[Field::new("Content-Type", "text/plain")])
///     .sized(5)
///     .expect_continue();
/// ```
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(crate) method: Method<'a>,
    pub(crate) target: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) fields: &'a [Field<'a>],
    pub(crate) content: Content,
    pub(crate) expects_continue: bool,
    pub(crate) close: bool,
    pub(crate) upgrade: Option<&'a [u8]>,
    pub(crate) date: Option<Date>,
}

crate::debug::debug_fields!(
    Request<'_>,
    "Request",
    method,
    target,
    host,
    fields,
    content,
    expects_continue,
    close,
    upgrade,
    date
);

impl<'a> Request<'a> {
    /// A request without content. `target` is in one of the four forms of RFC 9112 §3.2
    /// (`/path?query` as a rule); `host` is the value of Host, `name` or `name:port`.
    #[must_use]
    pub const fn new(method: Method<'a>, target: &'a str, host: &'a str) -> Self {
        Self {
            method,
            target: target.as_bytes(),
            host: host.as_bytes(),
            fields: &[],
            content: Content::Empty,
            expects_continue: false,
            close: false,
            upgrade: None,
            date: None,
        }
    }

    /// These field lines, in this order, after Host.
    #[must_use]
    pub const fn fields(self, fields: &'a [Field<'a>]) -> Self {
        Self { fields, ..self }
    }

    /// Content of the given kind.
    #[must_use]
    pub const fn content(self, content: Content) -> Self {
        Self { content, ..self }
    }

    /// Content of exactly `length` bytes, with Content-Length.
    #[must_use]
    pub const fn sized(self, length: u64) -> Self {
        self.content(Content::Sized(length))
    }

    /// Content of a length not known yet, chunked.
    #[must_use]
    pub const fn streamed(self) -> Self {
        self.content(Content::Streamed)
    }

    /// Says `Expect: 100-continue`: content waits for 100, a final response, or the
    /// deadline (RFC 9110 §10.1.1).
    #[must_use]
    pub const fn expect_continue(self) -> Self {
        Self { expects_continue: true, ..self }
    }

    /// Says `Connection: close`: no other request follows.
    #[must_use]
    pub const fn close(self) -> Self {
        Self { close: true, ..self }
    }

    /// Offers to switch to one of `protocols`, a list as in Upgrade (RFC 9110 §7.8); of
    /// more than four the first four can be accepted.
    #[must_use]
    pub const fn upgrade(self, protocols: &'a str) -> Self {
        Self { upgrade: Some(protocols.as_bytes()), ..self }
    }

    /// Adds Date.
    #[must_use]
    pub const fn date(self, date: Date) -> Self {
        Self { date: Some(date), ..self }
    }
}
