//! edge-http's smallest client: a request, its response, and some content.
#![no_std]
#![no_main]

#[path = "../network.rs"]
mod network;
#[path = "../socket.rs"]
mod socket;

use blazeio_proofs::opaque;
use core::net::{Ipv4Addr, SocketAddr};
use edge_http::Method;
use edge_http::io::Error;
use edge_http::io::client::Connection;
use embedded_io_async::{ErrorKind, Read};
use network::Network;
use socket::run;

blazeio_proofs::entry!(main);
blazeio_proofs::ram!(blazeio_proofs::future_size(&(exchange as fn(_) -> _)));

async fn exchange(buffer: &'static mut [u8]) -> Result<(u16, usize), Error<ErrorKind>> {
    let address = opaque(SocketAddr::from((Ipv4Addr::LOCALHOST, 80)));
    let mut connection: Connection<'_, _, 16> = Connection::new(buffer, &Network, address);
    connection.initiate_request(true, Method::Get, "/", &[("Host", "a")]).await?;
    connection.initiate_response().await?;
    let status = connection.headers()?.code;
    let mut content = [0; 64];
    Ok((status, connection.read(&mut content).await?))
}

fn main() {
    static mut BUFFER: [u8; 2048] = [0; 2048];
    // SAFETY: the only place, and it runs once.
    run(async { opaque(exchange(unsafe { &mut *&raw mut BUFFER }).await.is_ok()) });
}
