//! Where connections come from.
//!
//! Decides the source address. One address has about 28,000 ports for connections to one
//! server, and each that its client closed first rests in TIME_WAIT for a minute; so the
//! connections come from [`ADDRESSES`] addresses of 127.0.0.0/8 in turn, which is room for a
//! million and more a minute. All of them are the loopback interface's already.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const ADDRESSES: usize = 64;

/// No read or write waits longer: far more than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The `number`th connection to `address`.
pub fn connect(address: SocketAddr, number: usize) -> io::Result<TcpStream> {
    connect_by(Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?, address, number)
}

/// The `number`th connection to `address`, which takes few bytes that are not read.
pub fn connect_narrow(address: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_recv_buffer_size(4096)?;
    socket.set_send_buffer_size(16 * 1024)?;
    // Segments of an ordinary link: those of loopback make the server's side take megabytes.
    socket.set_tcp_mss(1400)?;
    connect_by(socket, address, number)
}

fn connect_by(socket: Socket, address: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let last = 1 + (number % ADDRESSES) as u8;
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 1, last), 0)).into())?;
    socket.connect_timeout(&address.into(), PATIENCE)?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Closes `stream` with a reset.
pub fn reset(stream: TcpStream) {
    Socket::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}
