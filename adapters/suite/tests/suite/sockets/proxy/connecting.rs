//! Tunnels of a [`Connector`](blazeio_driver::Connector): in which order, to whom, and who is asked.

use super::{CREDENTIALS, Proxy as Running, both};
use crate::subject::connector;
use crate::suite::network::Network;
use crate::suite::on;
use crate::suite::sockets::program::Echo;
use crate::suite::sockets::tls::Identity;
use crate::suite::sockets::wire::{read_head, server};
use blazeio::{Method, Request};
use blazeio_driver::proxy::{Proxy, Refusal};
use blazeio_driver::tls::TlsConnector;
use blazeio_driver::{ClientConnection, Connector, Error, Threads};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

fn proxy(running: &Running) -> Proxy {
    Proxy::new("127.0.0.1", running.address.port()).basic("user", "secret").unwrap()
}

/// Content of the answer to a GET.
async fn get(connection: &mut ClientConnection, host: &str) -> Result<String, Error> {
    let mut exchange = connection.send(&Request::new(Method::Get, "/", host)).await?;
    let mut content = Vec::new();
    while let Some(piece) = exchange.read().await? {
        content.extend_from_slice(piece);
    }
    Ok(String::from_utf8(content).unwrap())
}

#[test]
fn proxy_a_tunnel_is_a_connection_to_the_origin_for_one_exchange_after_another() {
    let identity = Identity::new("connector");
    let (plain, secure) = (Echo::start(&[]), identity.echo(&[]));
    let tls = TlsConnector::with_roots_from_pem(&identity.chain).unwrap();
    for running in both(Some(CREDENTIALS)) {
        let proxy = proxy(&running);
        on::run(Threads::One, || async {
            let with_tls = connector().handshake(tls.to("localhost"));
            let ways = [(connector(), plain.address), (with_tls, secure.address)];
            for (connector, origin) in ways {
                let through = connector.connect_through(&proxy, "localhost", origin.port());
                let mut connection = through.await.unwrap();
                for _ in 0..3 {
                    assert_eq!(get(&mut connection, "a").await.unwrap(), "This is echo.\n");
                }
                assert_eq!(connection.peer().as_tcp(), Some(running.address));
                connection.close().await;
            }
        });
        let lines = [&plain, &secure].map(|e| format!("CONNECT localhost:{}", e.address.port()));
        assert_eq!(running.asked.lines(), lines);
    }
    assert_eq!(plain.stop() + &secure.stop(), "");
}

#[test]
fn tls_in_a_tunnel_the_origin_has_to_prove_who_it_is() {
    let identity = Identity::new("prove");
    let secure = identity.echo(&[]);
    let tls = TlsConnector::with_roots_from_pem(&identity.chain).unwrap();
    let [running, _] = both(None);
    let proxy = proxy(&running);
    on::run(Threads::One, || async {
        let connector = connector().handshake(tls.to("other.example"));
        let through = connector.connect_through(&proxy, "localhost", secure.address.port());
        assert_eq!(through.await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    });
}

#[test]
fn ssrf_the_rule_is_asked_about_the_proxy_and_nobody_else() {
    let echo = Echo::start(&[]);
    let [running, _] = both(None);
    let proxy = proxy(&running);
    on::run(Threads::One, || async {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let rule = connector().allow(move |at| {
            notes.lock().unwrap().push(at);
            true
        });
        let through = rule.connect_through(&proxy, "localhost", echo.address.port());
        assert_eq!(get(&mut through.await.unwrap(), "a").await.unwrap(), "This is echo.\n");
        assert_eq!(*asked.lock().unwrap(), [running.address]);

        let before = (running.connections)();
        let rule = connector().allow(|_| false);
        let refused = rule.connect_through(&proxy, "localhost", 1).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert!(refused.to_string().starts_with("the proxy 127.0.0.1: "), "{refused}");
        assert_eq!((running.connections)(), before);
    });
    assert_eq!(echo.stop(), "");
}

#[test]
fn proxy_one_that_answered_is_not_asked_again_at_another_address() {
    let refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let (first, thread) = server(1, |_, stream| {
        read_head(stream);
        stream.write_all(refusal).unwrap();
    });
    let [second, _] = both(None);
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let echo = Echo::start(&[]);
    on::run(Threads::One, || async {
        let connect = |addresses: Vec<SocketAddr>| {
            let connector = Connector::new(Arc::new(Network::new(move |_| addresses.clone())));
            let port = echo.address.port();
            async move {
                let proxy = Proxy::new("many", 3128);
                connector.connect_through(&proxy, "127.0.0.1", port).await
            }
        };
        let refused = connect(vec![first, second.address]).await.unwrap_err();
        assert_eq!(Refusal::of(&refused).unwrap().status(), 403);
        assert_eq!(second.asked.lines(), [""; 0]);
        // One that does not answer leaves the next its turn.
        connect(vec![nobody, second.address]).await.unwrap();
        assert_eq!(second.asked.lines().len(), 1);
        let error = connect(vec![nobody]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(Refusal::of(&error).is_none());
        assert!(error.to_string().starts_with("the proxy many: "), "{error}");
    });
    thread.join().unwrap();
}
