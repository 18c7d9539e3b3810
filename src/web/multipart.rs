//! The parts of a `multipart/form-data` content, as they come in (RFC 2046 §5.1, RFC 7578).
//!
//! Decides where parts and their field sections lie, whatever the pieces in which bytes come.
//! Owns no bytes: [`receive`](Multipart::receive) tells ranges of the slice that it was given,
//! exactly as the core does.
//!
//! Refuses, at the first offence and for good (MPART): what stands before the first boundary and
//! behind the last, more parts or larger field sections than its [limits](MultipartLimits), lines
//! that end without CRLF, folded lines, a line that begins as the boundary and goes on otherwise
//! (RFC 2046 §5.1.1 forbids it inside a part), and an end before the last boundary. Each of these
//! is read by one and passed over by another, which is how a form means two things.
//!
//! ```text
//!          "--" boundary CRLF              CRLF CRLF
//! Preamble ───────────────────▶ Fields ───────────────▶ Content ◀─┐ bytes
//!                                 ▲                       │   │   │
//!                                 │  CRLF "--" boundary   │   └───┘
//!                                 └───────── CRLF ────────┤
//!                                                         │ "--"
//!          an offence, anywhere ──▶ Failed    Epilogue ◀──┘
//! ```
//!
//! ```
//! use blazeio::web::multipart::{Multipart, MultipartEvent, MultipartLimits};
//!
//! let mut input = &b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nhello\r\n--x--\r\n"[..];
//! let mut parts = Multipart::new(b"x", MultipartLimits::DEFAULT)?;
//! let (mut name, mut content) = (Vec::new(), Vec::new());
//! loop {
//!     let step = parts.receive(input)?;
//!     match step.event {
//!         MultipartEvent::Part(span) => name.extend(span.on(input).name()?.unwrap()),
//!         MultipartEvent::Content(span) => content.extend_from_slice(span.on(input)),
//!         MultipartEvent::PartEnd => {}
//!         MultipartEvent::NeedInput => break,
//!     }
//!     input = &input[step.consumed..];
//! }
//! parts.end()?;
//! assert_eq!((&name[..], &content[..]), (&b"a"[..], &b"hello"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod event;
mod limits;
mod part;

pub use error::{MultipartError, MultipartErrorKind};
pub use event::{MultipartEvent, MultipartStep};
pub use limits::MultipartLimits;
pub use part::{Part, PartSpan};

use super::invalid::{Invalid, InvalidKind};
use super::media_type::MediaType;
use crate::Span;
use crate::syntax::token::is_blank;
use MultipartErrorKind as Kind;

/// The longest boundary (RFC 2046 §5.1.1).
const LONGEST: usize = 70;

/// The most blanks behind a boundary, `transport-padding`.
const PADDING: u8 = 64;
/// A CR came behind the last boundary; its LF too.
const CR: u8 = PADDING + 1;
const CRLF: u8 = CR + 1;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Before the first boundary; `true` once a byte was passed.
    Preamble(bool),
    /// Behind a boundary: `--`, or blanks and CRLF.
    Boundary,
    /// In a field section, of which so many bytes hold no end.
    Fields(u32),
    /// In content; `true` where a boundary may stand without CRLF: at its very start.
    Content(bool),
    /// Behind the last boundary: so many blanks, [`CR`] or [`CRLF`] of its line were passed.
    Epilogue(u8),
    Failed(MultipartError),
}

/// Reads one form. 120 bytes or so; no heap.
#[derive(Clone)]
pub struct Multipart {
    /// CRLF, two hyphens and the boundary.
    delimiter: heapless::Vec<u8, { LONGEST + 4 }>,
    limits: MultipartLimits,
    state: State,
    /// Bytes consumed.
    at: u64,
    parts: u32,
    outside: u32,
}

crate::debug::debug_fields!(Multipart, "Multipart", delimiter, limits, state, at, parts, outside);

impl Multipart {
    /// A reader for a boundary.
    ///
    /// # Errors
    /// If it is none (RFC 2046 §5.1.1).
    pub fn new(boundary: &[u8], limits: MultipartLimits) -> Result<Self, Invalid> {
        let is_allowed = |b: &u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(b);
        let wrong = |at| Invalid::new(InvalidKind::Boundary, at);
        if let Some(at) = boundary.iter().position(|b| !is_allowed(b)) {
            return Err(wrong(at));
        }
        if boundary.is_empty() || boundary.len() > LONGEST || boundary.ends_with(b" ") {
            return Err(wrong(boundary.len()));
        }
        let mut delimiter = heapless::Vec::new();
        for &byte in b"\r\n--".iter().chain(boundary) {
            // Always fits: it was measured.
            let _ = delimiter.push(byte);
        }
        let state = State::Preamble(false);
        Ok(Self { delimiter, limits, state, at: 0, parts: 0, outside: 0 })
    }

