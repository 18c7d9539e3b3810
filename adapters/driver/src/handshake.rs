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

#[cfg(feature = "rustls")]
impl Handshake for crate::tls::TlsAcceptor {
    fn take(&self, (transport, peer): Accepted, runtime: &Arc<dyn Runtime>) -> Wait<Accepted> {
        let accepting = self.accept(transport, runtime);
        Box::pin(async move {
            let secured: Box<dyn crate::transport::Transport> = Box::new(accepting.await?);
            Ok((secured, peer))
        })
    }
}
