//! Writing content and its end: the same for both roles (RFC 9112 §6, §7).
//!
//! Decides how content is framed, whole or not at all. Refuses content beyond or short of
//! what was declared, trailer fields where the framing has none, and names and values off
//! the grammar (SPLIT): then nothing is written and nothing has changed.

use super::flow::Flow;
use super::output::{Output, copy};
use super::role::Role;
use super::state::{Encoding, Expectation, Machine, Sending};
use crate::error::UsageError;
use crate::limits::Limits;
use crate::message::{Date, Field};
use crate::syntax::field::{elements, is_protocol};
use crate::syntax::number::write_decimal;
use crate::syntax::token::{is_field_value, is_name, is_token};
use crate::transfer::chunk::{SizeLine, framing_len, largest_chunk};
use crate::transfer::trailer::is_forbidden;

/// What a `send_*` call did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct Written {
    /// Bytes of the caller's content that were taken. Call again with the rest.
    pub consumed: usize,
    /// Bytes written to the front of the output slice: send them, in order.
    pub written: usize,
    /// The output not sent crossed its high mark.
    pub flow: Option<Flow>,
}

/// The framing around content that is written without being copied:
/// `prefix`, so many bytes of `content`, `suffix`, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Framing {
    /// Goes before the content: the chunk's size line, or nothing.
    pub prefix: Prefix,
    /// How many bytes of the content to write: all that were announced, or 0 if the
    /// message has no content (a response to HEAD).
    pub content: u64,
    /// Goes after the content. Often empty.
    pub suffix: &'static [u8],
    /// The output not sent crossed its high mark.
    pub flow: Option<Flow>,
}

/// At most 18 bytes, as a slice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Prefix(SizeLine);

impl core::ops::Deref for Prefix {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl core::fmt::Debug for Prefix {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.escape_ascii())
    }
}

impl<R: Role> Machine<R> {
    /// Notes that `written` bytes were given out.
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    pub(super) fn wrote(&mut self, consumed: usize, written: usize, limits: &Limits) -> Written {
        let flow = self.unsent.add(written as u64, limits.output_high);
        Written { consumed, written, flow }
    }

    #[inline]
    fn encoding(&self) -> Result<Encoding, UsageError> {
        if self.is_closed() || self.is_tunnel() {
            return Err(UsageError::Closed);
        }
        match self.sending {
            Sending::Content(_)
                if !R::IS_SERVER && self.exchange.expectation == Expectation::Waiting =>
            {
                Err(UsageError::AwaitingContinue)
            }
            Sending::Content(encoding) => Ok(encoding),
            Sending::Idle | Sending::Done => Err(UsageError::ContentNotExpected),
        }
    }

    #[inline]
    pub(super) fn send_content(
        &mut self,
        limits: &Limits,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        match self.encoding()? {
            Encoding::Dropped => Ok(self.wrote(data.len(), 0, limits)),
            _ if data.is_empty() => Ok(self.wrote(0, 0, limits)),
            Encoding::Sized(left) => {
                let rest = left
                    .checked_sub(data.len() as u64)
                    .ok_or(UsageError::ContentTooLong { left })?;
                let taken = copy_content(data, out)?;
                let unwritten = data.len().wrapping_sub(taken) as u64;
                self.sending = Sending::Content(Encoding::Sized(rest.wrapping_add(unwritten)));
                Ok(self.wrote(taken, taken, limits))
            }
            Encoding::UntilClose => {
                let taken = copy_content(data, out)?;
                Ok(self.wrote(taken, taken, limits))
            }
            Encoding::Chunked => {
                let (taken, written) = copy_chunk(data, out)?;
                Ok(self.wrote(taken, written, limits))
            }
        }
    }

    pub(super) fn frame_content(
        &mut self,
        limits: &Limits,
        len: u64,
    ) -> Result<Framing, UsageError> {
        let mut framing =
            Framing { prefix: Prefix(SizeLine::NONE), content: len, suffix: b"", flow: None };
        match self.encoding()? {
            Encoding::Dropped => framing.content = 0,
            Encoding::Sized(left) => {
                let rest = left.checked_sub(len).ok_or(UsageError::ContentTooLong { left })?;
                self.sending = Sending::Content(Encoding::Sized(rest));
            }
            // RFC 9112 §7.1: a chunk of no bytes would be the last.
            Encoding::Chunked if len > 0 => {
                framing.prefix = Prefix(SizeLine::new(len));
                framing.suffix = b"\r\n";
            }
            Encoding::Chunked | Encoding::UntilClose => {}
        }
        let around = framing.prefix.len().wrapping_add(framing.suffix.len());
        let all = framing.content.saturating_add(around as u64);
        framing.flow = self.unsent.add(all, limits.output_high);
        Ok(framing)
    }

