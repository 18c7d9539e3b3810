//! The chunked transfer coding, decoded (RFC 9112 §7.1).
//!
//! Decides where chunks begin and end. Refuses a size that is not 1 to 16 HEXDIG, a line
//! that does not end in CRLF, an extension off the grammar, data not followed by CRLF, and
//! framing out of proportion to its content (CHSZ, TERM, EXTQ, SPILL, CHUNKF). Extensions are
//! validated and dropped. The trailer section is left to the caller, since it is read like
//! the fields of a head.
//!
//! ```text
//!  Size ─HEXDIG→ Size ─CR→ SizeLf ─LF→ Data(n) ─n bytes→ DataCr ─CR→ DataLf ─LF→ Size
//!    │                       ▲            │ n = 0
//!    └─ ; or blank → Ext… ─CR┘            └────► Trailers
//! ```

use crate::error::PeerErrorKind as Kind;
use crate::limits::Limits;
use crate::syntax::number::hex_digit;
use crate::syntax::token::{Class, is_blank};

/// Where in the coding the decoder is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Before a chunk size's first digit.
    SizeStart,
    /// After one.
    Size,
    /// A blank came: only `;` may follow (`BWS ";"`).
    BeforeExtension,
    /// After `;`.
    BeforeName,
    Name,
    /// A blank after a name: `=` or `;` may follow.
    AfterName,
    /// After `=`.
    BeforeValue,
    Value,
    Quoted,
    QuotedPair,
    /// After a quoted value.
    AfterQuoted,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
}

/// What [`Decoder::decode`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decoded {
    /// Content, from this many bytes into the input to that many.
    Data(usize, usize),
    /// All input was framing; more is needed.
    NeedInput,
    /// The last chunk ended after this many bytes: the trailer section follows.
    Trailers(usize),
}

/// A decoder of one message's content.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Decoder {
    /// Bytes left of the chunk; while in its size line, the size so far.
    left: u64,
    /// Content bytes of all chunks begun.
    content: u64,
    /// Bytes of extensions.
    extensions: u32,
    /// Bytes of framing of all chunks begun.
    framing: u64,
    /// Bytes of the current chunk line.
    line: u16,
    phase: Phase,
}

impl Decoder {
    pub(crate) const fn new() -> Self {
        Self { left: 0, content: 0, extensions: 0, framing: 0, line: 0, phase: Phase::SizeStart }
    }

    /// Reads on. The error's offset counts from the first byte of `input`.
    #[inline]
    pub(crate) fn decode(
        &mut self,
        input: &[u8],
        limits: &Limits,
        content_limit: u64,
    ) -> Result<Decoded, (Kind, usize)> {
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        let mut at = self.skip_plain_line(input, limits, content_limit);
        // The slow way knows plain lines, too.
        #[cfg(any(target_os = "none", blazeio_small))]
        let mut at = 0usize;
        while let Some(&byte) = input.get(at) {
            if self.phase == Phase::Data {
                return Ok(self.take_data(input.len(), at));
            }
            self.step(byte, limits, content_limit).map_err(|kind| (kind, at))?;
            at = at.wrapping_add(1);
            if self.phase == Phase::Trailers {
                return Ok(Decoded::Trailers(at));
            }
        }
        Ok(Decoded::NeedInput)
    }

    /// The common case at full speed: the CRLF after data, if due, and a size line of up to
    /// eight digits without extension, whole in `input`, and inside all limits. Takes
    /// nothing if anything else is there; [`step`](Self::step) then says what.
    #[cfg(any(test, not(any(target_os = "none", blazeio_small))))]
    #[inline]
    fn skip_plain_line(&mut self, input: &[u8], limits: &Limits, content_limit: u64) -> usize {
        let (rest, mut at) = match (self.phase, input) {
            (Phase::DataCr, [b'\r', b'\n', rest @ ..]) => (rest, 2usize),
            (Phase::SizeStart, rest) => (rest, 0),
            _ => return 0,
        };
        let mut size = 0u64;
        let mut digits = 0u8;
        let mut rest = rest;
        while let [byte, tail @ ..] = rest {
            match hex_digit(*byte) {
                Some(digit) => size = (size << 4) | u64::from(digit),
                None => break,
            }
            digits = digits.wrapping_add(1);
            rest = tail;
            if digits > 8 {
                return 0;
            }
        }
        if digits == 0 || size == 0 || !rest.starts_with(b"\r\n") {
            return 0;
        }
        at = at.wrapping_add(usize::from(digits)).wrapping_add(2);
        let total = self.content.saturating_add(size);
        if u16::from(digits) > limits.chunk_line || total > content_limit {
            return 0;
        }
        // CHUNKF: at most 12 bytes of framing around at least one of content, and 16 may be:
        // so it cannot become too much here.
        let framing = self.framing.wrapping_add(at as u64);
        (self.left, self.content, self.framing, self.phase) = (size, total, framing, Phase::Data);
        at
    }

