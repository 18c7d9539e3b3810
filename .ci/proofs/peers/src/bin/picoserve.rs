//! picoserve's smallest server that says hello.
#![no_std]
#![no_main]

#[path = "../socket.rs"]
mod socket;

use blazeio_proofs::opaque;
use core::future::{Future, poll_fn};
use core::task::Poll;
use embedded_io_async::{ErrorKind, ErrorType, Write as _};
use picoserve::io;
use picoserve::mem::{BorrowedBuffer, BorrowedCursor};
use picoserve::routing::get;
use picoserve::time::{Duration, Timer};
use picoserve::{Config, Router, Timeouts};
use socket::{Socket, run};

blazeio_proofs::entry!(main);
blazeio_proofs::ram!(blazeio_proofs::future_size(&(connection as fn(_) -> _)));

struct Runtime;
struct Clock;
struct Stream(Socket);
struct Writer;

impl Timer<Runtime> for Clock {
    fn delay(&self, duration: Duration) -> impl Future<Output = ()> {
        opaque(duration);
        poll_fn(|_| if opaque(false) { Poll::Ready(()) } else { Poll::Pending })
    }
}

impl ErrorType for Writer {
    type Error = ErrorKind;
}

impl embedded_io_async::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        let len = opaque(bytes).len();
        poll_fn(move |_| if opaque(true) { Poll::Ready(opaque(Ok(len))) } else { Poll::Pending })
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        poll_fn(|_| if opaque(true) { Poll::Ready(opaque(Ok(()))) } else { Poll::Pending })
    }
}

impl io::Write for Writer {
    async fn write_with<F: FnOnce(BorrowedCursor<'_>) -> R, R>(
        &mut self,
        fill: F,
    ) -> Result<R, ErrorKind> {
        let mut bytes = [0; 128];
        let mut buffer = BorrowedBuffer::new(&mut bytes);
        let answer = fill(buffer.unfilled());
        self.write_all(buffer.filled()).await?;
        Ok(answer)
    }
}

impl io::Socket<Runtime> for Stream {
    type Error = ErrorKind;
    type ReadHalf<'a> = &'a Socket;
    type WriteHalf<'a> = Writer;

    fn split(&mut self) -> (&Socket, Writer) {
        (&self.0, Writer)
    }

    async fn abort<T: Timer<Runtime>>(
        self,
        _: &Timeouts,
        _: &T,
    ) -> Result<(), picoserve::Error<ErrorKind>> {
        Ok(())
    }

    async fn shutdown<T: Timer<Runtime>>(
        self,
        _: &Timeouts,
        _: &T,
    ) -> Result<(), picoserve::Error<ErrorKind>> {
        Ok(())
    }
}

async fn connection(buffer: &'static mut [u8]) -> bool {
    let router = Router::new().route("/", get(|| async { "Hello" }));
    static CONFIG: Config = Config::const_default();
    let server = picoserve::Server::custom(&router, Clock, &CONFIG, buffer);
    server.serve(Stream(Socket)).await.is_ok()
}

fn main() {
    static mut BUFFER: [u8; 1024] = [0; 1024];
    // SAFETY: the only place, and it runs once.
    run(async { opaque(connection(unsafe { &mut *&raw mut BUFFER }).await) });
}
