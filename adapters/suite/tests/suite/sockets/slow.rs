//! Peers that are slow on purpose.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{
    assert_refused, connect, ends_without_a_byte, read_all, read_head, statuses,
};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

const FLAGS: [&str; 8] = [
    "--head-timeout",
    "0.4",
    "--idle-timeout",
    "0.5",
    "--content-timeout",
    "0.4",
    "--write-timeout",
    "0.6",
];

/// What `act` gives, which must take between `least` and 5 s.
fn timed<T>(least: u64, act: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = act();
    let range = Duration::from_millis(least)..Duration::from_secs(5);
    assert!(range.contains(&began.elapsed()), "{:?}", began.elapsed());
    done
}

/// Writes one byte every 50 ms until the other side ends the connection.
fn drip(stream: &TcpStream, byte: u8) {
    let mut stream = stream.try_clone().unwrap();
    thread::spawn(move || {
        while stream.write_all(&[byte]).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn slow_silence_is_closed_bare_and_half_a_head_answered_408() {
    let echo = Echo::start(&FLAGS);
    let mut silent = connect(echo.address);
    assert!(timed(350, || ends_without_a_byte(&mut silent)));
    let mut half = connect(echo.address);
    half.write_all(b"GET / HT").unwrap();
    assert_refused(&timed(350, || read_all(&mut half)), 408);
}

#[test]
fn slow_a_dripped_head_has_no_more_time_than_another() {
    let echo = Echo::start(&FLAGS);
    let mut stream = connect(echo.address);
    stream.write_all(b"GET / HTTP/1.1\r\nX: ").unwrap();
    drip(&stream, b'x');
    let head = timed(350, || read_head(&mut stream));
    assert_eq!(statuses(&head), [408]);
}

#[test]
fn slow_content_that_never_comes_is_answered_408() {
    let echo = Echo::start(&FLAGS);
    for framing in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        let mut stream = connect(echo.address);
        let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        assert_refused(&timed(350, || read_all(&mut stream)), 408);
    }
}

#[test]
fn slow_dripped_content_is_cut_off() {
    let echo = Echo::start(&FLAGS);
    let mut stream = connect(echo.address);
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    drip(&stream, b'x');
    let mut echoed = Vec::new();
    let end = timed(350, || stream.read_to_end(&mut echoed));
    assert!(end.is_ok() || end.unwrap_err().kind() == ErrorKind::ConnectionReset);
    assert!(echoed.len() < 400, "{}", echoed.len());
}

#[test]
fn slow_an_idle_connection_is_closed_bare() {
    let echo = Echo::start(&FLAGS);
    let mut stream = connect(echo.address);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let response = timed(450, || read_all(&mut stream));
    assert!(response.ends_with("This is echo.\n"), "{response}");
    assert_eq!(echo.stop(), "");
}

#[test]
fn slow_a_reader_that_reads_nothing_is_reset() {
    let echo = Echo::start(&FLAGS);
    let mut stream = connect(echo.address);
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let piece = vec![b'x'; 1 << 20];
    let error = timed(400, || (0..1000).find_map(|_| stream.write_all(&piece).err())).unwrap();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
    let log = echo.stop();
    assert!(log.lines().count() == 1 && log.contains("too slowly"), "{log}");
}

#[test]
fn slow_waiting_costs_no_processor_time() {
    let echo = Echo::start(&[]);
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";
    // One that sends without reading, one that sent half a head, one that is idle.
    let mut full = connect(echo.address);
    full.write_all(head.as_bytes()).unwrap();
    full.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let piece = vec![b'x'; 1 << 20];
    while full.write_all(&piece).is_ok() {}
    let mut half = connect(echo.address);
    half.write_all(b"GET / HT").unwrap();
    let _idle = connect(echo.address);
    thread::sleep(Duration::from_millis(200));
    let before = echo.ticks();
    thread::sleep(Duration::from_millis(1000));
    assert!(echo.ticks() - before <= 2, "{} ticks", echo.ticks() - before);
}
