//! Deadlines and signals: what the state asks of the I/O side, and until when.
//!
//! Decides whose turn it is, which limit counts, and what its end means (SLOW, EARLY,
//! CLOCK). Of the limits that wait for the peer to send, one counts at a time.
//!
//! ```text
//! server  accept ─Head─► first byte ─Head─► head ─Content─► final head sent
//!         exchange over ─Idle─► first byte …      response over first ─Drain─►
//!         closing: all sent ─► half-close ─Linger─► close
//! client  Idle ─► request sent ─Continue│Response─► first byte ─Head─► head
//! ```

use super::clock::Wait;
use super::close_reason::CloseReason;
use super::signals::{Deadline, DeadlineCause, Read, Signals};
use super::state::{Expectation, Machine, Receiving, Sending, Waiting};
use crate::error::{PeerError, PeerErrorKind as Kind};
use crate::limits::Limits;

impl Machine {
    /// Input was given at `now`.
    #[inline]
    pub(super) fn arrived(&mut self, limits: &Limits, now: u64, is_empty: bool) {
        self.content_rate.stop(now, limits);
        if is_empty {
            return;
        }
        match self.receiving {
            // SLOW: each head's clock starts with its first byte; a server's first one
            // with the connection.
            Receiving::Head if !self.exchange.head_began => self.head_began(now),
            Receiving::Closed if self.waiting == Waiting::Linger => self.wait = Wait::since(now),
            // RFC 9110 §10.1.1: who sends content does not wait for 100.
            Receiving::Content(_)
                if self.is_server && self.exchange.expectation == Expectation::Waiting =>
            {
                self.exchange.expectation = Expectation::None;
            }
            Receiving::Head
            | Receiving::Content(_)
            | Receiving::Done
            | Receiving::Switching
            | Receiving::Tunnel
            | Receiving::Closed => {}
        }
    }

    #[inline]
    fn head_began(&mut self, now: u64) {
        if self.unsent.is_paused() && self.is_server {
            return;
        }
        self.exchange.head_began = true;
        if self.waiting != Waiting::Head {
            self.waiting = Waiting::Head;
            self.wait = Wait::since(now);
        }
    }

    pub(super) fn signals(&mut self, limits: &Limits, now: u64) -> Signals {
        self.settle(limits, now);
        let closed = self.is_closed();
        let flush = self.unsent.amount() > 0;
        let half_close = self.half_close_due();
        Signals {
            read: self.read_signal(),
            flush,
            produce: !self.unsent.is_paused() && !self.awaits_continue(),
            half_close,
            continue_due: self.is_server
                && !closed
                && self.sending == Sending::Idle
                && self.exchange.expectation == Expectation::Waiting,
            close: if closed && self.close_due() { self.close } else { None },
            reset: closed && self.resets,
            deadline: self.deadline(limits),
        }
    }

    /// A client's content waits for 100 or its deadline.
    fn awaits_continue(&self) -> bool {
        !self.is_server && self.exchange.expectation == Expectation::Waiting
    }

    fn read_signal(&self) -> Read {
        if self.input_ended {
            return Read::Ended;
        }
        match self.receiving {
            Receiving::Head if self.unsent.is_paused() && self.is_server => Read::PausedByOutput,
            Receiving::Head => Read::Wanted,
            Receiving::Content(_) if self.is_draining() => Read::Drain,
            Receiving::Content(_) if self.unread.is_paused() => Read::PausedByInput,
            Receiving::Content(_) => Read::Wanted,
            Receiving::Switching if self.unsent.amount() == 0 || !self.is_server => Read::Tunnel,
            Receiving::Done | Receiving::Switching => Read::PausedByExchange,
            Receiving::Tunnel => Read::Tunnel,
            Receiving::Closed if self.lingers() => Read::Drain,
            Receiving::Closed => Read::Ended,
        }
    }

    /// RFC 9112 §9.6: whether to read on after the last response, so that no reset eats it.
    pub(super) fn lingers(&self) -> bool {
        self.is_server && !self.closes_bare && !self.resets && !self.input_ended
    }

    fn half_close_due(&self) -> bool {
        self.is_closed() && self.lingers() && !self.half_closed && self.unsent.amount() == 0
    }

    fn close_due(&self) -> bool {
        if !self.is_server || self.resets || self.closes_bare {
            return true;
        }
        self.input_ended && self.unsent.amount() == 0
    }

    /// Starts and stops clocks as the state asks.
    fn settle(&mut self, limits: &Limits, now: u64) {
        let waiting = self.what_is_awaited();
        if waiting != self.waiting {
            self.waiting = waiting;
            self.wait = if waiting == Waiting::Nothing { Wait::OFF } else { Wait::since(now) };
        }
        if waiting == Waiting::Linger {
            self.linger.start(now);
        }
        // Server: only while the peer's content is awaited and no final head is out.
        if self.is_server
            && self.sending == Sending::Idle
            && matches!(self.receiving, Receiving::Content(_))
            && self.exchange.expectation != Expectation::Waiting
            && !self.unread.is_paused()
        {
            self.content_rate.start(now);
        } else {
            self.content_rate.stop(now, limits);
        }
        // A server's tunnel opens once all is sent.
        if self.is_server && self.unsent.amount() > 0 {
            self.write_rate.start(now);
        } else {
            self.write_rate.stop(now, limits);
        }
    }

