//! What ends the use of a connection early.
//!
//! Decides nothing; keeps apart whose fault it was: the peer's, the transport's, or the
//! caller's.

use blazeio::{CloseReason, PeerError, UsageError};
use std::{fmt, io};

/// Why a call on a [`Link`](crate::Link) did not do its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke the protocol. A server may answer by
    /// [`refuse`](crate::Link::refuse); nothing else follows.
    Peer(PeerError),
    /// The transport failed: the connection is lost.
    Io(io::Error),
    /// The call was wrong; nothing was written and the connection is as it was.
    Usage(UsageError),
    /// The connection closed while there was something to be sent.
    Closed(CloseReason),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::Usage(error) => error.fmt(f),
            Self::Closed(reason) => reason.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<PeerError> for Error {
    fn from(error: PeerError) -> Self {
        Self::Peer(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<UsageError> for Error {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}
