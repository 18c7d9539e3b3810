//! What a program over embedded-io-async has of its own, a clock and a transport, which the
//! optimiser cannot see into, and which never panic themselves.

use blazeio_embedded_io::{Timer, Transport};
use blazeio_proofs::opaque;
use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use embedded_io_async::{ErrorType, Read, Write};

pub struct Clock;

impl Timer for Clock {
    fn now(&self) -> u64 {
        opaque(0)
    }

    fn wait_until(&self, at: u64) -> impl Future<Output = ()> {
        poll_fn(move |_| if opaque(at) == 0 { Poll::Ready(()) } else { Poll::Pending })
    }
}

pub struct Socket;

struct Half;

impl Transport for Socket {
    type Error = Infallible;

    fn split(&mut self) -> (impl Read<Error = Infallible>, impl Write<Error = Infallible>) {
        (Half, Half)
    }

    fn end(&mut self) {
        opaque(());
    }

    fn abort(&mut self) {
        opaque(());
    }
}

impl ErrorType for Half {
    type Error = Infallible;
}

impl Read for Half {
    fn read(&mut self, room: &mut [u8]) -> impl Future<Output = Result<usize, Infallible>> {
        let room = opaque(room).len();
        poll_fn(move |_| sooner_or_later(room))
    }
}

impl Write for Half {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Infallible>> {
        let len = opaque(bytes).len();
        poll_fn(move |_| sooner_or_later(len))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        poll_fn(move |_| sooner_or_later(()))
    }
}

fn sooner_or_later<T>(done: T) -> Poll<Result<T, Infallible>> {
    if opaque(true) { Poll::Ready(Ok(opaque(done))) } else { Poll::Pending }
}

/// Polls until it is ready.
pub fn run(future: impl Future) {
    let mut future = pin!(future);
    // What a connection takes beside the buffers, which are the caller's.
    opaque(size_of_val(&*future));
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}
