//! Reading content and trailer sections: the same for both roles (RFC 9112 §6, §7).
//!
//! Decides which bytes are content. Refuses trailer fields that would change the message
//! (TRLR), content over the limit (BODYL), and an end of input before the message's own
//! (BODYX). Never looks beyond the message's last byte.

use super::close_reason::CloseReason;
use super::event::{Event, Step};
use super::role::Role;
use super::state::{Body, Machine, Receiving};
use crate::error::PeerErrorKind as Kind;
use crate::limits::Limits;
use crate::message::{FieldsSpan, Span};
use crate::syntax::head::split_line;
use crate::syntax::scan::{Bounds, Offence, Scan, Section};
use crate::transfer::chunked::Decoded;
use crate::transfer::trailer::is_forbidden;

impl<R: Role> Machine<R> {
    /// One step of reading.
    #[inline]
    pub(super) fn receive_step(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
        now: u64,
    ) -> Result<Step, Offence> {
        self.arrived(limits, now, input.is_empty());
        match self.receiving {
            Receiving::Head if R::IS_SERVER => self.receive_request(limits, input),
            Receiving::Head => self.receive_response(limits, input),
            Receiving::Content(_) if R::IS_SERVER && self.is_draining() => {
                self.drain(limits, input)
            }
            Receiving::Content(_) => self.receive_content(limits, input),
            Receiving::Done => {
                if !R::IS_SERVER && !input.is_empty() {
                    self.surplus_came();
                }
                Ok(Step::new(0, Event::Paused))
            }
            Receiving::Switching if R::IS_SERVER && self.unsent.amount() > 0 => {
                Ok(Step::new(0, Event::Paused))
            }
            Receiving::Switching | Receiving::Tunnel => {
                self.receiving = Receiving::Tunnel;
                Ok(Step::new(0, Event::Tunnel))
            }
            Receiving::Closed => {
                let reason = self.close.unwrap_or(CloseReason::Failed);
                // A server lingers and drops; to a client nothing is lost that it may want.
                let dropped = if R::IS_SERVER { input.len() } else { 0 };
                Ok(Step::new(dropped, Event::Closed(reason)))
            }
        }
    }

    /// One step inside a message's content.
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(super) fn receive_content(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
    ) -> Result<Step, Offence> {
        // Unreachable: asked for only inside content.
        let Receiving::Content(body) = &mut self.receiving else {
            return Ok(Step::new(0, Event::NeedInput));
        };
        match body {
            Body::Sized(0) => {
                self.message_received(limits);
                Ok(Step::new(0, Event::End))
            }
            Body::Sized(_) | Body::UntilClose(_) if input.is_empty() => self.end_of_content(limits),
            // Nothing said how much would come.
            Body::UntilClose(0) => Err((Kind::ContentTooLarge, 0)),
            Body::Sized(left) | Body::UntilClose(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left = left.wrapping_sub(taken as u64);
                Ok(self.content(Span::new(0, taken), limits))
            }
            Body::Chunked(decoder) => {
                let decoded = decoder.decode(input, limits, self.exchange.content_limit);
                match decoded {
                    Ok(Decoded::Data(start, end)) => {
                        Ok(self.content(Span::new(start, end), limits))
                    }
                    Ok(Decoded::NeedInput) if self.input_ended => {
                        Err((Kind::TruncatedContent, input.len()))
                    }
                    Ok(Decoded::NeedInput) => Ok(Step::new(input.len(), Event::NeedInput)),
                    Ok(Decoded::Trailers(at)) => {
                        self.receiving = Receiving::Content(Body::Trailers);
                        self.scan = Scan::START;
                        self.receive_trailers(limits, input, at)
                    }
                    Err(offence) => Err(offence),
                }
            }
            Body::Trailers => self.receive_trailers(limits, input, 0),
        }
    }

