//! Against another adapter of rustls, over sockets.

#[path = "../support/sockets.rs"]
mod sockets;

use crate::certificates::{HOST, VERSIONS, acceptor, client_config, connector, server_config};
use crate::support::verbs::Shared;
use blazeio_driver::tls::Tls;
use blazeio_driver::tls::rustls::pki_types::ServerName;
use blazeio_driver::tls::rustls::version;
use sockets::{Socket, runtime};
use std::future::Future;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LENGTH: usize = 3 << 20;

async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(listener.accept(), TcpStream::connect(address));
    (near.unwrap().0, far.unwrap())
}

/// Longer than any of this takes.
async fn soon<R>(work: impl Future<Output = R>) -> R {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("it hangs")
}

/// Sends and receives at once, then ends in order and sees the other's end.
async fn ours(tls: Tls<Socket>) {
    assert_eq!(tls.alpn(), Some(&b"http/1.1"[..]));
    let tls = Shared::new(tls);
    let content = vec![b'o'; LENGTH];
    let sending = async {
        tls.write_all(&content).await.unwrap();
        tls.shutdown().await.unwrap();
    };
    let receiving = async {
        assert!(tls.read_length(LENGTH).await.unwrap() == vec![b't'; LENGTH]);
        assert_eq!(tls.read(&mut [0; 100]).await.unwrap(), 0);
    };
    tokio::join!(sending, receiving);
}

/// The same by the peer.
async fn theirs(stream: impl AsyncRead + AsyncWrite) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let content = vec![b't'; LENGTH];
    let sending = async {
        writer.write_all(&content).await.unwrap();
        writer.shutdown().await.unwrap();
    };
    let receiving = async {
        let mut received = Vec::new();
        // An end without close_notify would be an error here.
        reader.read_to_end(&mut received).await.unwrap();
        assert!(received == vec![b'o'; LENGTH]);
    };
    tokio::join!(sending, receiving);
}

#[tokio::test]
async fn tls_our_server_and_a_client_of_tokio_rustls() {
    for version in VERSIONS {
        let (near, far) = sockets().await;
        let mut config = client_config();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let peer = tokio_rustls::TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from(HOST).unwrap();
        let runtime = runtime();
        let server =
            async { ours(acceptor(version).accept(Socket(near), &runtime).await.unwrap()).await };
        let client = async { theirs(peer.connect(name, far).await.unwrap()).await };
        soon(async { tokio::join!(server, client) }).await;
    }
}

#[tokio::test]
async fn tls_our_client_and_a_server_of_tokio_rustls() {
    for version in VERSIONS {
        let (near, far) = sockets().await;
        let mut config = server_config(version);
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        let peer = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let runtime = runtime();
        let client =
            async { ours(connector().connect(HOST, Socket(near), &runtime).await.unwrap()).await };
        let server = async { theirs(peer.accept(far).await.unwrap()).await };
        soon(async { tokio::join!(server, client) }).await;
    }
}

#[tokio::test]
async fn tls_an_alert_is_not_lost_to_a_reset() {
    let (near, mut far) = sockets().await;
    let runtime = runtime();
    let refusing = async { acceptor(&version::TLS13).accept(Socket(near), &runtime).await };
    let peer = async {
        // Far more than is read before the alert is sent.
        far.write_all(&[b'?'; 60_000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        far.write_all(&[b'?'; 100]).await.unwrap();
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, [21, 3, 3, 0, 2, 2, 50]);
        drop(far);
    };
    let (refused, ()) = soon(async { tokio::join!(refusing, peer) }).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidData);
}

#[tokio::test]
async fn tls_a_silent_client_is_left_in_time() {
    let (near, far) = sockets().await;
    let allowed = Duration::from_millis(50);
    let begin = std::time::Instant::now();
    let acceptor = acceptor(&version::TLS13).handshake_timeout(allowed);
    let error = soon(acceptor.accept(Socket(near), &runtime())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(begin.elapsed() >= allowed);
    drop(far);
}
