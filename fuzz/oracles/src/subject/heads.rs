//! Writing heads: which may go when, what they make of the connection, and how an error is
//! answered.
//!
//! Decides what each call must answer: by the state first, then by what was asked.

use super::Subject;
use super::ledger::{Ledger, Reading, Writing};
use super::send::room;
use crate::answering::{Answering, Asked, Body};
use crate::asking::{Asking, protocols};
use crate::choices::Choices;
use crate::heard::{Heard, Start};
use blazeio::{
    Client, CloseReason, Connection, Content, Date, Event, Length, Limits, PeerError, Server, Step,
    UsageError,
};

impl<'l> Subject<'l, Server> {
    /// What is due: a head, content, an end.
    pub(crate) fn go_on(&mut self, choices: &mut Choices<'_>) {
        match self.ledger.writing {
            Writing::Content(_) => self.send_rest(choices),
            Writing::Idle | Writing::Done => self.send_head(choices),
        }
    }

    /// Nothing more is written, and what was stays to be sent, unless only a reset can show that
    /// the response is incomplete.
    pub(crate) fn cut_off(&mut self) {
        let (unsent, was_closed) = (self.connection.bytes_unsent(), self.ledger.is_closed);
        self.connection.cut_off();
        assert_eq!(self.connection.bytes_unsent(), unsent);
        if was_closed {
            return;
        }
        self.ledger.closes = true;
        self.ledger.is_closed = true;
        assert_eq!(self.connection.close_reason(), Some(CloseReason::Aborted));
        let mut copy = self.connection;
        let signals = copy.signals(self.now);
        let lasts = self.ledger.writing == Writing::Content(Body::UntilClose);
        assert_eq!(signals.reset, lasts, "reset");
        assert_eq!(signals.flush, unsent > 0, "flush");
        let waits = !lasts && (!self.ledger.input_ended || unsent > 0);
        assert_eq!(signals.close.is_none(), waits, "close: {signals:?}");
    }

    /// What a head answers by the state alone.
    fn head_state(&self) -> Option<UsageError> {
        let l = &self.ledger;
        let is_asked = matches!(l.reading, Reading::Content { .. } | Reading::Done);
        match l.writing {
            _ if l.is_closed || l.reading == Reading::Tunnel => Some(UsageError::Closed),
            Writing::Idle if is_asked => None,
            _ => Some(UsageError::HeadNotExpected),
        }
    }

    pub(crate) fn send_head(&mut self, choices: &mut Choices<'_>) {
        let (refusal, room) = (self.head_state(), room(choices));
        let answer = Answering::any(choices);
        let result = self.attempt(room, true, |c, out| c.send_head(&answer.response(), out));
        let is_sound = answer.is_sound(&self.ledger.asked);
        match result {
            Ok((_, out)) => {
                assert!(refusal.is_none() && is_sound, "taken: {answer:?}");
                self.ledger.wire.extend_from_slice(&out);
                self.ledger.answered(&answer);
            }
            Err(error) => assert_refusal(error, refusal, Some(is_sound), &answer),
        }
    }

    pub(crate) fn send_interim(&mut self, choices: &mut Choices<'_>) {
        let (refusal, room) = (self.head_state(), room(choices));
        let mut answer = Answering::any_interim(choices);
        let is_continue = choices.rarely(4);
        if is_continue {
            answer = Answering { fields: Vec::new(), reason: None, date: None, ..answer };
            answer = Answering { status: 100, content: Content::Empty, ..answer };
            answer = Answering { close: false, upgrade: None, ..answer };
        }
        let result = self.attempt(room, true, |c, out| match is_continue {
            true => c.send_continue(out),
            false => c.send_interim(&answer.response(), out),
        });
        let is_sound = answer.is_sound_interim(&self.ledger.asked);
        match result {
            Ok((_, out)) => {
                assert!(refusal.is_none() && is_sound, "taken: {answer:?}");
                self.ledger.wire.extend_from_slice(&out);
                let start = answer.start(&self.ledger.asked, false);
                self.ledger.sent.interims.push(Start { length: Length::None, ..start });
                self.ledger.awaits_continue &= answer.status != 100;
            }
            Err(error) => assert_refusal(error, refusal, Some(is_sound), &answer),
        }
    }

    pub(crate) fn send_error(&mut self, choices: &mut Choices<'_>) {
        let error = self.ledger.failed.unwrap_or_else(some_error);
        let (room, may) = (room(choices), self.ledger.may_answer);
        let date = if choices.rarely(3) { Date::from_unix(0) } else { None };
        match self.attempt(room, true, |c, out| c.send_error(&error, date, out)) {
            Ok((_, out)) => {
                assert!(may, "an error answered twice, or after a head");
                self.ledger.may_answer = false;
                let interims = std::mem::take(&mut self.ledger.wire);
                check_error_response(&error, &out, &interims, &self.ledger.asked);
            }
            Err(UsageError::OutputTooSmall { .. }) => assert!(may),
            Err(refusal) => assert!(!may && refusal == UsageError::HeadNotExpected),
        }
    }
}

