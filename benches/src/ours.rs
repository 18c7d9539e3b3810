//! The core's cases. What a caller would look at goes through `black_box`.

use crate::inputs;
use blazeio::{Connection, Date, Event, Limits, Response, Server, Timeouts};
use std::hint::black_box;

/// No limit that a long run would meet.
static LIMITS: Limits = Limits {
    requests: u32::MAX,
    output_high: u32::MAX,
    timeouts: Timeouts::DEFAULT,
    ..Limits::DEFAULT
};

/// Head to validated request, with the framing decision: each time by a copy of a new
/// connection.
pub fn head(request: &[u8], times: usize) {
    let mut input = request.to_vec();
    let new = Connection::<Server>::new(&LIMITS, 0);
    for _ in 0..times {
        let mut connection = *black_box(&new);
        let step = connection.receive(black_box(&mut input), 0).expect("a good request");
        assert!(matches!(step.event, Event::Request(_)));
        black_box(&step);
    }
}

/// The same, a byte more with each call.
pub fn dripped(request: &[u8], times: usize) {
    let mut input = request.to_vec();
    let new = Connection::<Server>::new(&LIMITS, 0);
    for _ in 0..times {
        let mut connection = *black_box(&new);
        for len in 1..input.len() {
            let step = connection.receive(black_box(&mut input[..len]), 0).expect("a good start");
            assert!(matches!(step.event, Event::NeedInput));
        }
        let step = connection.receive(black_box(&mut input), 0).expect("a good request");
        assert!(matches!(step.event, Event::Request(_)));
        black_box(&step);
    }
}

/// Request in, response with 13 bytes of content out, on one connection. `as_a_loop`: with
/// what else a loop calls for each request.
pub fn cycle(request: &[u8], times: usize, as_a_loop: bool) {
    let mut connection = Connection::<Server>::new(&LIMITS, 0);
    let mut input = vec![0; request.len()];
    let mut out = [0; 512];
    let date = Date::from_unix(784_111_777).expect("before the year 10000");
    for _ in 0..times {
        input.copy_from_slice(black_box(request));
        let step = connection.receive(&mut input, 0).expect("a good request");
        let Event::Request(span) = step.event else { panic!("{step:?}") };
        black_box(span.on(&input));
        let rest = &mut input[step.consumed..];
        let step = connection.receive(rest, 0).expect("no content");
        assert!(matches!(step.event, Event::End));
        let response = Response::new(200).date(date).sized(13);
        let mut len = connection.send_head(black_box(&response), &mut out).expect("room").written;
        len += connection.send_content(b"Hello, World!", &mut out[len..]).expect("room").written;
        len += connection.send_end(&[], &mut out[len..]).expect("room").written;
        black_box(&out[..len]);
        connection.sent(len, 0);
        if as_a_loop {
            let step = connection.receive(&mut [], 0).expect("nothing");
            assert!(matches!(step.event, Event::NeedInput));
            black_box(connection.signals(0));
        }
    }
}

/// Chunks of `size` bytes decoded to slices: 64 KiB of content each time.
pub fn decode(size: usize, times: usize) {
    let mut connection = Connection::<Server>::new(&LIMITS, 0);
    let mut head = *b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert!(matches!(connection.receive(&mut head, 0).map(|s| s.event), Ok(Event::Request(_))));
    let mut input = inputs::chunks(size, inputs::BATCH);
    for _ in 0..times {
        let mut at = 0;
        while at < input.len() {
            let rest = black_box(&mut input[at..]);
            let step = connection.receive(rest, 0).expect("good chunks");
            if let Event::Content(span) = step.event {
                black_box(span.on(rest));
            }
            at += step.consumed;
        }
    }
}

/// Content of `size` bytes copied into chunks: 64 KiB each time.
pub fn encode(size: usize, times: usize) {
    let mut connection = streaming();
    let data = vec![b'x'; size];
    let mut out = vec![0; size + 16];
    for _ in 0..times {
        for _ in 0..inputs::BATCH / size {
            let done = connection.send_content(black_box(&data), &mut out).expect("room");
            black_box(&out[..done.written]);
            connection.sent(done.written, 0);
        }
    }
}

/// Content of `size` bytes framed without copying: 64 KiB each time.
pub fn frame(size: usize, times: usize) {
    let mut connection = streaming();
    for _ in 0..times {
        for _ in 0..inputs::BATCH / size {
            let framing = connection.frame_content(black_box(size as u64)).expect("a head is out");
            let len = framing.prefix.len() + size + framing.suffix.len();
            black_box(&framing);
            connection.sent(len, 0);
        }
    }
}

/// A connection whose response is being streamed.
fn streaming() -> Connection<Server> {
    let mut connection = Connection::<Server>::new(&LIMITS, 0);
    let mut head = *b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert!(matches!(connection.receive(&mut head, 0).map(|s| s.event), Ok(Event::Request(_))));
    let mut out = [0; 256];
    let _ = connection.send_head(&Response::new(200).streamed(), &mut out).expect("room");
    connection
}
