//! The client's side: requests out, responses in.
//!
//! Decides when a response is read, and how a request is framed (RFC 9112 §3.2, §6; RFC 9110
//! §7.8, §9.3, §10.1). Refuses responses that nobody asked for (REUSE, 1XX), and requests
//! that a server could read in two ways.

use super::clock::Wait;
use super::close_reason::CloseReason;
use super::event::{Event, Step};
use super::output::Output;
use super::response_head::{Asked, ReadResponse, read_response};
use super::role::Role;
use super::send::{Written, is_list_of_protocols, put_date, put_fields, put_length, put_options};
use super::state::{Body, Encoding, Expectation, Machine, Receiving, Sending};
use super::upgrade::{Offers, opens_tunnel};
use crate::error::{PeerErrorKind as Kind, UsageError};
use crate::limits::Limits;
use crate::message::{Content, Length, Method, Request, Version, is_offer};
use crate::syntax::authority::Authority;
use crate::syntax::field::elements;
use crate::syntax::scan::{Bounds, Offence, Scan, Section};
use crate::syntax::target::Target;
use crate::transfer::chunked::Decoder;

impl<R: Role> Machine<R> {
    /// One step before or inside a response's head.
    #[inline]
    pub(super) fn receive_response(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
    ) -> Result<Step, Offence> {
        if matches!(self.sending, Sending::Idle) {
            return Ok(self.receive_unasked(input));
        }
        let asked = Asked {
            is_head: self.exchange.is_head,
            is_connect: self.exchange.is_connect,
            offers: self.exchange.offers,
        };
        // Errors are named by the byte that is first in order: so the scan looks first.
        let bounds =
            Bounds { start_line: limits.start_line, section: limits.head, fields: limits.fields };
        // Most heads come whole, and need no scan; one that was scanned is read in the same place.
        // Once a part of the head was read, the scan goes on before all else.
        let mut is_scanned = false;
        loop {
            if is_scanned || self.scan.may_come_second() {
                match read_response(limits, input, asked) {
                    Ok(Some(response)) => return self.begin_response(limits, &response),
                    // Unreachable: the scan accepts nothing that the parser does not.
                    Ok(None) if is_scanned => return Err((Kind::InvalidFieldValue, 0)),
                    Err(offence) if is_scanned => return Err(offence),
                    Ok(None) | Err(_) => {}
                }
            }
            match self.scan.advance::<true>(Section::Head, &bounds, input) {
                Ok(Some(_)) => is_scanned = true,
                Ok(None) if !self.input_ended => return Ok(Step::new(0, Event::NeedInput)),
                Ok(None) if self.exchange.head_began => {
                    return Err((Kind::TruncatedHead, input.len()));
                }
                // RFC 9112 §9.5
                Ok(None) => return Err((Kind::NoResponse, 0)),
                Err(offence) => return Err(offence),
            }
        }
    }

    /// RFC 9112 §9.2: what comes without a request is not a response (REUSE).
    fn receive_unasked(&mut self, input: &[u8]) -> Step {
        let reason = match (input.is_empty(), self.input_ended) {
            (false, _) => CloseReason::Surplus,
            (true, true) => CloseReason::PeerClosed,
            (true, false) => return Step::new(0, Event::NeedInput),
        };
        self.close_now(reason);
        Step::new(0, Event::Closed(reason))
    }

    /// Bytes follow a complete response: no request asked for them, now or later.
    pub(super) fn surplus_came(&mut self) {
        if self.is_idle() {
            self.close_now(CloseReason::Surplus);
        } else {
            self.will_close(CloseReason::Surplus);
        }
    }

    fn interim(&mut self, limits: &Limits, response: &ReadResponse) -> Result<Step, Offence> {
        let exchange = &mut self.exchange;
        // The next head has a clock of its own.
        exchange.head_began = false;
        self.waiting = None;
        self.wait = Wait::OFF;
        exchange.interims = exchange.interims.saturating_add(1);
        let len = u32::try_from(response.len).unwrap_or(u32::MAX);
        exchange.interim_bytes = exchange.interim_bytes.saturating_add(len);
        if exchange.interims > limits.interims || exchange.interim_bytes > limits.interim_bytes {
            return Err((Kind::TooManyInterims, 0));
        }
        // RFC 9110 §15.2.1: the content may go.
        if response.span.status == 100 {
            exchange.expectation = Expectation::None;
        }
        self.scan = Scan::START;
        Ok(Step::new(response.len, Event::Interim(response.span)))
    }

    fn begin_response(
        &mut self,
        limits: &Limits,
        response: &ReadResponse,
    ) -> Result<Step, Offence> {
        let span = response.span;
        if span.status < 200 && !response.switches {
            return self.interim(limits, response);
        }
        self.exchange.version = span.version;
        self.peer_is_http10 = span.version == Version::Http10;
        self.exchange.expectation = Expectation::None;
        if response.switches || opens_tunnel(self.exchange.is_connect, span.status) {
            self.receiving = Receiving::Switching;
            return Ok(Step::new(response.len, Event::Response(span)));
        }
        if matches!(span.length, Length::Sized(n) if n > self.exchange.content_limit) {
            return Err((Kind::ContentTooLarge, response.length_at));
        }
        if !span.flags.keep_alive {
            let silent = span.version == Version::Http10 && !response.says_close;
            self.will_close(if silent { CloseReason::Http10 } else { CloseReason::PeerClose });
        }
        if response.both {
            self.will_close(CloseReason::LengthAndCoding);
        }
        let body = match span.length {
            Length::None => Body::Sized(0),
            Length::Sized(n) => Body::Sized(n),
            Length::Chunked => Body::Chunked(Decoder::new()),
            Length::UntilClose => {
                self.will_close(CloseReason::UntilClose);
                Body::UntilClose(self.exchange.content_limit)
            }
        };
        self.receiving = Receiving::Content(body);
        Ok(Step::new(response.len, Event::Response(span)))
    }

