//! The server's side of TLS.
//!
//! Decides that a session is resumed by ticket: the server keeps nothing for a client that may
//! come back, and no ticket lives longer than half a day.

use super::handshake::{HANDSHAKE_TIMEOUT, fragment, handshake};
use super::session::Tls;
use super::{ALPN, pem};
use crate::runtime::Runtime;
use crate::transport::Transport;
use rustls::crypto::ring;
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::{Connection, Error, ServerConnection};
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Accepts TLS sessions. Cheap to clone: one configuration for all connections.
#[derive(Clone, Debug)]
pub struct TlsAcceptor {
    config: Arc<ServerConfig>,
    allowed: Duration,
}

impl TlsAcceptor {
    /// By a configuration of one's own: client certificates, several names. Its protocols
    /// become `http/1.1`; everything else is as it says.
    #[must_use]
    pub fn new(mut config: ServerConfig) -> Self {
        config.alpn_protocols = vec![ALPN.to_vec()];
        Self { config: Arc::new(config), allowed: HANDSHAKE_TIMEOUT }
    }

    /// By the certificate chain in one PEM file, the server's own first, and its private key
    /// in another, or in the same. Reads them now, and blocks for it.
    ///
    /// # Errors
    /// A file cannot be read, holds none or a broken one, or the two do not match. The error
    /// names the file.
    pub fn from_pem_files(chain: impl AsRef<Path>, key: impl AsRef<Path>) -> io::Result<Self> {
        let (chain_path, key_path) = (chain.as_ref(), key.as_ref());
        let chain = pem::certificates(chain_path)?;
        let key = pem::private_key(key_path)?;
        let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| match error {
                Error::InconsistentKeys(_) => {
                    let chain = chain_path.display();
                    pem::wrong(key_path, format_args!("the key does not match {chain}"))
                }
                Error::InvalidCertificate(_) => pem::wrong(chain_path, error),
                error => pem::wrong(key_path, error),
            })?;
        config.ticketer = ring::Ticketer::new().map_err(io::Error::other)?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self::new(config))
    }

    /// Lets a handshake take `allowed` instead of [`HANDSHAKE_TIMEOUT`].
    #[must_use]
    pub fn handshake_timeout(mut self, allowed: Duration) -> Self {
        self.allowed = allowed;
        self
    }

    /// Shakes hands with a client that was just accepted. The future borrows nothing.
    ///
    /// # Errors
    /// `TimedOut`; `UnexpectedEof` if the client left; `InvalidData` if it spoke no TLS, plain
    /// HTTP say, or nothing could be agreed on; whatever the transport failed with.
    pub fn accept<T: Transport>(
        &self,
        transport: T,
        runtime: &Arc<dyn Runtime>,
    ) -> impl Future<Output = io::Result<Tls<T>>> + Send + use<T> {
        let Self { config, allowed } = self.clone();
        let runtime = Arc::clone(runtime);
        async move {
            let fragment = fragment(config.max_fragment_size);
            let session = ServerConnection::new(config).map_err(io::Error::other)?;
            handshake(Connection::Server(session), transport, runtime, allowed, fragment).await
        }
    }
}
