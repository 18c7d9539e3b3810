//! Peers that read slowly (SLOW).

use crate::stories::story;
use crate::suite::exchange::near::{until, within};
use blazeio::{Limits, Response, Server, Timeout, Timeouts};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use socket2::{Domain, Protocol, Socket, Type};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::unbounded_channel;

/// The least rate of the server below, in bytes a second.
const RATE: usize = 16 * 1024;

/// More than any system's buffers hold.
async fn long(mut exchange: Exchange<Server>) -> Result<(), Error> {
    exchange.respond(&Response::new(200).sized(100_000_000)).await?;
    loop {
        exchange.write(&[b'x'; 16 * 1024]).await?;
    }
}

/// A client that holds little, over segments of an ordinary link: those of loopback are as long as
/// all the bytes that a slow reader reads in seconds.
fn narrow(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.set_tcp_mss(1400).unwrap();
    socket.connect(&address.into()).unwrap();
    crate::suite::peer::adopt(socket.into()).unwrap()
}

#[apply(story!)]
async fn slow_a_reader_that_keeps_the_least_rate_is_served_on_and_one_that_stops_is_reset() {
    let second = Timeout::secs(1);
    let timeouts = Timeouts { write: second, ..Timeouts::DEFAULT };
    let limits = Limits { timeouts, min_rate: RATE as u32, rate_credit: second, ..Limits::DEFAULT };
    let (told, mut hears) = unbounded_channel::<String>();
    let handle = crate::subject::serve("127.0.0.1:0", long)
        .configure(|serve| {
            serve.limits(limits).report(move |report| told.send(report.to_string()).unwrap())
        })
        .start()
        .unwrap();
    let mut client = narrow(handle.addresses()[0].as_tcp().unwrap());
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut piece = [0; RATE / 10];
    // Twice the rate, several times as long as silence is borne.
    for _ in 0..100 {
        within(client.read_exact(&mut piece)).await.unwrap();
        crate::suite::on::sleep(Duration::from_millis(50)).await;
    }
    assert!(hears.try_recv().is_err());
    let report = within(hears.recv()).await.unwrap();
    assert!(report.contains("too slowly"), "{report}");
    until(|| handle.statistics().active == 0).await;
}
