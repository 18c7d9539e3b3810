//! Writing content and its end: what is taken, what is refused, and how much room it needs.
//!
//! Decides what each call must answer, from the ledger alone; a refusal must leave no trace, and
//! the room that is asked for must be exactly enough.

use super::Subject;
use super::ledger::{Ledger, Reading, Writing};
use crate::answering::Body;
use crate::choices::Choices;
use crate::fields::{any_fields, are_sound_trailers, lines};
use blazeio::{Connection, Limits, Role, UsageError, Written};

/// Content is taken from here.
static CONTENT: [u8; 600] = {
    let text = b"\r\n0\r\n\r\nHTTP/1.1 200 GET / ;=\"5a\r\nX: y\r\n";
    let (mut all, mut at) = ([0; 600], 0);
    while at < all.len() {
        all[at] = text[(at + at / text.len()) % text.len()];
        at += 1;
    }
    all
};

/// Room for output: plenty, or hardly any.
pub(super) fn room(choices: &mut Choices<'_>) -> usize {
    match choices.below(8) {
        0..=4 => 8192,
        5 => choices.below(7),
        _ => choices.below(256),
    }
}

impl<'l, R: Role + Copy> Subject<'l, R> {
    /// Carries out a call with so much room, and what it must hold to however it ends. If it
    /// `is_whole`, it does not depend on how much room there is beyond what it needs.
    pub(super) fn attempt(
        &mut self,
        room: usize,
        is_whole: bool,
        call: impl Fn(&mut Connection<R, &'l Limits>, &mut [u8]) -> Result<Written, UsageError>,
    ) -> Result<(Written, Vec<u8>), UsageError> {
        let before = self.connection;
        let mut out = vec![0xee; room];
        match call(&mut self.connection, &mut out) {
            Ok(done) => {
                assert!(done.written <= room, "more written than there is room");
                let flow = self.ledger.unsent.add(done.written as u64, self.limits.output_high);
                assert_eq!(done.flow, flow, "flow of output");
                let (mut again, mut exact) = (before, vec![0; done.written]);
                assert!(!is_whole || call(&mut again, &mut exact) == Ok(done), "not exact");
                out.truncate(done.written);
                assert!(!is_whole || exact == out, "the room changes what is written");
                Ok((done, out))
            }
            Err(error) => {
                self.assert_unchanged(&before, &error);
                if let UsageError::OutputTooSmall { needed } = error {
                    assert!(needed > room, "{needed} needed of {room}");
                    let (mut again, mut exact) = (before, vec![0; needed]);
                    let done = call(&mut again, &mut exact);
                    assert!(
                        done.is_ok_and(|d| d.written == needed || !is_whole),
                        "{needed} {done:?}"
                    );
                    let mut short = before;
                    assert_eq!(call(&mut short, &mut exact[1..]), Err(error));
                }
                Err(error)
            }
        }
    }

    /// What a call about content answers by the state alone.
    fn content_state(&self) -> Result<Body, UsageError> {
        let l = &self.ledger;
        match l.writing {
            _ if l.is_closed || l.reading == Reading::Tunnel => Err(UsageError::Closed),
            Writing::Content(_) if !l.is_server && l.awaits_continue => {
                Err(UsageError::AwaitingContinue)
            }
            Writing::Content(body) => Ok(body),
            Writing::Idle | Writing::Done => Err(UsageError::ContentNotExpected),
        }
    }

    pub(crate) fn send_content(&mut self, choices: &mut Choices<'_>) {
        let (room, len) = (room(choices), self.some_length(choices));
        let data = &CONTENT[..len.min(600) as usize];
        let state = self.content_state();
        let result = self.attempt(room, false, |c, out| c.send_content(data, out));
        let expected = state.and_then(|body| taken(body, data.len(), room).map(|n| (body, n)));
        let done = result.as_ref().map(|(done, _)| done.consumed);
        assert_eq!(done.map_err(|e| *e), expected.map(|(_, n)| n), "content");
        if let (Ok((done, out)), Ok((body, _))) = (result, expected) {
            let dropped = matches!(body, Body::Dropped) || done.consumed == 0;
            assert_eq!(out.is_empty(), dropped);
            self.ledger.wire.extend_from_slice(&out);
            self.ledger.content_sent(body, &data[..done.consumed]);
        }
    }

    /// As much as is left, less, more, or any.
    fn some_length(&self, choices: &mut Choices<'_>) -> u64 {
        match (choices.below(8), self.ledger.writing) {
            (0..=3, Writing::Content(Body::Sized(left))) => left,
            (4, Writing::Content(Body::Sized(left))) => left.saturating_add(1),
            (7, _) => choices.one(&[16, 15, 17, 255, 256, 257, 600, 0]),
            _ => choices.below(24) as u64,
        }
    }

    pub(crate) fn frame_content(&mut self, choices: &mut Choices<'_>) {
        let is_huge = choices.rarely(32);
        let len = if is_huge { u64::MAX } else { self.some_length(choices).min(600) };
        let state = self.content_state();
        let before = self.connection;
        let expected = state.and_then(|body| match body {
            Body::Sized(left) if len > left => Err(UsageError::ContentTooLong { left }),
            body => Ok(body),
        });
        let framing = match self.connection.frame_content(len) {
            Ok(framing) => framing,
            Err(error) => {
                assert_eq!(expected, Err(error));
                return self.assert_unchanged(&before, &error);
            }
        };
        let body = expected.expect("refused");
        assert_eq!(framing.content, if body == Body::Dropped { 0 } else { len });
        let around = (framing.prefix.len() + framing.suffix.len()) as u64;
        let all = around.saturating_add(framing.content);
        assert_eq!(framing.flow, self.ledger.unsent.add(all, self.limits.output_high));
        if len > 600 {
            self.ledger.is_wire_partial |= body != Body::Dropped;
            return self.ledger.content_announced(body, len);
        }
        let content = &CONTENT[..framing.content as usize];
        let wire = [&framing.prefix, content, framing.suffix].concat();
        self.ledger.wire.extend_from_slice(&wire);
        self.ledger.content_sent(body, &CONTENT[..len as usize]);
    }

    pub(super) fn send_rest(&mut self, choices: &mut Choices<'_>) {
        let lacks = matches!(self.ledger.writing, Writing::Content(Body::Sized(n)) if n > 0);
        match choices.below(4) {
            0 => self.send_end(choices),
            1 if !lacks => self.send_end(choices),
            2 => self.frame_content(choices),
            _ => self.send_content(choices),
        }
    }

    pub(crate) fn send_end(&mut self, choices: &mut Choices<'_>) {
        let state = self.content_state();
        let trailers = if choices.rarely(3) { any_fields(choices, true) } else { Vec::new() };
        let room = room(choices);
        let result = self.attempt(room, true, |c, out| c.send_end(&trailers, out));
        let refusal = match state {
            Err(error) => Some(error),
            Ok(Body::Sized(missing)) if missing > 0 => {
                Some(UsageError::ContentTooShort { missing })
            }
            Ok(Body::Sized(_) | Body::UntilClose) if !trailers.is_empty() => {
                Some(UsageError::TrailersNeedChunked)
            }
            Ok(_) => None,
        };
        match result {
            Ok((_, out)) => {
                let is_sound = refusal.is_none() && are_sound_trailers(&trailers);
                assert!(is_sound, "taken: {trailers:?}: {state:?}");
                let is_chunked = state == Ok(Body::Chunked);
                assert_eq!(out.is_empty(), !is_chunked);
                self.ledger.wire.extend_from_slice(&out);
                if is_chunked {
                    self.ledger.sent.trailers = lines(trailers.iter().copied());
                }
                self.ledger.message_sent(self.limits);
            }
            Err(UsageError::OutputTooSmall { .. }) => assert_eq!(refusal, None),
            Err(error) => match refusal {
                Some(refusal) => assert_eq!(error, refusal),
                None => assert!(!are_sound_trailers(&trailers), "{error:?}: {trailers:?}"),
            },
        }
    }
}

/// How much of so much content is taken into so much room.
fn taken(body: Body, len: usize, room: usize) -> Result<usize, UsageError> {
    let framed = |n: usize| n + format!("{n:x}").len() + 4;
    match body {
        Body::Dropped => Ok(len),
        _ if len == 0 => Ok(0),
        Body::Sized(left) if len as u64 > left => Err(UsageError::ContentTooLong { left }),
        Body::Chunked => (1..=len)
            .rev()
            .find(|&n| framed(n) <= room)
            .ok_or(UsageError::OutputTooSmall { needed: 6 }),
        _ if room == 0 => Err(UsageError::OutputTooSmall { needed: 1 }),
        _ => Ok(len.min(room)),
    }
}

impl Ledger {
    fn content_sent(&mut self, body: Body, data: &[u8]) {
        if body != Body::Dropped {
            self.sent.content.extend_from_slice(data);
        }
        self.content_announced(body, data.len() as u64);
    }

    fn content_announced(&mut self, body: Body, len: u64) {
        if let Body::Sized(left) = body {
            self.writing = Writing::Content(Body::Sized(left - len));
        }
    }
}
