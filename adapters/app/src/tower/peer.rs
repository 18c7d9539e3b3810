//! Where a request came from.
//!
//! Decides nothing.

use blazeio::Server;
use blazeio_driver::{Address, Exchange, Runtime};
use std::fmt;
use std::sync::Arc;

/// Who sent a request, and the runtime that the connection lives on: among the extensions of each
/// request that a [`Bridge`](super::Bridge) passes on.
#[derive(Clone)]
pub struct Peer {
    address: Address,
    runtime: Arc<dyn Runtime>,
}

impl Peer {
    pub(super) fn of(exchange: &Exchange<Server>) -> Self {
        Self { address: exchange.peer().clone(), runtime: Arc::clone(exchange.runtime()) }
    }

    /// Who is at the other end of the connection.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The runtime.
    #[must_use]
    pub const fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.runtime
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("address", &self.address).finish_non_exhaustive()
    }
}
