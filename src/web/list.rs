//! Lists whose elements may hold quoted strings (RFC 9110 §5.6.1).
//!
//! Decides where an element ends: at a comma outside quotes; for who reads from the end, outside
//! quotes as they are seen from there. Blanks around it and empty ones are passed over. Refuses
//! nothing; what an element may be is its reader's.

use crate::syntax::token::trim;

/// The elements, in order.
#[derive(Clone, Debug)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Elements<'a> {
    /// Where the first comma outside quotes is.
    fn end(&self) -> usize {
        let (mut is_quoted, mut is_escaped) = (false, false);
        for (at, &byte) in self.0.iter().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_quoted => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                b',' if !is_quoted => return at,
                _ => {}
            }
        }
        self.0.len()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.0.is_empty() {
            let (element, rest) = self.0.split_at_checked(self.end())?;
            self.0 = rest.get(1..).unwrap_or_default();
            if !trim(element).is_empty() {
                return Some(trim(element));
            }
        }
        None
    }
}

/// The elements, the last one first. One that is well-formed is the same from either side: its
/// quoted strings begin behind `=`, never behind a backslash. What stands before one has no say in
/// where it begins.
#[derive(Clone, Debug)]
pub(super) struct FromEnd<'a> {
    rest: &'a [u8],
    has_quotes: bool,
}

impl<'a> FromEnd<'a> {
    pub(super) const fn new(rest: &'a [u8], has_quotes: bool) -> Self {
        Self { rest, has_quotes }
    }

    /// Where the last comma outside quotes is.
    fn last_comma(&self) -> Option<usize> {
        let mut is_quoted = false;
        let mut before = self.rest;
        while let Some((byte, rest)) = before.split_last() {
            before = rest;
            match byte {
                b'"' if is_quoted && rest.ends_with(b"\\") => {}
                b'"' => is_quoted = self.has_quotes && !is_quoted,
                b',' if !is_quoted => return Some(rest.len()),
                _ => {}
            }
        }
        None
    }
}

impl<'a> Iterator for FromEnd<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let (rest, element) = match self.last_comma() {
                Some(at) => (self.rest.get(..at)?, self.rest.get(at.wrapping_add(1)..)?),
                None => (&[][..], self.rest),
            };
            self.rest = rest;
            if !trim(element).is_empty() {
                return Some(trim(element));
            }
        }
        None
    }
}
