//! A place in a byte stream of which only a prefix is known.

use crate::{Refusal, Verdict};

/// Why a rule did not match.
pub(crate) enum Stop {
    /// The next byte decides, and it is not there yet.
    RanOut,
    /// The next byte, or the whole, cannot be.
    Refused(Refusal),
}

/// A rule matched, ran out of input, or does not match.
pub(crate) type Step<T> = Result<T, Stop>;

/// What a whole run over the input comes to.
pub(crate) fn verdict<T>(step: Step<T>) -> Verdict<T> {
    match step {
        Ok(whole) => Verdict::Complete(whole),
        Err(Stop::RanOut) => Verdict::Incomplete,
        Err(Stop::Refused(refusal)) => Verdict::Refused(refusal),
    }
}

/// The input and how much of it is read.
pub(crate) struct Cursor<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0 }
    }

    /// Bytes read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The bytes read since `start`.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        &self.input[start..self.at]
    }

    /// The next byte, which stays.
    pub(crate) fn peek(&self) -> Step<u8> {
        self.input.get(self.at).copied().ok_or(Stop::RanOut)
    }

    /// Reads the byte that was looked at.
    pub(crate) fn advance(&mut self) {
        self.at += 1;
    }

    /// The next byte cannot be.
    pub(crate) fn refuse(&self, rule: &'static str, status: u16) -> Stop {
        Stop::Refused(Refusal { rule, status, offset: Some(self.at) })
    }

    /// One byte of a class, else it cannot be.
    pub(crate) fn one(&mut self, class: fn(u8) -> bool, rule: &'static str) -> Step<u8> {
        let byte = self.peek()?;
        if !class(byte) {
            return Err(self.refuse(rule, 400));
        }
        self.advance();
        Ok(byte)
    }

    /// One certain byte.
    pub(crate) fn byte(&mut self, wanted: u8, rule: &'static str) -> Step<()> {
        if self.peek()? != wanted {
            return Err(self.refuse(rule, 400));
        }
        self.advance();
        Ok(())
    }

    /// Certain bytes in a row.
    pub(crate) fn bytes(&mut self, wanted: &[u8], rule: &'static str) -> Step<()> {
        for &byte in wanted {
            self.byte(byte, rule)?;
        }
        Ok(())
    }

    /// `*class`: reads on until a byte that is not of the class is seen.
    pub(crate) fn any(&mut self, class: fn(u8) -> bool) -> Step<&'a [u8]> {
        let start = self.at;
        while class(self.peek()?) {
            self.advance();
        }
        Ok(self.since(start))
    }

    /// `1*class`.
    pub(crate) fn some(&mut self, class: fn(u8) -> bool, rule: &'static str) -> Step<&'a [u8]> {
        let start = self.at;
        self.one(class, rule)?;
        self.any(class)?;
        Ok(self.since(start))
    }

    // CRLF = CR LF ; RFC 5234 B.1
    /// RFC 9112 §2.2: neither byte ends a line without the other.
    pub(crate) fn crlf(&mut self) -> Step<()> {
        self.byte(b'\r', "RFC 9112 §2.2")?;
        self.byte(b'\n', "RFC 9112 §2.2")
    }

    // OWS = *( SP / HTAB )
    // BWS = OWS
    /// Reads over blanks.
    pub(crate) fn blanks(&mut self) -> Step<()> {
        self.any(crate::character::is_blank).map(|_| ())
    }
}
