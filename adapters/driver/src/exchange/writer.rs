//! The half that sends this side's message.
//!
//! Decides what becomes of a message that is not finished: it is never left looking complete.

use crate::error::Error;
use crate::link::{Shared, Side, Writing};
use crate::watch::Closed;
use blazeio::Field;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The sending half of an [`Exchange`](crate::Exchange).
pub struct Writer<R: Side> {
    pub(super) shared: Arc<Shared<R>>,
    pub(super) generation: u32,
    pub(super) is_finished: bool,
}

impl<R: Side> Writer<R> {
    pub(super) fn new(shared: Arc<Shared<R>>, generation: u32) -> Self {
        Self { shared, generation, is_finished: false }
    }

    /// As [`Exchange::write`](crate::Exchange::write).
    ///
    /// # Errors
    /// As there.
    pub async fn write(&mut self, content: &[u8]) -> Result<(), Error> {
        let mut write = Write { writer: self, writing: Writing::new(content) };
        poll_fn(|cx| write.poll(cx)).await
    }

    /// As [`Exchange::flush`](crate::Exchange::flush).
    ///
    /// # Errors
    /// As there.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.shared.lock().poll_flush(cx, self.generation)).await
    }

    /// As [`Exchange::finish`](crate::Exchange::finish).
    ///
    /// # Errors
    /// As there.
    pub async fn finish(&mut self) -> Result<(), Error> {
        self.finish_with(&[]).await
    }

    /// As [`Exchange::finish_with`](crate::Exchange::finish_with).
    ///
    /// # Errors
    /// As there.
    pub async fn finish_with(&mut self, trailers: &[Field<'_>]) -> Result<(), Error> {
        poll_fn(|cx| self.shared.lock().poll_end(cx, self.generation, trailers)).await?;
        self.is_finished = true;
        Ok(())
    }

    /// Whether this side's message was finished.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// As [`Exchange::closed`](crate::Exchange::closed).
    pub fn closed(&self) -> Closed<R> {
        Closed::new(Arc::clone(&self.shared))
    }

    /// As [`Exchange::cut_off`](crate::Exchange::cut_off).
    pub fn cut_off(&self) {
        self.shared.lock().interrupt(self.generation);
    }

    /// As [`Exchange::abort`](crate::Exchange::abort).
    pub fn abort(&self) {
        self.shared.lock().abort_exchange(self.generation);
    }
}

impl<R: Side> Drop for Writer<R> {
    fn drop(&mut self) {
        if !self.is_finished {
            self.shared.lock().abandon(self.generation);
        }
    }
}

impl<R: Side> fmt::Debug for Writer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("is_finished", &self.is_finished).finish_non_exhaustive()
    }
}

/// Content being written. Dropped when only some of it was, the message is beyond repair.
struct Write<'a, R: Side> {
    writer: &'a Writer<R>,
    writing: Writing<'a>,
}

impl<R: Side> Write<'_, R> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let generation = self.writer.generation;
        self.writer.shared.lock().poll_write(cx, generation, &mut self.writing)
    }
}

impl<R: Side> Drop for Write<'_, R> {
    fn drop(&mut self) {
        if self.writing.is_framed {
            self.writer.shared.lock().interrupt(self.writer.generation);
        }
    }
}
