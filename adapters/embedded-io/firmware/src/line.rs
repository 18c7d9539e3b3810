//! A serial line as a transport.

use crate::board;
use blazeio_embedded_io::Transport;
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::Poll;
use embedded_io_async::{ErrorType, Read, Write};

/// One of the board's serial lines. It has no end: who speaks next is agreed upon elsewhere.
pub struct Line(usize);

impl Line {
    /// The line of that number.
    pub fn new(number: usize) -> Self {
        Self(number)
    }
}

impl Transport for Line {
    type Error = Infallible;

    fn split(&mut self) -> (impl Read<Error = Infallible>, impl Write<Error = Infallible>) {
        (Half(self.0), Half(self.0))
    }

    fn end(&mut self) {}

    fn abort(&mut self) {}
}

struct Half(usize);

impl ErrorType for Half {
    type Error = Infallible;
}

impl Read for Half {
    fn read(&mut self, room: &mut [u8]) -> impl Future<Output = Result<usize, Infallible>> {
        poll_fn(|_| {
            let received = core::iter::from_fn(|| board::receive(self.0));
            let n = room.iter_mut().zip(received).map(|(place, byte)| *place = byte).count();
            done(n)
        })
    }
}

impl Write for Half {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Infallible>> {
        poll_fn(|_| done(bytes.iter().take_while(|byte| board::send(self.0, **byte)).count()))
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn done(n: usize) -> Poll<Result<usize, Infallible>> {
    if n == 0 { Poll::Pending } else { Poll::Ready(Ok(n)) }
}
