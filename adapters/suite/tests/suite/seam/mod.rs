//! The seam over real sockets: both flavors of runtime, TCP and Unix.

mod loss;
mod readiness;
mod runtime;
mod streams;

use crate::subject::{Subject, TcpTransport, tcp};
use crate::suite::on::{FOREVER, on_each};
use blazeio_driver::{Ambient, ListenOptions, Runtime, Transport, bind};
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake};
use std::time::Duration;

/// A transport, and the plain blocking socket at its other end.
fn pair() -> (TcpTransport, TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    far.set_nodelay(true).unwrap();
    let (near, _) = listener.accept().unwrap();
    near.set_nonblocking(true).unwrap();
    (tcp(near), far)
}

/// Two transports, joined through a listener and the whole of the seam.
async fn joined(address: &str) -> (Box<dyn Transport>, Box<dyn Transport>) {
    let runtime = Subject::current();
    let bound = bind(&address.parse().unwrap(), &ListenOptions::DEFAULT).unwrap();
    let mut listener = runtime.adopt(bound).unwrap();
    let near = runtime.connect(&listener.local_address().unwrap()).await.unwrap();
    let (far, _) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
    (near, far)
}

async fn read(transport: &mut dyn Transport, size: usize) -> io::Result<Vec<u8>> {
    let mut room = vec![0; size];
    let n = poll_fn(|cx| transport.poll_read(cx, &mut room)).await?;
    room.truncate(n);
    Ok(room)
}

async fn write(transport: &mut dyn Transport, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let (one, two) = bytes.split_at(bytes.len() / 2);
        let slices = [IoSlice::new(one), IoSlice::new(two)];
        let n = poll_fn(|cx| transport.poll_write(cx, &slices)).await?;
        assert_ne!(n, 0);
        bytes = bytes.get(n..).unwrap();
    }
    Ok(())
}

async fn is_read_pending(transport: &mut dyn Transport) -> bool {
    poll_fn(|cx| Poll::Ready(transport.poll_read(cx, &mut [0; 64]).is_pending())).await
}

async fn lost(transport: &mut dyn Transport) -> io::Error {
    poll_fn(|cx| transport.poll_lost(cx)).await
}

/// Closes with a reset.
fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Small numbers, the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}
