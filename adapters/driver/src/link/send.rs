//! Intents into bytes: what a writer asks for, queued or written through.
//!
//! Decides what is copied: heads, ends and little content, which go out with what follows
//! them. Larger content goes from the caller's slice to the transport, between its framing,
//! behind what is queued, in one vectored write; and nothing is announced before the
//! transport takes at least its first byte. While the driving task itself polls the handler,
//! nothing is sent that it will not send better when the handler waits: so the responses to a
//! batch of pipelined requests go out together.

use super::receive::{TURNS, wait};
use super::{Link, Phase, Side};
use crate::error::Error;
use crate::fan_out::Party;
use blazeio::{CloseReason, Connection, Field, Limits, UsageError, Written};
use std::sync::Arc;
use std::task::{Context, Poll};

/// Content up to this size is copied: that costs less than a system call.
const COPIED: usize = 2 * 1024;

/// Content on its way out.
pub(crate) struct Writing<'a> {
    rest: &'a [u8],
    suffix: &'static [u8],
    /// It is that of a message without content, as a response to HEAD: not sent.
    is_dropped: bool,
    /// It was announced, and some of it was taken: it must go out whole.
    pub(crate) is_framed: bool,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(content: &'a [u8]) -> Self {
        Self { rest: content, suffix: b"", is_dropped: false, is_framed: false }
    }
}

impl<R: Side> Link<R> {
    /// Lets `write` write into the queue, with as much room as it needs.
    pub(crate) fn queue(
        &mut self,
        write: impl Fn(&mut Connection<R, Arc<Limits>>, &mut [u8]) -> Result<Written, UsageError>,
    ) -> Result<(), UsageError> {
        self.is_begun = true;
        let mut needed = 512;
        let memory = &self.environment.memory;
        loop {
            match write(&mut self.core, self.output.room(needed, memory)) {
                Ok(done) => {
                    self.output.fill(done.written);
                    self.output.settle(memory);
                    return Ok(());
                }
                Err(UsageError::OutputTooSmall { needed: more }) => needed = more,
                Err(error) => {
                    self.output.settle(memory);
                    return Err(error);
                }
            }
        }
    }

    /// Whether a half of the exchange `generation` may still write.
    pub(crate) fn check_writer(&self, generation: u32) -> Result<(), Error> {
        if generation != self.generation {
            return Err(Error::Closed(CloseReason::LocalClose));
        }
        if let Some(failure) = &self.write_failure {
            return Err((**failure).into());
        }
        match self.phase {
            Phase::Http | Phase::Tunnel => Ok(()),
            Phase::Closing | Phase::Over => {
                Err(self.failure().unwrap_or(Error::Closed(self.close_reason())))
            }
        }
    }

