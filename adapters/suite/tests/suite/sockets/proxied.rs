//! Behind a proxy that says who its clients are.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::tls::Identity;
use crate::suite::sockets::wire::{ask, connect, ends_without_a_byte, statuses};
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const V1: &[u8] = b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 443\r\n";

const GET: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// A header of version 2, of a client at 192.0.2.8:513.
fn v2() -> Vec<u8> {
    let addresses = [192, 0, 2, 8, 198, 51, 100, 1, 2, 1, 1, 187];
    [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"[..], &addresses].concat()
}

/// Waits for `is_so`, for ten seconds at most.
#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(10), "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn both_versions_go_before_http_on_one_port() {
    let echo = Echo::start(&["--proxy-protocol"]);
    for header in [V1, &v2(), b"PROXY UNKNOWN\r\n"] {
        let response = ask(echo.address, [header, GET].concat());
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert!(response.ends_with("\r\n\r\nThis is echo.\n"), "{response}");
    }
    // And in two pieces.
    let mut stream = connect(echo.address);
    stream.write_all(&V1[..20]).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    stream.write_all(&[&V1[20..], GET].concat()).unwrap();
    assert_eq!(statuses(&crate::suite::sockets::wire::read_all(&mut stream)), [200]);
    assert_eq!(echo.stop(), "");
}

#[test]
fn a_connection_without_a_header_is_closed_and_told_of_in_one_line() {
    let echo = Echo::start(&["--proxy-protocol"]);
    let mut stream = connect(echo.address);
    let own: SocketAddr = stream.local_addr().unwrap();
    stream.write_all(GET).unwrap();
    assert!(ends_without_a_byte(&mut stream));
    let log = echo.stop();
    let expected = format!("{own}: PROXY protocol: the connection does not begin with a header\n");
    assert_eq!(log, expected);
}

#[test]
fn slow_a_header_that_does_not_come_is_not_waited_for_longer_than_its_time() {
    let echo = Echo::start(&["--proxy-protocol"]);
    let mut stream = connect(echo.address);
    let began = Instant::now();
    stream.write_all(&V1[..20]).unwrap();
    assert!(ends_without_a_byte(&mut stream));
    assert!(began.elapsed() >= Duration::from_millis(4900), "{:?}", began.elapsed());
    let log = echo.stop();
    assert!(
        log.contains("no PROXY protocol header within 5s") && log.lines().count() == 1,
        "{log}"
    );
}

#[test]
fn log_an_error_names_whom_the_proxy_speaks_for() {
    let echo = Echo::start(&["--proxy-protocol"]);
    for header in [V1, &v2()] {
        let response = ask(echo.address, [header, b"GET / HTTP/1.1\r\n\r\n"].concat());
        assert_eq!(statuses(&response), [400]);
    }
    let log = echo.stop();
    // Each is told of in the task of its connection.
    let mut who: Vec<_> = log.lines().filter_map(|line| line.split_once(": ")).collect();
    who.sort_unstable();
    let who: Vec<_> = who.into_iter().map(|(who, _)| who).collect();
    assert_eq!(who, ["192.0.2.7:51234", "192.0.2.8:513"], "{log}");
}

#[test]
fn tls_the_header_goes_before_the_handshake() {
    let identity = Identity::new("proxied");
    let echo = identity.echo(&["--proxy-protocol"]);
    let before = echo.descriptors();
    let mut stream = connect(echo.address);
    stream.write_all(&[V1, GET].concat()).unwrap();
    let mut answer = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    drop(stream);
    // Its error is told of when nothing more comes.
    wait_until(|| echo.descriptors() <= before);
    let log = echo.stop();
    assert!(log.starts_with("192.0.2.7:51234: ") && log.lines().count() == 1, "{log}");
}
