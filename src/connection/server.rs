//! The server's side: requests in, responses out.
//!
//! Decides when a request is read and answered, and what framing a response gets (RFC 9112
//! §6, §9; RFC 9110 §7.8, §15). Refuses a response that nobody waits for, and one that would
//! break the framing (SPLIT).

use super::close_reason::CloseReason;
use super::event::{Event, Step};
use super::output::Output;
use super::request_head::{ReadRequest, read_request, short};
use super::send::{Written, is_list_of_protocols, put_date, put_fields, put_length};
use super::state::{Body, Encoding, Expectation, Machine, Receiving, Sending};
use super::upgrade::opens_tunnel;
use crate::error::{PeerError, PeerErrorKind as Kind, UsageError};
use crate::limits::Limits;
use crate::message::{Content, Date, Length, RequestSpan, Response, Version, reason_phrase};
use crate::syntax::scan::{Bounds, Offence, Section};
use crate::syntax::token::is_value_text;
use crate::transfer::chunked::Decoder;

impl Machine {
    /// One step before or inside a request's head.
    #[inline]
    pub(super) fn receive_request(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
    ) -> Result<Step, PeerError> {
        if self.unsent.is_paused() {
            return Ok(self.step(0, Event::Paused));
        }
        // Once a part of the head was read, the scan goes on before all else.
        let is_fresh = self.scan.is_fresh();
        let skipped = match input.first() {
            Some(b'\r') if is_fresh => self.skip_empty_lines(limits, input)?,
            _ => 0,
        };
        let head = input.get_mut(skipped..).unwrap_or_default();
        if is_fresh {
            if let Ok(Some(request)) = read_request(limits, head) {
                return Ok(self.begin_exchange(limits, &request, skipped));
            }
        }
        // Errors are named by the byte that is first in order: so the scan looks first.
        match self.scan_request(limits, head) {
            Ok(true) => self.read_scanned_request(limits, head, skipped),
            Ok(false) => self.incomplete_request(input.len(), skipped),
            Err((kind, at)) => Err(self.fail(kind, skipped.wrapping_add(at))),
        }
    }

    fn read_scanned_request(
        &mut self,
        limits: &Limits,
        head: &[u8],
        skipped: usize,
    ) -> Result<Step, PeerError> {
        match read_request(limits, head) {
            Ok(Some(request)) => Ok(self.begin_exchange(limits, &request, skipped)),
            // Unreachable: the scan accepts nothing that the parser does not.
            Ok(None) => Err(self.fail(Kind::InvalidFieldValue, skipped)),
            Err((kind, at)) => Err(self.fail(kind, skipped.wrapping_add(at))),
        }
    }

    #[inline]
    fn incomplete_request(&mut self, len: usize, skipped: usize) -> Result<Step, PeerError> {
        if !self.input_ended {
            // RFC 9112 §2.2: an empty line is ignored, and begins no message.
            if skipped == len {
                self.exchange.head_began = false;
            }
            return Ok(self.step(skipped, Event::NeedInput));
        }
        if skipped < len {
            return Err(self.fail(Kind::TruncatedHead, len));
        }
        self.close_now(CloseReason::PeerClosed);
        Ok(self.step(skipped, Event::Closed(CloseReason::PeerClosed)))
    }

