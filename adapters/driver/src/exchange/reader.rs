//! The half that receives the peer's message.
//!
//! Decides where the receive buffer is: with the reader as long as something in it can be
//! looked at, a head or the content lent last, so that looking needs no lock; else with the
//! connection.
//!
//! ```text
//! client  Head ─► Content ─┬─► End        trailers may be asked for
//! server          Content ─┴─► Tunnel     what follows is not HTTP
//! ```

use crate::error::Error;
use crate::input::Input;
use crate::link::{Link, Received, Request, Shared, Side};
use crate::watch::Closed;
use blazeio::{CloseReason, Fields, FieldsSpan, RequestSpan, ResponseSpan};
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Where the peer's message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// Before the final response's head (client).
    Head,
    Content,
    End,
    /// What follows is not HTTP.
    Tunnel,
}

/// The receiving half of an [`Exchange`](crate::Exchange).
pub struct Reader<R: Side> {
    pub(super) shared: Arc<Shared<R>>,
    pub(super) generation: u32,
    pub(super) input: Input,
    pub(super) state: Reading,
    pub(super) request: Option<RequestSpan>,
    pub(super) response: Option<ResponseSpan>,
    trailers: Option<(usize, FieldsSpan)>,
}

impl<R: Side> Reader<R> {
    /// The reader of a request that came.
    pub(super) fn of_request(shared: Arc<Shared<R>>, request: Request) -> Self {
        Self {
            shared,
            generation: request.generation,
            input: request.input,
            state: if request.is_complete { Reading::End } else { Reading::Content },
            request: Some(request.span),
            response: None,
            trailers: None,
        }
    }

    /// The reader of a response that is to come.
    pub(super) fn of_response(shared: Arc<Shared<R>>, generation: u32) -> Self {
        Self {
            shared,
            generation,
            input: Input::default(),
            state: Reading::Head,
            request: None,
            response: None,
            trailers: None,
        }
    }

    /// As [`Exchange::read`](crate::Exchange::read).
    ///
    /// # Errors
    /// As there.
    pub async fn read(&mut self) -> Result<Option<&[u8]>, Error> {
        loop {
            match self.receive().await? {
                Received::Content(range) => {
                    return Ok(Some(&self.input.whole()[range]));
                }
                Received::End | Received::Tunnel => return Ok(None),
                Received::Interim(_) | Received::Response(_) | Received::Trailers { .. } => {}
            }
        }
    }

    /// As [`read`](Self::read), for whoever writes a poll function: ready once, or else the task is
    /// woken when it is worth another call. From a call that was not ready on, until another is or
    /// the reader is dropped, content is waited for: its rate counts.
    ///
    /// # Errors
    /// As there.
    pub fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, Error>> {
        loop {
            if matches!(self.state, Reading::End | Reading::Tunnel) {
                return Poll::Ready(Ok(None));
            }
            match std::task::ready!(self.poll_receive(cx))? {
                Received::Content(range) => {
                    return Poll::Ready(Ok(Some(&self.input.whole()[range])));
                }
                Received::End | Received::Tunnel => return Poll::Ready(Ok(None)),
                Received::Interim(_) | Received::Response(_) | Received::Trailers { .. } => {}
            }
        }
    }

    /// As [`Exchange::trailers`](crate::Exchange::trailers).
    #[must_use]
    pub fn trailers(&self) -> Option<Fields<'_>> {
        let (at, span) = self.trailers.filter(|_| self.state == Reading::End)?;
        Some(span.on(self.input.whole().get(at..)?))
    }

    /// Whether the peer's message was received to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.state == Reading::End
    }

    /// As [`Exchange::closed`](crate::Exchange::closed).
    pub fn closed(&self) -> Closed<R> {
        Closed::new(Arc::clone(&self.shared))
    }

    /// As [`Exchange::abort`](crate::Exchange::abort).
    pub fn abort(&self) {
        self.shared.lock().abort_exchange(self.generation);
    }

    /// The next part of the message.
    pub(super) async fn receive(&mut self) -> Result<Received, Error> {
        match self.state {
            Reading::End => return Ok(Received::End),
            Reading::Tunnel => return Ok(Received::Tunnel),
            Reading::Head | Reading::Content => {}
        }
        let mut asking = Asking { reader: self, is_answered: false };
        poll_fn(|cx| asking.poll(cx)).await
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Error>> {
        let shared = Arc::clone(&self.shared);
        let mut link = shared.lock();
        if link.generation != self.generation || !link.is_reading {
            return Poll::Ready(Err(link
                .failure()
                .unwrap_or(Error::Closed(CloseReason::LocalClose))));
        }
        self.give_back(&mut link);
        let polled = link.poll_receive(cx, self.generation);
        link.is_asked = polled.is_pending();
        let stays = match &polled {
            Poll::Ready(Ok(received)) => {
                self.note(received);
                false
            }
            Poll::Ready(Err(_)) | Poll::Pending => link.input.kept().is_empty(),
        };
        if matches!(self.state, Reading::End | Reading::Tunnel) {
            self.input = std::mem::take(&mut link.input);
            link.input = self.input.split(&shared.environment.memory, self.trailers.is_some());
        } else if !stays {
            self.input = std::mem::take(&mut link.input);
            link.is_lent = true;
        }
        polled
    }

    /// Gives the connection the input, if the reader has it; it must be its exchange's.
    pub(super) fn give_back(&mut self, link: &mut Link<R>) {
        if std::mem::take(&mut link.is_lent) {
            link.input.clear(&self.shared.environment.memory);
            link.input = std::mem::take(&mut self.input);
        }
    }

    fn note(&mut self, received: &Received) {
        match received {
            Received::Response(span) => {
                self.response = Some(*span);
                self.state = Reading::Content;
            }
            Received::Trailers { at, span } => self.trailers = Some((*at, *span)),
            Received::End => self.state = Reading::End,
            Received::Tunnel => self.state = Reading::Tunnel,
            Received::Interim(_) | Received::Content(_) => {}
        }
    }
}

impl<R: Side> Drop for Reader<R> {
    fn drop(&mut self) {
        let shared = Arc::clone(&self.shared);
        let mut link = shared.lock();
        if link.generation == self.generation && link.is_reading {
            // What is left of the message is the driving task's to drop.
            self.give_back(&mut link);
            link.input.forget();
            link.is_reading = false;
            if link.is_over() {
                link.input.clear(&shared.environment.memory);
            }
            if R::IS_SERVER {
                link.hold();
            } else if self.state == Reading::Head || !link.is_end_due() {
                link.abort();
            }
            link.wake_driver();
        } else if link.generation == self.generation {
            link.leave_tunnel();
        }
        drop(link);
        self.input.clear(&shared.environment.memory);
    }
}

impl<R: Side> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("state", &self.state).finish_non_exhaustive()
    }
}

/// A reader that is being asked. Dropped before it is answered, nobody asks any more.
struct Asking<'a, R: Side> {
    reader: &'a mut Reader<R>,
    is_answered: bool,
}

impl<R: Side> Asking<'_, R> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Error>> {
        let polled = self.reader.poll_receive(cx);
        self.is_answered = polled.is_ready();
        polled
    }
}

impl<R: Side> Drop for Asking<'_, R> {
    fn drop(&mut self) {
        if !self.is_answered {
            let mut link = self.reader.shared.lock();
            if link.generation == self.reader.generation && link.is_reading {
                link.is_asked = false;
                link.hold();
                // What a writer waits for is its own to read now.
                link.wake_writer();
            }
        }
    }
}
