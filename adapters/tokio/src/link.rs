//! One connection: the core, its transport, and the output that waits.
//!
//! Decides the order of reading, writing and waiting, as the core's signals say. Refuses to
//! queue without bound: content is taken while no more than 32 KiB wait, at most that much
//! at a time; everything else waits at 64 KiB.
//!
//! ```text
//! next_event:  ┌─► receive ──event──► caller
//!              │      │ needs input, paused, closed
//!              │   signals ─ close ─► caller
//!              │      │ flush, half-close, read, until the deadline
//!              └──────┴─ something was done; else wait for any of them
//! ```
//!
//! # Dropping a future
//! All state is in the [`Link`] and its [`Input`], none in a future: every future here may
//! be dropped at any await, and the call made again. Content that was taken is cut off the
//! caller's slice, and only that (CANC).

use crate::error::Error;
use crate::input::Input;
use crate::output::Output;
use crate::timer::Timer;
use crate::transport::Transport;
use blazeio::{
    CloseReason, Connection, Deadline, Event, Field, Limits, Read, Role, Signals, UsageError,
    Written,
};
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::ReadBuf;

/// Content is taken while no more than this is queued, and at most this much at a time.
const PIECE: usize = 32 * 1024;

/// Content up to this size is copied and sent with what follows: a copy costs less than a
/// system call.
const COPIED: usize = 2 * 1024;

/// A connection in one role over one transport. Times are counted from its making.
pub struct Link<R: Role, T: Transport> {
    pub(crate) core: Connection<R, Arc<Limits>>,
    transport: T,
    pub(crate) output: Output,
    timer: Timer,
    /// The transport took bytes since it was flushed.
    is_unflushed: bool,
    /// A client's transport takes no more; it may still have a response to read.
    write_failure: Option<io::ErrorKind>,
    stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// What a client's turn is, while it sends and receives at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Something was received.
    Event(Event),
    /// Content can be sent without waiting: [`send_content`](Link::send_content) once.
    Room,
}

impl<R: Role, T: Transport> Link<R, T> {
    /// A connection that was just accepted or made.
    #[must_use]
    pub fn new(transport: T, limits: Arc<Limits>) -> Self {
        let timer = Timer::new();
        Self {
            core: Connection::new(limits, timer.now()),
            transport,
            output: Output::default(),
            timer,
            is_unflushed: false,
            write_failure: None,
            stop: None,
        }
    }

    /// The protocol's own view: whether it is idle, why it closes, its limits and counters.
    #[must_use]
    pub fn core(&self) -> &Connection<R, Arc<Limits>> {
        &self.core
    }

    /// The next event. Its spans count in [`Input::filled`] until the next call.
    ///
    /// Sends what is queued, meets deadlines, lingers, half-closes; where reading a
    /// response or request ends, [`Event::Closed`] is last: drop the link then.
    /// [`Event::Paused`] means that this side's message is what is missing.
    ///
    /// # Errors
    /// [`Error::Peer`] and [`Error::Io`].
    pub async fn next_event(&mut self, input: &mut Input) -> Result<Event, Error> {
        match poll_fn(|cx| self.poll_turn(cx, input, false)).await? {
            Turn::Event(event) => Ok(event),
            Turn::Room => Ok(Event::Paused),
        }
    }

    /// The next event, or room for content, for whoever sends while receiving. Never
    /// [`Event::Paused`].
    ///
    /// # Errors
    /// As [`next_event`](Self::next_event).
    pub async fn event_or_room(&mut self, input: &mut Input) -> Result<Turn, Error> {
        poll_fn(|cx| self.poll_turn(cx, input, true)).await
    }

