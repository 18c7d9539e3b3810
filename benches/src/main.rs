//! Runs one case so many times, for `instructions` to count what it takes.
//!
//! usage: blazeio-benches PEER CASE INPUT TIMES
mod inputs;
#[cfg(feature = "std")]
mod of_hyper;
mod ours;

use std::hint::black_box;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, case, input, times] = arguments.as_slice() else {
        panic!("usage: blazeio-benches PEER CASE INPUT TIMES");
    };
    let times: usize = times.parse().expect("TIMES is a number");
    match (peer.as_str(), case.as_str()) {
        ("blazeio", "head") => ours::head(&inputs::request(input), times),
        ("blazeio", "dripped") => ours::dripped(&inputs::request(input), times),
        ("blazeio", "cycle") => ours::cycle(&inputs::request(input), times, false),
        ("blazeio", "loop") => ours::cycle(&inputs::request(input), times, true),
        ("blazeio", "decode") => ours::decode(inputs::number(input), times),
        ("blazeio", "encode") => ours::encode(inputs::number(input), times),
        ("blazeio", "frame") => ours::frame(inputs::number(input), times),
        ("httparse", "head") => of_httparse(&inputs::request(input), times),
        ("httparse", "decode") => chunks_of_httparse(inputs::number(input), times),
        #[cfg(feature = "std")]
        ("hyper", "decode") => of_hyper::decode(inputs::number(input), times),
        #[cfg(feature = "std")]
        ("hyper", "cycle") => of_hyper::cycle(&inputs::request(input), times),
        _ => panic!("no such case: {peer} {case}"),
    }
}

/// `Request::parse` as most callers call it: with a table of 32 set up for each request.
fn of_httparse(request: &[u8], times: usize) {
    for _ in 0..times {
        let mut table = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Request::new(&mut table);
        assert!(head.parse(black_box(request)).is_ok_and(|status| status.is_complete()));
        black_box(&head);
    }
}

/// `parse_chunk_size` and a skip over the data: 64 KiB of content each time. It checks less
/// (no CRLF after the data, no limits, any bytes in an extension).
fn chunks_of_httparse(size: usize, times: usize) {
    let input = inputs::chunks(size, inputs::BATCH);
    for _ in 0..times {
        let mut rest = black_box(&input[..]);
        while !rest.is_empty() {
            let Ok(httparse::Status::Complete((at, len))) = httparse::parse_chunk_size(rest) else {
                panic!("good chunks");
            };
            let end = at + len as usize;
            black_box(&rest[at..end]);
            rest = &rest[end + 2..];
        }
    }
}
