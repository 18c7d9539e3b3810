//! A buffer between the core and the transport, which has it for a while.
//!
//! Decides who has the buffer: one at a time. Refuses whoever comes meanwhile, by `None`.

use crate::region::Region;
use core::cell::Cell;

/// A buffer that whoever uses it takes out and puts back. Where its filled bytes are stays here:
/// a slice alone is moved in registers.
pub(crate) struct Slot<'l> {
    bytes: Cell<Option<&'l mut [u8]>>,
    start: Cell<u32>,
    end: Cell<u32>,
}

impl<'l> Slot<'l> {
    pub(crate) fn new(bytes: &'l mut [u8]) -> Self {
        Self { bytes: Cell::new(Some(bytes)), start: Cell::new(0), end: Cell::new(0) }
    }

    /// Whether nothing is filled.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Works on the buffer, unless it is taken.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Region<'_>) -> T) -> Option<T> {
        let bytes = self.bytes.take()?;
        let (start, end) = (self.start.get() as usize, self.end.get() as usize);
        let mut region = Region::filled_from(bytes, start, end);
        let answer = work(&mut region);
        let (start, end) = region.place();
        // As they were, or less.
        self.start.set(start as u32);
        self.end.set(end as u32);
        self.bytes.set(Some(bytes));
        Some(answer)
    }

    /// Takes the whole buffer if it is empty.
    pub(crate) fn take_empty(&self) -> Option<&'l mut [u8]> {
        if !self.is_empty() {
            return None;
        }
        self.start.set(0);
        self.end.set(0);
        self.bytes.take()
    }

    /// Takes the whole buffer if anything is filled.
    pub(crate) fn take_filled(&self) -> Option<&'l mut [u8]> {
        if self.is_empty() { None } else { self.bytes.take() }
    }

    /// The filled bytes of the buffer that was taken.
    pub(crate) fn filled<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        bytes.get(self.start.get() as usize..self.end.get() as usize).unwrap_or_default()
    }

    /// The first `n` filled bytes of the buffer that was taken are done with.
    pub(crate) fn consume(&self, n: usize) {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        self.start.set(self.start.get().saturating_add(n).min(self.end.get()));
    }

    /// Puts the buffer back, with `n` more bytes filled at its front if it was empty.
    pub(crate) fn give(&self, bytes: &'l mut [u8], n: usize) {
        if n > 0 {
            self.end.set(u32::try_from(n.min(bytes.len())).unwrap_or(u32::MAX));
        }
        self.bytes.set(Some(bytes));
    }

    /// Whether somebody has it.
    pub(crate) fn is_taken(&self) -> bool {
        let bytes = self.bytes.take();
        let is_taken = bytes.is_none();
        self.bytes.set(bytes);
        is_taken
    }
}