    /// Drives the connection to its end, whatever comes.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn finish(&mut self, input: &mut Input) -> Result<CloseReason, Error> {
        loop {
            match self.next_event(input).await {
                Ok(Event::Closed(reason)) => return Ok(reason),
                Ok(Event::Paused | Event::Tunnel) => self.abort(),
                Ok(_) | Err(Error::Peer(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the front of `content`, up to 32 KiB, once there is room, and cuts it off the
    /// slice; what the transport does not take at once is queued. Large content is not
    /// copied unless it has to wait. Does not read meanwhile.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub async fn send_content(&mut self, content: &mut &[u8]) -> Result<(), Error> {
        poll_fn(|cx| self.poll_room(cx)).await?;
        poll_fn(|cx| Poll::Ready(self.take_content(cx, content))).await
    }

    /// Queues the end of the message, with trailer fields if it is chunked.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn send_end(&mut self, trailers: &[Field<'_>]) -> Result<(), Error> {
        self.queue(|core, room| core.send_end(trailers, room))
    }

    /// Waits until everything queued is sent.
    ///
    /// # Errors
    /// All kinds of [`Error`] but `Usage`.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_sent(cx)).await
    }

    /// Does `work`, unless the connection is lost before it is done.
    ///
    /// # Errors
    /// [`Error::Io`]: the connection was lost, `work` was dropped.
    pub async fn unless_lost<F: Future>(&mut self, work: F) -> Result<F::Output, Error> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            error = self.transport.lost() => Err(Error::Io(error)),
        }
    }

    /// Closes in order: at once if idle and everything is sent, else when that is so. A
    /// server's next head says `Connection: close`.
    pub fn close(&mut self) {
        self.core.close();
    }

    /// Closes in order when `stop` ends.
    pub fn close_when(&mut self, stop: impl Future<Output = ()> + Send + 'static) {
        self.stop = Some(Box::pin(stop));
    }

    /// Gives up at once. [`next_event`](Self::next_event) says [`Event::Closed`] now.
    pub fn abort(&mut self) {
        self.core.abort();
    }

    /// Lets `write` write into the queue, with as much room as it needs.
    pub(crate) fn queue(
        &mut self,
        write: impl Fn(&mut Connection<R, Arc<Limits>>, &mut [u8]) -> Result<Written, UsageError>,
    ) -> Result<(), Error> {
        let mut needed = 512;
        loop {
            match write(&mut self.core, self.output.room(needed)) {
                Ok(done) => {
                    self.output.fill(done.written);
                    return Ok(());
                }
                Err(UsageError::OutputTooSmall { needed: more }) => needed = more,
                Err(error) => return Err(error.into()),
            }
        }
    }

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
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
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
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            let (signals, moved) = self.write(cx)?;
            if let Some(reason) = signals.close {
                return Poll::Ready(Err(Error::Closed(reason)));
            }
            if let Some(kind) = self.write_failure {
                return Poll::Ready(Err(io::Error::from(kind).into()));
            }
            if self.output.is_empty() && !self.is_unflushed {
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
        if self.output.is_empty() && self.is_unflushed {
            self.is_unflushed = Pin::new(&mut self.transport).poll_flush(cx)?.is_pending();
        }
        Ok(moved)
    }

    /// The transport took `all` bytes, the first `queued` of them from the queue.
    fn sent(&mut self, queued: usize, all: usize) {
        self.output.drop_front(queued);
        self.is_unflushed = true;
        let _ = self.core.sent(all, self.timer.now());
    }

    /// RFC 9112 §9.5: a server that takes no more may have answered before that, and a
    /// client reads it. A server has nothing to gain.
    fn write_failed(&mut self, error: io::Error) -> Result<(), Error> {
        if R::IS_SERVER {
            return Err(error.into());
        }
        self.write_failure = Some(error.kind());
        self.is_unflushed = false;
        self.output.clear();
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

    fn take_content(&mut self, cx: &mut Context<'_>, content: &mut &[u8]) -> Result<(), Error> {
        if content.len() > COPIED {
            return self.write_through(cx, content);
        }
        while !content.is_empty() {
            let room = self.output.room(content.len() + 32);
            let done = self.core.send_content(content, room)?;
            self.output.fill(done.written);
            *content = &content[done.consumed..];
        }
        Ok(())
    }

    /// One vectored write of the queue and a framed piece of `content`; what is left of the
    /// piece is queued.
    fn write_through(&mut self, cx: &mut Context<'_>, content: &mut &[u8]) -> Result<(), Error> {
        let (piece, rest) = content.split_at(content.len().min(PIECE));
        let framing = self.core.frame_content(piece.len() as u64)?;
        *content = rest;
        // All of the piece, or nothing of it in a response without content.
        let framed = if framing.content == 0 { &[] } else { piece };
        let parts = [&framing.prefix[..], framed, framing.suffix];
        let slices = [self.output.queued(), parts[0], parts[1], parts[2]].map(IoSlice::new);
        let write = Pin::new(&mut self.transport).poll_write_vectored(cx, &slices);
        let written = match write {
            Poll::Pending => 0,
            Poll::Ready(Ok(n)) => n,
            Poll::Ready(Err(error)) => return self.write_failed(error),
        };
        let queued = written.min(self.output.len());
        if written > 0 {
            self.sent(queued, written);
        }
        self.queue_from(written - queued, &parts);
        Ok(())
    }

    /// Queues `parts` without their first `skip` bytes.
    fn queue_from(&mut self, mut skip: usize, parts: &[&[u8]]) {
        for part in parts {
            let skipped = skip.min(part.len());
            skip -= skipped;
            self.output.push(&part[skipped..]);
        }
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

impl<R: Role, T: Transport> Drop for Link<R, T> {
    /// What a panic or a dropped task cuts off must not look complete (PANIC).
    fn drop(&mut self) {
        self.core.abort();
        if self.core.signals(self.timer.now()).reset {
            self.transport.reset();
        }
    }
}

fn not_zero(n: usize) -> io::Result<usize> {
    if n == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(n) }
}