    /// Content up to the end of `span`, which may be the end of the input.
    #[inline]
    fn content(&mut self, span: Span, limits: &Limits) -> Step {
        if R::IS_SERVER {
            self.content_rate.pay(span.len() as u64, limits);
        }
        Step::new(span.end, Event::Content(span))
    }

    /// No byte is left, and more would be content.
    fn end_of_content(&mut self, limits: &Limits) -> Result<Step, Offence> {
        if !self.input_ended {
            return Ok(Step::new(0, Event::NeedInput));
        }
        if matches!(self.receiving, Receiving::Content(Body::UntilClose(_))) {
            self.message_received(limits);
            return Ok(Step::new(0, Event::End));
        }
        // RFC 9112 §8: an incomplete message is an error, never a short success.
        Err((Kind::TruncatedContent, 0))
    }

    /// The trailer section, from `base` on.
    fn receive_trailers(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
        base: usize,
    ) -> Result<Step, Offence> {
        let rest = input.get_mut(base..).unwrap_or_default();
        match self.read_trailers(limits, rest) {
            Ok(Some((len, 0))) => {
                self.message_received(limits);
                Ok(Step::new(base.wrapping_add(len), Event::End))
            }
            Ok(Some((len, count))) => {
                let section = Span::new(base, base.wrapping_add(len));
                self.receiving = Receiving::Content(Body::Sized(0));
                Ok(Step::new(section.end, Event::Trailers(FieldsSpan { section, count })))
            }
            Ok(None) if self.input_ended => Err((Kind::TruncatedContent, input.len())),
            Ok(None) => Ok(Step::new(base, Event::NeedInput)),
            Err((kind, at)) => Err((kind, base.wrapping_add(at))),
        }
    }

    /// Length and number of fields of a complete trailer section.
    fn read_trailers(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
    ) -> Result<Option<(usize, u16)>, Offence> {
        if input.starts_with(b"\r\n") {
            return Ok(Some((2, 0)));
        }
        let bounds =
            Bounds { start_line: 0, section: limits.trailers, fields: limits.trailer_fields };
        let end = if R::IS_SERVER {
            self.scan.advance::<false>(Section::Trailers, &bounds, input)?
        } else {
            self.scan.advance::<true>(Section::Trailers, &bounds, input)?
        };
        if end.is_none() {
            return Ok(None);
        }
        let len = self.scan.position();
        let section = input.get(..len).unwrap_or_default();
        let (mut rest, mut count) = (section, 0u16);
        // Checked by the scan, so it can be walked.
        while let Some((name, _, next)) = split_line(rest) {
            // RFC 9110 §6.5.1
            if is_forbidden(name) {
                return Err((Kind::ForbiddenTrailer, len.wrapping_sub(rest.len())));
            }
            count = count.saturating_add(1);
            rest = next;
        }
        Ok(Some((len, count)))
    }

    /// A step of a request whose response is complete: dropped, within limits.
    pub(super) fn drain(&mut self, limits: &Limits, input: &mut [u8]) -> Result<Step, Offence> {
        let (consumed, dropped) = match self.receive_content(limits, input) {
            // Nobody waits for the rest any more, so its absence is no error.
            Err((Kind::TruncatedContent, _)) => {
                self.close_now(CloseReason::PeerClosed);
                return Ok(Step::new(input.len(), Event::Closed(CloseReason::PeerClosed)));
            }
            Ok(Step { consumed, event: Event::Content(span) }) => (consumed, span.len()),
            Ok(Step { consumed, event: Event::Trailers(_) | Event::End }) => (consumed, 0),
            step => return step,
        };
        let dropped = u32::try_from(dropped).unwrap_or(u32::MAX);
        self.exchange.drained = self.exchange.drained.saturating_add(dropped);
        if self.exchange.drained > limits.drain {
            self.close_now(CloseReason::UnreadContent);
            return Ok(Step::new(consumed, Event::Closed(CloseReason::UnreadContent)));
        }
        Ok(Step::new(consumed, Event::Discarded))
    }
}
