//! A client's connection: one request after the other.
//!
//! Decides when content waits for 100 (Continue), that a response may be read before its request
//! is sent, and how the connection ends. Refuses a request while the exchange before is not over,
//! and any on a connection on which something came unasked (REUSE).

use crate::buffers::Buffers;
use crate::error::Error;
use crate::link::{Core, Link, Stage};
use crate::pump::{self, End};
use crate::reader::Reader;
use crate::region::Region;
use crate::timer::Timer;
use crate::transport::Transport;
use crate::writer::Writer;
use blazeio::{
    Client as Role, Event, Field, Fields, Limits, Request, ResponseHead, ResponseSpan, UsageError,
};
use core::cell::Cell;
use core::convert::Infallible;
use core::future::{pending, poll_fn};
use core::pin::pin;
use core::task::{Poll, ready};

/// Makes requests over transports that are connected already.
#[derive(Clone, Copy, Debug)]
pub struct Client<'s, C> {
    timer: &'s C,
    limits: &'static Limits,
}

impl<'s, C: Timer> Client<'s, C> {
    /// A client; it holds nothing but these.
    #[must_use]
    pub const fn new(timer: &'s C, limits: &'static Limits) -> Self {
        Self { timer, limits }
    }

    /// Runs `work` with a session over this transport, and closes it afterwards: in order if the
    /// last exchange is over, else by cutting it off. The transport's last bytes may still be on
    /// their way: flush it, or whatever it needs, before it is dropped.
    pub fn run<'b, T: Transport, O, W: AsyncFnOnce(&mut Session<'_, '_>) -> O>(
        &self,
        mut transport: T,
        buffers: Buffers<'b>,
        work: W,
    ) -> impl Future<Output = O> + use<'s, 'b, C, T, O, W> {
        let Self { timer, limits } = *self;
        let mut core = Core::<Role>::new(limits, timer.now());
        async move {
            let result = Cell::new(None);
            let end = {
                let (reader, writer) = transport.split();
                let link = Link::new(&mut core, buffers.landing, buffers.output);
                let mut tick = pin!(pump::tick(&link, timer));
                let mut at_work = pin!(at_work(&link, buffers.input, work, &result));
                let mut read = pin!(pump::read(&link, reader));
                let mut write = pin!(pump::write::<_, T>(&link, writer));
                let link = &link;
                poll_fn(move |cx| {
                    link.turns(cx, &mut |cx| {
                        pump::poll(&mut tick, cx);
                        pump::poll(&mut at_work, cx);
                        pump::poll(&mut read, cx);
                        pump::poll(&mut write, cx);
                    })
                })
                .await
            };
            if matches!(end, End::Close(_, true)) {
                transport.abort();
            } else {
                transport.end();
            }
            // At work until the result is there.
            match result.take() {
                Some(result) => result,
                None => pending().await,
            }
        }
    }
}

/// Never ends: see [`pump`].
async fn at_work<T>(
    link: &Link<'_, Role>,
    input: &mut [u8],
    work: impl AsyncFnOnce(&mut Session<'_, '_>) -> T,
    result: &Cell<Option<T>>,
) -> Infallible {
    let mut session = Session {
        reader: Reader::new(Region::new(input), link),
        writer: Writer::new(link),
        head: None,
    };
    result.set(Some(work(&mut session).await));
    link.leave();
    pending().await
}

/// Something to be sent.
type Send<'s, 'x, 'l> = dyn FnMut(&Writer<'x, 'l, Role>) -> Poll<Result<(), Error>> + 's;

/// A client's connection in use: opens exchanges, writes requests, reads responses.
pub struct Session<'x, 'l> {
    reader: Reader<'x, 'l, Role>,
    writer: Writer<'x, 'l, Role>,
    head: Option<(usize, ResponseSpan)>,
}

