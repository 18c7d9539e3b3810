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
    /// The next connection. `Pending` leaves this call's waker to be woken once there is one;
    /// one task asks.
    ///
    /// # Errors
    /// Any: accepting goes on after it. At once after `ConnectionAborted`,
    /// `ConnectionRefused`, `ConnectionReset` and `Interrupted`, which concern one connection;
    /// after every other, as when there are no descriptors left, following a pause of 5 ms to
    /// 1 s.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>>;

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    fn local_address(&self) -> io::Result<Address>;
}
