//! Decisions taken from a fuzzer's bytes, one byte for most: so that a change of one byte changes
//! one decision.
//!
//! Decides nothing itself. Bytes that have run out read as 0, so 0 stands for the plain choice.

use arbitrary::Unstructured;

/// What is left of the bytes.
pub(crate) struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// Whether every byte was used.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or(0)
    }

    /// A number below `n`, which is 1 to 256.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    /// 1 to `most`, and `most` where the bytes have run out: else what follows would drip.
    pub(crate) fn amount(&mut self, most: usize) -> usize {
        if self.is_over() { most } else { 1 + self.below(most) }
    }

    /// True once in `n` times.
    pub(crate) fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub(crate) fn one<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// At most `most` raw bytes, fewer if they run out.
    pub(crate) fn bytes(&mut self, most: usize) -> &'a [u8] {
        let len = self.below(most + 1).min(self.0.len());
        self.0.bytes(len).unwrap_or_default()
    }

    /// Raw text: the part of `bytes` that is UTF-8.
    pub(crate) fn text(&mut self, most: usize) -> &'a str {
        let bytes = self.bytes(most);
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(e) => core::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default(),
        }
    }
}
