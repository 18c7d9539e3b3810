//! Half of an exchange: what the peer sends.
//!
//! Decides when the peer is waited for: while a read is, not before. Refuses a head or trailer
//! section that fills the whole buffer and is not over, and other protocols: they end the
//! connection.

use crate::error::Error;
use crate::link::Link;
use crate::region::Region;
use blazeio::{Event, Fields, FieldsSpan, Role};
use core::future::poll_fn;
use core::task::Poll;

/// Reads the content and the trailers of a message.
pub struct Reader<'x, 'l, R: Role> {
    pub(crate) input: Region<'x>,
    pub(crate) link: &'x Link<'l, R>,
    trailers: Option<(usize, FieldsSpan)>,
    is_over: bool,
}

impl<'x, 'l, R: Role> Reader<'x, 'l, R> {
    pub(crate) fn new(input: Region<'x>, link: &'x Link<'l, R>) -> Self {
        Self { input, link, trailers: None, is_over: false }
    }

    /// Another message begins.
    pub(crate) fn restart(&mut self) {
        (self.trailers, self.is_over) = (None, false);
    }

    /// The next piece of content, as large as has come; `None` at its end. Dropped before it is
    /// ready nothing is lost.
    ///
    /// # Errors
    /// All kinds of [`Error`] but `Usage`.
    pub fn read(&mut self) -> impl Future<Output = Result<Option<&[u8]>, Error>> {
        let mut reader = Some(self);
        poll_fn(move |_| {
            let piece = match reader.as_mut() {
                Some(reader) => core::task::ready!(reader.poll_piece()),
                None => return Poll::Pending,
            };
            let reader = reader.take();
            Poll::Ready(piece.map(|piece| {
                let (start, len) = piece?;
                reader?.input.from(start).get(..len)
            }))
        })
    }

    /// The trailer section, once [`read`](Self::read) has said `None`; if there is one.
    #[must_use]
    pub fn trailers(&self) -> Option<Fields<'_>> {
        let (start, span) = self.trailers?;
        Some(span.on(self.input.from(start)))
    }

    /// Where the next piece lies: from where, and how long.
    pub(crate) fn poll_piece(&mut self) -> Poll<Result<Option<(usize, usize)>, Error>> {
        while !self.is_over {
            self.link.hold(false);
            let (start, event) = core::task::ready!(self.poll_event())?;
            match event {
                Event::Content(span) => {
                    self.link.hold(true);
                    // The piece lies within what was filled.
                    let from = start.wrapping_add(span.range().start);
                    return Poll::Ready(Ok(Some((from, span.len()))));
                }
                Event::Trailers(span) => self.trailers = Some((start, span)),
                Event::End => self.is_over = true,
                _ => {}
            }
        }
        Poll::Ready(Ok(None))
    }

    /// The next event but those that say to wait, and where the input began that it counts from.
    pub(crate) fn poll_event(&mut self) -> Poll<Result<(usize, Event), Error>> {
        loop {
            let (start, _) = self.input.place();
            let filled = self.input.filled();
            let Some(step) = self.link.with(|core, now| core.receive(filled, now)) else {
                return Poll::Pending;
            };
            let step = match step {
                Ok(step) => step,
                Err(error) => return Poll::Ready(Err(self.broken(error))),
            };
            self.input.consume(step.consumed);
            match step.event {
                Event::NeedInput => core::task::ready!(self.poll_input())?,
                Event::Paused => return Poll::Pending,
                Event::Closed(_) => return Poll::Ready(Err(self.link.closed())),
                // Nobody here speaks another protocol.
                Event::Tunnel => self.link.abort(),
                event => return Poll::Ready(Ok((start, event))),
            }
        }
    }

    fn poll_input(&mut self) -> Poll<Result<(), Error>> {
        if self.link.pull(&mut self.input) {
            return Poll::Ready(Ok(()));
        }
        if self.input.is_full() {
            if let Some(Err(error)) = self.link.with(|core, _| core.input_full()) {
                return Poll::Ready(Err(self.broken(error)));
            }
        }
        Poll::Pending
    }

    fn broken(&mut self, error: blazeio::PeerError) -> Error {
        self.link.set_broken(Some(error));
        self.link.moved.set(true);
        Error::Peer(error)
    }
}
