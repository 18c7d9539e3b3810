//! Where to listen, where to connect, and who is there.
//!
//! Decides how an address reads: `unix:/path` is a Unix socket, anything else a socket
//! address. Names are not addresses; [`Runtime::resolve`](crate::Runtime::resolve) makes
//! addresses of them.

use std::fmt;
use std::net::{AddrParseError, SocketAddr};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

/// An address of a stream socket.
///
/// ```
/// use blazeio_driver::Address;
///
/// let tcp: Address = "127.0.0.1:8080".parse()?;
/// let unix: Address = "unix:/run/app.sock".parse()?;
/// assert_eq!((tcp.to_string(), unix.to_string()), ("127.0.0.1:8080".into(), "unix:/run/app.sock".into()));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and a port.
    Tcp(SocketAddr),
    /// A Unix socket's path; `None` for a peer that is bound to none.
    Unix(Option<Arc<Path>>),
    /// No socket: in memory, or unknown.
    Unnamed,
}

impl Address {
    /// The IP address and port, if it is one.
    #[must_use]
    pub const fn as_tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) | Self::Unnamed => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// A peer that is bound to no path has none; nor has one in Linux's abstract namespace.
#[cfg(unix)]
impl From<std::os::unix::net::SocketAddr> for Address {
    fn from(address: std::os::unix::net::SocketAddr) -> Self {
        Self::Unix(address.as_pathname().map(Into::into))
    }
}

impl FromStr for Address {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        match text.strip_prefix("unix:") {
            // No path is no name in Linux's abstract namespace that the system chooses.
            Some("") => Ok(Self::Unix(None)),
            Some(path) => Ok(Self::Unix(Some(Path::new(path).into()))),
            None => text.parse().map(Self::Tcp),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(Some(path)) => {
                write!(f, "unix:{}", path.display().to_string().escape_debug())
            }
            Self::Unix(None) => f.write_str("unix:"),
            Self::Unnamed => f.write_str("unnamed"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
