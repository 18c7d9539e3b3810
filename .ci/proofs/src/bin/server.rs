//! The smallest server worth the name, for its size: keep-alive and pipelining, content both
//! ways, sized and chunked, trailers, Expect, error responses, deadlines, a graceful close.
#![no_std]
#![no_main]

use blazeio::{
    Buffer, CloseReason, Connection, Event, Field, Limits, PeerError, Read, Response, Server,
};
use blazeio_proofs::opaque;

blazeio_proofs::entry!(main);
blazeio_proofs::ram!(size_of::<Connection<Server>>());

static LIMITS: Limits = Limits { head: 1024, start_line: 1024, ..Limits::DEFAULT };

fn main() {
    let mut connection = Connection::<Server>::new(&LIMITS, clock());
    let (mut input, mut output) = (Buffer::<1024>::new(), Buffer::<1024>::new());
    opaque(serve(&mut connection, &mut input, &mut output));
}

/// What a program has of its own: a clock and a transport, which the optimiser cannot see into.
fn clock() -> u64 {
    opaque(0)
}

fn serve(
    connection: &mut Connection<Server>,
    input: &mut Buffer<1024>,
    output: &mut Buffer<1024>,
) -> Option<CloseReason> {
    loop {
        if let Err(error) = read(connection, input, output) {
            let done = connection.send_error(&error, None, output.unfilled());
            output.fill(done.map_or(0, |done| done.written));
        }
        let signals = connection.signals(clock());
        if signals.close.is_some() {
            opaque(signals.reset);
            return signals.close;
        }
        if signals.flush {
            let n = opaque(output.filled().len());
            output.consume(n);
            connection.sent(n, clock());
        } else if signals.half_close {
            connection.half_closed();
        } else if opaque(signals.deadline).is_some_and(|deadline| deadline.at <= clock()) {
            if let Err(error) = connection.expired(clock()) {
                let done = connection.send_error(&error, None, output.unfilled());
                output.fill(done.map_or(0, |done| done.written));
            }
        } else if matches!(signals.read, Read::Wanted | Read::Drain) {
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

/// Reads what there is, and echoes content in chunks, with a trailer.
fn read(
    connection: &mut Connection<Server>,
    input: &mut Buffer<1024>,
    output: &mut Buffer<1024>,
) -> Result<(), PeerError> {
    loop {
        let bytes = input.filled();
        let step = connection.receive(bytes, clock())?;
        let out = output.unfilled();
        let written = match step.event {
            Event::Request(span) => {
                let head = span.on(bytes);
                opaque((head.method(), head.raw_target()));
                let fields = [Field::new("Content-Type", "text/plain")];
                let response = Response::new(200).fields(&fields).streamed();
                let go = if head.expects_continue() {
                    connection.send_continue(out)
                } else {
                    connection.send_head(&response, out)
                };
                go.map(|done| done.written)
            }
            Event::Content(span) => {
                connection.send_content(span.on(bytes), out).map(|done| done.written)
            }
            Event::Trailers(span) => {
                opaque(span.on(bytes).next());
                Ok(0)
            }
            Event::End => {
                connection.send_end(&[Field::new("Digest", "x")], out).map(|done| done.written)
            }
            Event::NeedInput | Event::Paused | Event::Tunnel | Event::Closed(_) => return Ok(()),
            _ => Ok(0),
        };
        match written {
            Ok(n) => output.fill(n),
            Err(_) => connection.abort(),
        }
        input.consume(step.consumed);
    }
}
