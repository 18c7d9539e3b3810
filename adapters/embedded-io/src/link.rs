//! What the parts of one connection share: the core, the buffers between it and the transport,
//! and what befell.
//!
//! All parts run in one task, one at a time, so cells suffice: whoever uses the core or a buffer
//! takes it out and puts it back.
//!
//! Decides when others have to look again (`moved`), what counts as sent, and whose pace content
//! is held to (SLOW). Refuses a call of the core within another.

use crate::error::Error;
use crate::region::Region;
use crate::slot::Slot;
use blazeio::{CloseReason, Connection, PeerError, Role, UsageError, Written};
use core::cell::Cell;
use core::task::Poll;
use embedded_io_async::ErrorKind;

/// The core.
pub(crate) type Core<R> = Connection<R>;

/// Lets the core write into a buffer.
pub(crate) type Write<'w, R> =
    dyn FnMut(&mut Core<R>, &mut [u8]) -> Result<Written, UsageError> + 'w;

/// How far this side's message is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Nothing,
    Head,
    End,
}

/// See the module.
pub(crate) struct Link<'l, R: Role> {
    core: Cell<Option<&'l mut Core<R>>>,
    /// Taken while the transport reads into it.
    pub(crate) landing: Slot<'l>,
    /// Taken while the transport writes from it.
    pub(crate) output: Slot<'l>,
    now: Cell<u64>,
    /// The deadline, or `u64::MAX`.
    armed: Cell<u64>,
    /// What the peer broke, not answered yet.
    broken: Cell<Option<PeerError>>,
    /// What made the transport useless.
    lost: Cell<Option<ErrorKind>>,
    stage: Cell<Stage>,
    /// Something changed that another part may wait for.
    pub(crate) moved: Cell<bool>,
    /// The transport has passed on everything.
    pub(crate) is_flushed: Cell<bool>,
    /// How the transport's input ended: what came before is received first.
    end: Cell<Option<Result<(), ErrorKind>>>,
    /// It was asked to stop.
    is_stopped: Cell<bool>,
    /// A handler, or whoever uses a client, is at work.
    pub(crate) is_busy: Cell<bool>,
    /// The deadline is earlier than the one that is waited for.
    pub(crate) is_earlier: Cell<bool>,
    /// The core was told that content waits to be used.
    is_held: Cell<bool>,
}

impl<'l, R: Role> Link<'l, R> {
    pub(crate) fn new(core: &'l mut Core<R>, landing: &'l mut [u8], output: &'l mut [u8]) -> Self {
        Self {
            core: Cell::new(Some(core)),
            landing: Slot::new(landing),
            output: Slot::new(output),
            now: Cell::new(0),
            armed: Cell::new(u64::MAX),
            broken: Cell::new(None),
            lost: Cell::new(None),
            stage: Cell::new(Stage::Nothing),
            moved: Cell::new(false),
            is_flushed: Cell::new(true),
            end: Cell::new(None),
            is_stopped: Cell::new(false),
            is_busy: Cell::new(!R::IS_SERVER),
            is_earlier: Cell::new(false),
            is_held: Cell::new(false),
        }
    }

