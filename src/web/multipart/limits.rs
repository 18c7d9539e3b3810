//! What a form may hold.

/// What a form may hold (MPART).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MultipartLimits {
    /// Parts.
    pub parts: u32,
    /// Field lines of one part.
    pub fields: u16,
    /// Bytes of one part's field section, its empty line included. The slice that is given has to
    /// be able to hold as many, and the boundary.
    pub field_bytes: u32,
    /// Bytes before the first boundary and behind the last (RFC 2046 §5.1.1, preamble and
    /// epilogue), together. No browser sends any.
    pub outside: u32,
}

impl MultipartLimits {
    /// 128 parts, each of 8 field lines in 4 KiB; nothing outside.
    pub const DEFAULT: Self = Self { parts: 128, fields: 8, field_bytes: 4096, outside: 0 };
}

impl Default for MultipartLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
