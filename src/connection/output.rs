//! All-or-nothing writing into the caller's slice.
//!
//! Decides how much room a head or an end needs: it writes as long as there is room and
//! counts on when there is none, so that one pass either did it all or knows what it
//! would have taken.

use crate::error::UsageError;

/// A slice being written, and how much was asked for.
pub(crate) struct Output<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl<'a> Output<'a> {
    pub(crate) fn new(room: &'a mut [u8]) -> Self {
        Self { room, len: 0 }
    }

    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(place) = self.room.get_mut(self.len..end) {
            copy(place, bytes);
        }
        self.len = end;
    }

    /// A text of known length: plain stores instead of a call.
    #[cfg(not(any(target_os = "none", blazeio_small)))]
    #[inline(always)]
    pub(crate) fn put_text<const N: usize>(&mut self, text: &[u8; N]) {
        let end = self.len.saturating_add(N);
        if let Some(place) = self.room.get_mut(self.len..end).and_then(|p| p.first_chunk_mut()) {
            *place = *text;
        }
        self.len = end;
    }

    /// A text of known length, as any other.
    #[cfg(any(target_os = "none", blazeio_small))]
    #[inline(always)]
    pub(crate) fn put_text<const N: usize>(&mut self, text: &[u8; N]) {
        self.put(text);
    }

    /// `name: value CRLF`
    #[inline]
    pub(crate) fn put_field(&mut self, name: &[u8], value: &[u8]) {
        self.put(name);
        self.put_text(b": ");
        self.put(value);
        self.put_text(b"\r\n");
    }

    /// Bytes written, if there was room for all of them.
    pub(crate) fn finish(self) -> Result<usize, UsageError> {
        if self.len > self.room.len() {
            return Err(UsageError::OutputTooSmall { needed: self.len });
        }
        Ok(self.len)
    }
}

/// Copies as much as both hold; unlike `copy_from_slice` it cannot panic.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
pub(crate) fn copy(place: &mut [u8], bytes: &[u8]) {
    for (to, from) in place.iter_mut().zip(bytes) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_below_the_need_says_the_need() {
        for size in 0..=20 {
            let mut room = [0u8; 20];
            let mut output = Output::new(&mut room[..size]);
            output.put_field(b"Name", b"value");
            let result = output.finish();
            if size < 13 {
                assert_eq!(result, Err(UsageError::OutputTooSmall { needed: 13 }));
            } else {
                assert_eq!(result, Ok(13));
                assert_eq!(&room[..13], b"Name: value\r\n");
            }
        }
    }
}
