//! What a step of a form brings.

use super::PartSpan;
use crate::Span;

/// What was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MultipartEvent {
    /// A part begins, with this field section.
    Part(PartSpan),
    /// Bytes of its content: one at least.
    Content(Span),
    /// It is over.
    PartEnd,
    /// Give the bytes that were not consumed again, with more behind them; or call
    /// [`end`](super::Multipart::end) if there are no more.
    NeedInput,
}

/// One step: an event, and how many bytes of the slice are done with once it was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct MultipartStep {
    /// Bytes to drop before the next call.
    pub consumed: usize,
    /// What was read. Its spans are in the slice that was given.
    pub event: MultipartEvent,
}
