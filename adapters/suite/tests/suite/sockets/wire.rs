//! Conversations in raw bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A connection whose reads and writes end after 10 s.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends `request` on a connection of its own; everything until the server closes.
pub fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    let mut stream = connect(address);
    stream.write_all(request.as_ref()).unwrap();
    read_all(&mut stream)
}

/// As [`ask`], with the end of input behind the request.
pub fn ask_and_end(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    let mut stream = connect(address);
    stream.write_all(request.as_ref()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    read_all(&mut stream)
}

/// Everything until the end of input, which must come in order.
pub fn read_all(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    String::from_utf8(all).unwrap()
}

/// Reads a head, byte by byte so that nothing behind it is taken.
pub fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Whether the other side reset the connection or ended it, and sent nothing before.
pub fn ends_without_a_byte(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 64]) {
        Ok(n) => n == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// The status codes of all responses in `text`, in order.
pub fn statuses(text: &str) -> Vec<u16> {
    let starts = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]);
    starts.map(|code| code.parse().unwrap()).collect()
}

/// Asserts that `response` is one alone, refuses with `status`, and says close.
#[track_caller]
pub fn assert_refused(response: &str, status: u16) {
    assert_eq!(statuses(response), [status], "{response}");
    assert!(response.contains("\r\nConnection: close\r\n"), "{response}");
}

/// A server of one thread that gives each connection, in turn, to `answer` with its number.
pub fn server(
    connections: usize,
    answer: impl Fn(usize, &mut TcpStream) + Send + 'static,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        for number in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            answer(number, &mut stream);
        }
    });
    (address, thread)
}

/// Makes closing `stream` a reset.
pub fn reset_on_close(stream: TcpStream) -> tokio::net::TcpStream {
    stream.set_nonblocking(true).unwrap();
    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
    stream.set_zero_linger().unwrap();
    stream
}
