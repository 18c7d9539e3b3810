//! A certificate for the test server, made once, in files and in memory.

use blazeio_driver::tls::rustls::crypto::{CryptoProvider, ring};
use blazeio_driver::tls::rustls::pki_types::pem::PemObject;
use blazeio_driver::tls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use blazeio_driver::tls::rustls::{
    ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version,
};
use blazeio_driver::tls::{TlsAcceptor, TlsConnector};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Names that the certificate is for.
pub const HOST: &str = "localhost";
pub const IP: &str = "127.0.0.1";

/// Both versions.
pub const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

/// The certificate's PEM and its key's.
pub fn make() -> (String, String) {
    let names = vec![HOST.to_owned(), IP.to_owned(), "::1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// A file of this name in the test's own folder.
pub fn file(name: &str, content: &str) -> PathBuf {
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

/// The certificate and the key of all tests.
pub fn pem() -> &'static (String, String) {
    static PEM: OnceLock<(String, String)> = OnceLock::new();
    PEM.get_or_init(make)
}

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem().0.as_bytes()).unwrap()
}

/// A server's configuration for one version.
pub fn server_config(version: &'static SupportedProtocolVersion) -> ServerConfig {
    server_config_by(ring::default_provider(), version)
}

/// The same, with cryptography of one's own.
pub fn server_config_by(
    provider: CryptoProvider,
    version: &'static SupportedProtocolVersion,
) -> ServerConfig {
    let key = PrivateKeyDer::from_pem_slice(pem().1.as_bytes()).unwrap();
    ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .unwrap()
}

/// A client's configuration that trusts the server.
pub fn client_config() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

pub fn acceptor(version: &'static SupportedProtocolVersion) -> TlsAcceptor {
    TlsAcceptor::new(server_config(version))
}

pub fn connector() -> TlsConnector {
    TlsConnector::new(client_config())
}
