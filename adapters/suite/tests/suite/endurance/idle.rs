//! Thousands of idle connections.

use crate::endurance::program::Echo;
use crate::endurance::response::{Received, receive};
use crate::endurance::{await_descriptors, count, resident, source};
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn idle_keepalive() {
    let connections = count(500, 10_000);
    let open = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(open > connections as u64 + 100, "no more than {open} descriptors allowed here");
    let echo = Echo::start(&["--threads", "1", "--idle-timeout", "600"]);
    let base = echo.descriptors();
    ask(&source::connect(echo.address, 0).unwrap());
    await_descriptors(&echo, base, Duration::from_secs(5));
    let before = resident(&echo);
    let began = Instant::now();
    let streams: Vec<_> = (0..connections)
        .map(|number| {
            let stream = source::connect(echo.address, number).unwrap();
            ask(&stream);
            stream
        })
        .collect();
    let held = resident(&echo);
    assert_eq!(echo.descriptors(), base + connections);
    streams.iter().for_each(ask);
    println!(
        "idle_keepalive: {connections} idle connections, all answered again; {} resident bytes \
         each ({before} KiB before, {held} KiB with them) in {:.1?}",
        held.saturating_sub(before) * 1024 / connections,
        began.elapsed()
    );
    drop(streams);
    await_descriptors(&echo, base, Duration::from_secs(10));
    assert_eq!(echo.stop(), "");
}

/// One exchange, which leaves the connection open.
fn ask(mut stream: &TcpStream) {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let Received::Whole(response) = receive(&mut BufReader::new(stream)) else {
        panic!("no response")
    };
    assert_eq!((response.status, response.closes), (200, false));
}
