//! The resumable reader of heads and trailer sections, byte by byte (RFC 9112 §2 to §5).
//!
//! Decides where a section ends when it did not arrive in one piece, and which byte is
//! the first offence when there is one; so errors are reported on sight, in byte order,
//! limits first. It keeps a position and a phase, so a head that drips in byte by byte
//! costs linear work. Reads the same grammar as [`line`](super::line) and
//! [`head`](super::head), which are only faster.
//!
//! ```text
//!  request:  Method ─SP→ Target ─SP→ Version(0..8) ─CR→ LineEnd ─┐
//!  response: Version(0..8) ─SP→ Status(0..3) ─SP→ Reason ─CR→ LineEnd ─┤
//!  trailers: ───────────────────────────────────────────────────┤
//!                                                               ▼
//!        ┌───────────────── LF ──── LineEnd ◄─CR─ Value ◄─':'─ Name
//!        ▼                                          ▲            ▲
//!    FieldStart ─── SP/HTAB (response: a fold) ─────┘            │
//!        │  └────── tchar ───────────────────────────────────────┘
//!        └─ CR → SectionEnd ─LF→ complete
//! ```

use super::token::{Class, is_blank, is_target_byte, is_tchar, is_value_byte};
use crate::error::PeerErrorKind as Kind;

/// Which section is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Request,
    Response,
    RequestTrailers,
    ResponseTrailers,
}

impl Section {
    fn is_response(self) -> bool {
        matches!(self, Self::Response | Self::ResponseTrailers)
    }

    fn is_trailers(self) -> bool {
        matches!(self, Self::RequestTrailers | Self::ResponseTrailers)
    }
}

/// How much of a section may come.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) start_line: u32,
    pub(crate) section: u32,
    pub(crate) fields: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Start,
    Method,
    TargetStart,
    Target,
    Version(u8),
    VersionEnd,
    Status(u8),
    StatusEnd,
    Reason,
    StartLineEnd,
    FieldStart,
    Name,
    Value,
    ValueEnd,
    SectionEnd,
}

/// How far a section was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan {
    position: u32,
    line_start: u32,
    fields: u16,
    phase: Phase,
    /// Bytes that change nothing but the position, as long as it is below `plain_end`.
    plain: Class,
    plain_end: u32,
}

/// What was wrong, and at which byte of the section.
pub(crate) type Offence = (Kind, usize);

impl Scan {
    pub(crate) const START: Self = Self {
        position: 0,
        line_start: 0,
        fields: 0,
        phase: Phase::Start,
        plain: Class::NONE,
        plain_end: 0,
    };

    /// Takes the one byte that `input` grew by, if it is plain. The usual case when a head
    /// drips in, at a fraction of the cost of [`advance`](Self::advance).
    #[inline(always)]
    pub(crate) fn takes_drip(&mut self, input: &[u8]) -> bool {
        let [before @ .., byte] = input else { return false };
        let drips = before.len() == self.position as usize
            && self.position < self.plain_end
            && self.plain.has(*byte);
        if drips {
            self.position = self.position.wrapping_add(1);
        }
        drips
    }

    /// From here on [`advance`](Self::advance) sees every byte.
    pub(crate) fn take_no_drip(&mut self) {
        self.plain_end = 0;
    }