    #[inline]
    fn take_data(&mut self, len: usize, at: usize) -> Decoded {
        let there = len.wrapping_sub(at) as u64;
        let taken = self.left.min(there);
        self.left = self.left.wrapping_sub(taken);
        if self.left == 0 {
            self.phase = Phase::DataCr;
        }
        Decoded::Data(at, at.wrapping_add(taken as usize))
    }

    /// One framing byte.
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    fn step(&mut self, byte: u8, limits: &Limits, content_limit: u64) -> Result<(), Kind> {
        let next = match (self.phase, byte) {
            // Unreachable: `decode` gives neither a byte of data nor one of the trailers.
            (Phase::Data | Phase::Trailers, _) => return Ok(()),
            (Phase::DataCr, b'\r') => Phase::DataLf,
            (Phase::DataLf, b'\n') => Phase::SizeStart,
            // RFC 9112 §7.1: chunk-data CRLF, and nothing between.
            (Phase::DataCr | Phase::DataLf, _) => return Err(Kind::InvalidChunkEnd),
            (Phase::SizeLf, _) => return self.end_line(byte, limits, content_limit),
            (phase, b'\r') if may_end(phase) => Phase::SizeLf,
            (phase, byte) => {
                self.line = self.line.wrapping_add(1);
                if self.line > limits.chunk_line {
                    return Err(Kind::ChunkLineTooLong);
                }
                self.line_byte(phase, byte, limits)?
            }
        };
        // Judged when the line is complete and its chunk's content credited.
        self.framing = self.framing.wrapping_add(1);
        self.phase = next;
        Ok(())
    }

    /// The LF of a size line.
    fn end_line(&mut self, byte: u8, limits: &Limits, content_limit: u64) -> Result<(), Kind> {
        if byte != b'\n' {
            return Err(Kind::BareCr);
        }
        self.line = 0;
        if self.left == 0 {
            self.phase = Phase::Trailers;
            return Ok(());
        }
        self.content = self.content.saturating_add(self.left);
        if self.content > content_limit {
            return Err(Kind::ContentTooLarge);
        }
        self.framing = self.framing.wrapping_add(1);
        if is_too_much(self.framing, self.content, limits) {
            return Err(Kind::ChunkOverhead);
        }
        self.phase = Phase::Data;
        Ok(())
    }

    /// A byte of a size line before its CR.
    fn line_byte(&mut self, phase: Phase, byte: u8, limits: &Limits) -> Result<Phase, Kind> {
        if matches!(phase, Phase::SizeStart | Phase::Size) {
            if let Some(digit) = hex_digit(byte) {
                return self.size_digit(phase, digit);
            }
        }
        let next = extension_byte(phase, byte)?;
        self.extensions = self.extensions.wrapping_add(1);
        if self.extensions > limits.chunk_extensions {
            return Err(Kind::ChunkExtensionsTooLong);
        }
        Ok(next)
    }

    fn size_digit(&mut self, phase: Phase, digit: u8) -> Result<Phase, Kind> {
        // RFC 9112 §7.1: no digit may be lost; sixteen are all that a u64 holds. The line is
        // nothing but digits so far.
        if self.line > 16 {
            return Err(Kind::InvalidChunkSize);
        }
        let before = if phase == Phase::SizeStart { 0 } else { self.left << 4 };
        self.left = before | u64::from(digit);
        Ok(Phase::Size)
    }
}

