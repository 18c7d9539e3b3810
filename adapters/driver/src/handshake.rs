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
    /// Takes the step. The address is that of the peer, and may be changed.
    fn take(&self, accepted: Accepted, runtime: &Arc<dyn Runtime>) -> Wait<Accepted>;
}
