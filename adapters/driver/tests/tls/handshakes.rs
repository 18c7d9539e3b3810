//! How sessions begin, and how they do not.

use crate::certificates::{HOST, IP, VERSIONS, acceptor, client_config, connector, make, pem};
use crate::pairs::{Met, meet, records, session};
use crate::support::clock::Clock;
use crate::support::pipe::{Manners, pipe};
use crate::support::tasks::Tasks;
use crate::support::verbs::Shared;
use blazeio_driver::tls::rustls::crypto::ring;
use blazeio_driver::tls::rustls::pki_types::pem::PemObject;
use blazeio_driver::tls::rustls::pki_types::{CertificateDer, ServerName};
use blazeio_driver::tls::rustls::{ClientConnection, ServerConfig, version};
use blazeio_driver::tls::{HANDSHAKE_TIMEOUT, TlsAcceptor, TlsConnector, rustls};
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::time::Duration;

/// From pleasant to hardly usable.
pub const ALL_MANNERS: [Manners; 6] = [
    Manners::GOOD,
    Manners { chop: 1, ..Manners::GOOD },
    Manners { room: 1, chop: 1, ..Manners::GOOD },
    Manners { is_stormy: true, ..Manners::GOOD },
    Manners { is_held: true, room: 7, ..Manners::GOOD },
    Manners { is_held: true, is_stormy: true, room: 100, chop: 3 },
];

#[test]
fn tls_sessions_begin_over_any_transport() {
    for version in VERSIONS {
        for manners in ALL_MANNERS {
            let (server, client, _) = session(version, manners);
            for end in [&server, &client] {
                end.with(|end| assert_eq!(end.alpn(), Some(&b"http/1.1"[..])));
            }
            let certificate = CertificateDer::from_pem_slice(pem().0.as_bytes()).unwrap();
            client.with(|end| assert_eq!(end.peer_certificates(), Some(&[certificate][..])));
            server.with(|end| assert_eq!(end.peer_certificates(), None));
        }
    }
}

#[test]
fn tls_addresses_are_proved_as_names_are() {
    for host in [HOST, IP, "::1", "[::1]"] {
        let met = meet(&acceptor(&version::TLS13), &connector(), host, Manners::GOOD);
        assert!(met.client.is_ok(), "{host}: {:?}", met.client);
    }
    let met = meet(&acceptor(&version::TLS13), &connector(), "127.0.0.2", Manners::GOOD);
    assert!(met.client.unwrap_err().to_string().contains("not valid for name"));
}

/// What a server of the test certificate makes of a client that sent `begun`, and what that
/// client gets for it.
fn speak(begun: &[u8], manners: Manners) -> (io::Error, Vec<u8>) {
    let (near, far, _) = pipe(manners);
    let (far, runtime) = (Shared::new(far), Clock::default().runtime());
    let (mut outcome, mut answer) = (None, None);
    {
        let mut tasks = Tasks::default();
        tasks.begin(async {
            outcome = Some(acceptor(&version::TLS13).accept(near, &runtime).await);
        });
        tasks.begin(async {
            // More may be said than is listened to.
            let _ = far.write_all(begun).await;
            answer = Some(far.read_length(1000).await.unwrap());
            far.shutdown().await.unwrap();
        });
        tasks.finish();
    }
    (outcome.unwrap().unwrap_err(), answer.unwrap())
}

#[test]
fn tls_plain_http_is_told_from_rubbish_and_both_get_an_alert() {
    let rubbish = [b'?'; 5000];
    for (begun, why) in [
        (&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], "plain HTTP on a TLS port"),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "plain HTTP on a TLS port"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "the TLS handshake failed: "),
        (&rubbish, "the TLS handshake failed: "),
    ] {
        for manners in ALL_MANNERS {
            let (error, answer) = speak(begun, manners);
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().starts_with(why), "{error}");
            // Fatal: decode_error. Then the end.
            assert_eq!(answer, [21, 3, 3, 0, 2, 2, 50], "{manners:?}");
        }
    }
}

