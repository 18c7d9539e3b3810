//! A byte stream which the optimiser cannot see into: the same as our own programs have.

use blazeio_proofs::opaque;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

pub struct Socket;

impl ErrorType for Socket {
    type Error = ErrorKind;
}

impl ErrorType for &Socket {
    type Error = ErrorKind;
}

impl Read for Socket {
    fn read(&mut self, room: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        let room = opaque(room).len();
        poll_fn(move |_| sooner_or_later(room))
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        let len = opaque(bytes).len();
        poll_fn(move |_| sooner_or_later(len))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        poll_fn(move |_| sooner_or_later(()))
    }
}

impl Read for &Socket {
    fn read(&mut self, room: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        let room = opaque(room).len();
        poll_fn(move |_| sooner_or_later(room))
    }
}

impl Write for &Socket {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        let len = opaque(bytes).len();
        poll_fn(move |_| sooner_or_later(len))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        poll_fn(move |_| sooner_or_later(()))
    }
}

fn sooner_or_later<T>(done: T) -> Poll<Result<T, ErrorKind>> {
    if opaque(true) { Poll::Ready(opaque(Ok(done))) } else { Poll::Pending }
}

/// Polls until it is ready.
pub fn run(future: impl Future) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}
