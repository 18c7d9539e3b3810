//! Content codings that files may be stored in beside themselves.
//!
//! Decides which of them a client wants rather than the file as it is (RFC 9110 §12.5.3); of equal
//! ones the smaller comes first: `br`, `zstd`, `gzip`. Where a client refuses even `identity`, and
//! nothing else is there, it gets that nevertheless (§12.4.1: a server may disregard the field).

use blazeio::web::negotiate;
use smallvec::SmallVec;

/// A content coding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Coding {
    Brotli,
    Zstd,
    Gzip,
}

/// In the order of their preference.
pub(super) const CODINGS: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];

impl Coding {
    /// As Content-Encoding calls it.
    pub(super) const fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// What is added to a file's name.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
        }
    }
}

/// Codings, the most wanted one first.
pub(super) type Wanted = SmallVec<[Coding; 3]>;

/// What a client wants rather than `identity`, by the values of its Accept-Encoding.
pub(super) fn wanted<'a>(accept: impl Iterator<Item = &'a [u8]>) -> Wanted {
    let mut wanted = Wanted::new();
    let accept: SmallVec<[&[u8]; 2]> = accept.collect();
    if accept.is_empty() {
        return wanted;
    }
    let mut offered: SmallVec<[&str; 4]> = CODINGS.iter().map(|coding| coding.token()).collect();
    offered.push("identity");
    while let Some(best) = negotiate::coding(accept.iter().copied(), &offered) {
        let Some(coding) = CODINGS.into_iter().find(|coding| coding.token() == best) else { break };
        wanted.push(coding);
        offered.retain(|other| *other != best);
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use Coding::{Brotli, Gzip, Zstd};

    #[test]
    fn codings_come_by_quality_and_before_identity() {
        for (accept, expected) in [
            ("gzip, deflate, br, zstd", &[Brotli, Zstd, Gzip][..]),
            ("gzip;q=1.0, br;q=0.5", &[Gzip, Brotli]),
            ("gzip, identity;q=0.5, br;q=0.1", &[Gzip]),
            ("identity, gzip;q=0.5", &[]),
            ("*", &[Brotli, Zstd, Gzip]),
            ("*;q=0", &[]),
            ("br;q=0, *;q=0.1", &[Zstd, Gzip]),
            ("identity;q=0", &[]),
            ("", &[]),
            ("deflate", &[]),
            ("gzip;q=2", &[]),
        ] {
            assert_eq!(wanted([accept.as_bytes()].into_iter())[..], *expected, "{accept}");
        }
        assert!(wanted([].into_iter()).is_empty());
        assert_eq!(wanted([&b"gzip"[..], b"br"].into_iter())[..], [Brotli, Gzip]);
    }
}