impl<'x, 'l> Session<'x, 'l> {
    /// Begins an exchange with the head of `request`; content and its end follow, also where
    /// there is none.
    ///
    /// # Errors
    /// All kinds of [`Error`]; `Usage` if the exchange before is not over, or `request` cannot
    /// be sent.
    pub fn open<'s>(
        &'s mut self,
        request: &'s Request<'s>,
    ) -> impl Future<Output = Result<(), Error>> + use<'s, 'x, 'l> {
        let mut has_looked = false;
        poll_fn(move |_| self.poll_open(request, &mut has_looked))
    }

    fn poll_open(
        &mut self,
        request: &Request<'_>,
        has_looked: &mut bool,
    ) -> Poll<Result<(), Error>> {
        let link = self.writer.link;
        if link.with(|core, _| core.is_idle()) == Some(true) {
            // What came unasked answers nothing (REUSE): reading has its turn before.
            if !core::mem::replace(has_looked, true) {
                link.moved.set(true);
                return Poll::Pending;
            }
            if let Poll::Ready(Err(error)) = self.reader.poll_event() {
                return Poll::Ready(Err(error));
            }
        }
        let _ = ready!(link.queue(&mut |core, out| core.send_head(request, out)))?;
        link.set_stage(Stage::Head);
        self.head = None;
        self.reader.restart();
        Poll::Ready(Ok(()))
    }

    /// Sends a whole request: if there is `content`, its length becomes that of the request.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn send<'s>(
        &'s mut self,
        request: &'s Request<'s>,
        content: &'s [u8],
    ) -> impl Future<Output = Result<(), Error>> + use<'s, 'x, 'l> {
        let (mut is_open, mut has_looked, mut rest) = (false, false, content);
        poll_fn(move |_| {
            if !is_open {
                // RFC 9110 §8.6: whether no content is a length of 0 depends on the method.
                let sized = request.sized(rest.len() as u64);
                let request = if rest.is_empty() { request } else { &sized };
                ready!(self.poll_open(request, &mut has_looked))?;
                is_open = true;
            }
            self.poll_past_wait(&mut |writer| {
                ready!(writer.poll_write(&mut rest))?;
                writer.poll_finish(&[])
            })
        })
    }

    /// Writes content of the request. Waits for 100 (Continue) if the request asked for it.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub fn write(&mut self, content: &[u8]) -> impl Future<Output = Result<(), Error>> {
        let mut rest = content;
        poll_fn(move |_| self.poll_past_wait(&mut |writer| writer.poll_write(&mut rest)))
    }

    /// Ends the request, with `trailers` if it is chunked.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub fn finish(&mut self, trailers: &[Field<'_>]) -> impl Future<Output = Result<(), Error>> {
        poll_fn(move |_| self.poll_past_wait(&mut |writer| writer.poll_finish(trailers)))
    }

    /// Waits until all that was written is on its way, as [`Exchange::flush`](crate::Exchange::flush).
    ///
    /// # Errors
    /// As [`Writer::flush`].
    pub fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        self.writer.flush()
    }

    /// The final response's head; interim ones are passed over. May be asked before the request
    /// is complete. Ask before the content is [`read`](Self::read), which takes the head's place.
    ///
    /// # Errors
    /// All kinds of [`Error`] but `Usage`.
    pub fn head(&mut self) -> impl Future<Output = Result<ResponseHead<'_>, Error>> {
        let mut session = Some(self);
        poll_fn(move |_| {
            let Some(asking) = session.as_mut() else { return Poll::Pending };
            let (start, span) = ready!(asking.poll_head())?;
            let Some(session) = session.take() else { return Poll::Pending };
            Poll::Ready(Ok(span.on(session.reader.input.from(start))))
        })
    }

    /// The next piece of the response's content, behind its head; `None` at its end.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read(&mut self) -> impl Future<Output = Result<Option<&[u8]>, Error>> {
        let mut session = Some(self);
        poll_fn(move |_| {
            let Some(asking) = session.as_mut() else { return Poll::Pending };
            let _ = ready!(asking.poll_head())?;
            let piece = ready!(asking.reader.poll_piece())?;
            let session = session.take();
            Poll::Ready(Ok(
                piece.and_then(|(start, len)| session?.reader.input.from(start).get(..len))
            ))
        })
    }

    /// The response's trailer section, once [`read`](Self::read) has said `None`.
    #[must_use]
    pub fn trailers(&self) -> Option<Fields<'_>> {
        self.reader.trailers()
    }

    /// Both halves, for content that goes both ways at once. Ask for [`head`](Self::head) before.
    pub fn split(&mut self) -> (&mut Reader<'x, 'l, Role>, &mut Writer<'x, 'l, Role>) {
        (&mut self.reader, &mut self.writer)
    }

    fn poll_head(&mut self) -> Poll<Result<(usize, ResponseSpan), Error>> {
        loop {
            if let Some(head) = self.head {
                return Poll::Ready(Ok(head));
            }
            if let (start, Event::Response(span)) = ready!(self.reader.poll_event())? {
                self.head = Some((start, span));
            }
        }
    }

    /// Sends; while that has to wait for 100, reads.
    fn poll_past_wait(&mut self, send: &mut Send<'_, 'x, 'l>) -> Poll<Result<(), Error>> {
        loop {
            match send(&self.writer) {
                Poll::Ready(Err(Error::Usage(UsageError::AwaitingContinue)))
                    if self.head.is_none() =>
                {
                    if let (start, Event::Response(span)) = ready!(self.reader.poll_event())? {
                        self.head = Some((start, span));
                    }
                }
                sent => return sent,
            }
        }
    }
}
