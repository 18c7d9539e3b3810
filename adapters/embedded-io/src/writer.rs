//! Half of an exchange: what this side sends.
//!
//! Decides when a write is done: when the output buffer has all of it. Refuses nothing itself;
//! the core refuses what the head did not announce.

use crate::error::Error;
use crate::link::{Link, Stage};
use blazeio::{Field, Role};
use core::future::poll_fn;
use core::task::Poll;

/// Writes the content and the trailers of a message.
///
/// What is written waits in the output buffer until that is full, or until the handler waits for
/// anything: so a head and short content are one write.
pub struct Writer<'x, 'l, R: Role> {
    pub(crate) link: &'x Link<'l, R>,
}

impl<'x, 'l, R: Role> Writer<'x, 'l, R> {
    pub(crate) fn new(link: &'x Link<'l, R>) -> Self {
        Self { link }
    }

    /// Writes content, framed as the head said; ready when all of it is in the output buffer.
    /// Dropped before, a part of it may be written.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub fn write(&mut self, content: &[u8]) -> impl Future<Output = Result<(), Error>> {
        let mut rest = content;
        poll_fn(move |_| self.poll_write(&mut rest))
    }

    pub(crate) fn poll_write(&self, rest: &mut &[u8]) -> Poll<Result<(), Error>> {
        while !rest.is_empty() {
            let all = *rest;
            let taken =
                core::task::ready!(self.link.queue(&mut |core, out| core.send_content(all, out)))?;
            *rest = all.get(taken..).unwrap_or_default();
        }
        Poll::Ready(Ok(()))
    }

    /// Ends the message, with `trailers` if it is chunked.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub fn finish(&mut self, trailers: &[Field<'_>]) -> impl Future<Output = Result<(), Error>> {
        poll_fn(move |_| self.poll_finish(trailers))
    }

    pub(crate) fn poll_finish(&self, trailers: &[Field<'_>]) -> Poll<Result<(), Error>> {
        if self.link.stage() == Stage::End {
            return Poll::Ready(Ok(()));
        }
        let _ = core::task::ready!(self.link.queue(&mut |core, out| core.send_end(trailers, out)))?;
        self.link.set_stage(Stage::End);
        Poll::Ready(Ok(()))
    }

    /// Waits until the transport has passed on all that was written, as long as that takes: see
    /// [`Transport`](crate::Transport).
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::Peer`] and [`Error::Closed`].
    pub fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        poll_fn(move |_| match self.link.failure() {
            Some(error) => Poll::Ready(Err(error)),
            None if self.link.is_sent() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        })
    }
}