    /// A reader for a Content-Type's value.
    ///
    /// # Errors
    /// If it is no media type, not multipart (of any subtype), or has not exactly one boundary.
    pub fn of_type(content_type: &[u8], limits: MultipartLimits) -> Result<Self, Invalid> {
        let media_type = MediaType::parse(content_type)?;
        if !media_type.kind().eq_ignore_ascii_case(b"multipart") {
            return Err(Invalid::new(InvalidKind::MediaType, 0));
        }
        let no_boundary = Invalid::new(InvalidKind::Boundary, content_type.len());
        let value = media_type.parameter("boundary")?.ok_or(no_boundary)?;
        let mut text = [0; LONGEST];
        Self::new(value.bytes().write_to(&mut text).ok_or(no_boundary)?, limits)
    }

    /// Reads the next event from the bytes that were not consumed yet.
    ///
    /// # Errors
    /// At the first offence, and from then on always the same.
    pub fn receive(&mut self, input: &[u8]) -> Result<MultipartStep, MultipartError> {
        if let State::Failed(error) = self.state {
            return Err(error);
        }
        let result = self.step(input);
        match result {
            Ok(step) => self.at = self.at.wrapping_add(step.consumed as u64),
            Err(error) => self.state = State::Failed(error),
        }
        result
    }

