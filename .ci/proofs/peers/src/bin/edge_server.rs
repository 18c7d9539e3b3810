//! edge-http's smallest server that says hello.
#![no_std]
#![no_main]

#[path = "../network.rs"]
mod network;
#[path = "../socket.rs"]
mod socket;

use core::fmt::{Debug, Display};
use core::future::Future;
use edge_http::io::Error;
use edge_http::io::server::{Connection, Handler, handle_connection};
use embedded_io_async::{Read, Write};
use socket::{Socket, run};

blazeio_proofs::entry!(main);
blazeio_proofs::ram!(blazeio_proofs::future_size(&(connection as fn(_) -> _)));

struct Hello;

impl Handler for Hello {
    type Error<E: Debug> = Error<E>;

    async fn handle<T: Read + Write + edge_nal::TcpSplit, const N: usize>(
        &self,
        _: impl Display + Copy,
        connection: &mut Connection<'_, T, N>,
    ) -> Result<(), Error<T::Error>> {
        if connection.headers()?.path != "/" {
            return connection.initiate_response(404, None, &[]).await;
        }
        connection.initiate_response(200, None, &[("Content-Length", "5")]).await?;
        connection.write_all(b"Hello").await
    }
}

fn connection(buffer: &'static mut [u8]) -> impl Future {
    handle_connection::<_, _, 16>(Socket, buffer, None, 0u8, Hello)
}

fn main() {
    static mut BUFFER: [u8; 2048] = [0; 2048];
    // SAFETY: the only place, and it runs once.
    run(connection(unsafe { &mut *&raw mut BUFFER }));
}
