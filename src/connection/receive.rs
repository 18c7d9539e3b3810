//! Reading content and trailer sections: the same for both roles (RFC 9112 §6, §7).
//!
//! Decides which bytes are content. Refuses trailer fields that would change the message
//! (TRLR), content over the limit (BODYL), and an end of input before the message's own
//! (BODYX). Never looks beyond the message's last byte.

use super::close_reason::CloseReason;
use super::event::{Event, Step};
use super::state::{Body, Machine, Receiving};
use crate::error::{PeerError, PeerErrorKind as Kind};
use crate::limits::Limits;
use crate::message::{Fields, FieldsSpan, Span};
use crate::syntax::scan::{Bounds, Scan, Section};
use crate::transfer::chunked::Decoded;
use crate::transfer::trailer::is_forbidden;

impl Machine {
    /// One step inside a message's content.
    #[inline]
    pub(super) fn receive_content(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
    ) -> Result<Step, PeerError> {
        // Unreachable: asked for only inside content.
        let Receiving::Content(body) = &mut self.receiving else {
            return Ok(self.step(0, Event::NeedInput));
        };
        match body {
            Body::Sized(0) => {
                self.message_received(limits);
                Ok(self.step(0, Event::End))
            }
            Body::Sized(_) | Body::UntilClose(_) if input.is_empty() => self.end_of_content(limits),
            // Nothing said how much would come.
            Body::UntilClose(0) => Err(self.fail(Kind::ContentTooLarge, 0)),
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
                        Err(self.fail(Kind::TruncatedContent, input.len()))
                    }
                    Ok(Decoded::NeedInput) => Ok(self.step(input.len(), Event::NeedInput)),
                    Ok(Decoded::Trailers(at)) => {
                        self.receiving = Receiving::Content(Body::Trailers);
                        self.scan = Scan::START;
                        self.receive_trailers(limits, input, at)
                    }
                    Err((kind, at)) => Err(self.fail(kind, at)),
                }
            }
            Body::Trailers => self.receive_trailers(limits, input, 0),
        }
    }

    /// A step that consumed so much.
    #[inline]
    pub(super) fn step(&mut self, consumed: usize, event: Event) -> Step {
        self.received = self.received.saturating_add(consumed as u64);
        Step { consumed, event }
    }

    /// Content up to the end of `span`, which may be the end of the input.
    #[inline]
    fn content(&mut self, span: Span, limits: &Limits) -> Step {
        self.content_rate.pay(span.len() as u64, limits);
        self.step(span.end, Event::Content(span))
    }

    /// No byte is left, and more would be content.
    fn end_of_content(&mut self, limits: &Limits) -> Result<Step, PeerError> {
        if !self.input_ended {
            return Ok(self.step(0, Event::NeedInput));
        }
        if matches!(self.receiving, Receiving::Content(Body::UntilClose(_))) {
            self.message_received(limits);
            return Ok(self.step(0, Event::End));
        }
        // RFC 9112 §8: an incomplete message is an error, never a short success.
        Err(self.fail(Kind::TruncatedContent, 0))
    }

    /// The trailer section, from `base` on.
    fn receive_trailers(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
        base: usize,
    ) -> Result<Step, PeerError> {
        let rest = input.get_mut(base..).unwrap_or_default();
        match self.read_trailers(limits, rest) {
            Ok(Some((len, 0))) => {
                self.message_received(limits);
                Ok(self.step(base.wrapping_add(len), Event::End))
            }
            Ok(Some((len, count))) => {
                let section = Span::new(base, base.wrapping_add(len));
                self.receiving = Receiving::Content(Body::Sized(0));
                Ok(self.step(section.end, Event::Trailers(FieldsSpan { section, count })))
            }
            Ok(None) if self.input_ended => Err(self.fail(Kind::TruncatedContent, input.len())),
            Ok(None) => Ok(self.step(base, Event::NeedInput)),
            Err((kind, at)) => Err(self.fail(kind, base.wrapping_add(at))),
        }
    }

    /// Length and number of fields of a complete trailer section.
    fn read_trailers(
        &mut self,
        limits: &Limits,
        input: &mut [u8],
    ) -> Result<Option<(usize, u16)>, (Kind, usize)> {
        if input.starts_with(b"\r\n") {
            return Ok(Some((2, 0)));
        }
        let section =
            if self.is_server { Section::RequestTrailers } else { Section::ResponseTrailers };
        let bounds =
            Bounds { start_line: 0, section: limits.trailers, fields: limits.trailer_fields };
        if self.scan.advance(section, &bounds, input)?.is_none() {
            return Ok(None);
        }
        let len = self.scan.position();
        let section = input.get(..len).unwrap_or_default();
        let base = section.as_ptr() as usize;
        let mut count = 0u16;
        // Checked by the scan, so it can be walked.
        for field in Fields::new(section) {
            // RFC 9110 §6.5.1
            if is_forbidden(field.name) {
                let at = (field.name.as_ptr() as usize).wrapping_sub(base);
                return Err((Kind::ForbiddenTrailer, at));
            }
            count = count.saturating_add(1);
        }
        Ok(Some((len, count)))
    }

    /// A step of a request whose response is complete: dropped, within limits.
    pub(super) fn drain(&mut self, limits: &Limits, input: &mut [u8]) -> Result<Step, PeerError> {
        let step = match self.receive_content(limits, input) {
            // Nobody waits for the rest any more, so its absence is no error.
            Err(error) if error.kind() == Kind::TruncatedContent => {
                self.close_now(CloseReason::PeerClosed);
                return Ok(self.step(input.len(), Event::Closed(CloseReason::PeerClosed)));
            }
            step => step?,
        };
        let dropped = match step.event {
            Event::Content(span) => span.len(),
            Event::Trailers(_) | Event::End => 0,
            _ => return Ok(step),
        };
        let dropped = u32::try_from(dropped).unwrap_or(u32::MAX);
        self.exchange.drained = self.exchange.drained.saturating_add(dropped);
        if self.exchange.drained > limits.drain {
            self.close_now(CloseReason::UnreadContent);
            return Ok(Step { event: Event::Closed(CloseReason::UnreadContent), ..step });
        }
        Ok(Step { event: Event::Discarded, ..step })
    }
}
