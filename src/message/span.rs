//! Places in the caller's buffer.
//!
//! Decides nothing: an event names where a thing lies in the slice that was given to
//! [`receive`](crate::Connection::receive), and `on` borrows it from there. Bytes that
//! are not that slice yield an empty or a wrong text, never a panic.

use super::field::Fields;
use core::ops::Range;

/// A range of the slice given to [`receive`](crate::Connection::receive). `Copy`, unlike
/// [`Range`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Number of bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether it holds no byte.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As a range, to index with.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// These bytes of `bytes`; empty if they are not all there.
    #[inline]
    #[must_use]
    pub fn on<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.start..self.end).unwrap_or(&[])
    }
}

/// A trailer section in the slice given to [`receive`](crate::Connection::receive).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FieldsSpan {
    pub(crate) section: Span,
    pub(crate) count: u16,
}

impl FieldsSpan {
    /// Number of field lines, at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count as usize
    }

    /// The fields, borrowed from the slice given to `receive`.
    #[must_use]
    pub fn on<'a>(&self, bytes: &'a [u8]) -> Fields<'a> {
        Fields::new(self.section.on(bytes))
    }
}