    /// Nothing was read yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.position == 0
    }

    /// Bytes read.
    pub(crate) fn position(&self) -> usize {
        self.position as usize
    }

    /// The start-line is not over.
    pub(crate) fn is_in_start_line(&self) -> bool {
        !matches!(
            self.phase,
            Phase::FieldStart | Phase::Name | Phase::Value | Phase::ValueEnd | Phase::SectionEnd
        )
    }

    /// Reads on in `input`, which holds the section from its first byte. Returns the
    /// section's length once complete. Folds of a response become SP in place.
    pub(crate) fn advance(
        &mut self,
        section: Section,
        bounds: &Bounds,
        input: &mut [u8],
    ) -> Result<Option<usize>, Offence> {
        if self.phase == Phase::Start && section.is_trailers() {
            self.phase = Phase::FieldStart;
        }
        while let Some(&byte) = input.get(self.position()) {
            if self.position < self.plain_end && self.plain.has(byte) {
                self.position = self.position.wrapping_add(1);
                continue;
            }
            let at = self.position();
            self.check_bounds(section, bounds, byte).map_err(|kind| (kind, at))?;
            if self.phase == Phase::FieldStart && is_blank(byte) {
                self.unfold(section, input).map_err(|kind| (kind, at))?;
            }
            self.phase = self.next(section, byte).map_err(|kind| (kind, at))?;
            self.position = self.position.saturating_add(1);
            self.note_plain(bounds);
            match self.phase {
                Phase::FieldStart => self.line_start = self.position,
                Phase::SectionEnd if byte == b'\n' => return Ok(Some(self.position())),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Which bytes are plain now: those inside an element, below all limits.
    #[inline]
    fn note_plain(&mut self, bounds: &Bounds) {
        let line_end = self.line_start.saturating_add(bounds.start_line);
        (self.plain, self.plain_end) = match self.phase {
            Phase::Value => (Class::VALUE, bounds.section),
            Phase::Name => (Class::TCHAR, bounds.section),
            Phase::Target => (Class::TARGET, bounds.section.min(line_end)),
            _ => (Class::NONE, 0),
        };
    }

    fn check_bounds(&self, section: Section, bounds: &Bounds, byte: u8) -> Result<(), Kind> {
        if self.position >= bounds.section {
            return Err(if section.is_trailers() {
                Kind::TrailersTooLarge
            } else {
                Kind::HeadTooLarge
            });
        }
        if self.position.wrapping_sub(self.line_start) >= bounds.start_line
            && self.is_in_start_line()
            && self.phase != Phase::StartLineEnd
            && byte != b'\r'
        {
            return Err(Kind::StartLineTooLong);
        }
        if self.phase == Phase::FieldStart
            && self.fields >= bounds.fields
            && byte != b'\r'
            && byte != b'\n'
            && !is_blank(byte)
        {
            return Err(if section.is_trailers() {
                Kind::TooManyTrailers
            } else {
                Kind::TooManyFields
            });
        }
        Ok(())
    }

    /// RFC 9112 §5.2: in a response a fold reads as SP; in a request it is refused.
    fn unfold(&mut self, section: Section, input: &mut [u8]) -> Result<(), Kind> {
        // RFC 9112 §2.2: whitespace before the first field line belongs to no field.
        if self.fields == 0 {
            return Err(Kind::WhitespaceBeforeField);
        }
        if !section.is_response() {
            return Err(Kind::FoldedLine);
        }
        let at = self.position();
        // Unreachable: a byte at `at` is what brought the scan here.
        if let Some(crlf) = input.get_mut(at.saturating_sub(2)..at) {
            crlf.fill(b' ');
        }
        self.phase = Phase::Value;
        Ok(())
    }

    fn next(&mut self, section: Section, byte: u8) -> Result<Phase, Kind> {
        match self.phase {
            Phase::Start if section.is_response() => version(0, byte),
            Phase::Start => match byte {
                b'\n' => Err(Kind::BareLf),
                b if is_tchar(b) => Ok(Phase::Method),
                _ => Err(Kind::InvalidMethod),
            },
            Phase::Method => match byte {
                b' ' => Ok(Phase::TargetStart),
                b if is_tchar(b) => Ok(Phase::Method),
                b'\r' | b'\n' => Err(Kind::MissingVersion),
                _ => Err(Kind::InvalidMethod),
            },
            Phase::TargetStart => match byte {
                b if is_target_byte(b) => Ok(Phase::Target),
                b'\r' | b'\n' => Err(Kind::MissingVersion),
                _ => Err(Kind::InvalidTarget),
            },
            Phase::Target => match byte {
                b' ' => Ok(Phase::Version(0)),
                b if is_target_byte(b) => Ok(Phase::Target),
                b'\r' | b'\n' => Err(Kind::MissingVersion),
                _ => Err(Kind::InvalidTarget),
            },
            Phase::Version(index) => version(index, byte),
            Phase::VersionEnd => version_end(section, byte),
            Phase::Status(index) => status(index, byte),
            Phase::StatusEnd => match byte {
                b' ' => Ok(Phase::Reason),
                b'\r' => Ok(Phase::StartLineEnd),
                b'\n' => Err(Kind::BareLf),
                _ => Err(Kind::InvalidStatus),
            },
            Phase::Reason => match byte {
                b'\r' => Ok(Phase::StartLineEnd),
                b'\n' => Err(Kind::BareLf),
                b if is_value_byte(b) => Ok(Phase::Reason),
                _ => Err(Kind::InvalidReason),
            },
            Phase::StartLineEnd | Phase::ValueEnd => line_feed(byte, Phase::FieldStart),
            Phase::SectionEnd => line_feed(byte, Phase::SectionEnd),
            Phase::FieldStart => self.field_start(byte),
            Phase::Name => match byte {
                b':' => Ok(Phase::Value),
                b if is_tchar(b) => Ok(Phase::Name),
                b if is_blank(b) => Err(Kind::SpaceBeforeColon),
                b'\r' | b'\n' => Err(Kind::MissingColon),
                _ => Err(Kind::InvalidFieldName),
            },
            Phase::Value => match byte {
                b'\r' => Ok(Phase::ValueEnd),
                b'\n' => Err(Kind::BareLf),
                b if is_value_byte(b) => Ok(Phase::Value),
                _ => Err(Kind::InvalidFieldValue),
            },
        }
    }

    fn field_start(&mut self, byte: u8) -> Result<Phase, Kind> {
        match byte {
            b'\r' => Ok(Phase::SectionEnd),
            b'\n' => Err(Kind::BareLf),
            b if is_tchar(b) => {
                self.fields = self.fields.saturating_add(1);
                Ok(Phase::Name)
            }
            _ => Err(Kind::InvalidFieldName),
        }
    }
}

fn line_feed(byte: u8, next: Phase) -> Result<Phase, Kind> {
    if byte == b'\n' { Ok(next) } else { Err(Kind::BareCr) }
}

/// RFC 9112 §2.3: `"HTTP/" DIGIT "." DIGIT`, case-sensitive.
fn version(index: u8, byte: u8) -> Result<Phase, Kind> {
    let next = Phase::Version(index.wrapping_add(1));
    match index {
        5 => match byte {
            b'1' => Ok(next),
            b'2'..=b'9' => Err(Kind::UnsupportedVersion),
            _ => Err(Kind::InvalidVersion),
        },
        7 if byte.is_ascii_digit() => Ok(Phase::VersionEnd),
        0..=4 | 6 if b"HTTP/1.".get(usize::from(index)) == Some(&byte) => Ok(next),
        _ => Err(Kind::InvalidVersion),
    }
}

fn version_end(section: Section, byte: u8) -> Result<Phase, Kind> {
    match (section.is_response(), byte) {
        (false, b'\r') => Ok(Phase::StartLineEnd),
        (false, b'\n') => Err(Kind::BareLf),
        (true, b' ') => Ok(Phase::Status(0)),
        (true, b'\r' | b'\n') => Err(Kind::InvalidStatus),
        _ => Err(Kind::InvalidVersion),
    }
}

/// RFC 9112 §4: three digits; below 100 there is no class.
fn status(index: u8, byte: u8) -> Result<Phase, Kind> {
    match (index, byte) {
        (0, b'1'..=b'9') => Ok(Phase::Status(1)),
        (1, b'0'..=b'9') => Ok(Phase::Status(2)),
        (2, b'0'..=b'9') => Ok(Phase::StatusEnd),
        _ => Err(Kind::InvalidStatus),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    const WIDE: Bounds = Bounds { start_line: 8192, section: 32768, fields: 100 };

    fn whole(section: Section, bounds: &Bounds, text: &[u8]) -> Result<Option<usize>, Offence> {
        let mut scan = Scan::START;
        scan.advance(section, bounds, &mut text.to_vec())
    }

    fn bytewise(section: Section, bounds: &Bounds, text: &[u8]) -> Result<Option<usize>, Offence> {
        let mut scan = Scan::START;
        let mut buffer: Vec<u8> = Vec::new();
        for &b in text {
            buffer.push(b);
            if let Some(len) = scan.advance(section, bounds, &mut buffer)? {
                return Ok(Some(len));
            }
        }
        Ok(None)
    }

    /// What the drip does not take, `advance` does: so only this test tells.
    #[test]
    fn one_more_byte_inside_an_element_is_taken_at_once_and_nothing_else_is() {
        for (text, taken) in [
            (&b"GET /a"[..], true),
            (b"GET / HTTP/1.1\r\nHo", true),
            (b"GET / HTTP/1.1\r\nHost: a", true),
            (b"GET /", false),
            (b"GE", false),
            (b"GET / HT", false),
            (b"GET / HTTP/1.1\r\nHost: a\r", false),
            (b"GET / HTTP/1.1\r\nHost: a\x01", false),
        ] {
            let (before, _) = text.split_at(text.len() - 1);
            let mut scan = Scan::START;
            assert_eq!(scan.advance(Section::Request, &WIDE, &mut before.to_vec()), Ok(None));
            assert!(!scan.takes_drip(before) && !scan.takes_drip(b""), "{text:?}");
            assert!(!scan.takes_drip(&[text, b"b"].concat()), "{text:?}");
            assert_eq!(scan.position(), before.len());
            assert_eq!({ scan }.takes_drip(text), taken, "{text:?}");
            scan.take_no_drip();
            assert!(!scan.takes_drip(text));
        }
    }

    #[test]
    fn headf_no_byte_at_a_limit_is_taken_at_once() {
        for (text, start_line, section) in [("GET /ab", 6, 99), ("GET /ab", 99, 6)] {
            for (bounds, taken) in [
                (Bounds { start_line, section, fields: 9 }, false),
                (Bounds { start_line: start_line + 1, section: section + 1, fields: 9 }, true),
            ] {
                let mut scan = Scan::START;
                let mut before = text.as_bytes()[..6].to_vec();
                assert_eq!(scan.advance(Section::Request, &bounds, &mut before), Ok(None));
                assert_eq!(scan.takes_drip(text.as_bytes()), taken);
            }
        }
    }

    fn both(section: Section, bounds: &Bounds, text: &[u8]) -> Result<Option<usize>, Offence> {
        let result = whole(section, bounds, text);
        assert_eq!(result, bytewise(section, bounds, text), "{text:?}");
        result
    }

    #[test]
    fn seg_each_offence_is_named_at_its_byte_however_cut() {
        use Kind::*;
        for (text, kind, at) in [
            (&b"GET / HTTP/1.1\nHost: a\r\n"[..], BareLf, 14),
            (b"GET / HTTP/1.1\r\nA: b\n", BareLf, 20),
            (b"GET / HTTP/1.1\rA", BareCr, 15),
            (b"GET / HTTP/1.1\r\nA: b\rc", BareCr, 21),
            (b"GET / HTTP/1.1\r\n\rx", BareCr, 17),
            (b"GET / HTTP/1.1\r\n\n", BareLf, 16),
            (b"GET /\r\n", MissingVersion, 5),
            (b"GET\r\n", MissingVersion, 3),
            (b" GET", InvalidMethod, 0),
            (b"\n", BareLf, 0),
            (b"\x16\x03\x01", InvalidMethod, 0),
            (b"GET  /", InvalidTarget, 4),
            (b"GET /#", InvalidTarget, 5),
            (b"GET /\x80", InvalidTarget, 5),
            (b"GET / HTTP/2.0", UnsupportedVersion, 11),
            (b"GET / HTTP/0.9", InvalidVersion, 11),
            (b"GET / HTTP/1.10", InvalidVersion, 14),
            (b"GET / http/1.1", InvalidVersion, 6),
            (b"GET / HTTP/1.1\r\n A: b", WhitespaceBeforeField, 16),
            (b"GET / HTTP/1.1\r\nA: b\r\n c", FoldedLine, 22),
            (b"GET / HTTP/1.1\r\nA : b", SpaceBeforeColon, 17),
            (b"GET / HTTP/1.1\r\nA\r\n", MissingColon, 17),
            (b"GET / HTTP/1.1\r\n: b", InvalidFieldName, 16),
            (b"GET / HTTP/1.1\r\nA\xa0: b", InvalidFieldName, 17),
            (b"GET / HTTP/1.1\r\nA: \0", InvalidFieldValue, 19),
        ] {
            assert_eq!(both(Section::Request, &WIDE, text), Err((kind, at)), "{text:?}");
        }
        for (text, kind, at) in [
            (&b"HTTP/1.1 099"[..], InvalidStatus, 9),
            (b"HTTP/1.1 20x", InvalidStatus, 11),
            (b"HTTP/1.1 2000", InvalidStatus, 12),
            (b"HTTP/1.1\r\n", InvalidStatus, 8),
            (b"HTTP/1.1 200 \x7f", InvalidReason, 13),
            (b"HTTP/1.1 200\n", BareLf, 12),
            (b"ICY 200", InvalidVersion, 0),
            (b"HTTP/1.1 200\r\n a: b", WhitespaceBeforeField, 14),
        ] {
            assert_eq!(both(Section::Response, &WIDE, text), Err((kind, at)), "{text:?}");
        }
    }

    #[test]
    fn wsp_a_fold_in_a_response_becomes_sp_in_place() {
        let mut text = *b"HTTP/1.1 200 OK\r\nA: b\r\n\t c\r\n  d\r\n\r\n";
        let len = text.len();
        let mut scan = Scan::START;
        assert_eq!(scan.advance(Section::Response, &WIDE, &mut text), Ok(Some(len)));
        assert_eq!(&text, b"HTTP/1.1 200 OK\r\nA: b  \t c    d\r\n\r\n");
    }

    #[test]
    fn headf_limits_hold_to_the_byte() {
        let head = b"GET /abc HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n";
        let exact = Bounds { start_line: 17, section: head.len() as u32, fields: 2 };
        assert_eq!(both(Section::Request, &exact, head), Ok(Some(head.len())));
        let line = Bounds { start_line: 16, ..exact };
        assert_eq!(both(Section::Request, &line, head), Err((Kind::StartLineTooLong, 16)));
        let fields = Bounds { fields: 1, ..exact };
        assert_eq!(both(Section::Request, &fields, head), Err((Kind::TooManyFields, 25)));
        let size = Bounds { section: exact.section - 1, ..exact };
        assert_eq!(both(Section::Request, &size, head), Err((Kind::HeadTooLarge, head.len() - 1)));
    }

    #[test]
    fn a_trailer_section_has_no_start_line() {
        assert_eq!(both(Section::RequestTrailers, &WIDE, b"\r\nX"), Ok(Some(2)));
        assert_eq!(both(Section::RequestTrailers, &WIDE, b"A: b\r\n\r\n"), Ok(Some(8)));
        let none = Bounds { fields: 0, ..WIDE };
        assert_eq!(
            both(Section::RequestTrailers, &none, b"A: b\r\n\r\n"),
            Err((Kind::TooManyTrailers, 0))
        );
    }
}
