//! Lists whose elements may hold quoted strings (RFC 9110 §5.6.1).
//!
//! Decides where an element ends: at a comma outside quotes. Blanks around it and empty ones are
//! passed over. Refuses nothing; what an element may be is its reader's.

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