#[test]
fn tls_a_server_without_tls_is_said_to_be_one() {
    let (near, far, _) = pipe(Manners::GOOD);
    let (near, runtime) = (Shared::new(near), Clock::default().runtime());
    let mut outcome = None;
    {
        let mut tasks = Tasks::default();
        tasks.begin(async { outcome = Some(connector().connect(HOST, far, &runtime).await) });
        tasks.begin(async {
            near.read_length(100).await.unwrap();
            near.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            near.shutdown().await.unwrap();
        });
        tasks.finish();
    }
    let error = outcome.unwrap().unwrap_err().to_string();
    assert_eq!(error, "plain HTTP from a server that was to speak TLS");
}

#[test]
fn slow_a_handshake_has_to_be_over_within_its_deadline() {
    let hello = {
        let name = ServerName::try_from(HOST).unwrap();
        let mut client = ClientConnection::new(Arc::new(client_config()), name).unwrap();
        let mut hello = Vec::new();
        client.write_tls(&mut hello).unwrap();
        hello
    };
    for (begun, allowed) in [
        (&b""[..], HANDSHAKE_TIMEOUT),
        (&hello[..hello.len() - 1], HANDSHAKE_TIMEOUT),
        (&hello[..], Duration::from_millis(300)),
    ] {
        let (near, far, _) = pipe(Manners::GOOD);
        let (far, clock, mut outcome) = (Shared::new(far), Clock::default(), None);
        let acceptor = acceptor(&version::TLS13);
        let acceptor = if allowed == HANDSHAKE_TIMEOUT {
            acceptor
        } else {
            acceptor.handshake_timeout(allowed)
        };
        {
            let accepting = acceptor.accept(near, &clock.runtime());
            let mut tasks = Tasks::default();
            tasks.begin(async { far.write_all(begun).await.unwrap() });
            tasks.begin(async { outcome = Some(accepting.await) });
            assert_eq!(tasks.settle(), 1);
            clock.advance(allowed - Duration::from_micros(1));
            assert_eq!(tasks.settle(), 1, "too early");
            clock.advance(Duration::from_micros(1));
            assert_eq!(tasks.settle(), 0, "too late");
        }
        let error = outcome.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.to_string().contains(&format!("not over within {allowed:?}")), "{error}");
    }
}

#[test]
fn slow_a_refused_peer_that_stays_is_left_after_a_second() {
    let (near, far, log) = pipe(Manners::GOOD);
    let (far, clock, mut outcome) = (Shared::new(far), Clock::default(), None);
    {
        let accepting = acceptor(&version::TLS13).accept(near, &clock.runtime());
        let mut tasks = Tasks::default();
        tasks.begin(async { far.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap() });
        tasks.begin(async { outcome = Some(accepting.await) });
        assert_eq!(tasks.settle(), 1);
        assert_eq!(log.first(), (vec![21, 3, 3, 0, 2, 2, 50], true), "alert and end, at once");
        clock.advance(Duration::from_millis(999));
        assert_eq!(tasks.settle(), 1, "too early");
        clock.advance(Duration::from_millis(1));
        assert_eq!(tasks.settle(), 0, "too late");
    }
    assert_eq!(outcome.unwrap().unwrap_err().to_string(), "plain HTTP on a TLS port");
}

#[test]
fn tls_a_connection_that_ends_during_the_handshake_says_so() {
    let (near, far, _) = pipe(Manners::GOOD);
    let (far, runtime) = (Shared::new(far), Clock::default().runtime());
    let mut outcome = None;
    {
        let mut tasks = Tasks::default();
        tasks.begin(async {
            outcome = Some(acceptor(&version::TLS13).accept(near, &runtime).await);
        });
        tasks.begin(async { far.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap() });
        tasks.settle();
        tasks.begin(async { far.shutdown().await.unwrap() });
        tasks.finish();
    }
    let error = outcome.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(error.to_string(), "the connection ended during the TLS handshake");
}