    /// Calls the core; `None` within such a call.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&mut Core<R>, u64) -> T) -> Option<T> {
        let core = self.core.take()?;
        let answer = call(core, self.now.get());
        self.core.set(Some(core));
        Some(answer)
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage.get()
    }

    pub(crate) fn set_stage(&self, stage: Stage) {
        self.stage.set(stage);
    }

    pub(crate) fn set_now(&self, now: u64) {
        self.now.set(now);
    }

    pub(crate) fn armed(&self) -> u64 {
        self.armed.get()
    }

    /// Sets the deadline. For an earlier one the timer has to be asked anew.
    pub(crate) fn arm(&self, at: u64) {
        if at < self.armed.replace(at) {
            self.is_earlier.set(true);
            self.moved.set(true);
        }
    }

    /// The peer broke the protocol.
    pub(crate) fn set_broken(&self, error: Option<PeerError>) {
        self.broken.set(error);
    }

    pub(crate) fn broken(&self) -> Option<PeerError> {
        self.broken.get()
    }

    /// The transport is of no use any more.
    pub(crate) fn lose(&self, kind: ErrorKind) {
        self.moved.set(true);
        if self.lost.get().is_none() {
            self.lost.set(Some(kind));
        }
    }

    /// Why nothing more comes or goes.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.broken.get().map(Error::Peer).or(self.lost.get().map(Error::Transport))
    }

    /// Why the core, which says that it is closed, is.
    pub(crate) fn closed(&self) -> Error {
        let reason = self.with(|core, _| core.close_reason()).flatten();
        self.failure().unwrap_or(Error::Closed(reason.unwrap_or(CloseReason::Aborted)))
    }

    /// The deadline came.
    pub(crate) fn expire(&self) {
        self.armed.set(u64::MAX);
        self.moved.set(true);
        if let Some(Err(error)) = self.with(|core, now| core.expired(now)) {
            self.broken.set(Some(error));
        }
    }

    pub(crate) fn abort(&self) {
        self.with(|core, _| core.abort());
        self.moved.set(true);
    }

    /// A server's connection closes once what has come is answered; what nobody has looked at may be
    /// a request.
    pub(crate) fn stop(&self) {
        self.is_stopped.set(true);
        self.close_if(false);
    }

    /// Whether it was asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.get()
    }

    /// Closes what was asked to stop, once nothing moves: no request is there. Whether it closes now.
    pub(crate) fn stop_between(&self) -> bool {
        self.is_stopped() && self.landing.is_empty() && self.close_if(true)
    }

    /// Lets no other exchange follow if the core is idle, or is not. Whether that is so now.
    #[inline(never)]
    pub(crate) fn close_if(&self, is_idle: bool) -> bool {
        self.moved.set(true);
        self.with(|core, _| {
            let is_so = core.is_idle() == is_idle;
            if is_so {
                core.close();
            }
            is_so
        }) == Some(true)
    }

    /// The transport gives no more. A client receives what came before a failure (RFC 9112 §9.5); a
    /// server has nothing to gain.
    pub(crate) fn set_end(&self, end: Result<(), ErrorKind>) {
        match end {
            Err(kind) if R::IS_SERVER => self.fail(kind),
            _ => self.end.set(Some(end)),
        }
    }

    fn fail(&self, kind: ErrorKind) {
        self.lose(kind);
        self.abort();
    }

    /// Content that was handed out counts as unread until more is asked for: then the peer is
    /// not blamed for our pace (SLOW).
    pub(crate) fn hold(&self, is_held: bool) {
        if self.is_held.replace(is_held) == is_held {
            return;
        }
        self.with(|core, _| {
            let mark = core.limits().input_high.max(1) as usize;
            if is_held { core.queued(mark) } else { core.released(mark) }
        });
    }

    /// Whether somebody asked for content and has none yet.
    pub(crate) fn is_asked(&self) -> bool {
        !self.is_held.get()
    }

    /// Whoever used a client is done. What is not over is cut off.
    pub(crate) fn leave(&self) {
        self.is_busy.set(false);
        self.moved.set(true);
        self.with(|core, _| if core.is_idle() { core.close() } else { core.abort() });
    }

    /// An exchange begins.
    pub(crate) fn begin(&self) {
        self.stage.set(Stage::Nothing);
        self.is_busy.set(true);
        self.is_held.set(false);
        self.hold(true);
    }

    /// Moves what has come behind what `input` holds. Whether anything did, or the end.
    pub(crate) fn pull(&self, input: &mut Region<'_>) -> bool {
        let moved = if self.landing.is_empty() {
            !self.landing.is_taken() && self.pull_end()
        } else {
            self.landing.with(|landing| input.take_from(landing)).is_some_and(|n| n > 0)
        };
        if moved {
            self.moved.set(true);
        }
        moved
    }

    /// Whether there was an end of the input, in order or not.
    fn pull_end(&self) -> bool {
        match self.end.take() {
            None => return false,
            Some(Err(kind)) if !R::IS_SERVER => self.fail(kind),
            Some(_) => drop(self.with(|core, _| core.end_of_input())),
        }
        true
    }

    /// Nothing is queued, nor being written.
    pub(crate) fn is_queue_empty(&self) -> bool {
        self.output.is_empty() && !self.output.is_taken()
    }

    /// Nothing is queued, and the transport has passed on everything.
    pub(crate) fn is_sent(&self) -> bool {
        self.is_flushed.get() && self.is_queue_empty()
    }

    /// Nothing more can be sent. A client reads on: the peer may have answered before
    /// (RFC 9112 §9.5). A server has nothing to gain.
    pub(crate) fn write_failed(&self, kind: ErrorKind) {
        if R::IS_SERVER {
            return self.fail(kind);
        }
        self.lose(kind);
        self.with(|core, now| {
            // What cannot be sent is not waited for, and no other request follows.
            let lost = usize::try_from(core.bytes_unsent()).unwrap_or(usize::MAX);
            let _ = core.sent(lost, now);
            core.close();
        });
    }

    /// Lets the core write into the output buffer, once there is room.
    pub(crate) fn queue(&self, write: &mut Write<'_, R>) -> Poll<Result<usize, Error>> {
        if let Some(kind) = self.lost.get() {
            return Poll::Ready(Err(Error::Transport(kind)));
        }
        self.output.with(|output| self.write(output, write)).unwrap_or(Poll::Pending)
    }

    fn write(
        &self,
        output: &mut Region<'_>,
        write: &mut Write<'_, R>,
    ) -> Poll<Result<usize, Error>> {
        output.move_to_front();
        match self.with(|core, _| write(core, output.room())) {
            None => Poll::Pending,
            Some(Ok(done)) => {
                output.fill(done.written);
                if done.written > 0 {
                    self.moved.set(true);
                    self.is_flushed.set(false);
                }
                Poll::Ready(Ok(done.consumed))
            }
            // There is more room once this is sent.
            Some(Err(UsageError::OutputTooSmall { .. })) if !output.is_empty() => Poll::Pending,
            Some(Err(UsageError::Closed)) => Poll::Ready(Err(self.closed())),
            Some(Err(error)) => Poll::Ready(Err(Error::Usage(error))),
        }
    }
}
