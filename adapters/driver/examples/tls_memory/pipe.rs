//! A stream in memory whose buffers never grow, and a runtime in which no time goes by.

use blazeio_driver::{Address, BoundListener, Listener, Runtime, Task, Timer, Transport, Wait};
use std::collections::VecDeque;
use std::io::{self, IoSlice, Read};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// Bytes under way at most, each direction.
const ROOM: usize = 8 * 1024;

/// One direction.
type Way = Arc<Mutex<VecDeque<u8>>>;

/// One end of a stream. Whoever uses it polls until something happens: it wakes nobody.
pub struct Pipe {
    input: Way,
    output: Way,
}

/// Two ends.
pub fn pipe() -> (Pipe, Pipe) {
    let [one, other] = [(); 2].map(|()| Arc::new(Mutex::new(VecDeque::with_capacity(ROOM))));
    let near = Pipe { input: Arc::clone(&one), output: Arc::clone(&other) };
    (near, Pipe { input: other, output: one })
}

impl Transport for Pipe {
    fn poll_read(&mut self, _: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        if input.is_empty() { Poll::Pending } else { Poll::Ready(input.read(room)) }
    }

    fn poll_write(
        &mut self,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let before = output.len();
        let all = slices.iter().flat_map(|slice| slice.iter());
        output.extend(all.take(ROOM - before));
        if output.len() == before {
            return Poll::Pending;
        }
        Poll::Ready(Ok(output.len() - before))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A runtime without time, and with nothing else.
pub struct Still;

impl Timer for Still {
    fn poll(&mut self, _: &mut Context<'_>, _: u64) -> Poll<()> {
        Poll::Pending
    }
}

impl Runtime for Still {
    fn now(&self) -> u64 {
        0
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(Self)
    }

    fn spawn(&self, _: Task) {}

    fn spawn_blocking(&self, _: Box<dyn FnOnce() + Send>) {}

    fn resolve(&self, _: &str, _: u16) -> Wait<Vec<SocketAddr>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }

    fn connect(&self, _: &Address) -> Wait<Box<dyn Transport>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }

    fn adopt(&self, _: BoundListener) -> io::Result<Box<dyn Listener>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
