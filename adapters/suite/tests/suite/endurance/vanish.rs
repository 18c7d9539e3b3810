//! Peers that vanish: no FIN, no RST, no answer any more.
//!
//! Where network namespaces cannot be made, for want of root or `ip`, a story prints `not run`
//! and why, and passes; whatever goes wrong after they were made is a failure.

use crate::endurance::count;
use crate::endurance::network::{Network, SERVER};
use crate::endurance::program::Echo;
use std::io::{Read, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

#[test]
fn vanished_peer_between_requests() {
    vanish(
        "vanished_peer_between_requests",
        &["--idle-timeout", "1"],
        ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "This is echo.\n"],
        // Nothing else lets go of them that soon: the keepalive's first probe comes later.
        Duration::from_secs(1)..Duration::from_secs(20),
    );
}

/// The server has nothing to send, and no limit of its own to what it waits for.
#[test]
fn vanished_peer_inside_exchange() {
    vanish(
        "vanished_peer_inside_exchange",
        &["--content-timeout", "0", "--idle-timeout", "0", "--keepalive", "1"],
        ["POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello", "hello"],
        // A second of silence, then three probes a second apart.
        Duration::from_secs(3)..Duration::from_secs(30),
    );
}

/// Peers vanish after each has sent a request and read what comes, up to an end; from the last
/// peer's request on, the server lets go of the last of them within `range`.
fn vanish(name: &str, flags: &[&str], [request, end]: [&str; 2], range: Range<Duration>) {
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => return println!("{name}: not run: {why}"),
    };
    let peers = count(8, 500);
    let echo = Echo::run(network.command(crate::subject::ECHO).arg(SERVER).args(flags));
    let base = echo.descriptors();
    let mut streams: Vec<_> = (0..peers).map(|_| network.connect(echo.address)).collect();
    let mut last = Instant::now();
    for stream in &mut streams {
        last = Instant::now();
        stream.write_all(request.as_bytes()).unwrap();
        let mut received = Vec::new();
        while !received.ends_with(end.as_bytes()) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            received.extend(byte);
        }
    }
    network.cut();
    let held = echo.descriptors() - base;
    crate::endurance::await_descriptors(&echo, base, range.end);
    let took = last.elapsed();
    println!("{name}: {held} of {peers} vanished while held, the last one gone after {took:.2?}");
    assert!(range.contains(&took), "{took:?}");
    assert!(echo.stop().lines().count() <= peers);
}
