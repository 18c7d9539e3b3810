//! What a connection takes beside the caller's buffers.

use blazeio::web::route::{Route, Routes};
use blazeio::{Limits, Method, Response};
use blazeio_embedded_io::{
    Buffers, Call, EmbassyTimer, Error, Exchange, Server, Service, Timer, Transport,
};
use core::future::pending;
use embassy_net::tcp::TcpSocket;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

static LIMITS: Limits = Limits::DEFAULT;
static TABLE: [Route<'static, ()>; 1] = [Route::new(Method::Get, "/", ())];
static ROUTES: Routes<'static, ()> = Routes::checked(&TABLE);

/// A handler whose future is the exchange's own.
struct Hello;

impl Service for Hello {
    type Page = ();

    fn routes(&self) -> Routes<'_, ()> {
        ROUTES
    }

    fn answer(
        &self,
        _: Call<'_, ()>,
        exchange: &mut Exchange<'_, '_>,
    ) -> impl Future<Output = Result<(), Error>> {
        exchange.send(const { &Response::new(200) }, b"Hello")
    }
}

/// The same as an async function, which keeps its arguments.
struct AsyncHello;

impl Service for AsyncHello {
    type Page = ();

    fn routes(&self) -> Routes<'_, ()> {
        ROUTES
    }

    async fn answer(&self, _: Call<'_, ()>, exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
        exchange.send(&Response::new(200), b"Hello").await
    }
}

/// A transport and a timer that take no memory themselves.
struct Nothing;

impl Transport for Nothing {
    type Error = ErrorKind;

    fn split(&mut self) -> (impl Read<Error = ErrorKind>, impl Write<Error = ErrorKind>) {
        (Nothing, Nothing)
    }

    fn end(&mut self) {}

    fn abort(&mut self) {}
}

impl ErrorType for Nothing {
    type Error = ErrorKind;
}

impl Read for Nothing {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> {
        pending().await
    }
}

impl Write for Nothing {
    async fn write(&mut self, _: &[u8]) -> Result<usize, ErrorKind> {
        pending().await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        pending().await
    }
}

impl Timer for Nothing {
    fn now(&self) -> u64 {
        0
    }

    async fn wait_until(&self, _: u64) {
        pending().await
    }
}

/// The future of a served connection, without ever making one.
fn size_of_served<S: Service + 'static, C: Timer + 'static, T: Transport>(
    service: &'static S,
    timer: &'static C,
    _: impl FnOnce() -> T,
) -> usize {
    fn size<F>(_: impl FnOnce(&'static mut [u8]) -> F) -> usize {
        size_of::<F>()
    }
    fn none<T>() -> T {
        unreachable!("never called")
    }
    size(|input| {
        let server = Server::new(service, timer, &LIMITS);
        let buffers = Buffers { input, landing: &mut [], output: &mut [] };
        server.serve(none::<T>(), buffers, pending())
    })
}

#[test]
fn a_connection_and_its_future_take_at_most_1000_bytes() {
    let bare = size_of_served(&Hello, &Nothing, || Nothing);
    let embassy = size_of_served(&AsyncHello, &EmbassyTimer, || -> TcpSocket<'static> {
        unreachable!("never called")
    });
    println!("connection and future, transport and timer of no size: {bare} bytes");
    println!("the same with embassy-net, embassy-time and an async handler: {embassy} bytes");
    assert!(bare <= 1000 && embassy <= 1600, "{bare} {embassy}");
}
