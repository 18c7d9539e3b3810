//! What was wrong with a form.

use core::fmt;

/// An offence of a multipart content, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MultipartError {
    kind: MultipartErrorKind,
    at: u64,
}

impl MultipartError {
    pub(super) const fn new(kind: MultipartErrorKind, at: u64) -> Self {
        Self { kind, at }
    }

    /// What it was.
    #[must_use]
    pub const fn kind(&self) -> MultipartErrorKind {
        self.kind
    }

    /// The byte of the content at which it was seen.
    #[must_use]
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// The status to answer with: 413 for what is too much, else 400.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self.kind {
            MultipartErrorKind::TooManyParts
            | MultipartErrorKind::TooManyFields
            | MultipartErrorKind::FieldsTooLarge => 413,
            MultipartErrorKind::Preamble
            | MultipartErrorKind::Boundary
            | MultipartErrorKind::FieldLine
            | MultipartErrorKind::Epilogue
            | MultipartErrorKind::Incomplete => 400,
        }
    }
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at byte {}", self.kind, self.at)
    }
}

impl core::error::Error for MultipartError {}

/// What may be wrong with a multipart content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MultipartErrorKind {
    /// Something else than the boundary comes first.
    Preamble,
    /// A line begins as the boundary and goes on as none (RFC 2046 §5.1.1).
    Boundary,
    /// A field line of a part breaks its grammar (RFC 9112 §5), or ends without CRLF.
    FieldLine,
    /// A part has more field lines than allowed.
    TooManyFields,
    /// A part's field section is longer than allowed.
    FieldsTooLarge,
    /// There are more parts than allowed.
    TooManyParts,
    /// Something follows the last boundary.
    Epilogue,
    /// The content ended before the last boundary.
    Incomplete,
}

impl fmt::Display for MultipartErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preamble => "something stands before the first boundary (RFC 2046 §5.1.1)",
            Self::Boundary => "a line begins as the boundary and goes on as none (RFC 2046 §5.1.1)",
            Self::FieldLine => "a field line of a part is malformed (RFC 7578 §4.8, RFC 9112 §5)",
            Self::TooManyFields => "a part has more field lines than allowed",
            Self::FieldsTooLarge => "a part's field section is longer than allowed",
            Self::TooManyParts => "there are more parts than allowed",
            Self::Epilogue => "something stands behind the last boundary (RFC 2046 §5.1.1)",
            Self::Incomplete => "the content ends before the last boundary (RFC 2046 §5.1.1)",
        })
    }
}