/// An error of a connection that never was.
fn some_error() -> PeerError {
    let mut other = Connection::<Server, _>::new(Limits::DEFAULT, 0);
    other.receive(&mut [0], 0).expect_err("a control character")
}

/// What a peer reads of the ready-made response.
fn check_error_response(error: &PeerError, out: &[u8], interims: &[u8], asked: &Asked) {
    let Some(mut client) = super::asking_client(asked) else { return };
    let mut wire = [interims, out].concat();
    for _ in 0..300 {
        match client.receive(&mut wire, 0) {
            Ok(Step { event: Event::Interim(_), consumed }) => drop(wire.drain(..consumed)),
            Ok(Step { event: Event::Response(span), consumed }) => {
                let head = span.on(&wire);
                assert!(head.status() == error.status() && !head.keep_alive());
                assert!(consumed == wire.len(), "something after the error");
                return;
            }
            other => panic!("{other:?} for {}", wire.escape_ascii()),
        }
    }
}

/// An error must be the one that the state gives, or come of what was asked.
fn assert_refusal(
    error: UsageError,
    by_state: Option<UsageError>,
    is_sound: Option<bool>,
    asked: &dyn core::fmt::Debug,
) {
    match (by_state, error) {
        (Some(by_state), _) => assert_eq!(error, by_state),
        (None, UsageError::OutputTooSmall { .. }) => assert!(is_sound != Some(false), "{asked:?}"),
        (None, _) => assert!(is_sound != Some(true), "refused by {error:?}: {asked:?}"),
    }
}

impl Ledger {
    fn answered(&mut self, answer: &Answering<'_>) {
        let body = answer.body(&self.asked);
        let refuses_tunnel = self.asked.method == b"CONNECT" && body != Body::Tunnel;
        let closes = self.closes
            || answer.close
            || refuses_tunnel
            || self.awaits_continue
            || body == Body::UntilClose;
        self.sent.start = Some(answer.start(&self.asked, closes));
        if body == Body::Tunnel {
            self.reading = Reading::Tunnel;
            self.writing = Writing::Done;
            return;
        }
        self.closes = closes;
        self.writing = Writing::Content(body);
    }

    fn requested(&mut self, asking: &Asking<'_>, limits: &Limits) {
        let is_last = self.requests + 1 >= limits.requests;
        self.sent = Heard { start: Some(asking.start(is_last)), ..Heard::default() };
        self.requests += 1;
        self.closes = asking.close || is_last;
        self.is_open = true;
        self.is_touched = false;
        self.awaits_continue = asking.expects;
        let list = asking.upgrade.map_or("", |(list, _)| list);
        self.asked = Asked {
            method: asking.method.as_bytes().to_vec(),
            is_http10: false,
            offers: protocols(list).map(|p| p.as_bytes().to_vec()).collect(),
        };
        self.writing = Writing::Content(match asking.content {
            Content::Empty => Body::Sized(0),
            Content::Sized(n) => Body::Sized(n),
            Content::Streamed => Body::Chunked,
        });
    }
}

impl Subject<'_, Client> {
    /// What is due: a head, content, an end.
    pub(crate) fn go_on(&mut self, choices: &mut Choices<'_>) {
        match self.ledger.writing {
            Writing::Content(_) => self.send_rest(choices),
            Writing::Idle | Writing::Done => self.send_head(choices),
        }
    }

    pub(crate) fn send_head(&mut self, choices: &mut Choices<'_>) {
        let l = &self.ledger;
        let refusal = if l.is_closed || l.reading == Reading::Tunnel {
            Some(UsageError::Closed)
        } else if !l.is_between() || l.input_ended {
            Some(UsageError::HeadNotExpected)
        } else {
            None
        };
        let (room, asking) = (room(choices), Asking::any(choices));
        // RFC 9112 §6.1: nothing chunked to HTTP/1.0.
        let chunks_http10 = self.ledger.peer_is_http10 && asking.content == Content::Streamed;
        let is_sound = if chunks_http10 { Some(false) } else { asking.is_sound() };
        match self.attempt(room, true, |c, out| c.send_head(&asking.request(), out)) {
            Ok((_, out)) => {
                assert!(refusal.is_none() && is_sound != Some(false), "taken: {asking:?}");
                self.ledger.wire.extend_from_slice(&out);
                self.ledger.requested(&asking, self.limits);
            }
            Err(error) => assert_refusal(error, refusal, is_sound, &asking),
        }
    }
}
