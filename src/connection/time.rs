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
use super::role::Role;
use super::signals::{Deadline, DeadlineCause, Read, Signals};
use super::state::{Expectation, Machine, Receiving, Sending};
use crate::error::{PeerError, PeerErrorKind as Kind};
use crate::limits::{Limits, Timeout, Timeouts};

impl<R: Role> Machine<R> {
    /// Input was given at `now`.
    #[inline]
    pub(super) fn arrived(&mut self, limits: &Limits, now: u64, is_empty: bool) {
        if R::IS_SERVER {
            self.content_rate.stop(now, limits);
        }
        if is_empty {
            return;
        }
        match self.receiving {
            // SLOW: each head's clock starts with its first byte; a server's first one
            // with the connection.
            Receiving::Head => self.head_began(now),
            Receiving::Closed if self.waiting == Some(DeadlineCause::Linger) => {
                self.wait = Wait::since(now)
            }
            // RFC 9110 §10.1.1: who sends content does not wait for 100.
            Receiving::Content(_)
                if R::IS_SERVER && self.exchange.expectation == Expectation::Waiting =>
            {
                self.exchange.expectation = Expectation::None;
            }
            Receiving::Content(_)
            | Receiving::Done
            | Receiving::Switching
            | Receiving::Tunnel
            | Receiving::Closed => {}
        }
    }

    #[inline]
    fn head_began(&mut self, now: u64) {
        if self.unsent.is_paused() && R::IS_SERVER {
            return;
        }
        self.exchange.head_began = true;
        if self.waiting != Some(DeadlineCause::Head) {
            self.waiting = Some(DeadlineCause::Head);
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
            continue_due: R::IS_SERVER
                && !closed
                && matches!(self.sending, Sending::Idle)
                && self.exchange.expectation == Expectation::Waiting,
            close: if closed && self.close_due() { self.close } else { None },
            reset: closed && self.resets,
            deadline: self.deadline(limits),
        }
    }

    /// A client's content waits for 100 or its deadline.
    fn awaits_continue(&self) -> bool {
        !R::IS_SERVER && self.exchange.expectation == Expectation::Waiting
    }

    fn read_signal(&self) -> Read {
        if self.input_ended {
            return Read::Ended;
        }
        match self.receiving {
            Receiving::Head if self.unsent.is_paused() && R::IS_SERVER => Read::PausedByOutput,
            Receiving::Head => Read::Wanted,
            Receiving::Content(_) if self.is_draining() => Read::Drain,
            Receiving::Content(_) if self.unread.is_paused() => Read::PausedByInput,
            Receiving::Content(_) => Read::Wanted,
            Receiving::Switching if self.unsent.amount() == 0 || !R::IS_SERVER => Read::Tunnel,
            Receiving::Done | Receiving::Switching => Read::PausedByExchange,
            Receiving::Tunnel => Read::Tunnel,
            Receiving::Closed if self.lingers() => Read::Drain,
            Receiving::Closed => Read::Ended,
        }
    }

    /// RFC 9112 §9.6: whether to read on after the last response, so that no reset eats it.
    pub(super) fn lingers(&self) -> bool {
        R::IS_SERVER && !self.closes_bare && !self.resets && !self.input_ended
    }

    fn half_close_due(&self) -> bool {
        self.is_closed() && self.lingers() && !self.half_closed && self.unsent.amount() == 0
    }

    fn close_due(&self) -> bool {
        if !R::IS_SERVER || self.resets || self.closes_bare {
            return true;
        }
        self.input_ended && self.unsent.amount() == 0
    }

    /// Starts and stops clocks as the state asks.
    fn settle(&mut self, limits: &Limits, now: u64) {
        let waiting = self.what_is_awaited();
        if waiting != self.waiting {
            self.waiting = waiting;
            self.wait = if waiting.is_none() { Wait::OFF } else { Wait::since(now) };
        }
        if waiting == Some(DeadlineCause::Linger) {
            self.linger.start(now);
        }
        if R::IS_SERVER {
            // Only while the peer's content is awaited and no final head is out.
            let is_content_due = matches!(self.sending, Sending::Idle)
                && matches!(self.receiving, Receiving::Content(_))
                && self.exchange.expectation != Expectation::Waiting
                && !self.unread.is_paused();
            self.content_rate.run(is_content_due, now, limits);
            // A tunnel opens once all is sent.
            self.write_rate.run(self.unsent.amount() > 0, now, limits);
        }
    }

