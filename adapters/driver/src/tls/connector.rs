//! The client's side of TLS.
//!
//! Decides how a host reads as the name to be proved: a DNS name or an IP address, in brackets
//! or not. Whom to trust is the caller's to say; nothing here skips the check.

use super::handshake::{HANDSHAKE_TIMEOUT, fragment, handshake};
use super::pinned::Pinned;
use super::session::Tls;
use super::{ALPN, pem};
use crate::handshake::Handshake;
use crate::listener::Accepted;
use crate::runtime::{Runtime, Wait};
use crate::transport::Transport;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore};
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Makes TLS sessions. Cheap to clone: one configuration for all connections, which remembers
/// sessions to resume.
#[derive(Clone, Debug)]
pub struct TlsConnector {
    config: Arc<ClientConfig>,
    allowed: Duration,
}

impl TlsConnector {
    /// By a configuration of one's own. Its protocols become `http/1.1`; everything else is
    /// as it says.
    #[must_use]
    pub fn new(mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![ALPN.to_vec()];
        Self { config: Arc::new(config), allowed: HANDSHAKE_TIMEOUT }
    }

    /// Trusts whoever is certified by one of `roots`.
    ///
    /// # Errors
    /// The cryptography lacks what TLS needs.
    pub fn with_roots(roots: impl Into<Arc<RootCertStore>>) -> io::Result<Self> {
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::new(config))
    }

    /// Trusts whoever is certified by a certificate in a PEM file, or has that certificate
    /// itself, and nobody else. Reads it now, and blocks for it.
    ///
    /// # Errors
    /// The file cannot be read, or holds no certificate or a broken one. The error names it.
    pub fn with_roots_from_pem(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let certificates = pem::certificates(path)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|error| pem::wrong(path, error))?;
        }
        let provider = Arc::new(ring::default_provider());
        let authorities =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider))
                .build()
                .map_err(io::Error::other)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { certificates, authorities }))
            .with_no_client_auth();
        Ok(Self::new(config))
    }

    /// Lets a handshake take `allowed` instead of [`HANDSHAKE_TIMEOUT`].
    #[must_use]
    pub fn handshake_timeout(mut self, allowed: Duration) -> Self {
        self.allowed = allowed;
        self
    }

    /// Shakes hands with the server at the other end, which has to prove that it is `host`: a
    /// name, or an IP address, without port. The future borrows nothing.
    ///
    /// # Errors
    /// `InvalidInput` if `host` is neither; `TimedOut`; `UnexpectedEof` if the server left;
    /// `InvalidData` if it spoke no TLS, is not to be trusted, or nothing could be agreed on;
    /// whatever the transport failed with.
    pub fn connect<T: Transport>(
        &self,
        host: &str,
        transport: T,
        runtime: &Arc<dyn Runtime>,
    ) -> impl Future<Output = io::Result<Tls<T>>> + Send + use<T> {
        let Self { config, allowed } = self.clone();
        let runtime = Arc::clone(runtime);
        let name = server_name(host);
        async move {
            let fragment = fragment(config.max_fragment_size);
            let session = ClientConnection::new(config, name?).map_err(io::Error::other)?;
            handshake(Connection::Client(session), transport, runtime, allowed, fragment).await
        }
    }
}

/// What the server's certificate has to be for.
fn server_name(host: &str) -> io::Result<ServerName<'static>> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    ServerName::try_from(bare.unwrap_or(host).to_owned()).map_err(|_| {
        let why = format!("{}: no name that a certificate can be for", host.escape_debug());
        io::Error::new(io::ErrorKind::InvalidInput, why)
    })
}

/// The handshake with one server, for [`Connector::handshake`](crate::Connector::handshake).
#[derive(Clone, Debug)]
pub struct TlsTo {
    connector: TlsConnector,
    host: Arc<str>,
}

impl TlsConnector {
    /// The handshake with `host`, as of [`connect`](Self::connect), on every connection of a
    /// [`Connector`](crate::Connector).
    #[must_use]
    pub fn to(&self, host: &str) -> TlsTo {
        TlsTo { connector: self.clone(), host: host.into() }
    }
}

impl Handshake for TlsTo {
    fn take(&self, accepted: Accepted, runtime: &Arc<dyn Runtime>) -> Wait<Accepted> {
        let (transport, peer) = accepted;
        let handshake = self.connector.connect(&self.host, transport, runtime);
        Box::pin(async move { Ok((Box::new(handshake.await?) as Box<dyn Transport>, peer)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_names_and_addresses_can_be_proved() {
        for (host, is_address) in [
            ("example.com", false),
            ("a_b.example", false),
            ("127.0.0.1", true),
            ("::1", true),
            ("[2001:db8::1]", true),
        ] {
            let name = server_name(host).unwrap();
            assert_eq!(matches!(name, ServerName::IpAddress(_)), is_address, "{host}");
        }
        for host in ["", "a b", "[::1", "[example.com]x", "host:80", "a\r\nb"] {
            let error = server_name(host).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{host}");
            assert!(!error.to_string().contains('\n'), "{host:?}");
        }
    }
}
