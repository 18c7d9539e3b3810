//! A request and its response, as a handler has them.
//!
//! Decides when before-middleware runs, when a reply may still be sent, and what is told of in
//! the end. The verbs are the driver's ([`blazeio_driver::Exchange`]); what is here counts bytes
//! and remembers the status on the way.
//!
//! ```text
//! routed ─► before ─► handler ─► reply sent ─► after
//!              │ stops   │ fails     │ fails      ▲
//!              └─────────┴───────────┴────────────┘   also when it is dropped, or panics
//! ```

mod conclude;
mod respond;

#[cfg(feature = "tower")]
pub(crate) use respond::Sending;

use crate::blocking::{self, Working};
use crate::data::Data;
use crate::reply::FieldLines;
use crate::scope::Place;
use blazeio::web::percent::Decode;
use blazeio::{Fields, Method, RequestHead, Server, Target, Timeouts};
use blazeio_driver::{Address, Error, Runtime};
use conclude::Given;
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// The driver's exchange.
type Inner = blazeio_driver::Exchange<Server>;

/// A request and its response.
pub struct Exchange {
    /// `None` once it was given away.
    inner: Option<Inner>,
    /// What the outcome tells of it then.
    given: Option<Box<Given>>,
    place: Place,
    data: Data,
    /// Added to whichever response is sent.
    fields: FieldLines,
    status: Option<u16>,
    /// Whether the response has content: not to HEAD, for one.
    has_content: bool,
    /// Whether the response is the connection's last.
    closes: bool,
    received: u64,
    sent: u64,
    began: u64,
    /// Whether the outcome was told.
    is_over: bool,
}

impl Exchange {
    pub(crate) fn new(inner: Inner, place: Place) -> Self {
        let began = inner.runtime().now();
        Self {
            inner: Some(inner),
            given: None,
            place,
            data: Data::default(),
            fields: FieldLines::new(),
            status: None,
            has_content: false,
            closes: false,
            received: 0,
            sent: 0,
            began,
            is_over: false,
        }
    }

    /// The driver's exchange.
    ///
    /// # Panics
    /// When it was given away, by [`upgrade`](Self::upgrade) or [`take`](Self::take).
    #[track_caller]
    fn inner(&self) -> &Inner {
        self.inner.as_ref().expect("the exchange was given away")
    }

    #[track_caller]
    fn inner_mut(&mut self) -> &mut Inner {
        self.inner.as_mut().expect("the exchange was given away")
    }