    fn what_is_awaited(&self) -> Option<DeadlineCause> {
        if self.is_closed() {
            let lingering = self.lingers() && self.unsent.amount() == 0;
            return if lingering { Some(DeadlineCause::Linger) } else { None };
        }
        if self.is_draining() {
            return Some(DeadlineCause::Drain);
        }
        if !matches!(self.receiving, Receiving::Head) {
            return None;
        }
        match (R::IS_SERVER, self.exchange.head_began) {
            (_, true) => Some(DeadlineCause::Head),
            (true, false) if self.requests == 0 => Some(DeadlineCause::Head),
            (true, false) => {
                // The exchange is not over for the peer while its response is on the way.
                if self.unsent.amount() > 0 { None } else { Some(DeadlineCause::Idle) }
            }
            (false, false) => self.what_a_client_awaits(),
        }
    }

    fn what_a_client_awaits(&self) -> Option<DeadlineCause> {
        if matches!(self.sending, Sending::Idle) {
            return Some(DeadlineCause::Idle);
        }
        if self.unsent.amount() > 0 {
            return None;
        }
        if self.exchange.expectation == Expectation::Waiting {
            return Some(DeadlineCause::Continue);
        }
        if matches!(self.sending, Sending::Done) { Some(DeadlineCause::Response) } else { None }
    }

    /// The first of the limits that count now: at most one waits for the peer to send or
    /// be silent, beside the two rates.
    #[inline]
    fn deadline(&self, limits: &Limits) -> Option<Deadline> {
        let t = &self.timeouts;
        let mut first = (Wait::OFF, DeadlineCause::Write);
        let mut or = |end: Wait, cause: DeadlineCause| {
            if end < first.0 {
                first = (end, cause);
            }
        };
        if R::IS_SERVER {
            or(self.write_rate.end(t.write, limits), DeadlineCause::Write);
        }
        if let Some(cause) = self.waiting {
            or(self.wait.end(timeout(t, cause)), cause);
            if cause == DeadlineCause::Linger {
                or(self.linger.end(t.linger), cause);
            }
        }
        if R::IS_SERVER {
            or(self.content_rate.end(t.content, limits), DeadlineCause::Content);
        }
        let (end, cause) = first;
        end.at().map(|at| Deadline { at, cause })
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

/// What a wait for this may take; of the two limits of lingering the one that counts silence.
fn timeout(timeouts: &Timeouts, cause: DeadlineCause) -> Timeout {
    match cause {
        DeadlineCause::Head => timeouts.head,
        DeadlineCause::Idle => timeouts.idle,
        // Unreachable: rates have their own ends.
        DeadlineCause::Content => timeouts.content,
        // Unreachable: as above.
        DeadlineCause::Write => timeouts.write,
        DeadlineCause::Continue => timeouts.continue_wait,
        DeadlineCause::Response => timeouts.response,
        DeadlineCause::Linger => timeouts.linger_silence,
        DeadlineCause::Drain => timeouts.drain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Server;

    static LIMITS: Limits = Limits::DEFAULT;

    /// Of a server that waits for its next request since then, and whose rates run since then.
    fn first(idle: Option<u64>, write: Option<u64>, content: Option<u64>) -> Option<Deadline> {
        let mut machine = Machine::<Server>::new(&LIMITS, 0);
        machine.timeouts.idle = LIMITS.timeouts.write;
        machine.waiting = idle.map(|_| DeadlineCause::Idle);
        machine.wait = idle.map_or(Wait::OFF, Wait::since);
        write.iter().for_each(|at| machine.write_rate.start(*at));
        content.iter().for_each(|at| machine.content_rate.start(*at));
        machine.deadline(&LIMITS)
    }

    #[test]
    fn of_several_deadlines_the_earliest_counts_and_the_first_named_if_they_end_at_once() {
        use DeadlineCause::{Content, Idle, Write};
        let deadline = |at: u64, cause| Some(Deadline { at: 5_000_000 + at, cause });
        assert_eq!(first(None, None, None), None);
        assert_eq!(first(Some(2), Some(3), Some(4)), deadline(2, Idle));
        assert_eq!(first(Some(4), Some(3), Some(2)), deadline(2, Content));
        assert_eq!(first(Some(3), Some(2), Some(4)), deadline(2, Write));
        assert_eq!(first(Some(2), Some(2), Some(2)), deadline(2, Write));
        assert_eq!(first(Some(2), None, Some(2)), deadline(2, Idle));
        assert_eq!(first(None, None, Some(2)), deadline(2, Content));
    }
}
