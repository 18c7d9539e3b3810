//! What an exchange can fail with.
//!
//! Decides whose fault it was: the peer's, the caller's, the transport's, or nobody's. Keeps of a
//! transport's error only its kind.

use blazeio::{CloseReason, PeerError, UsageError};
use core::fmt;
use embedded_io_async::ErrorKind;

/// Why an exchange does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke the protocol, or was late.
    Peer(PeerError),
    /// What was asked cannot be done; the connection is as it was.
    Usage(UsageError),
    /// The connection is closed.
    Closed(CloseReason),
    /// The transport failed.
    Transport(ErrorKind),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(error) => error.fmt(f),
            Self::Usage(error) => error.fmt(f),
            Self::Closed(reason) => reason.fmt(f),
            Self::Transport(kind) => write!(f, "the transport failed: {kind:?}"),
        }
    }
}

impl core::error::Error for Error {}

impl From<PeerError> for Error {
    fn from(error: PeerError) -> Self {
        Self::Peer(error)
    }
}

impl From<UsageError> for Error {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}
