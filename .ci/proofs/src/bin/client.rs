//! The smallest client worth the name, for its size: one request after the other on a
//! connection, content both ways, sized and chunked, trailers, Expect, deadlines.
#![no_std]
#![no_main]

use blazeio::{
    Buffer, Client, CloseReason, Connection, Event, Field, Limits, Method, PeerError, Read, Request,
};
use blazeio_proofs::opaque;

blazeio_proofs::entry!(main);
blazeio_proofs::ram!(size_of::<Connection<Client>>());

static LIMITS: Limits = Limits { head: 1024, start_line: 1024, ..Limits::DEFAULT };

fn main() {
    let mut connection = Connection::<Client>::new(&LIMITS, clock());
    let (mut input, mut output) = (Buffer::<1024>::new(), Buffer::<1024>::new());
    opaque(ask(&mut connection, &mut input, &mut output));
}

/// What a program has of its own: a clock and a transport, which the optimiser cannot see into.
fn clock() -> u64 {
    opaque(0)
}

fn ask(
    connection: &mut Connection<Client>,
    input: &mut Buffer<1024>,
    output: &mut Buffer<1024>,
) -> Option<CloseReason> {
    loop {
        if connection.is_idle() {
            let fields = [Field::new("Content-Type", "text/plain"), Field::new("TE", "trailers")];
            let request = Request::new(Method::Post, opaque("/"), opaque("example.com"));
            let request = request.fields(&fields).streamed().expect_continue();
            let done = connection.send_head(&request, output.unfilled());
            output.fill(done.map_or(0, |done| done.written));
        }
        if let Ok(done) = connection.send_content(opaque(b"content"), output.unfilled()) {
            output.fill(done.written);
            let done = connection.send_end(&[Field::new("Digest", "x")], output.unfilled());
            output.fill(done.map_or(0, |done| done.written));
        }
        if read(connection, input).is_err() {
            connection.abort();
        }
        let signals = connection.signals(clock());
        if signals.close.is_some() {
            return signals.close;
        }
        if signals.flush {
            let n = opaque(output.filled().len());
            output.consume(n);
            connection.sent(n, clock());
        } else if opaque(signals.deadline).is_some_and(|deadline| deadline.at <= clock()) {
            opaque(connection.expired(clock()).is_err());
        } else if matches!(signals.read, Read::Wanted) {
            match opaque(input.unfilled()).len() {
                0 => drop(connection.input_full()),
                n => input.fill(opaque(n)),
            }
            if opaque(false) {
                connection.end_of_input();
            }
        }
    }
}

/// Reads what there is.
fn read(connection: &mut Connection<Client>, input: &mut Buffer<1024>) -> Result<(), PeerError> {
    loop {
        let bytes = input.filled();
        let step = connection.receive(bytes, clock())?;
        match step.event {
            Event::Response(span) | Event::Interim(span) => {
                let head = span.on(bytes);
                opaque((head.status(), head.length()));
            }
            Event::Content(span) => _ = opaque(span.on(bytes)),
            Event::Trailers(span) => _ = opaque(span.on(bytes).next()),
            Event::NeedInput | Event::Paused | Event::Tunnel | Event::Closed(_) => return Ok(()),
            _ => {}
        }
        input.consume(step.consumed);
    }
}
