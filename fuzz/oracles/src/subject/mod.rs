//! One connection under test, with a ledger of what must be true of it.
//!
//! Decides after every call whether what the connection shows and asks for agrees with the
//! ledger; panics if it does not.

mod heads;
pub(crate) mod ledger;
mod receive;
mod send;
mod signals;
mod wire;

pub(crate) use wire::asking_client;

use crate::bounds;
use crate::choices::Choices;
use blazeio::{
    CloseReason, Connection, Event, Limits, PeerError, Role, Signals, Step, Timeouts, UsageError,
};
use ledger::{Ledger, Reading};

/// So many calls reach every state; more only take time.
const MOST_CALLS: usize = 120;

/// Makes the calls that the data chooses on a new connection, and checks it after each.
pub(crate) fn play<R: Role + Copy>(data: &[u8], call: fn(&mut Subject<'_, R>, &mut Choices<'_>)) {
    let mut choices = Choices::new(data);
    let limits = bounds::limits(&mut choices);
    let now = choices.one(&[0, 0, 0, 1_000_000, u64::MAX - 9, u64::MAX]);
    let mut subject = Subject::new(&limits, now);
    for _ in 0..MOST_CALLS {
        if choices.is_over() {
            break;
        }
        call(&mut subject, &mut choices);
        subject.check();
    }
    subject.ledger.check_wire();
}

/// Everything that a connection shows.
#[derive(Debug, PartialEq)]
struct View {
    is_idle: bool,
    is_tunnel: bool,
    close_reason: Option<CloseReason>,
    requests: u32,
    bytes_received: u64,
    bytes_unsent: u64,
    timeouts: Timeouts,
    signals: Signals,
    read: Result<Step, PeerError>,
    ended: Result<blazeio::Written, UsageError>,
}

/// A connection, its input, its clock and its ledger.
pub(crate) struct Subject<'l, R: Role + Copy> {
    pub(crate) connection: Connection<R, &'l Limits>,
    pub(crate) ledger: Ledger,
    /// Received and not consumed.
    pub(crate) input: Vec<u8>,
    pub(crate) now: u64,
    limits: &'l Limits,
    /// The clock never went back.
    is_monotonic: bool,
    /// The deadline for a head that has begun, the time-outs it came from and the bytes before it.
    head_deadline: Option<(u64, Timeouts, u64)>,
}

impl<'l, R: Role + Copy> Subject<'l, R> {
    pub(crate) fn new(limits: &'l Limits, now: u64) -> Self {
        Self {
            connection: Connection::new(limits, now),
            ledger: Ledger::new(R::IS_SERVER, limits),
            input: Vec::new(),
            now,
            limits,
            is_monotonic: true,
            head_deadline: None,
        }
    }

    /// What `connection` shows, and would answer to what is there.
    fn view(&self, connection: &Connection<R, &'l Limits>) -> View {
        let mut input = self.input.clone();
        let mut out = [0; 8];
        let [mut asked, mut reads, mut ends] = [*connection; 3];
        View {
            is_idle: connection.is_idle(),
            is_tunnel: connection.is_tunnel(),
            close_reason: connection.close_reason(),
            requests: connection.requests(),
            bytes_received: connection.bytes_received(),
            bytes_unsent: connection.bytes_unsent(),
            timeouts: connection.timeouts(),
            signals: asked.signals(self.now),
            read: reads.receive(&mut input, self.now),
            ended: ends.send_end(&[], &mut out),
        }
    }

    /// A call that was refused must have left no trace.
    fn assert_unchanged(&self, before: &Connection<R, &'l Limits>, why: &UsageError) {
        assert_eq!(self.view(before), self.view(&self.connection), "changed by {why:?}");
    }

    /// Whether nothing can be sent for ever, as the connection says.
    fn is_over(&self) -> bool {
        let mut copy = self.connection;
        copy.send_content(&[], &mut []) == Err(UsageError::Closed)
    }

    /// Everything that must hold between two calls.
    pub(crate) fn check(&mut self) {
        let (c, l) = (&self.connection, &self.ledger);
        assert_eq!(c.bytes_received(), l.received, "bytes received");
        assert_eq!(c.bytes_unsent(), l.unsent.amount, "bytes not sent");
        assert_eq!(c.requests(), l.requests, "requests");
        assert_eq!(c.is_tunnel(), l.reading == Reading::Tunnel && !l.is_closed, "tunnel");
        assert_eq!(c.timeouts(), l.timeouts, "time-outs");
        assert_eq!(c.close_reason().is_some(), l.closes, "{:?}: {l:?}", c.close_reason());
        assert_eq!(self.is_over(), l.is_closed || c.is_tunnel(), "closed: {l:?}");
        if c.is_idle() {
            assert!(l.is_between() && !l.input_ended, "idle inside an exchange: {l:?}");
        } else if l.is_between() && !l.input_ended {
            assert!(l.is_touched && R::IS_SERVER, "not idle between exchanges: {l:?}");
        }
        if l.failed.is_some() && c.close_reason() != Some(CloseReason::Aborted) {
            let reason = c.close_reason();
            let later = [CloseReason::WriteTimeout];
            assert!(
                reason == Some(CloseReason::Failed) || reason.is_some_and(|r| later.contains(&r))
            );
        }
        self.check_signals();
        self.check_deadline();
        self.check_end_of_input();
    }