/// CHUNKF: more than sixteen bytes of framing for each of content, and some.
#[inline]
fn is_too_much(framing: u64, content: u64, limits: &Limits) -> bool {
    let allowance = u64::from(limits.chunk_overhead).wrapping_add(1);
    framing.checked_sub(allowance).is_some_and(|beyond| beyond >> 4 >= content)
}

/// Whether the CR of a chunk line may come now.
fn may_end(phase: Phase) -> bool {
    matches!(phase, Phase::Size | Phase::Name | Phase::Value | Phase::AfterQuoted)
}

/// What may come in a phase of a chunk line: a byte of a class, or one of these;
/// [`Data`](Phase::Data), which is none of them, where it may not.
struct Row {
    class: Class,
    next: Phase,
    semicolon: Phase,
    blank: Phase,
    equals: Phase,
    quote: Phase,
}

/// RFC 9112 §7.1.1: `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`. In the
/// order of [`Phase`].
static ROWS: [Row; 11] = {
    use Phase::*;
    // Unreachable: the compiler evaluates it.
    const fn row(class: Class, next: Phase, [semicolon, blank, equals, quote]: [Phase; 4]) -> Row {
        Row { class, next, semicolon, blank, equals, quote }
    }
    [
        row(Class::NONE, Data, [Data, Data, Data, Data]),
        row(Class::NONE, Data, [BeforeName, BeforeExtension, Data, Data]),
        row(Class::NONE, Data, [BeforeName, BeforeExtension, Data, Data]),
        row(Class::TCHAR, Name, [Data, BeforeName, Data, Data]),
        row(Class::TCHAR, Name, [BeforeName, AfterName, BeforeValue, Data]),
        row(Class::NONE, Data, [BeforeName, AfterName, BeforeValue, Data]),
        row(Class::TCHAR, Value, [Data, BeforeValue, Data, Quoted]),
        row(Class::TCHAR, Value, [BeforeName, BeforeExtension, Data, Data]),
        row(Class::QDTEXT, Quoted, [Data, Data, Data, AfterQuoted]),
        row(Class::VALUE, Quoted, [Data, Data, Data, Data]),
        row(Class::NONE, Data, [BeforeName, BeforeExtension, Data, Data]),
    ]
};

