//! One turn: what the core's signals ask for, in the order they must be obeyed.
//!
//! Decides what is polled: close, flush, half-close, read, a reset nobody reads of, the
//! deadline; and whether any of it moved something, so that signals are asked for again. A
//! turn that moved nothing has left a waker with everything it waits for (IO).

use super::{Link, Phase, Side};
use crate::error::Failure;
use crate::fan_out::Party;
use blazeio::{CloseReason, Deadline, DeadlineCause, Read, Signals};
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

/// What only watching for a loss needs is given back once nobody watched for so long, in
/// microseconds: not between two exchanges that follow each other, which would allocate for
/// each.
const SPARED: u64 = 1_000_000;

impl<R: Side> Link<R> {
    /// One turn on behalf of `party`. Whether anything moved.
    pub(crate) fn turn(&mut self, cx: &mut Context<'_>, party: Party, reads: bool) -> bool {
        if self.phase == Phase::Over {
            return true;
        }
        if self.phase == Phase::Tunnel {
            // Its time and its end are up to whoever has the tunnel.
            let now = self.now();
            return self.send(cx, party) || party == Party::Driver && self.watch(cx, now);
        }
        let now = self.now();
        let signals = self.core.signals(now);
        if let Some(reason) = signals.close {
            self.close(cx, reason);
            return true;
        }
        if signals.continue_due && reads && party == Party::Reader {
            // Whoever reads wants the content.
            let _ = self.queue(R::go_on);
        }
        let mut moved = self.send(cx, party);
        if signals.half_close && party == Party::Driver && self.phase != Phase::Over {
            // Nothing that comes is a reader's any more, though one may still be there (EARLY).
            self.closing(self.close_reason());
            moved |= self.half_close(cx);
        }
        if reads && self.phase != Phase::Over {
            moved |= self.read_or_watch(cx, party, &signals, now);
        }
        // While a handler goes on after its response, the next request may be there, unparsed.
        let deadline = signals.deadline.filter(|d| !self.is_busy || d.cause != DeadlineCause::Idle);
        moved || self.phase == Phase::Over || self.expire(deadline)
    }

    /// Closes, in order where the transport has an order to say; nobody waits for it.
    fn close(&mut self, cx: &mut Context<'_>, reason: CloseReason) {
        self.fail(Failure::Closed(reason));
        if !self.core.signals(0).reset {
            if let Some(transport) = &mut self.transport {
                let _ = transport.poll_shutdown(cx);
            }
        }
        self.close_transport();
    }

    fn half_close(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(transport) = &mut self.transport else { return false };
        let driver = self.driver.as_ref();
        let shut = self
            .write_fan
            .poll(cx, Party::Driver, driver, |cx| again(cx, |cx| transport.poll_shutdown(cx)));
        match shut {
            Poll::Pending => return false,
            Poll::Ready(Ok(())) => self.core.half_closed(),
            Poll::Ready(Err(error)) => self.lost(&error),
        }
        true
    }

    /// Sends from the queue until the transport takes no more. Whether it took any.
    pub(super) fn send(&mut self, cx: &mut Context<'_>, party: Party) -> bool {
        let mut moved = false;
        while !self.output.is_empty() && self.write_failure.is_none() {
            match self.write_slices(cx, party, [&[], &[]]) {
                Poll::Pending => break,
                Poll::Ready(_) => moved = true,
            }
        }
        moved | self.flush(cx, party)
    }

