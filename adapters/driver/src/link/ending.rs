//! How a connection comes to its end: told to stop, given up, broken by its peer, lost.
//!
//! Decides what is still sent. A stop answers what has come already; what is cut off within a
//! message lets go out what was written before; an abort and a loss send nothing more.

use super::{Link, Phase, Side};
use crate::error::Failure;
use blazeio::{CloseReason, PeerError};
use std::io;
use std::mem::MaybeUninit;
use std::task::Context;

impl<R: Side> Link<R> {
    /// No other exchange follows: the connection closes in order.
    pub(crate) fn stop(&mut self) {
        if !std::mem::replace(&mut self.is_stopped, true) && !self.may_be_asked() {
            self.core.close();
        }
        self.notify();
    }

    /// Whether a request may have come that nobody has looked at. Closing would make that a reset,
    /// and what the peer has not read of the responses before is lost with it: so the driving task
    /// looks first.
    pub(super) fn may_be_asked(&self) -> bool {
        R::IS_SERVER && self.phase == Phase::Http && self.core.is_idle()
    }

    /// Whether it is to end as soon as what is in hand is done, or has ended.
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopped || self.is_over()
    }

    /// Gives up at once.
    pub(crate) fn abort(&mut self) {
        if self.phase == Phase::Over {
            return;
        }
        self.core.abort();
        self.fail(Failure::Closed(CloseReason::Aborted));
        self.phase = Phase::Closing;
        self.notify();
    }

    /// Gives up at once, unless another exchange than `generation` has begun.
    pub(crate) fn abort_exchange(&mut self, generation: u32) {
        if generation == self.generation {
            self.abort();
        }
    }

    /// The message being written stays as it is, incomplete. What was queued before goes out; of
    /// what was announced and not taken, nothing will.
    pub(crate) fn cut_off(&mut self) {
        if !matches!(self.phase, Phase::Http | Phase::Closing) {
            return self.abort();
        }
        let here = (self.output.len() + self.unflushed) as u64;
        let lost = self.core.bytes_unsent().saturating_sub(here);
        let now = self.now();
        let _ = self.core.sent(usize::try_from(lost).unwrap_or(usize::MAX), now);
        R::cut_off(&mut self.core);
        self.closing(CloseReason::Aborted);
    }

    /// The peer broke the protocol: it is answered if it can be.
    pub(super) fn broken(&mut self, error: PeerError) {
        self.environment.statistics.peer_error();
        self.fail(Failure::Peer(error));
        self.phase = Phase::Closing;
        let date = crate::date::today();
        // Where no answer can go, what was sent is cut off, and that is all.
        let _ = self.queue(|core, room| R::answer(core, &error, date, room));
        self.notify();
    }

    /// The transport failed. Between two exchanges nothing is lost with it: the peer is gone,
    /// and that is all.
    pub(super) fn lost(&mut self, error: &io::Error) {
        let is_idle = self.phase == Phase::Http && self.core.is_idle();
        let is_quiet = is_idle && self.output.is_empty() && self.unflushed == 0;
        self.fail(match is_quiet {
            true => Failure::Closed(CloseReason::PeerClosed),
            false => Failure::io(error),
        });
        self.core.abort();
        self.close_transport();
    }

    /// Notes what ended the connection; the first finding stays.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert_with(|| Box::new(failure));
    }

    /// Nobody drives the connection any more.
    pub(crate) fn shut(&mut self) {
        if self.phase != Phase::Over {
            self.core.abort();
            self.fail(Failure::Closed(CloseReason::Aborted));
            self.close_transport();
        }
    }

    pub(super) fn close_transport(&mut self) {
        if let Some(mut transport) = self.transport.take() {
            // What is cut off must not look complete.
            if self.core.signals(0).reset {
                transport.reset();
            }
        }
        if !R::IS_SERVER && self.phase != Phase::Over {
            // Under the lock: who learns of the close finds it counted. A server's connections
            // count until their place is free.
            self.environment.statistics.closed();
        }
        self.phase = Phase::Over;
        self.disarm();
        for task in [&self.driver, &self.reader].into_iter().flatten() {
            self.environment.memory.forget(task);
        }
        if !self.is_lent {
            self.input.clear(&self.environment.memory);
        }
        self.output.clear(&self.environment.memory);
        self.notify();
    }

    /// Closes a connection that was asked to stop, and that has no request to answer. Whether it
    /// closes now.
    pub(super) fn stop_between(&mut self, cx: &mut Context<'_>) -> bool {
        let is_asked = self.is_busy && !self.input.filled().is_empty();
        if !self.is_stopped || !self.may_be_asked() || is_asked || self.has_arrived() {
            return false;
        }
        // In one poll alone the transport may have had enough of this task.
        if !std::mem::replace(&mut self.has_looked, true) {
            cx.waker().wake_by_ref();
            return false;
        }
        self.core.close();
        true
    }

    /// Whether bytes lie in the socket, of which the task is about to hear.
    fn has_arrived(&self) -> bool {
        let socket = self.transport.as_ref().and_then(|transport| transport.socket());
        let peeked = socket.map(|socket| socket.peek(&mut [MaybeUninit::uninit()]));
        matches!(peeked, Some(Ok(1..)))
    }

    pub(super) fn closing(&mut self, reason: CloseReason) {
        self.fail(Failure::Closed(reason));
        if self.phase == Phase::Http {
            self.phase = Phase::Closing;
            self.notify();
        }
    }
}
