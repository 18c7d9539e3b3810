//! What an idle TLS session holds on the server's side, in bytes of heap.
//!
//! Shakes hands 1,000 times over pipes in memory, lets every session carry a request and a
//! response, drops the clients, and prints what is still allocated for each session that is
//! left: beside what was allocated before, and the pipes.
//!
//! ```text
//! cargo run --release -p blazeio-driver --features rustls --example tls_memory
//! ```

#[path = "tls_memory/heap.rs"]
mod heap;
#[path = "tls_memory/pipe.rs"]
mod pipe;

use blazeio_driver::tls::rustls::crypto::ring;
use blazeio_driver::tls::rustls::pki_types::pem::PemObject;
use blazeio_driver::tls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use blazeio_driver::tls::rustls::server::NoServerSessionStorage;
use blazeio_driver::tls::rustls::{
    ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version,
};
use blazeio_driver::tls::{Tls, TlsAcceptor, TlsConnector};
use blazeio_driver::{Runtime, Transport};
use heap::Heap;
use pipe::{Pipe, Still, pipe};
use std::error::Error;
use std::future::Future;
use std::io::IoSlice;
use std::mem::size_of;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

#[global_allocator]
static HEAP: Heap = Heap::new();

const SESSIONS: usize = 1000;

/// Of an ordinary exchange, in bytes.
const REQUEST: usize = 400;
const RESPONSE: usize = 1500;
/// Of an upload, which comes in full records.
const UPLOAD: usize = 64 * 1024;

type Outcome<R> = Result<R, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    println!("{:<10} {:>12} {:>12} {:>12}", "version", "handshake", "exchange", "upload");
    for version in [&version::TLS13, &version::TLS12] {
        let acceptor = TlsAcceptor::new(server(&chain, &key, version)?);
        let connector = TlsConnector::new(client(&chain)?);
        // Once before: what is allocated only once is no session's.
        measure(1, &[], &acceptor, &connector)?;
        let exchange = &[(REQUEST, RESPONSE)][..];
        let held = [
            measure(SESSIONS, &[], &acceptor, &connector)?,
            measure(SESSIONS, exchange, &acceptor, &connector)?,
            measure(SESSIONS, &[(UPLOAD, RESPONSE)], &acceptor, &connector)?,
        ];
        let name = format!("{:?}", version.version);
        println!("{name:<10} {:>12} {:>12} {:>12}", held[0], held[1], held[2]);
    }
    println!("bytes of heap per idle session of {SESSIONS}, and {} inline", size_of::<Tls<()>>());
    Ok(())
}

fn server(
    chain: &str,
    key: &str,
    version: &'static SupportedProtocolVersion,
) -> Outcome<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(chain.as_bytes())?];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())?;
    let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_protocol_versions(&[version])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // As TlsAcceptor::from_pem_files has it.
    config.ticketer = ring::Ticketer::new()?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

fn client(chain: &str) -> Outcome<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(chain.as_bytes())?)?;
    Ok(ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Bytes of heap that each of `count` sessions holds after these exchanges.
fn measure(
    count: usize,
    exchanges: &[(usize, usize)],
    acceptor: &TlsAcceptor,
    connector: &TlsConnector,
) -> Outcome<usize> {
    let mut clients = Vec::with_capacity(count);
    let mut servers = Vec::with_capacity(count);
    let runtime: Arc<dyn Runtime> = Arc::new(Still);
    let before = HEAP.held();
    let pipes: Vec<_> = (0..count).map(|_| pipe()).collect();
    let of_pipes = HEAP.held() - before - count * size_of::<(Pipe, Pipe)>();
    for (near, far) in pipes {
        let (mut server, mut client) = shake(acceptor, connector, near, far, &runtime)?;
        for (request, response) in exchanges {
            carry(&mut client, &mut server, *request)?;
            carry(&mut server, &mut client, *response)?;
        }
        // Both wait for what comes next, as connections do.
        wait(&mut server)?;
        wait(&mut client)?;
        servers.push(server);
        clients.push(client);
    }
    // Their memory goes; the vector of them was there before.
    clients.clear();
    let held = HEAP.held() - before - of_pipes;
    drop(servers);
    Ok(held / count)
}

fn shake(
    acceptor: &TlsAcceptor,
    connector: &TlsConnector,
    near: Pipe,
    far: Pipe,
    runtime: &Arc<dyn Runtime>,
) -> Outcome<(Tls<Pipe>, Tls<Pipe>)> {
    let mut accepting = pin!(acceptor.accept(near, runtime));
    let mut connecting = pin!(connector.connect("localhost", far, runtime));
    let (mut server, mut client) = (None, None);
    let mut cx = Context::from_waker(Waker::noop());
    // Flights that a handshake has, and some more.
    for _ in 0..20 {
        if client.is_none() {
            if let Poll::Ready(done) = connecting.as_mut().poll(&mut cx) {
                client = Some(done?);
            }
        }
        if server.is_none() {
            if let Poll::Ready(done) = accepting.as_mut().poll(&mut cx) {
                server = Some(done?);
            }
        }
    }
    server.zip(client).ok_or_else(|| "no handshake".into())
}

/// Sends `length` bytes through.
fn carry(from: &mut Tls<Pipe>, to: &mut Tls<Pipe>, length: usize) -> Outcome<()> {
    let (content, mut room) = (vec![b'x'; length], vec![0; 16 * 1024]);
    let mut cx = Context::from_waker(Waker::noop());
    let (mut sent, mut received) = (0, 0);
    while received < length {
        if sent < length {
            let slice = [IoSlice::new(&content[sent..])];
            if let Poll::Ready(written) = from.poll_write(&mut cx, &slice) {
                sent += written?;
            }
        }
        if let Poll::Ready(flushed) = from.poll_flush(&mut cx) {
            flushed?;
        }
        while let Poll::Ready(read) = to.poll_read(&mut cx, &mut room) {
            received += read?;
        }
    }
    Ok(())
}

fn wait(end: &mut Tls<Pipe>) -> Outcome<()> {
    match end.poll_read(&mut Context::from_waker(Waker::noop()), &mut [0; 100]) {
        Poll::Pending => Ok(()),
        Poll::Ready(_) => Err("something came".into()),
    }
}