    /// One vectored write of the queue and `rest`; how many bytes of all were taken. The
    /// queue is shortened here.
    pub(super) fn write_slices(
        &mut self,
        cx: &mut Context<'_>,
        party: Party,
        rest: [&[u8]; 2],
    ) -> Poll<usize> {
        let Some(transport) = &mut self.transport else { return Poll::Ready(0) };
        let slices = [self.output.queued(), rest[0], rest[1]].map(IoSlice::new);
        // One slice alone is a plain write.
        let first = usize::from(slices[0].is_empty());
        let end = if rest[0].is_empty() && rest[1].is_empty() { 1 } else { 3 };
        let driver = self.driver.as_ref();
        let written = self.write_fan.poll(cx, party, driver, |cx| {
            again(cx, |cx| transport.poll_write(cx, &slices[first.min(end - 1)..end]))
        });
        let n = match written {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => {
                self.write_failed(&error);
                return Poll::Ready(0);
            }
            Poll::Ready(Ok(0)) => {
                self.write_failed(&io::ErrorKind::WriteZero.into());
                return Poll::Ready(0);
            }
            Poll::Ready(Ok(n)) => n,
        };
        self.output.consume(n.min(self.output.len()));
        self.output.settle(&self.environment.memory);
        self.unflushed += n;
        Poll::Ready(n)
    }

    /// Sent is what the transport has passed on: bytes in a buffer of its own are not.
    fn flush(&mut self, cx: &mut Context<'_>, party: Party) -> bool {
        if self.unflushed == 0 || self.write_failure.is_some() {
            return false;
        }
        let Some(transport) = &mut self.transport else { return false };
        let driver = self.driver.as_ref();
        let flushed =
            self.write_fan.poll(cx, party, driver, |cx| again(cx, |cx| transport.poll_flush(cx)));
        match flushed {
            Poll::Pending => return false,
            Poll::Ready(Ok(())) => {
                let sent = std::mem::take(&mut self.unflushed);
                let now = self.now();
                let _ = self.core.sent(sent, now);
                self.environment.statistics.sent(sent);
                self.wake_writer();
            }
            Poll::Ready(Err(error)) => self.write_failed(&error),
        }
        true
    }

    /// RFC 9112 §9.5: a server that takes no more may have answered before that, and a
    /// client reads it. A server has nothing to gain.
    fn write_failed(&mut self, error: &io::Error) {
        if R::IS_SERVER || self.phase == Phase::Tunnel {
            return self.lost(error);
        }
        self.write_failure = Some(Box::new(Failure::io(error)));
        self.unflushed = 0;
        self.output.clear(&self.environment.memory);
        // What cannot be sent is not waited for, and no other request follows.
        let lost = usize::try_from(self.core.bytes_unsent()).unwrap_or(usize::MAX);
        let now = self.now();
        let _ = self.core.sent(lost, now);
        self.core.close();
        self.wake_writer();
        self.wake_watchers();
    }

    /// Reads if it may; else looks for a reset that no read tells of.
    fn read_or_watch(
        &mut self,
        cx: &mut Context<'_>,
        party: Party,
        signals: &Signals,
        now: u64,
    ) -> bool {
        // What comes while a reader is there comes to it alone.
        let is_mine = if party == Party::Driver { !self.is_reading } else { !self.is_lent };
        let may_read = match signals.read {
            // Requests that wait for a handler are no head that is too long.
            Read::Wanted if self.is_busy && self.phase == Phase::Http => {
                is_mine && (party != Party::Driver || !self.is_input_full())
            }
            Read::Wanted | Read::Drain => is_mine || self.phase == Phase::Closing,
            // Reading on is the only way to hear of the peer's end.
            Read::PausedByExchange => is_mine && self.wants_end() && !self.is_input_full(),
            _ => false,
        };
        if may_read {
            return self.read(cx, party);
        }
        party == Party::Driver && signals.read != Read::Ended && self.watch(cx, now)
    }

    fn wants_end(&self) -> bool {
        R::IS_SERVER && (self.environment.end_drops || self.watchers.is_watched())
    }

    fn is_input_full(&self) -> bool {
        self.input.filled().len() >= self.read_size as usize
    }

    /// Whether the connection was found lost. A client has then nothing more to send, and
    /// reads what came before the loss.
    fn watch(&mut self, cx: &mut Context<'_>, now: u64) -> bool {
        if self.write_failure.is_some() {
            return false;
        }
        let Some(transport) = &mut self.transport else { return false };
        self.watched = Some(now);
        match transport.poll_lost(cx) {
            Poll::Pending => false,
            Poll::Ready(error) => {
                self.write_failed(&error);
                true
            }
        }
    }

