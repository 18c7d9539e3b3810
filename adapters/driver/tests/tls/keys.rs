//! Keys that are used up.

use crate::certificates::{HOST, connector, server_config_by};
use crate::pairs::meet;
use crate::support::pipe::Manners;
use crate::support::tasks::Tasks;
use crate::support::verbs::Shared;
use blazeio_driver::tls::TlsAcceptor;
use blazeio_driver::tls::rustls::crypto::{CipherSuiteCommon, CryptoProvider, ring};
use blazeio_driver::tls::rustls::{
    SupportedCipherSuite, SupportedProtocolVersion, Tls12CipherSuite, Tls13CipherSuite, version,
};
use std::io::ErrorKind;

/// Cryptography whose keys last for this many records.
fn short_lived(limit: u64) -> CryptoProvider {
    let mut provider = ring::default_provider();
    for suite in &mut provider.cipher_suites {
        *suite = match *suite {
            SupportedCipherSuite::Tls12(of) => {
                let common = CipherSuiteCommon { confidentiality_limit: limit, ..of.common };
                SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                    common,
                    prf_provider: of.prf_provider,
                    kx: of.kx,
                    sign: of.sign,
                    aead_alg: of.aead_alg,
                })))
            }
            SupportedCipherSuite::Tls13(of) => {
                let common = CipherSuiteCommon { confidentiality_limit: limit, ..of.common };
                SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                    common,
                    hkdf_provider: of.hkdf_provider,
                    aead_alg: of.aead_alg,
                    quic: of.quic,
                })))
            }
        };
    }
    provider
}

/// Writes single records of 100 bytes until that fails, 1,000 at most. How many were taken,
/// how many were read, and how each side ended.
fn wear_out(
    version: &'static SupportedProtocolVersion,
    fragment: Option<usize>,
) -> (usize, usize, Option<ErrorKind>, ErrorKind) {
    let mut config = server_config_by(short_lived(200), version);
    config.max_fragment_size = fragment;
    let met = meet(&TlsAcceptor::new(config), &connector(), HOST, Manners::GOOD);
    let (server, client) = (Shared::new(met.server.unwrap()), Shared::new(met.client.unwrap()));
    let (mut taken, mut read, mut failure, mut end) = (0, 0, None, None);
    {
        let mut tasks = Tasks::default();
        tasks.begin(async {
            while taken < 1000 && failure.is_none() {
                match server.write_all(&[1; 100]).await {
                    Ok(()) => taken += 1,
                    Err(error) => failure = Some(error.kind()),
                }
            }
            if failure.is_some() {
                assert!(server.shutdown().await.is_err(), "an end in order");
            }
            drop(server);
        });
        tasks.begin(async {
            while end.is_none() {
                match client.read_length(100).await {
                    Ok(got) if got.len() == 100 => read += 1,
                    Ok(_) => panic!("an end in order"),
                    Err(error) => end = Some(error.kind()),
                }
            }
        });
        tasks.finish();
    }
    (taken, read, failure, end.unwrap())
}

#[test]
fn tls_keys_that_are_used_up_end_writing_before_anything_is_dropped() {
    for (fragment, records_each) in [(None, 1), (Some(55), 2)] {
        let (taken, read, failure, end) = wear_out(&version::TLS12, fragment);
        assert_eq!(taken, (200 - 64) / records_each);
        assert_eq!(read, taken);
        assert_eq!(failure, Some(ErrorKind::Other));
        assert_eq!(end, ErrorKind::UnexpectedEof, "not complete");
    }
}

#[test]
fn tls_1_3_changes_its_keys_in_time() {
    let (taken, read, failure, _) = wear_out(&version::TLS13, None);
    assert_eq!((taken, read, failure), (1000, 1000, None));
}
