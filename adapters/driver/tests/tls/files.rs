//! Certificates and keys in files.

use crate::certificates::{HOST, file, make, pem};
use crate::pairs::meet;
use crate::support::pipe::Manners;
use blazeio_driver::tls::rustls::HandshakeKind;
use blazeio_driver::tls::{TlsAcceptor, TlsConnector};
use std::io::ErrorKind;
use std::path::Path;

#[test]
fn tls_a_server_and_its_client_begin_with_pem_files() {
    let (chain, key) = pem();
    let (chain, key) = (file("chain.pem", chain), file("key.pem", key));
    let acceptor = TlsAcceptor::from_pem_files(&chain, key).unwrap();
    let connector = TlsConnector::with_roots_from_pem(&chain).unwrap();
    let met = meet(&acceptor, &connector, HOST, Manners::GOOD);
    assert_eq!(met.server.unwrap().alpn(), Some(&b"http/1.1"[..]));
    assert!(met.client.is_ok());
    // Both in one file are as good.
    let both = file("both.pem", &[pem().0.as_str(), &pem().1].concat());
    assert!(TlsAcceptor::from_pem_files(&both, &both).is_ok());
}

#[test]
fn tls_sessions_are_resumed_by_ticket() {
    let (chain, key) = pem();
    let (chain, key) = (file("chain-r.pem", chain), file("key-r.pem", key));
    let acceptor = TlsAcceptor::from_pem_files(&chain, key).unwrap();
    let connector = TlsConnector::with_roots_from_pem(&chain).unwrap();
    let kinds = [(); 2].map(|()| {
        let met = meet(&acceptor, &connector, HOST, Manners::GOOD);
        let (server, client) = (met.server.unwrap(), met.client.unwrap());
        // The tickets come behind the handshake: to be read by whoever reads on.
        let client = crate::support::verbs::Shared::new(client);
        let mut tasks = crate::support::tasks::Tasks::default();
        tasks.begin(async {
            let _ = client.read(&mut [0; 1]).await;
        });
        assert_eq!(tasks.settle(), 1);
        server.session().handshake_kind().unwrap()
    });
    assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed]);
}

fn refused(chain: &Path, key: &Path) -> (ErrorKind, String) {
    let error = TlsAcceptor::from_pem_files(chain, key).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn tls_errors_name_the_file_and_what_is_wrong_with_it() {
    let chain = file("good.pem", &pem().0);
    let key = file("good-key.pem", &pem().1);
    let other = file("other-key.pem", &make().1);
    let empty = file("empty.pem", "");
    let cut = file("cut.pem", &pem().0[..200]);
    let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let odd = file("odd.pem", odd);
    let odd_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let odd_key = file("odd-key.pem", odd_key);
    let missing = chain.with_file_name("missing.pem");
    for (chain, key, named, why) in [
        (&missing, &key, &missing, "No such file"),
        (&chain, &missing, &missing, "No such file"),
        (&empty, &key, &empty, "no certificate in it"),
        (&key, &key, &key, "no certificate in it"),
        (&chain, &empty, &empty, "no private key in it"),
        (&chain, &chain, &chain, "no private key in it"),
        (&chain, &other, &other, "the key does not match"),
        (&cut, &key, &cut, ""),
        (&odd, &key, &odd, ""),
        (&chain, &odd_key, &odd_key, ""),
    ] {
        let (kind, said) = refused(chain, key);
        assert!(said.starts_with(&format!("{}: ", named.display())), "{said}");
        assert!(said.contains(why), "{said}");
        let is_missing = named == &missing;
        assert_eq!(kind, if is_missing { ErrorKind::NotFound } else { ErrorKind::InvalidData });
    }
    for (roots, why) in [(&missing, "No such file"), (&empty, "no certificate"), (&odd, "")] {
        let error = TlsConnector::with_roots_from_pem(roots).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: ", roots.display())), "{error}");
        assert!(error.contains(why), "{error}");
    }
}

/// A certificate of an authority that is the server's own, as `openssl req -x509` makes them:
/// its PEM and its key's.
fn own_authority(days: std::ops::Range<i64>) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut asked = rcgen::CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    asked.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let now = std::time::SystemTime::now();
    let day = |n: i64| {
        let secs = std::time::Duration::from_secs(n.unsigned_abs() * 86_400);
        if n < 0 { now - secs } else { now + secs }
    };
    asked.not_before = day(days.start).into();
    asked.not_after = day(days.end).into();
    (asked.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[test]
fn tls_a_server_whose_own_certificate_is_trusted_needs_nobody_to_vouch_for_it() {
    for (name, days, host, expected) in [
        ("now", -1..1, HOST, None),
        ("past", -3..-1, HOST, Some("Expired")),
        ("future", 1..3, HOST, Some("NotValidYet")),
        ("other", -1..1, "elsewhere", Some("not valid for name")),
    ] {
        let (chain, key) = own_authority(days);
        let (chain, key) =
            (file(&format!("own-{name}.pem"), &chain), file(&format!("own-{name}.key"), &key));
        let acceptor = TlsAcceptor::from_pem_files(&chain, &key).unwrap();
        let connector = TlsConnector::with_roots_from_pem(&chain).unwrap();
        let met = meet(&acceptor, &connector, host, Manners::GOOD).client;
        match expected {
            None => assert!(met.is_ok(), "{name}: {:?}", met.err()),
            Some(why) => {
                let error = met.err().unwrap().to_string();
                assert!(error.contains(why) || error.contains(&why.to_lowercase()), "{error}");
            }
        }
        // Another's certificate, though it be for the same name, is not this one.
        let (other, _) = own_authority(-1..1);
        let other = file(&format!("own-{name}-other.pem"), &other);
        let connector = TlsConnector::with_roots_from_pem(&other).unwrap();
        assert!(meet(&acceptor, &connector, HOST, Manners::GOOD).client.is_err());
    }
}
