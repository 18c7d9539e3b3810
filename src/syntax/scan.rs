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

use super::token::{Class, is_blank};
use crate::error::PeerErrorKind as Kind;

/// Which section is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// A start-line, and the fields behind it.
    Head,
    Trailers,
}

/// How much of a section may come.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) start_line: u32,
    pub(crate) section: u32,
    pub(crate) fields: u16,
}

/// Where in the section the next byte stands. What follows [`FieldStart`](Self::FieldStart) is
/// no start-line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Phase {
    Start,
    Method,
    TargetStart,
    Target,
    // A version or a status after so many of its bytes.
    Version0,
    Version1,
    Version2,
    Version3,
    Version4,
    Version5,
    Version6,
    Version7,
    VersionEnd,
    Status0,
    Status1,
    Status2,
    StatusEnd,
    Reason,
    StartLineEnd,
    FieldStart,
    Name,
    Value,
    ValueEnd,
    SectionEnd,
}

/// What may come in a phase: a byte of a class, or one byte that ends the element.
struct Row {
    class: Class,
    next: Phase,
    end: u8,
    then: Phase,
    /// A line end that stands where it may not.
    line_end: Kind,
    /// Any other byte.
    other: Kind,
}

// Unreachable: the compiler evaluates it.
const fn row(class: Class, next: Phase, end: u8, then: Phase, errors: [Kind; 2]) -> Row {
    let [line_end, other] = errors;
    Row { class, next, end, then, line_end, other }
}

/// A byte of the class, and none that ends it: `0` is in every class.
// Unreachable: the compiler evaluates it.
const fn any(class: Class, next: Phase, errors: [Kind; 2]) -> Row {
    row(class, next, b'0', next, errors)
}

/// One byte and no other.
// Unreachable: the compiler evaluates it.
const fn only(byte: u8, then: Phase, error: Kind) -> Row {
    row(Class::NONE, then, byte, then, [error, error])
}

/// In the order of [`Phase`]. What of it is not regular is said in [`Scan::next`].
static ROWS: [Row; 24] = {
    use Class as C;
    use Kind::*;
    use Phase::*;
    [
        any(C::TCHAR, Method, [BareLf, InvalidMethod]),
        row(C::TCHAR, Method, b' ', TargetStart, [MissingVersion, InvalidMethod]),
        any(C::TARGET, Target, [MissingVersion, InvalidTarget]),
        row(C::TARGET, Target, b' ', Version0, [MissingVersion, InvalidTarget]),
        // RFC 9112 §2.3: `"HTTP/" DIGIT "." DIGIT`, case-sensitive.
        only(b'H', Version1, InvalidVersion),
        only(b'T', Version2, InvalidVersion),
        only(b'T', Version3, InvalidVersion),
        only(b'P', Version4, InvalidVersion),
        only(b'/', Version5, InvalidVersion),
        only(b'1', Version6, InvalidVersion),
        only(b'.', Version7, InvalidVersion),
        any(C::DIGIT, VersionEnd, [InvalidVersion, InvalidVersion]),
        row(C::NONE, VersionEnd, b'\r', StartLineEnd, [BareLf, InvalidVersion]),
        // RFC 9112 §4: three digits.
        any(C::DIGIT, Status1, [InvalidStatus, InvalidStatus]),
        any(C::DIGIT, Status2, [InvalidStatus, InvalidStatus]),
        any(C::DIGIT, StatusEnd, [InvalidStatus, InvalidStatus]),
        row(C::NONE, StatusEnd, b'\r', StartLineEnd, [BareLf, InvalidStatus]),
        row(C::VALUE, Reason, b'\r', StartLineEnd, [BareLf, InvalidReason]),
        only(b'\n', FieldStart, BareCr),
        row(C::TCHAR, Name, b'\r', SectionEnd, [BareLf, InvalidFieldName]),
        row(C::TCHAR, Name, b':', Value, [MissingColon, InvalidFieldName]),
        row(C::VALUE, Value, b'\r', ValueEnd, [BareLf, InvalidFieldValue]),
        only(b'\n', FieldStart, BareCr),
        only(b'\n', SectionEnd, BareCr),
    ]
};

/// How far a section was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan {
    position: u32,
    fields: u16,
    phase: Phase,
    #[cfg(not(any(target_os = "none", blazeio_small)))]
    plain: Plain,
}

/// Bytes that change nothing but the position: those inside an element, below all limits. Only a
/// faster way.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[derive(Clone, Copy, Debug)]
struct Plain {
    class: Class,
    end: u32,
}

/// What was wrong, and at which byte of the section.
pub(crate) type Offence = (Kind, usize);

impl Scan {
    pub(crate) const START: Self = Self {
        position: 0,
        fields: 0,
        phase: Phase::Start,
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        plain: Plain { class: Class::NONE, end: 0 },
    };

    /// Takes the one byte that `input` grew by, if it is plain. The usual case when a head
    /// drips in, at a fraction of the cost of [`advance`](Self::advance).
    #[cfg(not(any(target_os = "none", blazeio_small)))]
    #[inline(always)]
    pub(crate) fn takes_drip(&mut self, input: &[u8]) -> bool {
        let [before @ .., byte] = input else { return false };
        let drips = before.len() == self.position as usize && self.is_plain(*byte);
        if drips {
            self.position = self.position.wrapping_add(1);
        }
        drips
    }

    #[cfg(test)]
    // Unreachable: asked by the walk of all states, which is not run for coverage.
    pub(crate) fn may_take_drips(&self) -> bool {
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        return self.plain.end > 0;
        #[cfg(any(target_os = "none", blazeio_small))]
        return false;
    }

