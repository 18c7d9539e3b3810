//! Bytes into events: for the driving task between exchanges, for a reader within one.
//!
//! Decides whose an event is. The driving task begins exchanges and drops what nobody reads;
//! a reader receives the message of its own exchange, and never a byte behind it.

use super::{Link, Phase, Side};
use crate::error::Error;
use crate::fan_out::Party;
use crate::input::Input;
use blazeio::{CloseReason, Event, FieldsSpan, Length, Read, RequestSpan, ResponseSpan, Step};
use std::ops::Range;
use std::task::{Context, Poll};

/// So many turns in one poll, then other tasks have theirs.
pub(super) const TURNS: usize = 32;
/// So many pipelined requests are answered in one poll.
const BATCH: u8 = 64;

/// What the driving task has to go on with.
pub(crate) enum Driven {
    /// A request came.
    Request(Request),
    /// The connection is closed.
    Over,
}

/// A request, and the buffer it lies in.
pub(crate) struct Request {
    pub(crate) generation: u32,
    pub(crate) span: RequestSpan,
    pub(crate) input: Input,
    /// It has no content, and its end was received.
    pub(crate) is_complete: bool,
}

/// What a reader received. Places count in the input's whole buffer.
#[derive(Clone, Debug)]
pub(crate) enum Received {
    Interim(ResponseSpan),
    Response(ResponseSpan),
    Content(Range<usize>),
    Trailers { at: usize, span: FieldsSpan },
    End,
    Tunnel,
}