fn extension_byte(phase: Phase, byte: u8) -> Result<Phase, Kind> {
    let is_size = matches!(phase, Phase::SizeStart | Phase::Size);
    // Unreachable: each phase of a line has its row.
    let Some(row) = ROWS.get(phase as usize) else { return Err(Kind::InvalidChunkExtension) };
    let next = match byte {
        // TERM: a bare LF ends no line, not even inside a quoted value.
        b'\n' if phase != Phase::SizeStart => return Err(Kind::BareLf),
        b if row.class.has(b) => row.next,
        b';' => row.semicolon,
        b'=' => row.equals,
        b'"' => row.quote,
        b'\\' if phase == Phase::Quoted => Phase::QuotedPair,
        b if is_blank(b) => row.blank,
        _ => Phase::Data,
    };
    match next {
        Phase::Data if is_size => Err(Kind::InvalidChunkSize),
        Phase::Data => Err(Kind::InvalidChunkExtension),
        next => Ok(next),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    static LIMITS: Limits = Limits::DEFAULT;

    type Outcome = Result<Option<(Vec<u8>, usize)>, (Kind, usize)>;

    /// Content and total length, decoding in pieces of the given lengths.
    fn decode_pieces(text: &[u8], limits: &Limits, mut cut: impl FnMut(usize) -> usize) -> Outcome {
        let mut decoder = Decoder::new();
        let mut content = Vec::new();
        let (mut at, mut end) = (0, 0);
        loop {
            match decoder.decode(&text[at..end], limits, u64::MAX) {
                Ok(Decoded::Data(from, to)) => {
                    content.extend_from_slice(&text[at + from..at + to]);
                    at += to;
                }
                Ok(Decoded::NeedInput) if end == text.len() => return Ok(None),
                Ok(Decoded::NeedInput) => (at, end) = (end, cut(end).min(text.len())),
                Ok(Decoded::Trailers(len)) => return Ok(Some((content, at + len))),
                Err((kind, offset)) => return Err((kind, at + offset)),
            }
        }
    }

    fn decode(text: &[u8], limits: &Limits) -> Outcome {
        let whole = decode_pieces(text, limits, |_| text.len());
        assert_eq!(whole, decode_pieces(text, limits, |end| end + 1), "{text:?} bytewise");
        for split in 0..=text.len() {
            let pieces =
                decode_pieces(text, limits, |end| if end < split { split } else { text.len() });
            assert_eq!(whole, pieces, "{text:?} split at {split}");
        }
        whole
    }

    #[test]
    fn chunks_decode_at_every_split() {
        for (text, content) in [
            (&b"0\r\n"[..], &b""[..]),
            (b"5\r\nhello\r\n0\r\n", b"hello"),
            (b"1\r\na\r\n000B\r\n0123456789x\r\n00\r\n", b"a0123456789x"),
            (b"1;a\r\nx\r\n0;b=c\r\n", b"x"),
            (b"1 ; a = b\t;c=\"d;\\\"\r\\\\\" ;e\r\nx\r\n0\r\n", b""),
            (b"1 ; a = b\t;c=\"d;\\\"\\\\\" ;e\r\nx\r\n0\r\n", b"x"),
        ] {
            match decode(text, &LIMITS) {
                Ok(Some((got, len))) => assert_eq!((&got[..], len), (content, text.len())),
                other => assert_eq!(other, Err((Kind::InvalidChunkExtension, 18)), "{text:?}"),
            }
        }
    }

    /// What the fast path does not take, the slow one does: so only this test tells.
    #[test]
    fn a_plain_size_line_is_taken_at_once_and_nothing_else_is() {
        let skip = |phase, text: &[u8], limits: &Limits, content_limit| {
            let mut decoder = Decoder { phase, ..Decoder::new() };
            let at = decoder.skip_plain_line(text, limits, content_limit);
            assert_eq!(decoder.phase, if at > 0 { Phase::Data } else { phase }, "{text:?}");
            assert_eq!(decoder.framing, at as u64, "{text:?}");
            (at, decoder.left)
        };
        let (size, after) = (Phase::SizeStart, Phase::DataCr);
        for (phase, text, taken) in [
            (size, &b"5\r\nhello"[..], (3, 5)),
            (size, b"1fF\r\n", (5, 0x1ff)),
            (size, b"89abcdef\r\n", (10, 0x89ab_cdef)),
            (after, b"\r\nA\r\n", (5, 10)),
            (size, b"0123456789\r\n", (0, 0)),
            (size, b"012345678\r\n", (0, 0)),
            (size, b"0\r\n", (0, 0)),
            (size, b"\r\n", (0, 0)),
            (size, b"5\r", (0, 0)),
            (size, b"5;a\r\n", (0, 0)),
            (after, b"5\r\n", (0, 0)),
            (Phase::Size, b"5\r\n", (0, 0)),
        ] {
            assert_eq!(skip(phase, text, &LIMITS, u64::MAX), taken, "{text:?}");
        }
        assert_eq!(skip(size, b"5\r\n", &LIMITS, 5), (3, 5));
        assert_eq!(skip(size, b"5\r\n", &LIMITS, 4), (0, 0));
        let line = |chunk_line| Limits { chunk_line, ..LIMITS };
        assert_eq!(skip(size, b"05\r\n", &line(2), 5), (4, 5));
        assert_eq!(skip(size, b"05\r\n", &line(1), 5), (0, 0));
    }

    #[test]
    fn chunkf_sixteen_bytes_of_framing_for_each_of_content_and_the_allowance() {
        let limits = Limits { chunk_overhead: 3, ..LIMITS };
        assert!(!is_too_much(35, 2, &limits) && is_too_much(36, 2, &limits));
    }

    #[test]
    fn chsz_a_size_is_1_to_16_hexdig() {
        for (text, at) in [
            (&b"\r\n"[..], 0),
            (b"\n", 0),
            (b"+5\r\n", 0),
            (b"-1\r\n", 0),
            (b" 5\r\n", 0),
            (b"0x5\r\n", 1),
            (b"0_2e\r\n", 1),
            (b"5g\r\n", 1),
            (b";a\r\n", 0),
            (b"00000000000000001\r\n", 16),
            (b"fffffffffffffffff\r\n", 16),
        ] {
            assert_eq!(decode(text, &LIMITS), Err((Kind::InvalidChunkSize, at)), "{text:?}");
        }
        assert_eq!(decode(b"ffffffffffffffff\r\nx", &LIMITS), Ok(None));
        assert_eq!(
            decode(b"0000000000000001\r\nx\r\n0\r\n", &LIMITS),
            Ok(Some((b"x".to_vec(), 24)))
        );
    }

    #[test]
    fn term_and_extq_only_crlf_ends_a_chunk_line() {
        for (text, kind, at) in [
            (&b"5;\n"[..], Kind::BareLf, 2),
            (b"5\n", Kind::BareLf, 1),
            (b"5\rX", Kind::BareCr, 2),
            (b"5;a\rX", Kind::BareCr, 4),
            (b"1;a=\"\r\n0\r\n\r\n\"", Kind::InvalidChunkExtension, 5),
            (b"1;a=\"\n", Kind::BareLf, 5),
            (b"1;a=\"\\\r", Kind::InvalidChunkExtension, 6),
            (b"5 \r\n", Kind::InvalidChunkExtension, 2),
            (b"5;\r\n", Kind::InvalidChunkExtension, 2),
            (b"5;a=\r\n", Kind::InvalidChunkExtension, 4),
            (b"5;a \r\n", Kind::InvalidChunkExtension, 4),
            (b"5 5\r\n", Kind::InvalidChunkExtension, 2),
            (b"5;a=b c\r\n", Kind::InvalidChunkExtension, 6),
            (b"5;a=\"b\"c\r\n", Kind::InvalidChunkExtension, 7),
        ] {
            assert_eq!(decode(text, &LIMITS), Err((kind, at)), "{text:?}");
        }
    }

    #[test]
    fn spill_both_bytes_after_data_are_crlf() {
        for (text, at) in [
            (&b"5\r\nhelloXX0\r\n"[..], 8),
            (b"5\r\nhello\n", 8),
            (b"5\r\nhello\rX", 9),
            (b"5\r\nhello0\r\n", 8),
            (b"5\r\nhello\r\r\n", 9),
        ] {
            assert_eq!(decode(text, &LIMITS), Err((Kind::InvalidChunkEnd, at)), "{text:?}");
        }
    }

    #[test]
    fn chunkf_lines_extensions_and_overhead_are_capped() {
        let limits = Limits { chunk_line: 8, chunk_extensions: 10, ..LIMITS };
        assert!(decode(b"1;345678\r\nx\r\n0\r\n", &limits).is_ok());
        assert_eq!(decode(b"1;3456789\r\nx", &limits), Err((Kind::ChunkLineTooLong, 8)));
        let text = b"1;234\r\nx\r\n1;234\r\nx\r\n1;234\r\nx\r\n";
        assert_eq!(decode(text, &limits), Err((Kind::ChunkExtensionsTooLong, 23)));

        // One byte of content pays for sixteen of framing: six a chunk go on for ever.
        let limits = Limits { chunk_overhead: 64, ..LIMITS };
        let cheap = b"1\r\nx\r\n".repeat(1000);
        assert_eq!(decode_pieces(&cheap, &limits, |_| cheap.len()), Ok(None));
        let dear = b"0001;23456789012345\r\nx\r\n".repeat(100);
        let whole = decode_pieces(&dear, &limits, |_| dear.len());
        assert!(matches!(whole, Err((Kind::ChunkOverhead, _))), "{whole:?}");
        assert_eq!(whole, decode_pieces(&dear, &limits, |end| end + 1));
    }

    #[test]
    fn bodyl_chunk_sizes_are_added_up_without_overflow() {
        let mut decoder = Decoder::new();
        let text = b"4\r\nabcd\r\n1\r\n";
        assert_eq!(decoder.decode(text, &LIMITS, 4), Ok(Decoded::Data(3, 7)));
        assert_eq!(decoder.decode(&text[7..], &LIMITS, 4), Err((Kind::ContentTooLarge, 4)));
        let mut decoder = Decoder { content: u64::MAX - 1, ..Decoder::new() };
        assert_eq!(
            decoder.decode(b"ffffffffffffffff\r\nx", &LIMITS, u64::MAX - 1),
            Err((Kind::ContentTooLarge, 17))
        );
    }
}