    /// Waits until the queue has room for a head.
    pub(crate) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
    ) -> Poll<Result<(), Error>> {
        self.poll_until(cx, generation, Self::has_room)
    }

    /// Waits until all content is queued or taken by the transport; until it may be, if there is
    /// none.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
        writing: &mut Writing<'_>,
    ) -> Poll<Result<(), Error>> {
        for _ in 0..TURNS {
            self.check_writer(generation)?;
            let moved = if writing.is_framed {
                self.write_on(cx, writing) || self.turn(cx, Party::Writer, false)
            } else if let Err(error) = self.core.send_content(&[], &mut []) {
                // Nothing can be sent now, or ever.
                if error != UsageError::AwaitingContinue {
                    return Poll::Ready(Err(error.into()));
                }
                if self.await_continue(cx) {
                    continue;
                }
                wait(&mut self.writer, cx);
                return Poll::Pending;
            } else if writing.rest.len() > COPIED {
                self.announce(cx, writing)? || self.turn(cx, Party::Writer, false)
            } else if self.has_room() {
                self.copy(writing)?;
                true
            } else {
                self.turn(cx, Party::Writer, false)
            };
            if writing.rest.is_empty() && !writing.is_framed {
                if self.is_turn_over(writing) {
                    break;
                }
                self.pass_on(cx);
                return Poll::Ready(Ok(()));
            }
            if !moved {
                wait(&mut self.writer, cx);
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Whether others are to have their turn: no transport ever holds up who writes what is not sent.
    fn is_turn_over(&mut self, writing: &mut Writing<'_>) -> bool {
        if !std::mem::take(&mut writing.is_dropped) {
            return false;
        }
        self.dropped = (self.dropped + 1) % TURNS as u8;
        self.dropped == 0
    }

    /// Whether more may be queued: not once as much as the high mark waits, and again below
    /// the low one.
    fn has_room(&mut self) -> bool {
        let mark = if self.is_full { self.output_low } else { self.output_high };
        self.is_full = self.output.len() >= mark.max(1) as usize;
        !self.is_full
    }

    /// Queues little content.
    fn copy(&mut self, writing: &mut Writing<'_>) -> Result<(), UsageError> {
        while !writing.rest.is_empty() {
            let room = self.output.room(writing.rest.len() + 32, &self.environment.memory);
            let done = self.core.send_content(writing.rest, room)?;
            self.output.fill(done.written);
            writing.is_dropped = done.written == 0;
            writing.rest = &writing.rest[done.consumed..];
        }
        self.output.settle(&self.environment.memory);
        Ok(())
    }

    /// Announces content and writes its beginning; if the transport takes none of that, it
    /// was never announced. Whether the transport took anything.
    fn announce(
        &mut self,
        cx: &mut Context<'_>,
        writing: &mut Writing<'_>,
    ) -> Result<bool, UsageError> {
        let before = (self.core.clone(), self.output.len());
        let framing = self.core.frame_content(writing.rest.len() as u64)?;
        if framing.content == 0 {
            // A message without content: what is given is dropped.
            (writing.rest, writing.is_dropped) = (&[], true);
            return Ok(true);
        }
        self.output.push(&framing.prefix, &self.environment.memory);
        let queued = self.output.len();
        let taken = match self.write_slices(cx, Party::Writer, [writing.rest, framing.suffix]) {
            Poll::Pending => 0,
            Poll::Ready(0) => return Ok(true),
            Poll::Ready(n) => n,
        };
        if taken <= before.1 {
            self.core = before.0;
            self.output.truncate(before.1 - taken);
            self.output.settle(&self.environment.memory);
            return Ok(taken > 0);
        }
        writing.suffix = framing.suffix;
        writing.is_framed = true;
        self.advance(writing, taken.saturating_sub(queued));
        Ok(true)
    }

    /// Writes on with announced content. Whether the transport took anything.
    fn write_on(&mut self, cx: &mut Context<'_>, writing: &mut Writing<'_>) -> bool {
        let queued = self.output.len();
        match self.write_slices(cx, Party::Writer, [writing.rest, writing.suffix]) {
            Poll::Pending => false,
            Poll::Ready(n) => {
                self.advance(writing, n.saturating_sub(queued));
                true
            }
        }
    }

    /// `n` bytes of content and suffix were taken. What is left of the suffix is queued.
    fn advance(&mut self, writing: &mut Writing<'_>, n: usize) {
        let content = n.min(writing.rest.len());
        writing.rest = &writing.rest[content..];
        writing.suffix = &writing.suffix[n - content..];
        if writing.rest.is_empty() {
            self.output.push(writing.suffix, &self.environment.memory);
            writing.is_framed = false;
        }
    }

    /// Sends what is queued at once, unless the driving task does so anyway.
    pub(crate) fn pass_on(&mut self, cx: &mut Context<'_>) {
        let is_driver = self.driver.as_ref().is_some_and(|driver| driver.will_wake(cx.waker()));
        if self.is_polling && is_driver {
            return;
        }
        self.send(cx, Party::Writer);
        // What is left, and the deadline of its sending, is the driving task's.
        if !self.output.is_empty() || self.unflushed > 0 {
            self.wake_driver();
        }
    }

    /// Waits until all that is queued is sent.
    pub(crate) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
    ) -> Poll<Result<(), Error>> {
        self.poll_until(cx, generation, |link| link.output.is_empty() && link.unflushed == 0)
    }

    /// Sends until it `is_done`.
    fn poll_until(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
        is_done: impl Fn(&mut Self) -> bool,
    ) -> Poll<Result<(), Error>> {
        for _ in 0..TURNS {
            self.check_writer(generation)?;
            if is_done(self) {
                return Poll::Ready(Ok(()));
            }
            if !self.turn(cx, Party::Writer, false) {
                wait(&mut self.writer, cx);
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ends the message, once its content may go.
    pub(crate) fn poll_end(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
        trailers: &[Field<'_>],
    ) -> Poll<Result<(), Error>> {
        loop {
            self.check_writer(generation)?;
            match self.queue(|core, room| core.send_end(trailers, room)) {
                Ok(()) => break,
                Err(UsageError::AwaitingContinue) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
            if !self.await_continue(cx) {
                wait(&mut self.writer, cx);
                return Poll::Pending;
            }
        }
        self.is_sending = false;
        if R::IS_SERVER {
            // What is left of the request is no reader's any more.
            self.wake_reader();
        }
        self.pass_on(cx);
        // The exchange may be over with it.
        if !self.is_polling {
            self.wake_driver();
        }
        Poll::Ready(Ok(()))
    }

    /// The writer of exchange `generation` is gone, and its message is not finished: it must
    /// not look so.
    pub(crate) fn abandon(&mut self, generation: u32) {
        if generation != self.generation || !self.is_sending {
            return;
        }
        self.is_sending = false;
        self.wake_reader();
        let stays = match self.phase {
            Phase::Http => self.queue(R::give_up).is_ok(),
            // What ended it is being answered, or has cut it off.
            Phase::Closing | Phase::Over => true,
            Phase::Tunnel => false,
        };
        if !stays {
            self.cut_off();
        }
        self.wake_driver();
    }

    /// The message of exchange `generation` does not go out whole.
    pub(crate) fn interrupt(&mut self, generation: u32) {
        if generation == self.generation && self.is_sending {
            self.is_sending = false;
            self.cut_off();
        }
    }

    /// Changes how much content may come.
    pub(crate) fn set_content_limit(&mut self, generation: u32, bytes: u64) -> Result<(), Error> {
        if !self.has(generation) {
            return Err(self.failure().unwrap_or(Error::Closed(CloseReason::LocalClose)));
        }
        self.core.set_content_limit(bytes).map_err(|error| {
            self.broken(error);
            error.into()
        })
    }
}
