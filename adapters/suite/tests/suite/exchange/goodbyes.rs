//! A client that closes in order (SHUT).

use crate::stories::story;
use crate::subject::Subject;
use crate::suite::exchange::near::{client, until, within};
use blazeio::{Method, Request};
use blazeio_driver::tls::rustls::RootCertStore;
use blazeio_driver::tls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use blazeio_driver::tls::rustls::{ServerConfig, crypto::ring};
use blazeio_driver::tls::{TlsAcceptor, TlsConnector};
use blazeio_driver::{Address, Runtime, TokioIo, Transport};
use macro_rules_attribute::apply;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The two ends of one trust.
fn tls() -> (TlsAcceptor, TlsConnector) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let chain = vec![made.cert.der().clone()];
    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (TlsAcceptor::new(config), TlsConnector::with_roots(roots).unwrap())
}

/// Answers one request over TLS; how reading ended after that.
async fn answer(acceptor: TlsAcceptor, stream: DuplexStream) -> io::Result<usize> {
    let runtime: Arc<dyn Runtime> = Arc::new(Subject::current());
    let mut session = acceptor.accept(TokioIo::new(stream), &runtime).await?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut room = [0; 512];
        let n = poll_fn(|cx| session.poll_read(cx, &mut room)).await?;
        request.extend_from_slice(&room[..n]);
    }
    poll_fn(|cx| session.poll_write(cx, &[IoSlice::new(RESPONSE)])).await?;
    poll_fn(|cx| session.poll_flush(cx)).await?;
    poll_fn(|cx| session.poll_read(cx, &mut [0; 16])).await
}

#[apply(story!)]
async fn shut_over_tls_a_close_that_was_awaited_has_said_close_notify() {
    let (acceptor, tls) = tls();
    let (ours, theirs) = duplex(64 * 1024);
    let server = crate::suite::on::spawn(answer(acceptor, theirs));
    let connector = crate::subject::connector().handshake(tls.to("localhost"));
    let mut connection = connector.over(TokioIo::new(ours), Address::Unnamed).await.unwrap();
    let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap();
    assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"ok"[..]));
    assert_eq!(within(exchange.read()).await.unwrap(), None);
    drop(exchange);
    within(connection.close()).await;
    assert_eq!(connector.statistics().active, 0);
    // Without close_notify it would be an error.
    assert_eq!(within(server).await.unwrap().unwrap(), 0);
}

#[apply(story!)]
async fn shut_a_close_waits_for_the_exchange_in_hand() {
    let (ours, mut theirs) = duplex(64 * 1024);
    let mut connection = client(ours).await;
    let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap();
    let closing = crate::suite::on::spawn(connection.close());
    crate::suite::on::yield_now().await;
    assert!(!closing.is_finished());
    theirs.write_all(RESPONSE).await.unwrap();
    assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"ok"[..]));
    assert_eq!(within(exchange.read()).await.unwrap(), None);
    within(closing).await.unwrap();
    let mut rest = String::new();
    within(theirs.read_to_string(&mut rest)).await.unwrap();
    assert!(rest.starts_with("GET / HTTP/1.1\r\n"), "{rest}");
}

#[apply(story!)]
async fn shut_closing_what_the_server_has_closed_ends_at_once() {
    let (ours, theirs) = duplex(64);
    let connection = client(ours).await;
    drop(theirs);
    until(|| !connection.is_open()).await;
    within(connection.close()).await;
    let (ours, _theirs) = duplex(64);
    let connection = client(ours).await;
    connection.abort();
    within(connection.close()).await;
}
