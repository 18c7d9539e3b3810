//! What a server tells of.
//!
//! Decides nothing. Nothing of a request is in it that was not escaped (LOG).

use crate::address::Address;
use crate::error::Error;
use std::{fmt, io};

/// Something went wrong.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Report<'a> {
    /// Accepting failed and pauses. Told once, until there was none of it for ten seconds.
    Accept(&'a io::Error),
    /// A connection's handshake failed.
    Handshake {
        /// Who it was.
        peer: &'a Address,
        /// What went wrong.
        error: &'a io::Error,
    },
    /// A connection was given up, or a handler failed.
    Connection {
        /// Who it was.
        peer: &'a Address,
        /// What went wrong.
        error: &'a Error,
    },
    /// A handler panicked.
    Panicked {
        /// Whose request it had.
        peer: &'a Address,
    },
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept(error) => write!(f, "accept: {error}"),
            Self::Handshake { peer, error } => write!(f, "{peer}: {error}"),
            Self::Connection { peer, error } => write!(f, "{peer}: {error}"),
            Self::Panicked { peer } => write!(f, "{peer}: the handler panicked"),
        }
    }
}
