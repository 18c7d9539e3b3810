//! Whom to believe that they are who the URL says.
//!
//! Decides by one file of certificates, or by what the system trusts. Nothing here skips the
//! check.

use blazeio_driver::tls::TlsConnector;
use blazeio_driver::tls::rustls::RootCertStore;
use std::io;
use std::path::PathBuf;

/// Certificates that are trusted, read when they are needed first.
pub struct Trust {
    file: Option<PathBuf>,
    connector: Option<TlsConnector>,
}

impl Trust {
    /// Those in a file, or the system's.
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file, connector: None }
    }

    /// What makes TLS sessions with servers that are certified by them.
    pub fn connector(&mut self) -> io::Result<TlsConnector> {
        if let Some(connector) = &self.connector {
            return Ok(connector.clone());
        }
        let connector = match &self.file {
            Some(file) => TlsConnector::with_roots_from_pem(file)?,
            None => TlsConnector::with_roots(native_roots()?)?,
        };
        self.connector = Some(connector.clone());
        Ok(connector)
    }
}

fn native_roots() -> io::Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Some systems have certificates that nobody can read any more.
    roots.add_parsable_certificates(found.certs);
    match found.errors.into_iter().next() {
        Some(error) if roots.is_empty() => Err(io::Error::other(error)),
        _ => Ok(roots),
    }
}
