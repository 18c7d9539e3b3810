//! Where connections come from.
//!
//! Decides nothing; a source of transports, each with the address of its peer.

use crate::address::Address;
use crate::transport::Transport;
use std::io;
use std::task::{Context, Poll};

/// A transport that was just accepted, and who is at its other end.
pub type Accepted = (Box<dyn Transport>, Address);

/// A listening socket, or anything else that yields transports.
pub trait Listener: Send + 'static {
    /// The next connection.
    ///
    /// # Errors
    /// Any: accepting goes on after it, at once or after a pause.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>>;

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    fn local_address(&self) -> io::Result<Address>;
}
