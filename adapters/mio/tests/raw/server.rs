//! The loop in a thread of its own, and blocking sockets that ask it.

use crate::raw;
use blazeio::Limits;
use mio::net::{TcpListener, UnixStream};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Nothing here takes this long, unless it hangs.
const FOREVER: Duration = Duration::from_secs(60);

/// A loop that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    running: Option<UnixStream>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Server {
    pub fn start(limits: &'static Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (running, stop) = UnixStream::pair().unwrap();
        let thread = thread::spawn(move || raw::serve(listener, stop, limits));
        Self { address, running: Some(running), thread: Some(thread) }
    }

    pub fn connect(&self) -> Peer {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(FOREVER)).unwrap();
        Peer { stream, received: Vec::new() }
    }

    /// Tells it to stop.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Waits until it has stopped.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if !thread::panicking() {
            self.join();
        }
    }
}

/// A client.
pub struct Peer {
    pub stream: TcpStream,
    received: Vec<u8>,
}

impl Peer {
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends `request`; the response.
    pub fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.send(request);
        let is_head = request.starts_with(b"HEAD");
        self.next(is_head)
    }

    /// The next response to a request that is no HEAD.
    pub fn receive(&mut self) -> Vec<u8> {
        self.next(false)
    }

    /// Sends `request`; all that comes until the server closes. It may close before it has read
    /// all, and then says why all the same.
    pub fn ask_and_close(&mut self, request: &[u8]) -> Vec<u8> {
        let mut sender = self.stream.try_clone().unwrap();
        let request = request.to_vec();
        let sent = thread::spawn(move || drop(sender.write_all(&request)));
        self.stream.read_to_end(&mut self.received).unwrap();
        sent.join().unwrap();
        std::mem::take(&mut self.received)
    }

    /// Closes by a reset.
    pub fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    fn next(&mut self, is_head: bool) -> Vec<u8> {
        loop {
            if let Some(len) = length(&self.received, is_head) {
                let rest = self.received.split_off(len);
                return std::mem::replace(&mut self.received, rest);
            }
            let mut room = [0; 64 * 1024];
            let n = self.stream.read(&mut room).unwrap();
            assert_ne!(n, 0, "closed after {}", self.received.escape_ascii());
            self.received.extend_from_slice(&room[..n]);
        }
    }
}

/// The length of the first response in `bytes`, if it is complete.
fn length(bytes: &[u8], is_head: bool) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let field = head.split("\r\n").find_map(|line| line.strip_prefix("Content-Length: "));
    let content: usize = field.expect("a length").parse().unwrap();
    let whole = if is_head { end } else { end + content };
    (bytes.len() >= whole).then_some(whole)
}
