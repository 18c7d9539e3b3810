//! Uploads that are refused while they are still coming in (EARLY, BODYL).

use crate::endurance::dice::Dice;
use crate::endurance::program::Echo;
use crate::endurance::response::{Received, receive};
use crate::endurance::{count, share, source};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const PIECE: usize = 64 * 1024;
const PIECES: usize = 16;

/// Half of them sized, half chunked: each sends all of its content, reads only then, and must
/// get the whole refusal, which says `Connection: close`, and an orderly end.
fn refused_uploads(name: &str, flags: &[&str], [path, status]: [&str; 2]) {
    let echo = Echo::start(flags);
    let uploads = count(100, 10_000);
    let refused = AtomicUsize::new(0);
    let began = Instant::now();
    share(uploads, 8, |number| {
        let response = upload(echo.address, number, path);
        let mut rest = &response[..];
        let Received::Whole(response) = receive(&mut rest) else { panic!("no response") };
        assert_eq!((&*response.status.to_string(), rest), (status, &b""[..]));
        assert!(response.closes, "{number} does not say close");
        refused.fetch_add(1, Relaxed);
    });
    let refused = refused.into_inner();
    let mib = (refused * PIECES * PIECE) >> 20;
    let took = began.elapsed();
    println!(
        "{name}: {refused} of {uploads} uploads, {mib} MiB, read a whole {status} in {took:.1?}"
    );
    assert_eq!(refused, uploads);
    let log = echo.stop();
    assert!(log.lines().count() <= uploads, "{log}");
}

/// Everything that comes back for the `number`th upload, until the end of input.
fn upload(address: SocketAddr, number: usize, path: &str) -> Vec<u8> {
    let mut stream = source::connect(address, number).unwrap();
    let (framing, piece) = if number.is_multiple_of(2) {
        (format!("Content-Length: {}", PIECES * PIECE), vec![b'x'; PIECE])
    } else {
        let chunk = [format!("{PIECE:x}\r\n").as_bytes(), &[b'x'; PIECE], b"\r\n"].concat();
        ("Transfer-Encoding: chunked".into(), chunk)
    };
    let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut dice = Dice::new(number);
    let pause = dice.below(PIECES);
    for piece_number in 0..PIECES {
        if piece_number == pause {
            // The refusal is long out, and the server done with all but the rest of this.
            thread::sleep(Duration::from_millis(dice.below(20) as u64));
        }
        stream.write_all(&piece).unwrap();
    }
    if !number.is_multiple_of(2) {
        stream.write_all(b"0\r\n\r\n").unwrap();
    }
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

#[test]
fn early_uploads_to_nowhere() {
    refused_uploads("early_uploads_to_nowhere", &[], ["/nope", "404"]);
}

/// A limit that the first content to be read passes, so that no echo has begun.
#[test]
fn early_oversized_uploads() {
    let flags = ["--max-content", "1000"];
    refused_uploads("early_oversized_uploads", &flags, ["/echo", "413"]);
}
