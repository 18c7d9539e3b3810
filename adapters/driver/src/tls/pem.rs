//! Certificates and keys out of PEM files.
//!
//! Decides nothing; every error names the file and what is wrong with it.

use rustls::pki_types::pem::{Error, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt::Display;
use std::io;
use std::path::Path;

/// `why`, said of a file.
pub(super) fn wrong(path: &Path, why: impl Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
}

fn unread(path: &Path, error: Error) -> io::Error {
    match error {
        Error::Io(error) => io::Error::new(error.kind(), format!("{}: {error}", path.display())),
        error => wrong(path, error),
    }
}

/// All certificates in a file, one at least.
pub(super) fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unread(path, error))?;
    if found.is_empty() {
        return Err(wrong(path, "no certificate in it"));
    }
    Ok(found)
}

/// The first private key in a file.
pub(super) fn private_key(path: &Path) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| match error {
        Error::NoItemsFound => wrong(path, "no private key in it"),
        error => unread(path, error),
    })
}
