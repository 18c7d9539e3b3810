//! One connection: the core, its transport, and the output that waits.
//!
//! Decides the order of reading, writing and waiting, as the core's signals say. Refuses to
//! queue without bound: content is taken while no more than 32 KiB wait, at most that much
//! at a time; and no request is read while 64 KiB wait.
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
use blazeio::{CloseReason, Connection, Event, Field, Limits, Role, UsageError, Written};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// Content is taken while no more than this is queued, and at most this much at a time.
pub(crate) const PIECE: usize = 32 * 1024;

/// A connection in one role over one transport. Times are counted from its making.
pub struct Link<R: Role, T: Transport> {
    pub(crate) core: Connection<R, Arc<Limits>>,
    pub(crate) transport: T,
    pub(crate) output: Output,
    pub(crate) timer: Timer,
    /// Bytes that the transport took and has not flushed.
    pub(crate) unflushed: usize,
    /// A client's transport takes no more; it may still have a response to read.
    pub(crate) write_failure: Option<io::ErrorKind>,
    pub(crate) stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
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
            unflushed: 0,
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
    /// Sends what is queued, meets deadlines, half-closes and lingers meanwhile.
    /// [`Event::Closed`] is the last one: drop the link then. [`Event::Paused`] means that
    /// nothing more comes until this side has sent its message.
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