    /// From here on [`advance`](Self::advance) sees every byte.
    pub(crate) fn take_no_drip(&mut self) {
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        {
            self.plain.end = 0;
        }
    }

    #[cfg(not(any(target_os = "none", blazeio_small)))]
    #[inline(always)]
    fn is_plain(&self, byte: u8) -> bool {
        self.position < self.plain.end && self.plain.class.has(byte)
    }

    /// Which bytes are plain now.
    #[cfg(not(any(target_os = "none", blazeio_small)))]
    #[inline]
    fn note_plain(&mut self, bounds: &Bounds) {
        let (class, end) = match self.phase {
            Phase::Value => (Class::VALUE, bounds.section),
            Phase::Name => (Class::TCHAR, bounds.section),
            Phase::Target => (Class::TARGET, bounds.section.min(bounds.start_line)),
            _ => (Class::NONE, 0),
        };
        self.plain = Plain { class, end };
    }

    /// Nothing was read yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.position == 0
    }

    /// Whether a head may be parsed before it is scanned, which is quicker where it came whole:
    /// nothing of it was read yet, and the parser checks for itself what it is given.
    #[inline(always)]
    pub(crate) fn may_come_second(&self) -> bool {
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        return self.is_fresh();
        #[cfg(any(target_os = "none", blazeio_small))]
        return false;
    }

    /// Bytes read.
    pub(crate) fn position(&self) -> usize {
        self.position as usize
    }

    /// The start-line is not over.
    pub(crate) fn is_in_start_line(&self) -> bool {
        self.phase < Phase::FieldStart
    }

    /// Reads on in `input`, which holds the section from its first byte. Returns the
    /// section's length once complete. Folds of a response become SP in place.
    pub(crate) fn advance<const RESPONSE: bool>(
        &mut self,
        section: Section,
        bounds: &Bounds,
        input: &mut [u8],
    ) -> Result<Option<usize>, Offence> {
        if self.phase == Phase::Start {
            self.phase = match section {
                Section::Trailers => Phase::FieldStart,
                Section::Head if RESPONSE => Phase::Version0,
                Section::Head => Phase::Start,
            };
        }
        while let Some(&byte) = input.get(self.position()) {
            #[cfg(not(any(target_os = "none", blazeio_small)))]
            if self.is_plain(byte) {
                self.position = self.position.wrapping_add(1);
                continue;
            }
            let at = self.position();
            self.check_bounds(section, bounds, byte).map_err(|kind| (kind, at))?;
            if self.phase == Phase::FieldStart && is_blank(byte) {
                self.unfold::<RESPONSE>(input).map_err(|kind| (kind, at))?;
            }
            self.phase = self.next::<RESPONSE>(byte).map_err(|kind| (kind, at))?;
            self.position = self.position.wrapping_add(1);
            #[cfg(not(any(target_os = "none", blazeio_small)))]
            self.note_plain(bounds);
            if self.phase == Phase::SectionEnd && byte == b'\n' {
                return Ok(Some(self.position()));
            }
        }
        Ok(None)
    }

    fn check_bounds(&self, section: Section, bounds: &Bounds, byte: u8) -> Result<(), Kind> {
        if self.position >= bounds.section {
            return Err(if section == Section::Trailers {
                Kind::TrailersTooLarge
            } else {
                Kind::HeadTooLarge
            });
        }
        if self.position >= bounds.start_line
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
            return Err(if section == Section::Trailers {
                Kind::TooManyTrailers
            } else {
                Kind::TooManyFields
            });
        }
        Ok(())
    }

    /// RFC 9112 §5.2: in a response a fold reads as SP; in a request it is refused.
    fn unfold<const RESPONSE: bool>(&mut self, input: &mut [u8]) -> Result<(), Kind> {
        // RFC 9112 §2.2: whitespace before the first field line belongs to no field.
        if self.fields == 0 {
            return Err(Kind::WhitespaceBeforeField);
        }
        if !RESPONSE {
            return Err(Kind::FoldedLine);
        }
        let at = self.position();
        // Unreachable: a byte at `at` is what brought the scan here.
        if let Some(crlf) = input.get_mut(at.wrapping_sub(2)..at) {
            crlf.fill(b' ');
        }
        self.phase = Phase::Value;
        Ok(())
    }

    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    fn next<const RESPONSE: bool>(&mut self, byte: u8) -> Result<Phase, Kind> {
        match (self.phase, byte) {
            (Phase::Version5, b'2'..=b'9') => return Err(Kind::UnsupportedVersion),
            (Phase::Name, b) if is_blank(b) => return Err(Kind::SpaceBeforeColon),
            // Or else it is the section's end, and the count of no use any more.
            (Phase::FieldStart, _) => self.fields = self.fields.saturating_add(1),
            (Phase::VersionEnd, b' ') if RESPONSE => return Ok(Phase::Status0),
            (Phase::VersionEnd, b'\r' | b'\n') if RESPONSE => return Err(Kind::InvalidStatus),
            // RFC 9112 §4: below 100 there is no class.
            // Unreachable: only a response has a status.
            (Phase::Status0, b'0') if RESPONSE => return Err(Kind::InvalidStatus),
            // Unreachable: as above.
            (Phase::StatusEnd, b' ') if RESPONSE => return Ok(Phase::Reason),
            _ => {}
        }
        // Unreachable: each phase has its row.
        let Some(row) = ROWS.get(self.phase as usize) else { return Err(Kind::InvalidFieldName) };
        match byte {
            b if row.class.has(b) => Ok(row.next),
            b if b == row.end => Ok(row.then),
            b'\r' | b'\n' => Err(row.line_end),
            _ => Err(row.other),
        }
    }
}

#[cfg(test)]
mod tests;
