//! What the connection asks for, and what the end of a deadline does.
//!
//! Decides whether the signals agree with the ledger, whether somebody can always move, and
//! whether time that is over is over (SLOW, CLOCK).

use super::ledger::{Ledger, Reading, Writing};
use super::{CloneSignals, Subject};
use blazeio::{
    CloseReason, Deadline, DeadlineCause, Event, PeerErrorKind, Read, Role, Signals, Timeout,
};

impl<R: Role + Copy> Subject<'_, R> {
    pub(super) fn check_signals(&self) {
        let mut copy = self.connection;
        let signals = copy.signals(self.now);
        assert_eq!(copy.signals(self.now), signals, "asked twice");
        let l = &self.ledger;
        assert_eq!(signals.flush, l.unsent.amount > 0, "flush");
        let waits = !l.is_server && l.awaits_continue;
        let produces = !l.unsent.is_paused && !waits;
        assert!(signals.produce == produces || l.is_closed, "produce: {l:?}");
        let is_due = l.is_server && !l.is_closed && l.writing == Writing::Idle;
        assert_eq!(signals.continue_due, is_due && l.awaits_continue, "continue: {l:?}");
        if let Some(reason) = signals.close {
            assert!(l.is_closed && self.connection.close_reason() == Some(reason));
            assert!(!signals.half_close && signals.read == Read::Ended, "{signals:?}");
        }
        if signals.half_close {
            assert!(l.is_closed && l.is_server && !signals.flush && signals.close.is_none());
        }
        assert!(!signals.reset || signals.close.is_some(), "a reset without a close");
        // Nothing is lost to a client that closes; a server first lets its peer read.
        assert!(l.is_server || !l.is_closed || signals.close.is_some(), "{signals:?}");
        self.check_read(&signals);
        assert!(self.somebody_can_move(&signals), "stuck: {signals:?} {l:?}");
    }

    fn check_read(&self, signals: &Signals) {
        let l = &self.ledger;
        let is_content = matches!(l.reading, Reading::Content { .. });
        let fits = match signals.read {
            Read::Ended => l.input_ended || l.is_closed,
            _ if l.input_ended => false,
            Read::Wanted => !l.is_closed && matches!(l.reading, Reading::Head) || is_content,
            Read::Drain => l.is_server && (l.is_closed || l.is_draining()),
            Read::PausedByInput => is_content && l.unread.is_paused && !l.is_closed,
            Read::PausedByOutput => {
                l.is_server && l.reading == Reading::Head && l.unsent.is_paused && !l.is_closed
            }
            Read::PausedByExchange => matches!(l.reading, Reading::Done | Reading::Tunnel),
            Read::Tunnel => l.reading == Reading::Tunnel && !l.is_closed,
            other => panic!("unknown: {other:?}"),
        };
        assert!(fits, "{:?}: {l:?}", signals.read);
        let must_pause = l.unread.is_paused && is_content && !l.is_closed && !l.is_draining();
        assert!(!must_pause || matches!(signals.read, Read::PausedByInput | Read::Ended));
        assert!(!l.is_closed || matches!(signals.read, Read::Drain | Read::Ended));
    }

    /// Whether the peer, the I/O side, the application or the clock can bring it on.
    fn somebody_can_move(&self, signals: &Signals) -> bool {
        let l = &self.ledger;
        let application_can = !l.is_closed
            && (matches!(l.writing, Writing::Content(_))
                || (l.is_server && l.writing == Writing::Idle && l.reading != Reading::Head)
                || (!l.is_server && l.is_between()));
        match signals.read {
            Read::Wanted | Read::Drain | Read::Tunnel => true,
            _ if signals.flush || signals.half_close || signals.close.is_some() => true,
            Read::PausedByInput => l.unread.amount > 0,
            // What is there is still to be read, to its end.
            Read::Ended if !l.is_closed => {
                let mut copy = self.connection;
                let step = copy.receive(&mut self.input.clone(), self.now);
                application_can || !matches!(step, Ok(s) if s.event == Event::NeedInput)
            }
            _ => application_can,
        }
    }

    pub(super) fn check_deadline(&mut self) {
        let signals = self.connection.clone_signals(self.now);
        let Some(deadline) = signals.deadline else { return };
        let limit = self.ledger.limit_of(deadline.cause);
        let length = limit.as_micros().expect("a deadline that is off");
        let is_rate = matches!(deadline.cause, DeadlineCause::Content | DeadlineCause::Write);
        if self.is_monotonic && !is_rate {
            // CLOCK: no wait is longer than its limit.
            assert!(deadline.at <= self.now.saturating_add(length), "{deadline:?}");
        }
        self.check_head_deadline(deadline);
        self.check_expiry(deadline);
    }

    /// SLOW: a head's clock is not set back by its bytes.
    fn check_head_deadline(&mut self, deadline: Deadline) {
        let is_head = deadline.cause == DeadlineCause::Head && self.ledger.is_touched;
        let began = (deadline.at, self.ledger.timeouts, self.ledger.received);
        match self.head_deadline {
            Some((at, timeouts, received))
                if is_head && timeouts == began.1 && received == began.2 =>
            {
                assert_eq!(deadline.at, at, "the head's deadline moved");
            }
            _ => self.head_deadline = is_head.then_some(began),
        }
    }

    /// Before its time it does nothing, at its time it brings something on.
    fn check_expiry(&self, deadline: Deadline) {
        let mut copy = self.connection;
        if let Some(before) = deadline.at.checked_sub(1).filter(|&t| t >= self.now) {
            copy.signals(self.now);
            let known = (copy.is_idle(), copy.close_reason(), copy.signals(self.now));
            assert_eq!(copy.expired(before), Ok(()), "before its time");
            let mut later = copy;
            assert_eq!((copy.is_idle(), copy.close_reason()), (known.0, known.1));
            assert_eq!(later.signals(self.now).close, known.2.close);
        }
        let mut copy = self.connection;
        let _ = copy.signals(self.now);
        let at = deadline.at.max(self.now);
        let Ok(()) = copy.expired(at) else { return };
        let after = copy.signals(at);
        let moved = after.close.is_some() || after.deadline != Some(deadline);
        assert!(moved, "{deadline:?} is over and nothing changes");
    }

    /// Tells the connection that time is over; it may not be.
    pub(crate) fn expire(&mut self) {
        let deadline = self.connection.clone_signals(self.now).deadline;
        let due = deadline.filter(|d| d.at <= self.now).map(|d| d.cause);
        let before = self.connection;
        let result = self.connection.expired(self.now);
        let Some(cause) = due else {
            assert_eq!(result, Ok(()));
            assert_eq!(self.view(&before), self.view(&self.connection), "nothing was due");
            return;
        };
        if let Err(error) = result {
            let expected = match cause {
                DeadlineCause::Head => PeerErrorKind::HeadTimeout,
                DeadlineCause::Content => PeerErrorKind::ContentTimeout,
                DeadlineCause::Response => PeerErrorKind::ResponseTimeout,
                other => panic!("{error} from {other:?}"),
            };
            assert_eq!(error.kind(), expected);
            return self.fail(error);
        }
        let closed_by = match cause {
            DeadlineCause::Head | DeadlineCause::Idle => CloseReason::Timeout,
            DeadlineCause::Drain => CloseReason::UnreadContent,
            DeadlineCause::Write => CloseReason::WriteTimeout,
            DeadlineCause::Continue => {
                self.ledger.awaits_continue = false;
                return;
            }
            DeadlineCause::Linger => {
                let signals = self.connection.clone_signals(self.now);
                assert!(signals.close.is_some(), "lingers on: {signals:?}");
                return;
            }
            other => panic!("no error from {other:?}"),
        };
        assert_eq!(self.connection.close_reason(), Some(closed_by));
        (self.ledger.closes, self.ledger.is_closed) = (true, true);
    }
}

impl Ledger {
    /// The time-out that a deadline comes from.
    fn limit_of(&self, cause: DeadlineCause) -> Timeout {
        let t = &self.timeouts;
        match cause {
            DeadlineCause::Head => t.head,
            DeadlineCause::Idle => t.idle,
            DeadlineCause::Content => t.content,
            DeadlineCause::Write => t.write,
            DeadlineCause::Continue => t.continue_wait,
            DeadlineCause::Response => t.response,
            DeadlineCause::Linger => t.linger_silence.min(t.linger),
            DeadlineCause::Drain => t.drain,
            other => panic!("unknown: {other:?}"),
        }
    }
}
