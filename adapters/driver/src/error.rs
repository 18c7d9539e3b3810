//! What ends the use of an exchange early.
//!
//! Decides nothing; keeps apart whose fault it was: the peer's, the transport's, or the
//! caller's.

use blazeio::{CloseReason, PeerError, UsageError};
use std::{fmt, io};

/// Why a call on an [`Exchange`](crate::Exchange) did not do its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke the protocol. A server's loop has answered it already if it could; the
    /// connection only closes from here on.
    Peer(PeerError),
    /// The transport failed: the connection is lost.
    Io(io::Error),
    /// The call was wrong; nothing was written and the exchange is as it was.
    Usage(UsageError),
    /// The connection closed, or the exchange is over, while there was something to be done.
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

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Peer(error) => Some(error),
            Self::Io(error) => Some(error),
            Self::Usage(error) => Some(error),
            Self::Closed(_) => None,
        }
    }
}

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

/// What ended a connection, kept so that every half can be told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    Peer(PeerError),
    Io { kind: io::ErrorKind, code: Option<i32> },
    Closed(CloseReason),
}

impl Failure {
    pub(crate) fn io(error: &io::Error) -> Self {
        Self::Io { kind: error.kind(), code: error.raw_os_error() }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Peer(error) => Self::Peer(error),
            Failure::Io { code: Some(code), .. } => Self::Io(io::Error::from_raw_os_error(code)),
            Failure::Io { kind, code: None } => Self::Io(kind.into()),
            Failure::Closed(reason) => Self::Closed(reason),
        }
    }
}