    /// Reads once. Whether anything came.
    fn read(&mut self, cx: &mut Context<'_>, party: Party) -> bool {
        let environment = &self.environment;
        let room = match self.input.poll_room(cx, &environment.memory, self.read_size as usize) {
            Poll::Pending => return false,
            Poll::Ready(room) => room,
        };
        if room.is_empty() {
            if let Err(error) = self.core.input_full() {
                self.broken(error);
            }
            return true;
        }
        let Some(transport) = &mut self.transport else { return true };
        let driver = self.driver.as_ref();
        let read = self
            .read_fan
            .poll(cx, party, driver, |cx| again(cx, |cx| transport.poll_read(cx, room)));
        match read {
            Poll::Ready(Ok(0)) => self.end_of_input(),
            Poll::Ready(Ok(n)) => {
                self.input.fill(n);
                environment.statistics.received(n);
            }
            Poll::Ready(Err(error)) => self.lost(&error),
            Poll::Pending => {
                // Who waits for bytes holds none.
                self.input.settle(&self.environment.memory);
                return false;
            }
        }
        true
    }

    fn end_of_input(&mut self) {
        match self.write_failure.as_deref().copied() {
            // What made writing fail ended reading too: this is no orderly end.
            Some(failure) => {
                self.fail(failure);
                self.core.abort();
                self.close_transport();
            }
            None => {
                self.core.end_of_input();
                self.is_ended = true;
                self.wake_watchers();
                if self.environment.end_drops && self.is_sending {
                    self.fail(Failure::Closed(CloseReason::PeerClosed));
                    self.core.abort();
                }
            }
        }
    }

    /// Meets the deadline, or sees to it that the driving task is woken then. Whether it was
    /// met just now.
    fn expire(&mut self, deadline: Option<Deadline>) -> bool {
        let now = self.now();
        let late = deadline.and_then(|deadline| now.checked_sub(deadline.at));
        if let Some(late) = late {
            self.environment.statistics.expired(late);
            match self.core.expired(now) {
                // Who waited for 100 may go on without.
                Ok(()) => self.wake_writer(),
                Err(error) => self.broken(error),
            }
            return true;
        }
        let at = deadline.map(|deadline| deadline.at);
        let Some(at) = at.into_iter().chain(self.spare(now)).min() else { return false };
        // Most deadlines move away from now: one that fires early is armed again then.
        if self.armed <= at && now < self.armed {
            return false;
        }
        let Some(driver) = &self.driver else { return false };
        let environment = &self.environment;
        environment.timers.arm(&environment.runtime, self.key, self.armed, at, driver);
        self.armed = at;
        false
    }

    /// Between two exchanges a loss is heard of by reading: gives back what only watching for it
    /// needs, if nobody watched for a while; else when to look again.
    fn spare(&mut self, now: u64) -> Option<u64> {
        let until = self.watched?.saturating_add(SPARED);
        if self.is_sending || self.is_reading || self.phase != Phase::Http {
            return None;
        }
        if now < until {
            return Some(until);
        }
        self.watched = None;
        if let Some(transport) = &mut self.transport {
            transport.release();
        }
        None
    }

    /// No deadline wakes anybody any more.
    pub(super) fn disarm(&mut self) {
        if self.armed != u64::MAX {
            self.environment.timers.disarm(self.key, self.armed);
            self.armed = u64::MAX;
        }
    }
}

/// So many interruptions in a row, then other tasks have their turn.
const INTERRUPTIONS: usize = 32;

/// Polls again after an interruption; takes "would block" for a wait.
pub(super) fn again<T>(
    cx: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
) -> Poll<io::Result<T>> {
    for _ in 0..INTERRUPTIONS {
        match poll(cx) {
            Poll::Ready(Err(error)) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => return Poll::Pending,
                _ => return Poll::Ready(Err(error)),
            },
            done => return done,
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