    /// RFC 9112 §2.2: a server ignores at least one empty line before a request line.
    #[cold]
    fn skip_empty_lines(&mut self, limits: &Limits, input: &[u8]) -> Result<usize, PeerError> {
        let mut at = 0usize;
        while let Some([b'\r', rest @ ..]) = input.get(at..) {
            if self.exchange.empty_lines >= limits.empty_lines {
                return Err(self.fail(Kind::ExtraEmptyLine, at));
            }
            match rest.first() {
                None => break,
                Some(b'\n') => at = at.wrapping_add(2),
                Some(_) => return Err(self.fail(Kind::BareCr, at.wrapping_add(1))),
            }
            self.exchange.empty_lines = self.exchange.empty_lines.saturating_add(1);
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
        Ok(self.scan.advance(Section::Request, &bounds, head)?.is_some())
    }

    #[inline]
    fn begin_exchange(&mut self, limits: &Limits, request: &ReadRequest, skipped: usize) -> Step {
        let span = RequestSpan { start: short(skipped), ..request.span };
        self.requests = self.requests.saturating_add(1);
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
        self.step(skipped.wrapping_add(request.len), Event::Request(span))
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
        // RFC 9110 §15.2
        if self.exchange.version == Version::Http10 {
            return Err(UsageError::InterimToHttp10);
        }
        if response.content != Content::Empty || response.close || response.upgrade.is_some() {
            return Err(UsageError::ContentNotAllowed);
        }
        let mut output = Output::new(out);
        put_status_line(&mut output, response)?;
        put_date(&mut output, response.date, response.fields);
        put_fields(&mut output, response.fields, false)?;
        output.put_text(b"\r\n");
        let len = output.finish()?;
        if response.status == 100 {
            self.exchange.expectation = Expectation::None;
        }
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

    /// Writes the final response's head, or 101.
    pub(super) fn send_response(
        &mut self,
        limits: &Limits,
        response: &Response<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        self.check_may_answer()?;
        let status = response.status;
        if status == 101 {
            return self.send_switch(limits, response, out);
        }
        if !matches!(status, 200..=999) {
            return Err(UsageError::InvalidStatus);
        }
        // RFC 9110 §15.5.22
        if status == 426 && response.upgrade.is_none() {
            return Err(UsageError::InvalidUpgrade);
        }
        let opens = opens_tunnel(self.exchange.is_connect, status);
        if opens && (response.content != Content::Empty || response.close) {
            return Err(UsageError::ContentNotAllowed);
        }
        let (encoding, said) = self.response_framing(status, response.content);
        let not_continued = self.exchange.expectation == Expectation::Waiting;
        // UPG: what a client sent after CONNECT, sure of a 2xx, must not pass for requests.
        let close = response.close || (self.exchange.is_connect && !opens);
        let closes =
            close || self.close.is_some() || not_continued || encoding == Encoding::UntilClose;
        let mut output = Output::new(out);
        put_status_line(&mut output, response)?;
        put_date(&mut output, response.date, response.fields);
        put_fields(&mut output, response.fields, false)?;
        put_length(&mut output, said);
        self.put_connection(&mut output, response, closes && !opens, opens)?;
        output.put_text(b"\r\n");
        let len = output.finish()?;

        if opens {
            self.receiving = Receiving::Switching;
            self.sending = Sending::Done;
            return Ok(self.wrote(0, len, limits));
        }
        self.sending = Sending::Content(encoding);
        self.lasts_until_close = encoding == Encoding::UntilClose;
        self.note_close(close, not_continued, encoding);
        Ok(self.wrote(0, len, limits))
    }

    fn note_close(&mut self, said_close: bool, not_continued: bool, encoding: Encoding) {
        if not_continued {
            self.will_close(CloseReason::NotContinued);
        }
        if said_close {
            self.will_close(CloseReason::LocalClose);
        }
        if encoding == Encoding::UntilClose {
            self.will_close(CloseReason::UntilClose);
        }
    }

    /// RFC 9112 §6.1, §6.2, RFC 9110 §8.6: how content is framed, and what is said of it.
    fn response_framing(&self, status: u16, content: Content) -> (Encoding, Content) {
        if status == 204 || opens_tunnel(self.exchange.is_connect, status) {
            return (Encoding::Dropped, Content::Empty);
        }
        // RFC 9110 §15.3.6: no content, and the length says so (BODYX).
        if status == 205 {
            return (Encoding::Dropped, Content::Sized(0));
        }
        if status == 304 || self.exchange.is_head {
            let said = if let Content::Sized(_) = content { content } else { Content::Empty };
            return (Encoding::Dropped, said);
        }
        match (content, self.exchange.version) {
            (Content::Empty, _) => (Encoding::Sized(0), Content::Sized(0)),
            (Content::Sized(n), _) => (Encoding::Sized(n), content),
            (Content::Streamed, Version::Http11) => (Encoding::Chunked, content),
            // RFC 9112 §6.1: no Transfer-Encoding to HTTP/1.0.
            (Content::Streamed, Version::Http10) => (Encoding::UntilClose, Content::Empty),
        }
    }

    fn put_connection(
        &self,
        output: &mut Output<'_>,
        response: &Response<'_>,
        closes: bool,
        opens: bool,
    ) -> Result<(), UsageError> {
        if let Some(protocols) = response.upgrade {
            if !is_list_of_protocols(protocols) {
                return Err(UsageError::InvalidUpgrade);
            }
            output.put_field(b"Upgrade", protocols);
        }
        let keeps_http10 =
            self.exchange.version == Version::Http10 && self.close.is_none() && !opens;
        let options: &[u8] = match (closes, response.upgrade.is_some(), keeps_http10) {
            (true, true, _) => b"close, upgrade",
            (true, false, _) => b"close",
            (false, true, true) => b"keep-alive, upgrade",
            (false, true, false) => b"upgrade",
            (false, false, true) => b"keep-alive",
            (false, false, false) => return Ok(()),
        };
        output.put_field(b"Connection", options);
        Ok(())
    }

    /// 101: the connection becomes a tunnel once it is sent (UPG).
    fn send_switch(
        &mut self,
        limits: &Limits,
        response: &Response<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        let protocol = response.upgrade.ok_or(UsageError::InvalidUpgrade)?;
        if !self.exchange.offers.include_all(protocol) || !is_list_of_protocols(protocol) {
            return Err(UsageError::InvalidUpgrade);
        }
        if response.content != Content::Empty || response.close {
            return Err(UsageError::ContentNotAllowed);
        }
        let mut output = Output::new(out);
        // RFC 9110 §7.8: 100 goes before 101 if it was asked for.
        if self.exchange.expectation != Expectation::None {
            output.put_text(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        put_status_line(&mut output, response)?;
        put_date(&mut output, response.date, response.fields);
        put_fields(&mut output, response.fields, false)?;
        output.put_field(b"Upgrade", protocol);
        output.put_text(b"Connection: upgrade\r\n\r\n");
        let len = output.finish()?;
        self.receiving = Receiving::Switching;
        self.sending = Sending::Done;
        Ok(self.wrote(0, len, limits))
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
        let response = Response::new(error.status());
        // Unreachable: only a reason of the caller's may be refused.
        put_status_line(&mut output, &response)?;
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

fn put_status_line(output: &mut Output<'_>, response: &Response<'_>) -> Result<(), UsageError> {
    let status = response.status;
    let digit = |n: u16| b'0'.wrapping_add((n % 10) as u8);
    output.put_text(b"HTTP/1.1 ");
    output.put_text(&[digit(status / 100), digit(status / 10), digit(status), b' ']);
    match response.reason {
        // RFC 9112 §4 (SPLIT)
        Some(reason) if !is_value_text(reason) => return Err(UsageError::InvalidReason),
        Some(reason) => output.put(reason),
        None => output.put(reason_phrase(status).as_bytes()),
    }
    output.put_text(b"\r\n");
    Ok(())
}
