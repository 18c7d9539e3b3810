//! Every function of blazeio-embedded-io, in both roles, over a transport the optimiser knows
//! nothing of. Linked, never run.
//!
//! Handlers are hand-written futures here: an async function brings a panic of its own, for who
//! polls it again after it was ready.
#![no_std]
#![no_main]

#[path = "../transport.rs"]
mod transport;

use blazeio::web::route::{Route, Routes};
use blazeio::{Field, Limits, Method, Request, Response};
use blazeio_embedded_io::{
    Buffers, Call, Client, Error, Exchange, Server, Service, Session, Together,
};
use blazeio_proofs::opaque;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll};
use transport::{Clock, Socket, run};

blazeio_proofs::entry!(main);

static LIMITS: Limits = Limits { head: 1024, start_line: 1024, ..Limits::DEFAULT };
static TABLE: [Route<'static, u8>; 2] =
    [Route::new(Method::Get, "/{a}", 1), Route::any("/{*all}", 2)];
static ROUTES: Routes<'static, u8> = Routes::checked(&TABLE);

struct Everything;

impl Service for Everything {
    type Page = u8;

    fn routes(&self) -> Routes<'_, u8> {
        ROUTES
    }

    fn answer(
        &self,
        call: Call<'_, u8>,
        exchange: &mut Exchange<'_, '_>,
    ) -> impl Future<Output = Result<(), Error>> {
        opaque((call.page, call.head.method(), call.captures.get(opaque("a"))));
        poll_fn(move |cx| poll_answer(exchange, cx))
    }
}

fn poll_answer(exchange: &mut Exchange<'_, '_>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
    let (response, trailers) = (opaque(Response::new(200)), [Field::new("A", "b")]);
    once(exchange.interim(&response), cx);
    once(exchange.respond(&response), cx);
    once(exchange.send(&response, opaque(b"content")), cx);
    once(exchange.read(), cx);
    opaque(exchange.trailers().map(|mut fields| fields.next()));
    once(exchange.write(opaque(b"content")), cx);
    once(exchange.flush(), cx);
    once(exchange.finish(opaque(&trailers)), cx);
    let (reader, writer) = exchange.split();
    once(reader.read(), cx);
    opaque(reader.trailers().is_some());
    once(writer.write(opaque(b"content")), cx);
    once(writer.flush(), cx);
    once(writer.finish(opaque(&trailers)), cx);
    if opaque(true) { Poll::Ready(opaque(Ok(()))) } else { Poll::Pending }
}

fn poll_session(session: &mut Session<'_, '_>, cx: &mut Context<'_>) -> Poll<()> {
    let request = opaque(Request::new(Method::Put, "/", "a"));
    let trailers = [Field::new("A", "b")];
    once(session.open(&request), cx);
    once(session.send(&request, opaque(b"content")), cx);
    once(session.write(opaque(b"content")), cx);
    once(session.finish(opaque(&trailers)), cx);
    once(session.flush(), cx);
    {
        let mut head = pin!(session.head());
        if let Poll::Ready(Ok(head)) = opaque(head.as_mut().poll(cx)) {
            opaque(head.status());
        }
    }
    once(session.read(), cx);
    opaque(session.trailers().is_some());
    let (reader, writer) = session.split();
    once(reader.read(), cx);
    once(writer.write(opaque(b"content")), cx);
    if opaque(true) { Poll::Ready(()) } else { Poll::Pending }
}

/// Polls once, and drops.
fn once<T>(future: impl Future<Output = T>, cx: &mut Context<'_>) {
    let mut future = pin!(future);
    opaque(future.as_mut().poll(cx).is_ready());
}

fn work<'s>(session: &'s mut Session<'_, '_>) -> impl Future<Output = ()> {
    poll_fn(move |cx| poll_session(session, cx))
}

fn main() {
    let stop = || poll_fn(|_| if opaque(false) { Poll::Ready(()) } else { Poll::Pending });
    let (mut input, mut landing, mut output) = ([0; 1024], [0; 128], [0; 512]);
    let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
    run(Server::new(&Everything, &Clock, &LIMITS).serve(Socket, buffers, stop()));
    let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
    run(Client::new(&Clock, &LIMITS).run(Socket, buffers, work));
    #[cfg(feature = "control-panic")]
    opaque(input[opaque(0)]);
    // Never ends.
    let place = || poll_fn(|_| opaque(Poll::Pending));
    run(Together::new([pin!(place()), pin!(place())]));
}
