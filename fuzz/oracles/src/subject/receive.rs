//! Reading: which event may follow which, and what each must say.
//!
//! Decides by the grammar of a connection (RFC 9112 §9): heads, then content, then trailers,
//! then an end, and nothing after a failure.

use super::Subject;
use super::ledger::{Ledger, Reading, Writing};
use crate::answering::Asked;
use crate::choices::Choices;
use blazeio::{
    Event, Length, Limits, RequestHead, RequestSpan, ResponseSpan, Role, Step, UsageError, Version,
};

impl<R: Role + Copy> Subject<'_, R> {
    /// One step of reading.
    pub(crate) fn receive(&mut self) -> Option<Event> {
        let before = self.input.clone();
        self.ledger.input_shown(before.is_empty());
        let step = match self.connection.receive(&mut self.input, self.now) {
            Ok(step) => step,
            Err(error) => {
                self.fail(error);
                return None;
            }
        };
        assert!(step.consumed <= before.len(), "more consumed than there is");
        assert!(!R::IS_SERVER || before == self.input, "a server wrote to its input");
        self.note(&step);
        self.input.drain(..step.consumed);
        Some(step.event)
    }

    /// Reads until the event says to stop.
    pub(crate) fn receive_all(&mut self) {
        for _ in 0..2 * self.input.len() + 8 {
            match self.receive() {
                None
                | Some(Event::NeedInput | Event::Paused | Event::Tunnel | Event::Closed(_)) => {
                    return;
                }
                Some(_) => self.check(),
            }
        }
        panic!("reading makes no progress");
    }

    /// One step of reading a part of what is there, as if the rest had not come.
    pub(crate) fn receive_cut(&mut self, choices: &mut Choices<'_>) {
        let len = self.input.len();
        let cut =
            if choices.rarely(2) { len.saturating_sub(1) } else { choices.below(64).min(len) };
        let rest = self.input.split_off(cut);
        self.receive();
        self.input.extend_from_slice(&rest);
    }

    fn note(&mut self, step: &Step) {
        let (ledger, limits) = (&mut self.ledger, self.limits);
        ledger.received += step.consumed as u64;
        let rest = self.input.len() - step.consumed;
        match step.event {
            Event::Request(span) => ledger.note_request(&span, step.consumed, &self.input, limits),
            Event::Interim(span) => ledger.note_interim(&span, limits),
            Event::Response(span) => ledger.note_response(&span, &self.input, limits),
            Event::Content(span) => {
                assert!(!span.is_empty() && span.end <= step.consumed, "{step:?}");
                ledger.note_content(span.len() as u64);
            }
            Event::Trailers(span) => {
                let fields = span.on(&self.input).count();
                assert!(fields > 0 && fields == span.count(), "{step:?}");
                assert!(fields <= usize::from(limits.trailer_fields));
                ledger.note_trailers();
            }
            Event::End => ledger.note_end(rest, limits),
            Event::NeedInput => assert!(!ledger.input_ended, "more is needed after the end"),
            Event::Paused => ledger.note_paused(rest),
            Event::Tunnel => {
                let all_sent = !R::IS_SERVER || ledger.unsent.amount == 0;
                assert!(ledger.reading == Reading::Tunnel && all_sent && !ledger.is_closed);
            }
            Event::Discarded => self.note_discarded(step.consumed),
            Event::Closed(reason) => {
                assert_eq!(self.connection.close_reason(), Some(reason));
                self.ledger.note_closed();
            }
            other => panic!("unknown: {other:?}"),
        }
        let is_passive = matches!(step.event, Event::Paused | Event::Tunnel);
        assert!(!is_passive || step.consumed == 0, "{step:?}");
    }

    /// The connection says when the rest of the request is read.
    fn note_discarded(&mut self, consumed: usize) {
        assert!(self.ledger.is_draining(), "discarded what was not answered");
        if let Reading::Content { left: Some(left), .. } = &mut self.ledger.reading {
            *left = left.checked_sub(consumed as u64).expect("more discarded than declared");
            self.ledger.discarded += consumed as u64;
            assert!(self.ledger.discarded <= u64::from(self.limits.drain), "more than the limit");
        }
        if self.is_over() {
            assert!(self.ledger.closes, "closed for nothing");
            self.ledger.is_closed = true;
        } else if self.is_between() {
            self.ledger.drained(self.limits);
        }
    }

    /// Whether the connection is between exchanges, also after the end of input: only then it
    /// closes at once.
    fn is_between(&self) -> bool {
        let mut copy = self.connection;
        copy.close();
        copy.send_content(&[], &mut []) == Err(UsageError::Closed)
    }
}

impl Ledger {
    /// Bytes are about to be read, or none.
    fn input_shown(&mut self, is_empty: bool) {
        if is_empty {
            return;
        }
        match self.reading {
            Reading::Head => self.is_touched = true,
            // RFC 9110 §10.1.1: who sends content does not wait for 100.
            Reading::Content { .. } if self.is_server => self.awaits_continue = false,
            _ => {}
        }
    }