    /// Writes a request's head.
    pub(super) fn send_request(
        &mut self,
        limits: &Limits,
        request: &Request<'_>,
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        if self.is_closed() || self.is_tunnel() {
            return Err(UsageError::Closed);
        }
        if !self.is_idle() || self.input_ended {
            return Err(UsageError::HeadNotExpected);
        }
        let text = request.method.as_bytes();
        let method = Method::from_bytes(text).ok_or(UsageError::InvalidMethod)?;
        // Known by its text from here on, even if it was given as an extension.
        let request = &Request { method, ..*request };
        check_request(request, self.peer_is_http10)?;
        let offers = offers(request)?;
        let closes = request.close || self.requests.saturating_add(1) >= limits.requests;
        let mut output = Output::new(out);
        output.put(text);
        output.put_text(b" ");
        output.put(request.target);
        output.put_text(b" HTTP/1.1\r\n");
        // RFC 9110 §7.2: Host first.
        output.put_field(b"Host", request.host);
        put_fields(&mut output, request.fields, false)?;
        put_date(&mut output, request.date, request.fields);
        if request.expects_continue {
            output.put_field(b"Expect", b"100-continue");
        }
        let encoding = put_request_length(&mut output, request);
        put_connection(&mut output, request, closes);
        output.put_text(b"\r\n");
        let len = output.finish()?;

        self.requests = self.requests.saturating_add(1);
        self.exchange.is_head = request.method == Method::Head;
        self.exchange.is_connect = request.method == Method::Connect;
        self.exchange.offers = offers;
        if request.expects_continue {
            self.exchange.expectation = Expectation::Waiting;
        }
        if closes {
            let reason =
                if request.close { CloseReason::LocalClose } else { CloseReason::RequestLimit };
            self.will_close(reason);
        }
        self.sending = Sending::Content(encoding);
        Ok(self.wrote(0, len, limits))
    }
}

/// Everything about a request that needs no writing.
fn check_request(request: &Request<'_>, peer_is_http10: bool) -> Result<(), UsageError> {
    let method = request.method;
    let target = Target::parse(request.target, method).map_err(|_| UsageError::InvalidTarget)?;
    check_host(request.host, target)?;
    let has_content = !matches!(request.content, Content::Empty);
    // RFC 9110 §9.3.6, §9.3.8; upgrade: content would stand before the new protocol.
    let refuses_content =
        matches!(method, Method::Connect | Method::Trace) || request.upgrade.is_some();
    // RFC 9110 §10.1.1: no expectation without content.
    let expects_nothing =
        request.expects_continue && matches!(request.content, Content::Empty | Content::Sized(0));
    if (has_content && refuses_content) || expects_nothing {
        return Err(UsageError::ContentNotAllowed);
    }
    // RFC 9112 §6.1
    if peer_is_http10 && matches!(request.content, Content::Streamed) {
        return Err(UsageError::ChunkedToHttp10);
    }
    check_te(request)
}

/// RFC 9112 §3.2: Host is the target's authority; empty only where the target has none.
fn check_host(host: &[u8], target: Target<'_>) -> Result<(), UsageError> {
    let ok = match target.authority() {
        Some(authority) => authority.as_bytes() == host,
        None => {
            Authority::parse(host).is_ok()
                || (host.is_empty() && matches!(target, Target::Asterisk))
        }
    };
    if ok { Ok(()) } else { Err(UsageError::InvalidHost) }
}

/// RFC 9112 §7.4: TE never names chunked.
fn check_te(request: &Request<'_>) -> Result<(), UsageError> {
    let names_chunked = |value| {
        elements(value).any(|e| {
            let name = e.split(|&b| b == b';').next().unwrap_or_default();
            crate::syntax::token::trim(name).eq_ignore_ascii_case(b"chunked")
        })
    };
    let wrong = request.fields.iter().position(|f| f.is("te") && names_chunked(f.value));
    wrong.map_or(Ok(()), |index| Err(UsageError::InvalidFieldValue { index }))
}

fn offers(request: &Request<'_>) -> Result<Offers, UsageError> {
    let mut offers = Offers::default();
    if let Some(protocols) = request.upgrade {
        if !is_list_of_protocols(protocols) || request.method == Method::Connect {
            return Err(UsageError::InvalidUpgrade);
        }
        elements(protocols).filter(is_offer).for_each(|protocol| offers.add(protocol));
    }
    Ok(offers)
}

fn put_request_length(output: &mut Output<'_>, request: &Request<'_>) -> Encoding {
    // RFC 9110 §8.6: without content only where the method anticipates some.
    let (length, encoding) = match request.content {
        Content::Empty if !request.method.anticipates_content() => (None, Encoding::Sized(0)),
        Content::Empty => (Some(0), Encoding::Sized(0)),
        Content::Sized(n) => (Some(n), Encoding::Sized(n)),
        Content::Streamed => (None, Encoding::Chunked),
    };
    put_length(output, length, matches!(encoding, Encoding::Chunked));
    encoding
}

/// RFC 9110 §7.6.1, §7.8, §10.1.4: what concerns this connection only is listed.
fn put_connection(output: &mut Output<'_>, request: &Request<'_>, closes: bool) {
    if let Some(protocols) = request.upgrade {
        output.put_field(b"Upgrade", protocols);
    }
    let has_te = request.fields.iter().any(|field| field.is("te"));
    put_options(
        output,
        [(closes, b"close"), (request.upgrade.is_some(), b"upgrade"), (has_te, b"TE")],
    );
}
