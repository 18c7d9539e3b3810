//! The smallest server over embedded-io-async that says hello, for its size and its panics: one
//! route, content of 5 bytes, keep-alive, deadlines, a graceful close.
#![no_std]
#![no_main]

#[path = "../transport.rs"]
mod transport;

use blazeio::web::route::{Route, Routes};
use blazeio::{Limits, Method, Response};
use blazeio_embedded_io::{Buffers, Call, Error, Exchange, Server, Service};
use blazeio_proofs::opaque;
use core::future::{Future, poll_fn};
use core::task::Poll;
use transport::{Clock, Socket, run};

blazeio_proofs::entry!(main);
blazeio_proofs::ram!(blazeio_proofs::future_size(&(connection as fn(_) -> _)));

static LIMITS: Limits = Limits { head: 1024, start_line: 1024, ..Limits::DEFAULT };
static TABLE: [Route<'static, ()>; 1] = [Route::new(Method::Get, "/", ())];
static ROUTES: Routes<'static, ()> = Routes::checked(&TABLE);

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

fn connection(buffers: Buffers<'_>) -> impl Future {
    static SERVER: Server<'static, Hello, Clock> = Server::new(&Hello, &Clock, &LIMITS);
    let stop = poll_fn(|_| if opaque(false) { Poll::Ready(()) } else { Poll::Pending });
    SERVER.serve(Socket, buffers, stop)
}

fn main() {
    let (mut input, mut landing, mut output) = ([0; 1024], [0; 128], [0; 512]);
    run(connection(Buffers { input: &mut input, landing: &mut landing, output: &mut output }));
}
