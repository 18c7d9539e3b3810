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
