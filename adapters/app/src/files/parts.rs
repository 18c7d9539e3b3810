//! Which bytes a response is made of, and how many they are.
//!
//! Decides the form of several ranges: `multipart/byteranges` (RFC 9110 §14.6), with a boundary of
//! 128 random bits, that no content can hold on purpose (MPART). The length is known before the
//! first byte is sent.

use blazeio::web::range::ByteRange;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A piece of a response's content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    Text(String),
    /// Bytes of the file.
    File(ByteRange),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(range) => range.len(),
        }
    }
}

/// How many bytes there are.
pub(super) fn total(pieces: &[Piece]) -> u64 {
    pieces.iter().map(Piece::len).sum()
}

/// All of a file of `len` bytes.
pub(super) fn whole(len: u64) -> Vec<Piece> {
    let last = len.checked_sub(1);
    last.map(|last| Piece::File(ByteRange { first: 0, last })).into_iter().collect()
}

/// Several ranges of a file of `len` bytes of a media type.
pub(super) fn multipart(
    ranges: &[ByteRange],
    len: u64,
    media_type: &str,
    boundary: &str,
) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(ranges.len() * 2 + 1);
    let mut line = "";
    for range in ranges {
        let content_range = range.content_range(len);
        pieces.push(Piece::Text(format!(
            "{line}--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {content_range}\r\n\r\n"
        )));
        pieces.push(Piece::File(*range));
        line = "\r\n";
    }
    pieces.push(Piece::Text(format!("{line}--{boundary}--\r\n")));
    pieces
}

/// 128 bits that nobody can foresee: std keys its hashers by the system's random source.
pub(super) fn boundary() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_several_parts_are_as_long_as_was_said() {
        let ranges = [ByteRange { first: 0, last: 4 }, ByteRange { first: 90, last: 99 }];
        let pieces = multipart(&ranges, 100, "text/plain", "b");
        let text = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::File(range) => "x".repeat(range.len() as usize),
        });
        let text: String = text.collect();
        assert_eq!(
            text,
            "--b\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-4/100\r\n\r\nxxxxx\
             \r\n--b\r\nContent-Type: text/plain\r\nContent-Range: bytes 90-99/100\r\n\r\nxxxxxxxxxx\
             \r\n--b--\r\n"
        );
        assert_eq!(total(&pieces), text.len() as u64);
        assert_eq!((total(&whole(0)), total(&whole(7))), (0, 7));
    }

    #[test]
    fn mpart_boundaries_of_ours_differ() {
        let (one, other) = (boundary(), boundary());
        assert!(one != other && one.len() == 32 && one[..16] != one[16..], "{one} {other}");
    }
}