    pub(super) fn send_end(
        &mut self,
        limits: &Limits,
        trailers: &[Field<'_>],
        out: &mut [u8],
    ) -> Result<Written, UsageError> {
        let mut output = Output::new(out);
        match self.encoding()? {
            Encoding::Sized(missing) if missing > 0 => {
                return Err(UsageError::ContentTooShort { missing });
            }
            Encoding::Sized(_) | Encoding::UntilClose if !trailers.is_empty() => {
                return Err(UsageError::TrailersNeedChunked);
            }
            Encoding::Chunked => {
                output.put_text(b"0\r\n");
                put_fields(&mut output, trailers, true)?;
                output.put_text(b"\r\n");
            }
            Encoding::Dropped => put_fields(&mut Output::new(&mut []), trailers, true)?,
            Encoding::Sized(_) | Encoding::UntilClose => {}
        }
        let written = output.finish()?;
        let done = self.wrote(0, written, limits);
        self.message_sent(limits);
        Ok(done)
    }
}

/// How much of `data` went into `out`.
fn copy_content(data: &[u8], out: &mut [u8]) -> Result<usize, UsageError> {
    if out.is_empty() {
        return Err(UsageError::OutputTooSmall { needed: 1 });
    }
    copy(out, data);
    Ok(data.len().min(out.len()))
}

/// Writes one chunk, as large as fits. Bytes of content and bytes in all.
#[inline]
fn copy_chunk(data: &[u8], out: &mut [u8]) -> Result<(usize, usize), UsageError> {
    let taken = data.len().min(largest_chunk(out.len()));
    let Some((chunk, _)) = data.split_at_checked(taken).filter(|_| taken > 0) else {
        return Err(UsageError::OutputTooSmall { needed: 6 });
    };
    let line = SizeLine::new(taken as u64);
    let line = line.as_bytes();
    let content_end = line.len().wrapping_add(taken);
    let (prefix, rest) = out.split_at_mut_checked(line.len()).unwrap_or_default();
    let (content, rest) = rest.split_at_mut_checked(taken).unwrap_or_default();
    copy(prefix, line);
    copy(content, chunk);
    copy(rest, b"\r\n");
    let written = content_end.wrapping_add(2);
    debug_assert!(written == taken.saturating_add(framing_len(taken as u64)));
    Ok((taken, written))
}

/// Checks and writes the caller's fields.
pub(super) fn put_fields(
    output: &mut Output<'_>,
    fields: &[Field<'_>],
    is_trailers: bool,
) -> Result<(), UsageError> {
    for (index, field) in fields.iter().enumerate() {
        if !is_token(field.name) {
            return Err(UsageError::InvalidFieldName { index });
        }
        if !is_field_value(field.value) {
            return Err(UsageError::InvalidFieldValue { index });
        }
        if is_trailers && is_forbidden(field.name) {
            return Err(UsageError::ForbiddenTrailer { index });
        }
        if is_reserved(field.name) {
            return Err(UsageError::ReservedField { index });
        }
        output.put_field(field.name, field.value);
    }
    Ok(())
}

/// Date, unless the caller's fields hold one (RFC 9110 §6.6.1).
pub(super) fn put_date(output: &mut Output<'_>, date: Option<Date>, fields: &[Field<'_>]) {
    if let Some(date) = date {
        if !fields.iter().any(|field| field.is("date")) {
            output.put_text(b"Date: ");
            output.put_text(date.as_bytes());
            output.put_text(b"\r\n");
        }
    }
}

/// Fields that only the core writes.
#[inline]
fn is_reserved(name: &[u8]) -> bool {
    match name.len() {
        4 => is_name(name, b"host"),
        6 => is_name(name, b"expect"),
        7 => is_name(name, b"upgrade"),
        10 => is_name(name, b"connection") || is_name(name, b"keep-alive"),
        14 => is_name(name, b"content-length"),
        16 => is_name(name, b"proxy-connection"),
        17 => is_name(name, b"transfer-encoding"),
        _ => false,
    }
}

/// Content-Length, Transfer-Encoding, or nothing: never both (RFC 9112 §6.2).
pub(super) fn put_length(output: &mut Output<'_>, length: Option<u64>, is_chunked: bool) {
    if let Some(n) = length {
        output.put_text(b"Content-Length: ");
        output.put(write_decimal(n, &mut [0; 20]));
        output.put_text(b"\r\n");
    } else if is_chunked {
        output.put_text(b"Transfer-Encoding: chunked\r\n");
    }
}

/// Connection, with those of the options that are to be said (RFC 9110 §7.6.1).
pub(super) fn put_options(output: &mut Output<'_>, options: [(bool, &[u8]); 3]) {
    let mut before: &[u8] = b"Connection: ";
    let mut end: &[u8] = b"";
    for (_, option) in options.iter().filter(|(said, _)| *said) {
        output.put(before);
        output.put(option);
        (before, end) = (b", ", b"\r\n");
    }
    output.put(end);
}

/// A value for Upgrade: at least one protocol, nothing else (RFC 9110 §7.8).
pub(super) fn is_list_of_protocols(value: &[u8]) -> bool {
    is_field_value(value) && !value.is_empty() && {
        let mut any = false;
        elements(value).all(|e| {
            any = true;
            is_protocol(e)
        }) && any
    }
}
