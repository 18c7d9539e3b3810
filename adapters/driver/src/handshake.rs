//! What goes before HTTP on a connection: TLS, the PROXY protocol.
//!
//! Decides nothing; a step from a transport to another, with a deadline of its own. Steps
//! are taken one after the other, in the connection's own task, so that a slow one holds up
//! nobody else.

use crate::listener::Accepted;
use crate::runtime::{Runtime, Wait};
use std::sync::Arc;

/// A step before a connection's first exchange.
pub trait Handshake: Send + Sync + 'static {
    /// Takes the step. The address is that of the peer, and may be changed. The future is
    /// dropped when a server stops; no deadline of HTTP's runs meanwhile, so it needs one of
    /// its own.
    ///
    /// # Errors
    /// Of the future: any. The connection is closed, and the error told of: a server's by
    /// [`Report::Handshake`](crate::Report::Handshake), a client's by
    /// [`Connector::connect`](crate::Connector::connect).
    fn take(&self, accepted: Accepted, runtime: &Arc<dyn Runtime>) -> Wait<Accepted>;
}
