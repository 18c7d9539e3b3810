//! The message body length, as received and as to be sent (RFC 9112 §6).
//!
//! Decides nothing: [`transfer`](crate::manual::design) computes the one, the caller chooses
//! the other.

/// How the end of a received message's content is found (RFC 9112 §6.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Length {
    /// There is no content, whatever the fields say.
    None,
    /// Content-Length: this many bytes.
    Sized(u64),
    /// `Transfer-Encoding: chunked`; trailers may follow.
    Chunked,
    /// Everything until the connection ends; responses only.
    UntilClose,
}

/// What content a message to be sent will have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Content {
    /// None. Responses say `Content-Length: 0`, requests only where the method
    /// anticipates content (RFC 9110 §8.6).
    #[default]
    Empty,
    /// Exactly this many bytes, with Content-Length.
    Sized(u64),
    /// An amount not known yet: chunked, or until close for an HTTP/1.0 client.
    Streamed,
}