    /// The request's head.
    #[must_use]
    pub fn request(&self) -> RequestHead<'_> {
        self.inner().request()
    }

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> Method<'_> {
        self.request().method()
    }

    /// The request's path as sent, percent-encoded; `*` for OPTIONS of the whole server.
    #[must_use]
    pub fn path(&self) -> &str {
        text(path_of(&self.request()))
    }

    /// The request's query as sent, without its `?`; empty if there is none.
    #[must_use]
    pub fn query_string(&self) -> &str {
        text(query_of(&self.request()).unwrap_or_default())
    }

    /// The request's field lines, in order.
    #[must_use]
    pub fn fields(&self) -> Fields<'_> {
        self.request().fields()
    }

    /// The value of the request's first field called `name`, if it is ASCII or UTF-8.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.request().field(name)?).ok()
    }

    /// What `{name}` or `{*name}` of the route stands for, percent-decoded once; bytes that are no
    /// UTF-8 come as U+FFFD. `None` if the route has no such name.
    ///
    /// It is a client's word: `%2F` is a slash in it, `..` may be. Of a path on the disk it is no part
    /// (PATH); [`Files::reply`](crate::Files::reply) opens what it names below a folder, and nothing else.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        let route = self.place.route?;
        let pattern = blazeio::web::route::Pattern::new(route).ok()?;
        let value = pattern.captures(path_of(&self.request()))?.get(name)?;
        match std::str::from_utf8(value) {
            Ok(value) if !value.contains('%') => Some(Cow::Borrowed(value)),
            _ => {
                let bytes: Vec<u8> = Decode::new(value).collect();
                Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
            }
        }
    }

    /// The pattern of the route that answers; `None` where no route does.
    #[must_use]
    pub fn route(&self) -> Option<&'static str> {
        self.place.route
    }

    /// Who is at the other end of the connection.
    #[must_use]
    pub fn peer(&self) -> &Address {
        self.inner().peer()
    }

    /// The runtime that the connection lives on.
    #[must_use]
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        self.inner().runtime()
    }

    /// The length of the request's content, if it is announced.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        match self.request().length() {
            blazeio::Length::Sized(length) => Some(length),
            blazeio::Length::None => Some(0),
            _ => None,
        }
    }

    /// How many bytes of the request's content were read.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// A value of the application's [state](crate::App::state).
    ///
    /// # Panics
    /// When the application has none of the type: the client gets 500.
    #[must_use]
    #[track_caller]
    pub fn state<T: Send + Sync + 'static>(&self) -> &T {
        let name = std::any::type_name::<T>();
        self.place
            .scope
            .state
            .get()
            .unwrap_or_else(|| panic!("the application has no state {name}"))
    }

    /// Values that middleware and handlers leave for those that come later.
    #[must_use]
    pub const fn data(&self) -> &Data {
        &self.data
    }

    /// The same, to be changed.
    pub fn data_mut(&mut self) -> &mut Data {
        &mut self.data
    }

    /// The next piece of the request's content; `None` at its end.
    ///
    /// # Errors
    /// As the driver's [`read`](blazeio_driver::Exchange::read).
    pub async fn read(&mut self) -> Result<Option<&[u8]>, Error> {
        let inner = self.inner.as_mut().expect("the exchange was given away");
        let piece = inner.read().await?;
        self.received += piece.map_or(0, <[u8]>::len) as u64;
        Ok(piece)
    }

    /// The request's trailer section, once [`read`](Self::read) has said `None`.
    #[must_use]
    pub fn trailers(&self) -> Option<Fields<'_>> {
        self.inner().trailers()
    }

    /// Ends when the client is gone: see the driver's [`closed`](blazeio_driver::Exchange::closed).
    pub fn closed(&self) -> blazeio_driver::Closed<Server> {
        self.inner().closed()
    }

    /// Ends when the server stops.
    pub fn stopping(&self) -> blazeio_driver::Stopping<Server> {
        self.inner().stopping()
    }

    /// Runs `work` beside this exchange, in a task of its own, also after the response: see the
    /// driver's [`spawn`](blazeio_driver::Exchange::spawn). An exit waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner().spawn(work);
    }

    /// Runs `work` where it may block, for one that would hold up every other connection of the
    /// thread; its result comes when it is awaited.
    ///
    /// # Errors
    /// Of the future: the work panicked, or the runtime ended.
    pub fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Working<T> {
        blocking::run(self.runtime(), work)
    }

    /// The response says `Connection: close`, and no other follows on this connection. For one whose
    /// head is still to be sent; a reply that is returned may say so by itself
    /// ([`Reply::close`](crate::Reply::close)).
    pub const fn close(&mut self) {
        self.closes = true;
    }

    /// Leaves the response as it is: what was written goes out, and the connection closes. The client
    /// sees that the rest is missing.
    pub fn cut_off(&self) {
        self.inner().cut_off();
    }

    /// Gives the connection up at once.
    pub fn abort(&self) {
        self.inner().abort();
    }

    /// Changes how much content this request may have, in bytes.
    ///
    /// # Errors
    /// [`Error::Peer`] (413) if more was announced.
    pub fn set_content_limit(&self, bytes: u64) -> Result<(), Error> {
        self.inner().set_content_limit(bytes)
    }

    /// Changes time-outs until this exchange is over.
    pub fn set_timeouts(&self, change: impl FnOnce(&mut Timeouts)) {
        self.inner().set_timeouts(change);
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("inner", &self.inner).finish_non_exhaustive()
    }
}

/// Targets are ASCII.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The path of a request, as sent.
pub(crate) fn path_of<'a>(request: &RequestHead<'a>) -> &'a [u8] {
    match request.target() {
        Some(Target::Origin { path, .. } | Target::Absolute { path, .. }) => path,
        Some(Target::Asterisk) => b"*",
        _ => b"",
    }
}

fn query_of<'a>(request: &RequestHead<'a>) -> Option<&'a [u8]> {
    request.target()?.query()
}