    fn note_request(&mut self, span: &RequestSpan, consumed: usize, input: &[u8], limits: &Limits) {
        let may = !self.closes || self.closes_after_head;
        let is_due = self.reading == Reading::Head && self.writing == Writing::Idle;
        assert!(self.is_server && is_due && may && !self.is_closed, "too early: {self:?}");
        assert!(!self.unsent.is_paused, "a request before the output went");
        let head = span.on(input);
        let empty_lines = input.iter().take_while(|b| b"\r\n".contains(b)).count();
        let len = consumed - empty_lines;
        assert!(empty_lines <= 2 * usize::from(limits.empty_lines), "too many empty lines");
        assert!(len <= limits.head as usize && input[..consumed].ends_with(b"\r\n\r\n"));
        let fields = head.fields().count();
        assert!(fields == head.field_count() && fields <= usize::from(limits.fields));
        self.head_end = self.received;
        self.requests += 1;
        assert!(self.requests <= limits.requests.max(1), "more requests than the limit");
        self.closes |= !head.keep_alive() || self.requests >= limits.requests;
        self.awaits_continue = head.expects_continue();
        self.asked = asked(&head);
        let left = match head.length() {
            Length::None => Some(0),
            Length::Sized(n) => Some(n),
            Length::Chunked => None,
            other => panic!("a request of length {other:?}"),
        };
        assert!(left.is_none_or(|n| n <= limits.content), "content over the limit");
        self.reading = Reading::Content { left, got: 0, has_trailers: false, until_close: false };
    }

    fn note_interim(&mut self, span: &ResponseSpan, limits: &Limits) {
        assert!(!self.is_server && self.is_open && self.reading == Reading::Head);
        assert!(!self.is_closed && matches!(span.status(), 100 | 102..=199));
        self.interims += 1;
        assert!(self.interims <= u32::from(limits.interims), "more interims than the limit");
        self.awaits_continue &= span.status() != 100;
        self.is_touched = false;
    }

    fn note_response(&mut self, span: &ResponseSpan, input: &[u8], limits: &Limits) {
        assert!(!self.is_server && self.is_open && self.reading == Reading::Head);
        assert!(!self.is_closed && (span.status() >= 200 || span.status() == 101));
        let head = span.on(input);
        self.awaits_continue = false;
        self.head_end = self.received;
        self.peer_is_http10 = head.version() == Version::Http10;
        let is_connect = self.asked.method == b"CONNECT";
        if span.status() == 101 || (is_connect && matches!(span.status(), 200..=299)) {
            assert_eq!(head.length(), Length::None);
            self.reading = Reading::Tunnel;
            return;
        }
        assert!(head.field_count() <= usize::from(limits.fields));
        // RFC 9112 §6.1: Content-Length is hidden where it is overridden.
        let is_overridden = head.fields().count() != head.field_count();
        let until_close = head.length() == Length::UntilClose;
        self.closes |= !head.keep_alive() || until_close || is_overridden;
        let left = match head.length() {
            Length::None => Some(0),
            Length::Sized(n) => Some(n),
            _ => None,
        };
        if matches!(span.status(), 204 | 304) || self.asked.method == b"HEAD" {
            assert_eq!(head.length(), Length::None, "content of {}", span.status());
        }
        self.reading = Reading::Content { left, got: 0, has_trailers: false, until_close };
    }

    fn note_content(&mut self, len: u64) {
        assert!(!self.is_draining() && !self.is_closed, "content that nobody reads");
        let Reading::Content { left, got, has_trailers: false, .. } = &mut self.reading else {
            panic!("content outside a message: {self:?}");
        };
        *got += len;
        if let Some(left) = left {
            *left = left.checked_sub(len).expect("more content than declared");
        }
        let got = *got;
        assert!(self.content_limit.is_none_or(|limit| got <= limit), "content over the limit");
    }

    fn note_trailers(&mut self) {
        assert!(!self.is_closed && !self.is_draining());
        let Reading::Content { left, has_trailers, until_close: false, .. } = &mut self.reading
        else {
            panic!("trailers outside a message: {self:?}");
        };
        assert!(left.is_none() && !*has_trailers, "trailers without chunks, or twice");
        (*left, *has_trailers) = (Some(0), true);
    }

    fn note_end(&mut self, rest: usize, limits: &Limits) {
        assert!(!self.is_closed, "an end after the end");
        let Reading::Content { left, until_close, .. } = self.reading else {
            panic!("an end outside a message: {self:?}");
        };
        assert!(left.is_none_or(|n| n == 0), "the end before all declared content");
        assert!(!until_close || self.input_ended, "the end before the connection's");
        self.is_open = false;
        self.message_received(limits);
        if !self.is_server && rest > 0 {
            self.surplus();
        }
    }

    /// REUSE: what follows a response answers no request.
    fn surplus(&mut self) {
        self.is_closed |= self.is_between();
        self.closes = true;
    }

    fn note_paused(&mut self, rest: usize) {
        assert!(!self.is_closed);
        if self.is_server {
            let waits = match self.reading {
                Reading::Done => self.writing != Writing::Done,
                Reading::Head => self.unsent.is_paused,
                Reading::Tunnel => self.unsent.amount > 0,
                Reading::Content { .. } => false,
            };
            assert!(waits, "paused for nothing: {self:?}");
        } else {
            assert!(self.reading == Reading::Done && self.writing != Writing::Done);
            if rest > 0 {
                self.surplus();
            }
        }
    }

    /// The peer ended between messages, or in the middle of what is dropped; or it is closed.
    fn note_closed(&mut self) {
        let may = self.is_closed || self.is_draining() || self.reading == Reading::Head;
        assert!(may, "closed inside an exchange: {self:?}");
        self.closes = true;
        self.is_closed = true;
    }
}

fn asked(head: &RequestHead<'_>) -> Asked {
    Asked {
        method: head.method().as_bytes().to_vec(),
        is_http10: head.version() == Version::Http10,
        offers: head.upgrade().take(4).map(<[u8]>::to_vec).collect(),
    }
}