    /// No more bytes come.
    ///
    /// # Errors
    /// If the last boundary was not read: [`Incomplete`](Kind::Incomplete).
    pub fn end(&mut self) -> Result<(), MultipartError> {
        match self.state {
            State::Epilogue(_) => Ok(()),
            State::Failed(error) => Err(error),
            _ => {
                let error = self.offence(Kind::Incomplete, 0);
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }

    /// Whether the last boundary was read.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Epilogue(_))
    }

    const fn offence(&self, kind: Kind, at: usize) -> MultipartError {
        MultipartError::new(kind, self.at.saturating_add(at as u64))
    }

    /// Moves on over bytes that tell nothing, up to an event.
    fn step(&mut self, input: &[u8]) -> Result<MultipartStep, MultipartError> {
        let mut consumed = 0usize;
        loop {
            let rest = input.get(consumed..).unwrap_or_default();
            let moved = match self.state {
                State::Preamble(is_inside) => self.preamble(rest, consumed, is_inside)?,
                State::Boundary => self.boundary(rest, consumed)?,
                State::Fields(scanned) => self.fields(rest, consumed, scanned)?,
                State::Content(is_start) => self.content(rest, consumed, is_start),
                State::Epilogue(line) => self.epilogue(rest, consumed, line)?,
                State::Failed(error) => return Err(error),
            };
            consumed = consumed.saturating_add(moved.consumed);
            if let Some(event) = moved.event {
                return Ok(MultipartStep { consumed, event });
            }
        }
    }

    /// The first boundary, with or without CRLF before it.
    fn preamble(
        &mut self,
        rest: &[u8],
        base: usize,
        is_inside: bool,
    ) -> Result<Moved, MultipartError> {
        let dash_boundary = self.delimiter.get(2..).unwrap_or_default();
        if !is_inside && rest.starts_with(dash_boundary) {
            self.state = State::Boundary;
            return Ok(Moved::by(dash_boundary.len()));
        }
        if !is_inside && dash_boundary.starts_with(rest) {
            return Ok(Moved::need_input());
        }
        let (passed, is_found) = self.find(rest);
        self.count_outside(passed, Kind::Preamble, base)?;
        self.state = match (is_found, passed) {
            (true, _) => State::Boundary,
            (false, 0) => State::Preamble(is_inside),
            (false, _) => State::Preamble(true),
        };
        let len = if is_found { self.delimiter.len() } else { 0 };
        let event = (!is_found).then_some(MultipartEvent::NeedInput);
        Ok(Moved { consumed: passed.saturating_add(len), event })
    }

    /// `count` bytes stand outside, from `base` on.
    fn count_outside(
        &mut self,
        count: usize,
        kind: Kind,
        base: usize,
    ) -> Result<(), MultipartError> {
        let room = self.limits.outside.saturating_sub(self.outside);
        match u32::try_from(count) {
            Ok(count) if count <= room => {
                self.outside = self.outside.saturating_add(count);
                Ok(())
            }
            _ => Err(self.offence(kind, base.saturating_add(room as usize))),
        }
    }

    /// What follows a boundary: RFC 2046 §5.1.1, `transport-padding CRLF`, or `--`.
    fn boundary(&mut self, rest: &[u8], base: usize) -> Result<Moved, MultipartError> {
        if rest.starts_with(b"--") {
            self.state = State::Epilogue(0);
            return Ok(Moved::by(2));
        }
        let room = usize::from(PADDING).saturating_add(1);
        let blanks = rest.iter().take(room).take_while(|&&b| is_blank(b)).count();
        match rest.get(blanks..).unwrap_or_default() {
            _ if blanks == room => {
                return Err(self.offence(Kind::Boundary, base.saturating_add(blanks)));
            }
            [b'\r', b'\n', ..] => {}
            [] | [b'\r'] => return Ok(Moved::need_input()),
            [b'-'] if blanks == 0 => return Ok(Moved::need_input()),
            _ => return Err(self.offence(Kind::Boundary, base.saturating_add(blanks))),
        }
        if self.parts >= self.limits.parts {
            return Err(self.offence(Kind::TooManyParts, base));
        }
        self.parts = self.parts.wrapping_add(1);
        self.state = State::Fields(0);
        Ok(Moved::by(blanks.saturating_add(2)))
    }

    /// A field section with its empty line.
    fn fields(&mut self, rest: &[u8], base: usize, scanned: u32) -> Result<Moved, MultipartError> {
        let len = if rest.starts_with(b"\r\n") {
            Some(2)
        } else {
            // The end may begin in what was looked at.
            let from = (scanned as usize).saturating_sub(3).min(rest.len());
            let end = find_text(rest.get(from..).unwrap_or_default(), b"\r\n\r\n");
            end.map(|end| from.saturating_add(end).saturating_add(4))
        };
        let limit = self.limits.field_bytes as usize;
        match len {
            Some(len) if len <= limit => self.part(rest, base, len),
            None if rest.len() < limit => {
                self.state = State::Fields(u32::try_from(rest.len()).unwrap_or(u32::MAX));
                Ok(Moved::need_input())
            }
            _ => Err(self.offence(Kind::FieldsTooLarge, base)),
        }
    }

    fn part(&mut self, rest: &[u8], base: usize, len: usize) -> Result<Moved, MultipartError> {
        let section = rest.get(..len).unwrap_or_default();
        // The empty line's is one more.
        let lines = memchr::memchr_iter(b'\n', section).count().saturating_sub(1);
        if lines > usize::from(self.limits.fields) {
            return Err(self.offence(Kind::TooManyFields, base));
        }
        if !part::is_section(section) {
            return Err(self.offence(Kind::FieldLine, base));
        }
        self.state = State::Content(true);
        let span = Span::new(base, base.saturating_add(len));
        Ok(Moved { consumed: len, event: Some(MultipartEvent::Part(PartSpan(span))) })
    }

    fn content(&mut self, rest: &[u8], base: usize, is_start: bool) -> Moved {
        let dash_boundary = self.delimiter.get(2..).unwrap_or_default();
        if is_start && rest.starts_with(dash_boundary) {
            // A part without content, not even an empty one.
            return self.part_end(dash_boundary.len());
        }
        if is_start && dash_boundary.starts_with(rest) {
            return Moved::need_input();
        }
        match self.find(rest) {
            (0, true) => self.part_end(self.delimiter.len()),
            (0, false) => Moved::need_input(),
            (len, _) => {
                self.state = State::Content(false);
                let span = Span::new(base, base.saturating_add(len));
                Moved { consumed: len, event: Some(MultipartEvent::Content(span)) }
            }
        }
    }

    fn part_end(&mut self, len: usize) -> Moved {
        self.state = State::Boundary;
        Moved { consumed: len, event: Some(MultipartEvent::PartEnd) }
    }

    /// Behind the last boundary, whose line may have blanks and a CRLF.
    fn epilogue(&mut self, rest: &[u8], base: usize, line: u8) -> Result<Moved, MultipartError> {
        let mut line = line;
        let mut free = 0usize;
        for byte in rest {
            line = match (byte, line) {
                (b' ' | b'\t', 0..PADDING) => line.wrapping_add(1),
                (b'\r', 0..=PADDING) => CR,
                (b'\n', CR) => CRLF,
                _ => break,
            };
            free = free.wrapping_add(1);
        }
        let beyond = rest.len().saturating_sub(free);
        self.count_outside(beyond, Kind::Epilogue, base.saturating_add(free))?;
        // What is beyond the line is not of the line, whatever it is.
        self.state = State::Epilogue(if beyond > 0 { CRLF } else { line });
        Ok(Moved { consumed: rest.len(), event: Some(MultipartEvent::NeedInput) })
    }

    /// How many bytes come before the delimiter, and whether it is there; without it, how many
    /// bytes cannot belong to one.
    fn find(&self, rest: &[u8]) -> (usize, bool) {
        if let Some(at) = find_text(rest, &self.delimiter) {
            return (at, true);
        }
        let from = rest.len().saturating_sub(self.delimiter.len().saturating_sub(1));
        let tail = rest.get(from..).unwrap_or_default();
        let begun = memchr::memchr_iter(b'\r', tail)
            .find(|&at| self.delimiter.starts_with(tail.get(at..).unwrap_or_default()));
        (from.saturating_add(begun.unwrap_or(tail.len())), false)
    }
}

/// Where `wanted` begins in `text`. Each CR of the text is compared with it, and in a near miss at most
/// one more CR lies: the work is linear. (`memchr::memmem` links panics.)
fn find_text(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut starts = memchr::memchr_iter(b'\r', text);
    starts.find(|&at| text.get(at..).is_some_and(|rest| rest.starts_with(wanted)))
}

/// Bytes passed, and perhaps an event.
struct Moved {
    consumed: usize,
    event: Option<MultipartEvent>,
}

impl Moved {
    const fn by(consumed: usize) -> Self {
        Self { consumed, event: None }
    }

    const fn need_input() -> Self {
        Self { consumed: 0, event: Some(MultipartEvent::NeedInput) }
    }
}

#[cfg(test)]
mod tests;