/// A client that says other protocols than ours, or none: a plain rustls one.
fn offer(protocols: &[&str]) -> (io::Result<Option<Vec<u8>>>, Option<rustls::Error>) {
    let (near, far, _) = pipe(Manners::GOOD);
    let (far, runtime) = (Shared::new(far), Clock::default().runtime());
    let mut config = client_config();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(HOST).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let (mut outcome, mut heard) = (None, None);
    {
        let mut tasks = Tasks::default();
        tasks.begin(async {
            outcome = Some(acceptor(&version::TLS13).accept(near, &runtime).await);
        });
        tasks.begin(async {
            while client.is_handshaking() && heard.is_none() {
                let mut out = Vec::new();
                while client.wants_write() {
                    client.write_tls(&mut out).unwrap();
                }
                far.write_all(&out).await.unwrap();
                let mut room = [0; 4096];
                let read = far.read(&mut room).await.unwrap();
                client.read_tls(&mut &room[..read]).unwrap();
                heard = client.process_new_packets().err();
            }
            let mut out = Vec::new();
            client.write_tls(&mut out).unwrap();
            if !out.is_empty() {
                far.write_all(&out).await.unwrap();
            }
            far.shutdown().await.unwrap();
        });
        tasks.finish();
    }
    (outcome.unwrap().map(|tls| tls.alpn().map(<[u8]>::to_vec)), heard)
}

#[test]
fn tls_only_http_1_1_is_agreed_on() {
    assert_eq!(offer(&["h2", "http/1.1"]).0.unwrap(), Some(b"http/1.1".to_vec()));
    assert_eq!(offer(&[]).0.unwrap(), None);
    for protocols in [&["h2"][..], &["http/1.0"], &["HTTP/1.1"], &["h2", "http/1"]] {
        let (server, client) = offer(protocols);
        assert_eq!(server.unwrap_err().kind(), ErrorKind::InvalidData);
        let alert = rustls::AlertDescription::NoApplicationProtocol;
        assert_eq!(client, Some(rustls::Error::AlertReceived(alert)), "{protocols:?}");
    }
}

#[test]
fn tls_what_comes_with_the_last_flight_is_not_lost() {
    let (near, far, _) = pipe(Manners::GOOD);
    let (far, runtime) = (Shared::new(far), Clock::default().runtime());
    let name = ServerName::try_from(HOST).unwrap();
    let mut client = ClientConnection::new(Arc::new(client_config()), name).unwrap();
    let mut tasks = Tasks::default();
    tasks.begin(async {
        let server = acceptor(&version::TLS13).accept(near, &runtime).await.unwrap();
        let server = Shared::new(server);
        assert_eq!(server.read_length(5).await.unwrap(), b"early");
        assert_eq!(server.read(&mut [0; 9]).await.unwrap_err().kind(), ErrorKind::InvalidData);
    });
    tasks.begin(async {
        let mut out = Vec::new();
        client.write_tls(&mut out).unwrap();
        far.write_all(&out).await.unwrap();
        while client.is_handshaking() {
            let mut room = [0; 4096];
            let read = far.read(&mut room).await.unwrap();
            client.read_tls(&mut &room[..read]).unwrap();
            client.process_new_packets().unwrap();
        }
        client.writer().write_all(b"early").unwrap();
        let mut out = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut out).unwrap();
        }
        out.extend(b"\x17\x03\x03\x00\x20 thirty-two bytes, but no record.");
        far.write_all(&out).await.unwrap();
    });
    tasks.finish();
}

#[test]
fn tls_an_unknown_server_is_refused_and_told() {
    let (chain, key) = make();
    let chain = vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()];
    let key = PemObject::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    for manners in ALL_MANNERS {
        let acceptor = TlsAcceptor::new(config.clone());
        let Met { server, client, log } = meet(&acceptor, &connector(), HOST, manners);
        let error = client.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("certificate"), "{error}");
        let told = server.unwrap_err().to_string();
        assert!(told.contains("the TLS handshake failed: received fatal alert"), "{told}");
        assert!(log.first().1 && log.second().1, "{manners:?}");
        assert!(!records(&log.second().0).is_empty());
    }
}

#[test]
fn tls_a_host_that_cannot_be_proved_is_no_input() {
    let (_, far, log) = pipe(Manners::GOOD);
    let mut outcome = None;
    {
        let runtime = Clock::default().runtime();
        let connecting = TlsConnector::connect(&connector(), "a b", far, &runtime);
        let mut tasks = Tasks::default();
        tasks.begin(async { outcome = Some(connecting.await) });
        tasks.finish();
    }
    assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(log.second().0, []);
}
