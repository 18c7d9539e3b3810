//! Driving a connection: what its signals ask for, in the order they must be obeyed.
//!
//! Decides what a poll does: take what is received, write what is queued, half-close, read,
//! stop, and meet the deadline; and whether that was something, so that signals are asked
//! for again. A poll that moved nothing has left a waker with everything it waits for (IO).

use crate::error::Error;
use crate::input::Input;
use crate::link::{Link, PIECE, Turn};
use crate::transport::Transport;
use blazeio::{Deadline, Event, Read, Role, Signals, UsageError};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::ReadBuf;

impl<R: Role, T: Transport> Link<R, T> {
    pub(crate) fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        input: &mut Input,
        wants_room: bool,
    ) -> Poll<Result<Turn, Error>> {
        loop {
            if let Some(event) = self.receive(input)? {
                return Poll::Ready(Ok(Turn::Event(event)));
            }
            let (signals, moved) = self.write(cx)?;
            if let Some(reason) = signals.close {
                return Poll::Ready(Ok(Turn::Event(Event::Closed(reason))));
            }
            let moved = moved | self.stopped(cx);
            if moved | self.read(cx, signals.read, input)? {
                continue;
            }
            if wants_room && self.has_room(&signals) {
                return Poll::Ready(Ok(Turn::Room));
            }
            if signals.read == Read::PausedByExchange && !signals.flush && !wants_room {
                return Poll::Ready(Ok(Turn::Event(Event::Paused)));
            }
            if !self.expired(cx, signals.deadline)? {
                return Poll::Pending;
            }
        }
    }

    /// Whether content may be queued, in time or with an error.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            let signals = self.core.signals(self.timer.now());
            if self.has_room(&signals) {
                return Poll::Ready(Ok(()));
            }
            if let Some(kind) = self.write_failure {
                return Poll::Ready(Err(io::Error::from(kind).into()));
            }
            let (signals, moved) = self.write(cx)?;
            if let Some(reason) = signals.close {
                return Poll::Ready(Err(Error::Closed(reason)));
            }
            if let Some(error) = self.refusal() {
                return Poll::Ready(Err(error.into()));
            }
            if !moved && !self.expired(cx, signals.deadline)? {
                return Poll::Pending;
            }
        }
    }

    /// Whether all is sent, in time or with an error.
    pub(crate) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            let (signals, moved) = self.write(cx)?;
            if let Some(reason) = signals.close {
                return Poll::Ready(Err(Error::Closed(reason)));
            }
            if let Some(kind) = self.write_failure {
                return Poll::Ready(Err(io::Error::from(kind).into()));
            }
            if self.output.is_empty() && self.unflushed == 0 {
                return Poll::Ready(Ok(()));
            }
            if !moved && !self.expired(cx, signals.deadline)? {
                return Poll::Pending;
            }
        }
    }

    /// Bytes in, until an event is the caller's.
    fn receive(&mut self, input: &mut Input) -> Result<Option<Event>, Error> {
        input.settle();
        loop {
            let step = self.core.receive(input.filled_mut(), self.timer.now())?;
            input.spend(step.consumed);
            match step.event {
                Event::NeedInput | Event::Paused | Event::Closed(_) => {
                    input.settle();
                    return Ok(None);
                }
                Event::Discarded => input.settle(),
                event => return Ok(Some(event)),
            }
        }
    }

    /// Everything that needs no input: resets, flushes, half-closes. Whether any byte moved.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<(Signals, bool), Error> {
        let mut moved = false;
        loop {
            let signals = self.core.signals(self.timer.now());
            if signals.close.is_some() {
                if signals.reset {
                    self.transport.reset();
                } else {
                    // An orderly end, where the transport has one to say; nobody waits for it.
                    let _ = Pin::new(&mut self.transport).poll_shutdown(cx);
                }
                return Ok((signals, moved));
            }
            if self.write_failure.is_some() {
                return Ok((signals, moved));
            }
            let done = self.send_queued(cx)?;
            moved |= done;
            if signals.half_close && Pin::new(&mut self.transport).poll_shutdown(cx)?.is_ready() {
                self.core.half_closed();
                continue;
            }
            if !done {
                return Ok((signals, moved));
            }
        }
    }

    /// Writes from the queue until the transport takes no more. Whether it took any.
    fn send_queued(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let mut moved = false;
        while !self.output.is_empty() {
            let write = Pin::new(&mut self.transport).poll_write(cx, self.output.queued());
            let Poll::Ready(written) = write else { break };
            match written.and_then(not_zero) {
                Ok(n) => self.sent(n, n),
                Err(error) => self.write_failed(error)?,
            }
            moved = true;
        }
        // Sent is what the transport has passed on: bytes in a buffer of its own are not.
        if self.unflushed > 0 && Pin::new(&mut self.transport).poll_flush(cx)?.is_ready() {
            let _ = self.core.sent(std::mem::take(&mut self.unflushed), self.timer.now());
            moved = true;
        }
        Ok(moved)
    }

    /// The transport took `all` bytes, the first `queued` of them from the queue.
    pub(crate) fn sent(&mut self, queued: usize, all: usize) {
        self.output.drop_front(queued);
        self.unflushed += all;
    }

    /// RFC 9112 §9.5: a server that takes no more may have answered before that, and a
    /// client reads it. A server has nothing to gain.
    pub(crate) fn write_failed(&mut self, error: io::Error) -> Result<(), Error> {
        if R::IS_SERVER {
            return Err(error.into());
        }
        self.write_failure = Some(error.kind());
        // What cannot be sent is not waited for, and no other request follows.
        self.unflushed = 0;
        self.output.clear();
        let lost = usize::try_from(self.core.bytes_unsent()).unwrap_or(usize::MAX);
        let _ = self.core.sent(lost, self.timer.now());
        self.core.close();
        Ok(())
    }

    /// Reads once, if it may. Whether anything came.
    fn read(&mut self, cx: &mut Context<'_>, read: Read, input: &mut Input) -> Result<bool, Error> {
        if !matches!(read, Read::Wanted | Read::Drain) {
            return Ok(false);
        }
        if input.room().is_empty() {
            self.core.input_full()?;
            return Ok(true);
        }
        let mut room = ReadBuf::new(input.room());
        if Pin::new(&mut self.transport).poll_read(cx, &mut room)?.is_pending() {
            return Ok(false);
        }
        let n = room.filled().len();
        input.fill(n);
        match (n, self.write_failure) {
            // What made writing fail ended reading too: this is no orderly end.
            (0, Some(kind)) => return Err(io::Error::from(kind).into()),
            (0, None) => self.core.end_of_input(),
            _ => {}
        }
        Ok(true)
    }

    /// Whether content may be sent now, and would not queue beyond its bound.
    fn has_room(&mut self, signals: &Signals) -> bool {
        signals.produce
            && self.output.len() <= PIECE
            && self.write_failure.is_none()
            && self.refusal().is_none()
    }

    /// Why no content may be sent, though there be room.
    fn refusal(&mut self) -> Option<UsageError> {
        self.core.send_content(&[], &mut []).err()
    }

    /// Whether this side was told to stop just now.
    fn stopped(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(stop) = &mut self.stop else { return false };
        let stopped = stop.as_mut().poll(cx).is_ready();
        if stopped {
            self.stop = None;
            self.close();
        }
        stopped
    }

    /// Whether the deadline came just now.
    fn expired(&mut self, cx: &mut Context<'_>, deadline: Option<Deadline>) -> Result<bool, Error> {
        let Some(deadline) = deadline else { return Ok(false) };
        if self.timer.poll(cx, deadline.at).is_pending() {
            return Ok(false);
        }
        self.core.expired(self.timer.now())?;
        Ok(true)
    }
}

fn not_zero(n: usize) -> io::Result<usize> {
    if n == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(n) }
}
