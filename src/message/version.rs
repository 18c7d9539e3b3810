//! HTTP versions that a message can have here (RFC 9112 §2.3).
//!
//! Decides nothing: 1.2 to 1.9 were read as 1.1, every other version was refused.

/// The version of a received message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Version {
    /// HTTP/1.0: no chunked content, no interim responses, closes unless asked not to.
    Http10,
    /// HTTP/1.1, and 1.2 to 1.9, which are read as 1.1.
    Http11,
}

impl core::fmt::Display for Version {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        })
    }
}