impl<R: Side> Link<R> {
    /// Drives the connection: sends, meets deadlines, drops what nobody reads, closes. Ready
    /// with a request, but not while the handler of another is busy.
    pub(crate) fn poll_drive(&mut self, cx: &mut Context<'_>, is_busy: bool) -> Poll<Driven> {
        self.set_driver(cx);
        self.is_busy = is_busy;
        for _ in 0..TURNS {
            if self.phase == Phase::Over {
                return Poll::Ready(Driven::Over);
            }
            if self.batch >= BATCH {
                break;
            }
            if let Some(request) = self.receive_between(is_busy) {
                self.batch += 1;
                return Poll::Ready(Driven::Request(request));
            }
            if !self.turn(cx, Party::Driver, true) && !self.stop_between(cx) {
                self.batch = 0;
                return Poll::Pending;
            }
        }
        self.batch = 0;
        self.send(cx, Party::Driver);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn set_driver(&mut self, cx: &mut Context<'_>) {
        match &mut self.driver {
            Some(driver) if driver.will_wake(cx.waker()) => {}
            driver => {
                *driver = Some(cx.waker().clone());
                // The deadline would wake the other one.
                self.disarm();
            }
        }
    }

    /// Receives what is no reader's.
    pub(crate) fn receive_between(&mut self, is_busy: bool) -> Option<Request> {
        loop {
            let receives = match self.phase {
                Phase::Http => {
                    !self.is_sending && !self.is_reading && (!is_busy || self.is_draining())
                }
                Phase::Closing => true,
                Phase::Tunnel | Phase::Over => false,
            };
            if !receives {
                return None;
            }
            let step = self.step()?;
            match step.event {
                Event::Request(span) => return Some(self.begin_request(step, span)),
                Event::Discarded => self.input.consume(step.consumed),
                event => {
                    self.input.consume(step.consumed);
                    if let Event::Closed(reason) = event {
                        self.closing(reason);
                    }
                    self.input.settle(&self.environment.memory);
                    return None;
                }
            }
        }
    }

    /// Whether what comes belongs to nobody: the rest of a request that was answered.
    fn is_draining(&mut self) -> bool {
        let now = self.now();
        self.core.signals(now).read == Read::Drain
    }

    /// One step of the core, unless the peer broke the protocol.
    pub(super) fn step(&mut self) -> Option<Step> {
        let now = self.now();
        match self.core.receive(self.input.filled_mut(), now) {
            Ok(step) => Some(step),
            Err(error) => {
                self.broken(error);
                None
            }
        }
    }

    fn begin_request(&mut self, step: Step, span: RequestSpan) -> Request {
        self.environment.statistics.request();
        self.input.keep(step.consumed);
        let generation = self.begin();
        if self.is_stopped {
            // It says so, and is the last.
            self.core.close();
        }
        let length = span.on(self.input.kept()).length();
        let is_complete = matches!(length, Length::None | Length::Sized(0));
        let mut input = std::mem::take(&mut self.input);
        if is_complete {
            self.is_reading = false;
            self.input = input.split(&self.environment.memory, false);
            // The end is there already.
            let _ = self.step();
        } else {
            self.is_lent = true;
            self.hold();
        }
        Request { generation, span, input, is_complete }
    }

    /// Whether nothing is left of the message that is being received but its end, which nobody need
    /// ask for: it is received here.
    pub(crate) fn is_end_due(&mut self) -> bool {
        let is_http = self.phase == Phase::Http;
        is_http && matches!(self.step(), Some(Step { event: Event::End, consumed: 0 }))
    }

    /// Nobody asks for content now: its rate does not count.
    pub(crate) fn hold(&mut self) {
        if !self.is_held {
            self.is_held = true;
            let _ = self.core.queued(self.hold_amount());
        }
    }

    fn release(&mut self) {
        if self.is_held {
            self.is_held = false;
            let _ = self.core.released(self.hold_amount());
        }
    }

    fn hold_amount(&self) -> usize {
        self.environment.limits.input_high.max(1) as usize
    }

    /// What the exchange's own message has next. The input is in place.
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
    ) -> Poll<Result<Received, Error>> {
        if let Some(mail) = self.mail.take() {
            return Poll::Ready(Ok(*mail));
        }
        self.is_begun = true;
        for _ in 0..TURNS {
            self.check_reader(generation)?;
            self.release();
            let Some(step) = self.step() else { continue };
            if let Some(received) = self.received(step) {
                return Poll::Ready(received);
            }
            if !self.turn(cx, Party::Reader, true) {
                wait(&mut self.reader, cx);
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn check_reader(&self, generation: u32) -> Result<(), Error> {
        if generation != self.generation || !self.is_reading {
            return Err(Error::Closed(self.close_reason()));
        }
        // What is left of a request once its response is complete is dropped.
        if R::IS_SERVER && !self.is_sending && self.phase == Phase::Http {
            return Err(Error::Closed(CloseReason::UnreadContent));
        }
        match self.phase {
            Phase::Http => Ok(()),
            _ => Err(self.failure().unwrap_or(Error::Closed(self.close_reason()))),
        }
    }

    fn received(&mut self, step: Step) -> Option<Result<Received, Error>> {
        let at = self.input.position();
        let received = match step.event {
            Event::Content(span) => Received::Content(at + span.start..at + span.end),
            Event::Trailers(span) => Received::Trailers { at, span },
            Event::Interim(span) => Received::Interim(span),
            Event::Response(span) => Received::Response(span),
            Event::End => Received::End,
            Event::Tunnel => Received::Tunnel,
            Event::Closed(reason) => {
                self.input.consume(step.consumed);
                self.closing(reason);
                return Some(Err(Error::Closed(reason)));
            }
            _ => {
                self.input.consume(step.consumed);
                return None;
            }
        };
        match received {
            Received::Interim(_) | Received::Response(_) => {
                self.input.keep(step.consumed);
                // It may be what content waits for.
                self.wake_writer();
            }
            _ => self.input.consume(step.consumed),
        }
        match received {
            Received::Content(_) => self.hold(),
            Received::End => {
                self.is_reading = false;
                if !R::IS_SERVER {
                    // The exchange may be over with it, and then nobody else reads, or closes.
                    self.wake_driver();
                }
            }
            Received::Tunnel => {
                self.is_reading = false;
                self.is_sending = false;
                self.phase = Phase::Tunnel;
            }
            _ => {}
        }
        Some(Ok(received))
    }

    /// A client's content waits for 100, and nobody reads: what comes is received for the
    /// reader. Whether anything happened.
    pub(super) fn await_continue(&mut self, cx: &mut Context<'_>) -> bool {
        let is_readers = self.is_lent || self.is_asked || self.mail.is_some();
        if is_readers || self.phase != Phase::Http {
            return self.turn(cx, Party::Writer, false);
        }
        self.input.forget();
        let Some(step) = self.step() else { return true };
        match self.received(step) {
            Some(Ok(Received::Interim(span))) if span.status() == 100 => self.input.forget(),
            Some(Ok(received)) => self.mail = Some(Box::new(received)),
            Some(Err(_)) => {}
            None if !self.turn(cx, Party::Writer, true) => return false,
            None => {}
        }
        // What was received, and what was read behind it, is the reader's.
        self.wake_reader();
        true
    }
}

/// Leaves the task's waker in `slot`.
pub(super) fn wait(slot: &mut Option<std::task::Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}
