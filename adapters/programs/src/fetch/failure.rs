//! Why there is no complete response.
//!
//! Decides how it reads, in one line.

use blazeio::CloseReason;
use blazeio_driver::Error;
use std::{fmt, io};

/// What went wrong, and where.
#[derive(Debug)]
pub enum Failure {
    /// No connection could be made.
    Connect(io::Error),
    /// The connection cannot be used any more; nothing was sent.
    Stale(CloseReason),
    /// The connection, or what the server sent.
    Link(Error),
    /// The content to be sent could not be read.
    Data(io::Error),
    /// The receiver could not take the content.
    Receiver(io::Error),
    /// The server speaks something else now.
    Tunnel,
}

impl Failure {
    /// Why an exchange could not begin.
    pub fn of_opening(error: Error) -> Self {
        match error {
            Error::Closed(reason) => Self::Stale(reason),
            error => Self::Link(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "connecting: {error}"),
            Self::Stale(reason) => write!(f, "the connection: {reason}"),
            Self::Link(Error::Peer(error)) => write!(f, "the response: {error}"),
            Self::Link(Error::Usage(error)) => write!(f, "the request: {error}"),
            Self::Link(error) => write!(f, "the connection: {error}"),
            Self::Data(error) => write!(f, "reading the data: {error}"),
            Self::Receiver(error) => write!(f, "writing the content: {error}"),
            Self::Tunnel => f.write_str("the server switched protocols"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Link(error)
    }
}
