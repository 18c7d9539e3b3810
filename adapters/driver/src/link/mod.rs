//! One connection as its tasks share it: the core, its transport, and the bytes that wait.
//!
//! Decides who does what. Two kinds of task use a connection: the one that drives it, from
//! its first byte to its close, and the ones that use the halves of an exchange. Each polls
//! the transport itself, under one lock that is never held across a wait; what one leaves
//! undone, because it waits or is dropped, the driving task takes over.
//!
//! ```text
//!    handler ── Exchange ─┬─ Reader ─┐                      ┌─ transport
//!                         └─ Writer ─┤  Mutex<Link> ────────┼─ core
//!    driving task ───────────────────┘  (one turn at a time)└─ input, output
//!
//!    Http ─► Tunnel ─────────────────► Over      101, 2xx to CONNECT, raw, into_raw
//!      └───► Closing ────────────────► Over      nothing more is parsed; sends, lingers
//! ```
//!
//! `turn` is the one place where signals are obeyed, `receive` where bytes become events,
//! `send` where intents become bytes. Refuses nothing that the core does not refuse.

mod ending;
mod open;
mod receive;
mod send;
mod shared;
mod side;
mod tunnel;
mod turn;
mod wake;

pub(crate) use receive::{Driven, Received, Request};
pub(crate) use send::Writing;
pub(crate) use shared::Shared;
pub use side::Side;

use crate::environment::Environment;
use crate::error::{Error, Failure};
use crate::fan_out::FanOut;
use crate::input::{Input, MOST};
use crate::memory::SMALLEST;
use crate::output::Output;
use crate::transport::Transport;
use crate::watch::Watchers;
use blazeio::{CloseReason, Connection, Limits};
use std::sync::Arc;
use std::task::Waker;
use wake::{Wakes, Woken};

/// What may happen next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// HTTP: exchanges, or between them.
    Http,
    /// Nothing is HTTP any more; the tunnel reads and writes the transport.
    Tunnel,
    /// Nothing is parsed any more: what is queued is sent, what comes is dropped.
    Closing,
    /// The transport is closed.
    Over,
}

/// The state of one connection, under its lock.
pub(crate) struct Link<R: Side> {
    pub(crate) core: Connection<R, Arc<Limits>>,
    pub(crate) environment: Arc<Environment>,
    /// `None` once the connection is over.
    transport: Option<Box<dyn Transport>>,
    pub(crate) input: Input,
    pub(crate) output: Output,
    /// What names the connection among the others.
    pub(crate) key: u64,
    /// When the driving task is woken for a deadline, at the latest.
    armed: u64,
    /// When the transport was last watched for a loss, unless what that needs was released.
    watched: Option<u64>,
    driver: Option<Waker>,
    /// The tasks that wait in a half, to be told of what another task found.
    reader: Option<Waker>,
    writer: Option<Waker>,
    read_fan: FanOut,
    write_fan: FanOut,
    pub(crate) watchers: Watchers,
    pub(crate) stop_watchers: Watchers,
    /// What ended the connection. Boxed: most of the time there is none.
    failure: Option<Box<Failure>>,
    /// Why the transport takes no more; a client may still have a response to read.
    write_failure: Option<Box<Failure>>,
    /// Who is woken when the lock is released.
    wakes: Wakes,
    /// Bytes that the transport took and has not flushed.
    unflushed: usize,
    /// A final response's head that came while nobody read (client).
    mail: Option<Box<Received>>,
    /// Counts exchanges, so that a stale half is known.
    pub(crate) generation: u32,
    pub(crate) read_size: u32,
    pub(crate) output_low: u32,
    pub(crate) output_high: u32,
    /// Requests begun since the driving task last waited.
    batch: u8,
    /// Writes whose content is not sent, since others had their turn.
    dropped: u8,
    phase: Phase,
    /// As much waits to be sent as the high mark, and not yet less than the low one.
    is_full: bool,
    /// A message of this side is being written: from the exchange's beginning to its end.
    pub(crate) is_sending: bool,
    /// A message of the peer is a reader's to receive: from the exchange's beginning to its end.
    pub(crate) is_reading: bool,
    /// The reader has the input, and with it all bytes that come first.
    pub(crate) is_lent: bool,
    /// A task waits in the reader.
    pub(crate) is_asked: bool,
    /// Content of the exchange in hand is not asked for: its rate does not count.
    is_held: bool,
    /// The driving task polls the handler right now, and sends afterwards.
    pub(crate) is_polling: bool,
    /// The driving task has a handler: no other request begins.
    is_busy: bool,
    /// Of the exchange in hand more than its head was asked for, or something sent.
    is_begun: bool,
    /// It was asked to stop.
    is_stopped: bool,
    /// Since then the driving task has looked for a request, and found none.
    has_looked: bool,
    /// Somebody holds the connection's tunnel.
    pub(crate) has_tunnel: bool,
    /// The peer ended its input.
    pub(crate) is_ended: bool,
}