    /// After the end of input nothing waits for input.
    fn check_end_of_input(&self) {
        let mut copy = self.connection;
        copy.end_of_input();
        let mut input = self.input.clone();
        for _ in 0..2 * input.len() + 8 {
            let len = input.len();
            let Ok(step) = copy.receive(&mut input, self.now) else { return };
            assert!(step.event != Event::NeedInput, "more is needed after the end");
            input.drain(..step.consumed.min(len));
            if matches!(step.event, Event::Paused | Event::Tunnel | Event::Closed(_)) {
                return;
            }
            if step.event == Event::End && !R::IS_SERVER {
                return;
            }
        }
        panic!("reading makes no progress after the end of input");
    }

    /// Time goes on, or jumps.
    pub(crate) fn pass_time(&mut self, choices: &mut Choices<'_>) {
        let step = 1_u64 << choices.below(40);
        self.now = match choices.below(16) {
            0..=9 => self.now.saturating_add(step),
            10..=13 => {
                let mut copy = self.connection;
                copy.signals(self.now).deadline.map_or(self.now, |d| d.at.max(self.now))
            }
            14 => self.now.saturating_add(step).saturating_sub(1),
            _ => {
                self.is_monotonic = false;
                choices.one(&[0, u64::MAX, self.now.saturating_sub(step)])
            }
        };
    }

    pub(crate) fn fail(&mut self, error: PeerError) {
        let (from, to) = (self.ledger.received, self.input.len() as u64);
        let at = error.offset();
        assert!((from..=from + to).contains(&at), "{error} outside {from} + {to}");
        self.ledger.fail(error);
    }

    /// Calls that tell what happened, and those that change what is wanted.
    pub(crate) fn tell(&mut self, choices: &mut Choices<'_>) {
        let limits = self.limits;
        match choices.below(16) {
            0..=4 => self.tell_sent(self.connection.bytes_unsent().min(1 << 30) as usize),
            5 => self.tell_sent(choices.below(64)),
            6 => self.tell_sent(choices.one(&[0, 1, usize::MAX])),
            7 => {
                let n = choices.one(&[0, 1, 9, 100, 1 << 16, usize::MAX]);
                let flow = self.ledger.unread.add(n as u64, limits.input_high);
                assert_eq!(self.connection.queued(n), flow);
            }
            8 => {
                let n = choices.one(&[0, 1, 9, 100, 1 << 16, usize::MAX]);
                let flow = self.ledger.unread.remove(n as u64, limits.input_low);
                assert_eq!(self.connection.released(n), flow);
            }
            9 if self.connection.clone_signals(self.now).half_close || choices.rarely(8) => {
                self.connection.half_closed();
            }
            10 if choices.rarely(3) => {
                self.connection.end_of_input();
                self.ledger.input_ended = true;
            }
            11 => {
                let timeouts = crate::bounds::timeouts(choices);
                self.connection.set_timeouts(timeouts);
                self.ledger.timeouts = timeouts;
            }
            12 => self.set_content_limit(choices.one(&[0, 4, 5, 100, u64::MAX])),
            13 if choices.rarely(3) => self.close(),
            14 if choices.rarely(6) => self.abort(),
            15 if choices.rarely(4) => self.input_full(),
            _ => {
                let _ = self.connection.signals(self.now);
            }
        }
    }

    fn tell_sent(&mut self, n: usize) {
        let flow = self.ledger.unsent.remove(n as u64, self.limits.output_low);
        assert_eq!(self.connection.sent(n, self.now), flow, "flow of output");
    }

    fn input_full(&mut self) {
        let reading = self.ledger.reading;
        match self.connection.input_full() {
            Ok(()) => assert!(reading != Reading::Head || self.ledger.is_closed),
            Err(error) => {
                assert!(matches!(reading, Reading::Head | Reading::Content { .. }));
                self.fail(error);
            }
        }
    }

    fn set_content_limit(&mut self, bytes: u64) {
        let reading = self.ledger.reading;
        let is_over = self.is_over();
        let result = self.connection.set_content_limit(bytes);
        if let Reading::Content { left, .. } = reading {
            let must_fail = !is_over && left.is_some_and(|n| n > bytes);
            assert_eq!(result.is_err(), must_fail, "the limit of content");
            // It is for content of which nothing was read.
            let is_early = self.ledger.head_end == self.ledger.received;
            self.ledger.content_limit = Some(bytes).filter(|_| is_early);
        } else {
            assert_eq!(result, Ok(()));
            self.ledger.content_limit = None;
        }
        if let Err(error) = result {
            self.fail(error);
        }
    }

    fn close(&mut self) {
        let is_idle = self.connection.is_idle();
        self.connection.close();
        self.ledger.closes = true;
        assert!(self.connection.close_reason().is_some());
        let may = self.ledger.reading == Reading::Head && !self.ledger.is_open;
        let is_closed = self.is_over() && !self.connection.is_tunnel();
        assert!(!is_idle || is_closed, "an idle connection that was closed goes on");
        assert!(!is_closed || may || self.ledger.is_closed, "closed inside an exchange");
        self.ledger.is_closed |= is_closed;
        self.ledger.closes_after_head |= may && self.ledger.is_touched;
    }

    pub(crate) fn abort(&mut self) {
        self.connection.abort();
        self.ledger.closes = true;
        self.ledger.is_closed = true;
        self.ledger.may_answer = false;
        let signals = self.connection.clone_signals(self.now);
        assert_eq!(signals.close, Some(CloseReason::Aborted));
    }
}

/// Signals asked of a copy, so that no clock starts or stops.
trait CloneSignals {
    fn clone_signals(&self, now: u64) -> Signals;
}

impl<R: Role + Copy> CloneSignals for Connection<R, &Limits> {
    fn clone_signals(&self, now: u64) -> Signals {
        let mut copy = *self;
        copy.signals(now)
    }
}