    fn what_is_awaited(&self) -> Waiting {
        if self.is_closed() {
            let lingering = self.lingers() && self.unsent.amount() == 0;
            return if lingering { Waiting::Linger } else { Waiting::Nothing };
        }
        if self.is_draining() {
            return Waiting::Drain;
        }
        if !matches!(self.receiving, Receiving::Head) {
            return Waiting::Nothing;
        }
        match (self.is_server, self.exchange.head_began) {
            (_, true) => Waiting::Head,
            (true, false) if self.requests == 0 => Waiting::Head,
            (true, false) => {
                // The exchange is not over for the peer while its response is on the way.
                if self.unsent.amount() > 0 { Waiting::Nothing } else { Waiting::Idle }
            }
            (false, false) => self.what_a_client_awaits(),
        }
    }

    fn what_a_client_awaits(&self) -> Waiting {
        if self.sending == Sending::Idle {
            return Waiting::Idle;
        }
        if self.unsent.amount() > 0 {
            return Waiting::Nothing;
        }
        if self.exchange.expectation == Expectation::Waiting {
            return Waiting::Continue;
        }
        if self.sending == Sending::Done { Waiting::Response } else { Waiting::Nothing }
    }

    /// The first of the limits that count now: at most one waits for the peer to send or
    /// be silent, beside the two rates.
    #[inline]
    fn deadline(&self, limits: &Limits) -> Option<Deadline> {
        let awaited = self.awaited_deadline();
        let content = self.content_rate.end(self.timeouts.content, limits);
        let write = self.write_rate.end(self.timeouts.write, limits);
        let content = content.map(|at| Deadline { at, cause: DeadlineCause::Content });
        let write = write.map(|at| Deadline { at, cause: DeadlineCause::Write });
        earlier(earlier(write, awaited), content)
    }

    fn awaited_deadline(&self) -> Option<Deadline> {
        let t = &self.timeouts;
        let (cause, timeout) = match self.waiting {
            Waiting::Nothing => return None,
            Waiting::Head => (DeadlineCause::Head, t.head),
            Waiting::Idle => (DeadlineCause::Idle, t.idle),
            Waiting::Continue => (DeadlineCause::Continue, t.continue_wait),
            Waiting::Response => (DeadlineCause::Response, t.response),
            Waiting::Drain => (DeadlineCause::Drain, t.drain),
            Waiting::Linger => (DeadlineCause::Linger, t.linger_silence),
        };
        let first = self.wait.end(timeout).map(|at| Deadline { at, cause });
        if cause != DeadlineCause::Linger {
            return first;
        }
        let whole = self.linger.end(t.linger).map(|at| Deadline { at, cause });
        earlier(first, whole)
    }

    /// Carries out what is due at `now`.
    pub(super) fn expired(&mut self, limits: &Limits, now: u64) -> Result<(), PeerError> {
        // What was awaited when the signals were asked for may have come since.
        self.settle(limits, now);
        match self.deadline(limits) {
            Some(Deadline { at, cause }) if at <= now => self.expire(cause),
            Some(_) | None => Ok(()),
        }
    }

    fn expire(&mut self, cause: DeadlineCause) -> Result<(), PeerError> {
        match cause {
            DeadlineCause::Head if self.exchange.head_began => Err(self.fail(Kind::HeadTimeout, 0)),
            // SLOW: not a byte came, so there is nothing to answer.
            DeadlineCause::Head | DeadlineCause::Idle => {
                self.closes_bare = true;
                self.close_now(CloseReason::Timeout);
                Ok(())
            }
            DeadlineCause::Content => Err(self.fail(Kind::ContentTimeout, 0)),
            DeadlineCause::Response => Err(self.fail(Kind::ResponseTimeout, 0)),
            // RFC 9110 §10.1.1: a client does not wait for ever.
            DeadlineCause::Continue => {
                self.exchange.expectation = Expectation::None;
                Ok(())
            }
            DeadlineCause::Drain => {
                self.close_now(CloseReason::UnreadContent);
                Ok(())
            }
            DeadlineCause::Linger => {
                self.closes_bare = true;
                Ok(())
            }
            DeadlineCause::Write => {
                self.resets = true;
                self.close_now(CloseReason::WriteTimeout);
                Ok(())
            }
        }
    }
}

/// The earlier of two; the first if they end at once.
#[inline]
fn earlier(a: Option<Deadline>, b: Option<Deadline>) -> Option<Deadline> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_deadlines_the_earlier_counts_and_the_first_if_they_end_at_once() {
        let content = |at| Some(Deadline { at, cause: DeadlineCause::Content });
        let write = |at| Some(Deadline { at, cause: DeadlineCause::Write });
        assert_eq!(earlier(content(1), write(2)), content(1));
        assert_eq!(earlier(content(2), write(1)), write(1));
        assert_eq!(earlier(content(1), write(1)), content(1));
        assert_eq!(earlier(None, write(1)), write(1));
        assert_eq!(earlier(content(1), None), content(1));
        assert_eq!(earlier(None, None), None);
    }
}