impl<R: Side> Link<R> {
    fn new(transport: Box<dyn Transport>, environment: Arc<Environment>) -> Self {
        let now = environment.runtime.now();
        let limits = Arc::clone(&environment.limits);
        Self {
            core: Connection::new(limits, now),
            transport: Some(transport),
            input: Input::default(),
            output: Output::default(),
            key: environment.next_key(),
            armed: u64::MAX,
            watched: None,
            driver: None,
            reader: None,
            writer: None,
            read_fan: FanOut::default(),
            write_fan: FanOut::default(),
            watchers: Watchers::default(),
            stop_watchers: Watchers::default(),
            failure: None,
            write_failure: None,
            wakes: Wakes::default(),
            unflushed: 0,
            mail: None,
            generation: 0,
            read_size: environment.read_size,
            output_low: environment.limits.output_low,
            output_high: environment.limits.output_high,
            batch: 0,
            dropped: 0,
            phase: Phase::Http,
            is_full: false,
            is_sending: false,
            is_reading: false,
            is_lent: false,
            is_asked: false,
            is_held: false,
            is_polling: false,
            is_busy: false,
            is_begun: false,
            is_stopped: false,
            has_looked: false,
            has_tunnel: false,
            is_ended: false,
            environment,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.environment.runtime.now()
    }

    /// Whether the transport is closed.
    pub(crate) fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Whether the peer is gone, or says so.
    pub(crate) fn is_left(&self) -> bool {
        self.is_over() || self.is_ended || self.failure.is_some() || self.write_failure.is_some()
    }

    /// Whether all that is left is to hear of the peer's end.
    pub(crate) fn is_lingering(&self) -> bool {
        let is_sent = self.output.is_empty() && self.unflushed == 0;
        self.phase == Phase::Closing && is_sent && !self.is_busy
    }

    /// Whether another exchange may begin, now or later.
    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Http && self.core.close_reason().is_none() && !self.is_ended
    }

    /// What was found to end the connection.
    pub(crate) fn found(&self) -> Option<Failure> {
        self.failure.as_deref().copied()
    }

    /// What ended the connection, or is about to.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.found().map(Error::from)
    }

    /// Why the connection ended, in a word.
    pub(crate) fn close_reason(&self) -> CloseReason {
        match self.found() {
            Some(Failure::Closed(reason)) => reason,
            Some(Failure::Peer(_)) => CloseReason::Failed,
            Some(Failure::Io { .. }) => CloseReason::PeerClosed,
            None if self.write_failure.is_some() => CloseReason::PeerClosed,
            None => self.core.close_reason().unwrap_or(CloseReason::PeerClosed),
        }
    }

    /// Begins an exchange; its number.
    pub(crate) fn begin(&mut self) -> u32 {
        self.generation = self.generation.wrapping_add(1);
        self.is_sending = true;
        self.is_reading = true;
        self.is_asked = false;
        self.is_held = false;
        self.is_begun = false;
        self.read_size = self.environment.read_size;
        self.output_low = self.environment.limits.output_low;
        self.output_high = self.environment.limits.output_high;
        self.is_full = false;
        self.generation
    }

    /// Whether the exchange `generation` is the one in hand.
    pub(crate) fn has(&self, generation: u32) -> bool {
        generation == self.generation && (self.is_sending || self.is_reading)
    }

    /// Changes how many bytes are read at once. More than a buffer holds could be waited for
    /// in vain.
    pub(crate) fn set_read_size(&mut self, bytes: u32) {
        self.read_size = bytes.clamp(SMALLEST as u32, MOST as u32);
    }

    /// Everybody may look again.
    pub(crate) fn notify(&mut self) {
        self.wake_driver();
        self.wake_reader();
        self.wake_writer();
        if self.is_left() {
            self.wake_watchers();
        }
        self.wakes.stop_watchers |= self.is_stopping();
    }

    /// The task that waits in a writer may look again.
    pub(crate) fn wake_writer(&mut self) {
        self.wakes.writer |= self.writer.is_some();
    }

    /// The task that waits in a reader may look again.
    fn wake_reader(&mut self) {
        self.wakes.reader |= self.reader.is_some();
    }

    fn wake_watchers(&mut self) {
        self.wakes.watchers = true;
    }

    pub(crate) fn wake_driver(&mut self) {
        self.wakes.driver = true;
    }

    /// Takes those who are to be woken.
    fn woken(&mut self) -> Woken {
        let wakes = std::mem::take(&mut self.wakes);
        let driver = if wakes.driver { self.driver.clone() } else { None };
        let reader = if wakes.reader { self.reader.take() } else { None };
        let writer = if wakes.writer { self.writer.take() } else { None };
        let watchers = if wakes.watchers { self.watchers.take() } else { Watchers::default() };
        let others =
            if wakes.stop_watchers { self.stop_watchers.take() } else { Watchers::default() };
        Woken { halves: [driver, reader, writer], watchers: [watchers, others] }
    }
}

impl<R: Side> Drop for Link<R> {
    /// What a dropped task cuts off must not look complete, and its memory is no loss.
    fn drop(&mut self) {
        self.shut();
        self.input.clear(&self.environment.memory);
    }
}
