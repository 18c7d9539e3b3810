//! The server's side: requests in, responses out.
//!
//! Decides when a request is read and answered, and what framing a response gets (RFC 9112
//! §6, §9; RFC 9110 §7.8, §15). Refuses a response that nobody waits for, and one that would
//! break the framing (SPLIT).

use super::clock::Rate;
use super::close_reason::CloseReason;
use super::event::{Event, Step};
use super::output::Output;
use super::request_head::{ReadRequest, read_request};
use super::role::Role;
use super::send::{Written, is_list_of_protocols, put_date, put_fields, put_length, put_options};
use super::state::{Body, Encoding, Expectation, Machine, Receiving, Sending};
use super::upgrade::opens_tunnel;
use crate::error::{PeerError, PeerErrorKind as Kind, UsageError};
use crate::limits::Limits;
use crate::message::{Content, Date, Length, Response, Version, reason_phrase};
use crate::syntax::scan::{Bounds, Offence, Section};
use crate::syntax::token::is_value_text;
use crate::transfer::chunked::Decoder;

/// RFC 9110 §10.1.1
const CONTINUE: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl<R: Role> Machine<R> {
    /// One step before or inside a request's head.
    #[inline]
    pub(super) fn receive_request(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
    ) -> Result<Step, Offence> {
        if self.unsent.is_paused() {
            return Ok(Step::new(0, Event::Paused));
        }
        // Once a part of the head was read, the scan goes on before all else.
        let is_fresh = self.scan.is_fresh();
        let skipped = match input.first() {
            Some(b'\r') if is_fresh => self.skip_empty_lines(limits, input)?,
            _ => 0,
        };
        let len = input.len();
        let head = input.get_mut(skipped..).unwrap_or_default();
        // Most heads come whole, and need no scan; one that was scanned is read in the same place.
        let parses_first = self.scan.may_come_second();
        let mut is_scanned = false;
        loop {
            if is_scanned || parses_first {
                match read_request(limits, head, skipped) {
                    Ok(Some(request)) => return Ok(self.begin_exchange(limits, &request, skipped)),
                    // Unreachable: the scan accepts nothing that the parser does not.
                    Ok(None) if is_scanned => return Err((Kind::InvalidFieldValue, skipped)),
                    Err((kind, at)) if is_scanned => return Err((kind, skipped.wrapping_add(at))),
                    // Errors are named by the byte that is first in order: so the scan looks first.
                    Ok(None) | Err(_) => {}
                }
            }
            match self.scan_request(limits, head) {
                Ok(true) => is_scanned = true,
                Ok(false) => return self.incomplete_request(len, skipped),
                Err((kind, at)) => return Err((kind, skipped.wrapping_add(at))),
            }
        }
    }

    #[inline]
    fn incomplete_request(&mut self, len: usize, skipped: usize) -> Result<Step, Offence> {
        if !self.input_ended {
            // RFC 9112 §2.2: an empty line is ignored, and begins no message.
            if skipped == len {
                self.exchange.head_began = false;
            }
            return Ok(Step::new(skipped, Event::NeedInput));
        }
        if skipped < len {
            return Err((Kind::TruncatedHead, len));
        }
        self.close_now(CloseReason::PeerClosed);
        Ok(Step::new(skipped, Event::Closed(CloseReason::PeerClosed)))
    }

    /// RFC 9112 §2.2: a server ignores at least one empty line before a request line.
    #[cold]
    fn skip_empty_lines(&mut self, limits: &Limits, input: &[u8]) -> Result<usize, Offence> {
        let mut at = 0usize;
        while let Some([b'\r', rest @ ..]) = input.get(at..) {
            if self.exchange.empty_lines >= limits.empty_lines {
                return Err((Kind::ExtraEmptyLine, at));
            }
            match rest.first() {
                None => break,
                Some(b'\n') => at = at.wrapping_add(2),
                Some(_) => return Err((Kind::BareCr, at.wrapping_add(1))),
            }
            self.exchange.empty_lines = self.exchange.empty_lines.wrapping_add(1);
        }
        Ok(at)
    }

    /// Whether the head is complete.
    #[inline]
    fn scan_request(&mut self, limits: &Limits, head: &mut [u8]) -> Result<bool, Offence> {
        // A lone CR may yet become an empty line.
        if head == b"\r" {
            return Ok(false);
        }
        let bounds =
            Bounds { start_line: limits.start_line, section: limits.head, fields: limits.fields };
        Ok(self.scan.advance::<false>(Section::Head, &bounds, head)?.is_some())
    }

    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    fn begin_exchange(&mut self, limits: &Limits, request: &ReadRequest, skipped: usize) -> Step {
        let span = &request.span;
        // SLOW: each response has its own rate, unless the one before is still on its way.
        if self.unsent.amount() == 0 {
            self.write_rate = Rate::OFF;
        }
        self.requests = self.requests.wrapping_add(1);
        self.exchange.version = span.version;
        self.exchange.is_head = request.is_head;
        self.exchange.is_connect = request.is_connect;
        self.exchange.offers = request.offers;
        self.exchange.expectation = match (request.expects, span.length) {
            (false, _) => Expectation::None,
            (true, Length::None | Length::Sized(0)) => Expectation::WithoutContent,
            (true, Length::Sized(_) | Length::Chunked | Length::UntilClose) => Expectation::Waiting,
        };
        if !span.flags.keep_alive {
            let silent = span.version == Version::Http10 && !request.says_close;
            self.will_close(if silent { CloseReason::Http10 } else { CloseReason::PeerClose });
        }
        if self.requests >= limits.requests {
            self.will_close(CloseReason::RequestLimit);
        }
        self.receiving = Receiving::Content(body_of(span.length));
        Step::new(skipped.wrapping_add(request.len), Event::Request(*span))
    }

    /// Writes an interim response.
    pub(super) fn send_interim(
        &mut self,
        limits: &Limits,
        response: &Response<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.check_may_answer()?;
        if !matches!(response.status, 100 | 102..=199) {
            return Err(UsageError::InvalidStatus);
        }
        self.check_takes_interim()?;
        if !matches!(response.content, Content::Empty)
            || response.close
            || response.upgrade.is_some()
        {
            return Err(UsageError::ContentNotAllowed);
        }
        let mut output = Output::new(out);
        put_head(&mut output, response)?;
        output.put_text(b"\r\n");
        let len = output.finish()?;
        if response.status == 100 {
            self.exchange.expectation = Expectation::None;
        }
        Ok(self.wrote(0, len, limits))
    }

    /// Writes 100 and nothing else.
    pub(super) fn send_continue(
        &mut self,
        limits: &Limits,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.check_may_answer()?;
        self.check_takes_interim()?;
        let mut output = Output::new(out);
        output.put_text(CONTINUE);
        let len = output.finish()?;
        self.exchange.expectation = Expectation::None;
        Ok(self.wrote(0, len, limits))
    }

    fn check_may_answer(&self) -> Result<(), UsageError> {
        match (self.receiving, self.sending) {
            (Receiving::Content(_) | Receiving::Done, Sending::Idle) => Ok(()),
            (Receiving::Closed | Receiving::Switching | Receiving::Tunnel, _) => {
                Err(UsageError::Closed)
            }
            (Receiving::Head | Receiving::Content(_) | Receiving::Done, _) => {
                Err(UsageError::HeadNotExpected)
            }
        }
    }

    /// RFC 9110 §15.2
    fn check_takes_interim(&self) -> Result<(), UsageError> {
        match self.exchange.version {
            Version::Http10 => Err(UsageError::InterimToHttp10),
            Version::Http11 => Ok(()),
        }
    }

    /// Writes the final response's head, or 101: with that, and with a 2xx to CONNECT, the
    /// connection becomes a tunnel once it is sent (UPG).
    pub(super) fn send_response(
        &mut self,
        limits: &Limits,
        response: &Response<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.check_may_answer()?;
        let status = response.status;
        let switches = status == 101;
        let opens = switches || opens_tunnel(self.exchange.is_connect, status);
        self.check_response(response, opens)?;
        let (encoding, length) = self.response_framing(response, opens);
        let not_continued = self.exchange.expectation == Expectation::Waiting && !opens;
        // UPG: what a client sent after CONNECT, sure of a 2xx, must not pass for requests.
        let close = response.close || (self.exchange.is_connect && !opens);
        let closes = close
            || self.close.is_some()
            || not_continued
            || matches!(encoding, Encoding::UntilClose);
        let mut output = Output::new(out);
        // RFC 9110 §7.8: 100 goes before 101 if it was asked for.
        if switches && self.exchange.expectation != Expectation::None {
            output.put_text(CONTINUE);
        }
        put_head(&mut output, response)?;
        put_length(&mut output, length, matches!(encoding, Encoding::Chunked));
        let keeps_http10 = self.exchange.version == Version::Http10 && self.close.is_none();
        if let Some(protocols) = response.upgrade {
            output.put_field(b"Upgrade", protocols);
        }
        put_options(
            &mut output,
            [
                (closes && !opens, b"close"),
                (keeps_http10 && !closes && !opens, b"keep-alive"),
                (response.upgrade.is_some(), b"upgrade"),
            ],
        );
        output.put_text(b"\r\n");
        let len = output.finish()?;

        if opens {
            self.receiving = Receiving::Switching;
            self.sending = Sending::Done;
        } else {
            self.sending = Sending::Content(encoding);
            self.lasts_until_close = matches!(encoding, Encoding::UntilClose);
            self.note_close(close, not_continued, encoding);
        }
        Ok(self.wrote(0, len, limits))
    }

    /// Everything about a response that needs no writing.
    fn check_response(&self, response: &Response<'_>, opens: bool) -> Result<(), UsageError> {
        let status = response.status;
        if !matches!(status, 101 | 200..=999) {
            return Err(UsageError::InvalidStatus);
        }
        let is_named = match response.upgrade {
            Some(protocols) if !is_list_of_protocols(protocols) => false,
            Some(protocols) => status != 101 || self.exchange.offers.include_all(protocols),
            // RFC 9110 §15.2.2, §15.5.22
            None => !matches!(status, 101 | 426),
        };
        if !is_named {
            return Err(UsageError::InvalidUpgrade);
        }
        if opens && (!matches!(response.content, Content::Empty) || response.close) {
            return Err(UsageError::ContentNotAllowed);
        }
        Ok(())
    }

    fn note_close(&mut self, said_close: bool, not_continued: bool, encoding: Encoding) {
        if not_continued {
            self.will_close(CloseReason::NotContinued);
        }
        if said_close {
            self.will_close(CloseReason::LocalClose);
        }
        if matches!(encoding, Encoding::UntilClose) {
            self.will_close(CloseReason::UntilClose);
        }
    }

    /// RFC 9112 §6.1, §6.2, RFC 9110 §8.6: how content is framed, and the length that is said.
    fn response_framing(&self, response: &Response<'_>, opens: bool) -> (Encoding, Option<u64>) {
        let status = response.status;
        let is_dropped = opens || self.exchange.is_head || matches!(status, 204 | 205 | 304);
        let length = match response.content {
            _ if opens || status == 204 => None,
            // RFC 9110 §15.3.6: no content, and the length says so (BODYX).
            _ if status == 205 => Some(0),
            Content::Sized(n) => Some(n),
            Content::Empty if !is_dropped => Some(0),
            Content::Empty | Content::Streamed => None,
        };
        let encoding = match length {
            _ if is_dropped => Encoding::Dropped,
            Some(n) => Encoding::Sized(n),
            None if self.exchange.version == Version::Http11 => Encoding::Chunked,
            // RFC 9112 §6.1: no Transfer-Encoding to HTTP/1.0.
            None => Encoding::UntilClose,
        };
        (encoding, length)
    }

    /// Writes the ready-made response to a peer error.
    pub(super) fn send_error(
        &mut self,
        limits: &Limits,
        error: &PeerError,
        date: Option<Date>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        if !self.may_answer {
            return Err(UsageError::HeadNotExpected);
        }
        let mut output = Output::new(out);
        put_status_line(&mut output, error.status(), None);
        put_date(&mut output, date, &[]);
        output.put_text(b"Content-Length: 0\r\nConnection: close\r\n\r\n");
        let len = output.finish()?;
        self.may_answer = false;
        self.sending = Sending::Done;
        Ok(self.wrote(0, len, limits))
    }
}

fn body_of(length: Length) -> Body {
    match length {
        Length::None => Body::Sized(0),
        Length::Sized(n) => Body::Sized(n),
        Length::Chunked => Body::Chunked(Decoder::new()),
        // Unreachable: no request has this length.
        Length::UntilClose => Body::UntilClose(0),
    }
}

/// Status line, Date, the caller's fields.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
fn put_head(output: &mut Output<'_>, response: &Response<'_>) -> Result<(), UsageError> {
    // RFC 9112 §4 (SPLIT)
    if response.reason.is_some_and(|reason| !is_value_text(reason)) {
        return Err(UsageError::InvalidReason);
    }
    put_status_line(output, response.status, response.reason);
    put_date(output, response.date, response.fields);
    put_fields(output, response.fields, false)
}

#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
fn put_status_line(output: &mut Output<'_>, status: u16, reason: Option<&[u8]>) {
    let digit = |n: u16| b'0'.wrapping_add((n % 10) as u8);
    output.put_text(b"HTTP/1.1 ");
    output.put_text(&[digit(status / 100), digit(status / 10), digit(status), b' ']);
    output.put(reason.unwrap_or_else(|| reason_phrase(status).as_bytes()));
    output.put_text(b"\r\n");
}
