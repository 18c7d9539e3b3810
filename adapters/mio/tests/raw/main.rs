//! The event loop of `examples/raw.rs`, over real sockets.
#![cfg(unix)]

#[path = "../../examples/raw.rs"]
#[allow(dead_code, reason = "a program of its own, too")]
mod raw;
mod server;

use blazeio::{Limits, Timeout, Timeouts};
use server::Server;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Impatient: 100 ms for a head and between two exchanges.
static IMPATIENT: Limits = Limits {
    timeouts: Timeouts {
        head: Timeout::millis(100),
        idle: Timeout::millis(100),
        content: Timeout::millis(100),
        linger_silence: Timeout::millis(100),
        ..Timeouts::DEFAULT
    },
    min_rate: 1_000_000,
    ..raw::LIMITS
};

/// The content of a response, if it is one of 200.
fn content(response: &[u8]) -> &[u8] {
    let text = response.escape_ascii();
    assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"), "{text}");
    let end = response.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    &response[end + 4..]
}

fn assert_status(response: &[u8], status: &str) {
    let line = format!("HTTP/1.1 {status}\r\n");
    assert!(response.starts_with(line.as_bytes()), "{}", response.escape_ascii());
}

#[test]
fn requests_follow_each_other_on_a_connection() {
    let server = Server::start(&raw::LIMITS);
    let mut peer = server.connect();
    for _ in 0..100 {
        assert_eq!(content(&peer.ask(GET)), b"Hello\n");
    }
    let head = peer.ask(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(content(&head), b"");
    assert!(head.windows(18).any(|field| field == b"Content-Length: 6\r"), "{head:?}");
    assert_eq!(content(&peer.ask_and_close(LAST)), b"Hello\n");
}

/// All in one write, byte by byte, and cut in two at every point.
#[test]
fn io_a_request_is_the_same_however_it_is_cut() {
    let server = Server::start(&raw::LIMITS);
    let request = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                    5\r\nHello\r\n1;a=b\r\n!\r\n0\r\nA: b\r\n\r\n";
    let mut peer = server.connect();
    assert_eq!(content(&peer.ask(request)), b"Hello!");
    for byte in request {
        peer.send(std::slice::from_ref(byte));
    }
    assert_eq!(content(&peer.receive()), b"Hello!");
    for at in 1..request.len() {
        peer.send(&request[..at]);
        peer.send(&request[at..]);
        assert_eq!(content(&peer.receive()), b"Hello!");
    }
}

#[test]
fn pipe_a_thousand_requests_at_once_are_answered_in_order() {
    let server = Server::start(&raw::LIMITS);
    let mut peer = server.connect();
    let mut requests = Vec::new();
    for number in 0..1_000 {
        let fields = "Host: a\r\nContent-Length: 3";
        write!(requests, "POST /echo HTTP/1.1\r\n{fields}\r\n\r\n{number:03}").unwrap();
    }
    let mut sender = peer.stream.try_clone().unwrap();
    let sent = std::thread::spawn(move || sender.write_all(&requests).unwrap());
    for number in 0..1_000 {
        assert_eq!(content(&peer.receive()), format!("{number:03}").as_bytes());
    }
    sent.join().unwrap();
}

#[test]
fn io_an_upload_of_megabytes_comes_back_and_more_is_413() {
    let server = Server::start(&raw::LIMITS);
    let mut peer = server.connect();
    let whole: Vec<u8> = (0..1_u32 << 20).map(|n| (n % 251) as u8).collect();
    let mut chunked =
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in whole.chunks(3_000) {
        write!(chunked, "{:x}\r\n", chunk.len()).unwrap();
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let request = chunked.clone();
    assert!(content(&peer.ask(&request)) == whole);
    let last = chunked.len() - 5;
    chunked.splice(last.., *b"1\r\n!\r\n0\r\n\r\n");
    assert_status(&peer.ask_and_close(&chunked), "413 Content Too Large");
}

#[test]
fn slow_a_reader_that_takes_its_time_holds_up_nobody_else() {
    let server = Server::start(&raw::LIMITS);
    let mut slow = server.connect();
    let request = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", 1 << 20);
    let mut upload = request.into_bytes();
    upload.resize(upload.len() + (1 << 20), b'x');
    // More than the sockets between hold: the loop cannot write on.
    let mut sender = slow.stream.try_clone().unwrap();
    let uploads = upload.repeat(20);
    let sent = std::thread::spawn(move || sender.write_all(&uploads).unwrap());
    for _ in 0..20 {
        let mut other = server.connect();
        assert_eq!(content(&other.ask(GET)), b"Hello\n");
        assert_eq!(content(&slow.receive()).len(), 1 << 20);
    }
    sent.join().unwrap();
}

#[test]
fn headf_a_head_that_fits_no_buffer_is_431_and_a_bad_one_400() {
    let server = Server::start(&raw::LIMITS);
    let long = "x".repeat(20_000);
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nA: {long}\r\n\r\n");
    let response = server.connect().ask_and_close(request.as_bytes());
    assert_status(&response, "431 Request Header Fields Too Large");
    let response = server.connect().ask_and_close(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    assert_status(&response, "400 Bad Request");
}

#[test]
fn slow_half_a_head_and_half_a_content_are_408_and_silence_is_closed_bare() {
    let server = Server::start(&IMPATIENT);
    let begun = Instant::now();
    assert_eq!(server.connect().ask_and_close(b""), b"");
    assert!(begun.elapsed() >= Duration::from_millis(100));
    let upload = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
    for half in [&GET[..9], upload] {
        assert_status(&server.connect().ask_and_close(half), "408 Request Timeout");
    }
    let mut peer = server.connect();
    peer.ask(GET);
    let begun = Instant::now();
    assert_eq!(peer.ask_and_close(b""), b"");
    assert!(begun.elapsed() >= Duration::from_millis(90), "the end of the exchange came before");
}

#[test]
fn half_a_peer_that_ended_its_input_is_answered_still() {
    let server = Server::start(&raw::LIMITS);
    let mut peer = server.connect();
    peer.send(&[GET, GET].concat());
    peer.stream.shutdown(Shutdown::Write).unwrap();
    let mut both = Vec::new();
    peer.stream.read_to_end(&mut both).unwrap();
    assert_eq!(both.windows(8).filter(|text| text == b"\r\n\r\nHell").count(), 2);
}

#[test]
fn expect_content_that_waits_is_asked_for() {
    let server = Server::start(&raw::LIMITS);
    let mut peer = server.connect();
    let fields = "Host: a\r\nContent-Length: 2\r\nExpect: 100-continue";
    peer.send(format!("POST /echo HTTP/1.1\r\n{fields}\r\n\r\n").as_bytes());
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut room = vec![0; interim.len()];
    peer.stream.read_exact(&mut room).unwrap();
    assert_eq!(room, interim);
    assert_eq!(content(&peer.ask(b"ab")), b"ab");
}

#[test]
fn upg_a_connect_opens_no_tunnel() {
    let server = Server::start(&raw::LIMITS);
    let response = server.connect().ask_and_close(b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    assert!(!response.starts_with(b"HTTP/1.1 2"), "{}", response.escape_ascii());
}

#[test]
fn rst_peers_that_reset_harm_no_other() {
    let server = Server::start(&raw::LIMITS);
    let mut witness = server.connect();
    for round in 0..200 {
        let mut peer = server.connect();
        peer.send(&GET[..round % GET.len()]);
        peer.reset();
        assert_eq!(content(&witness.ask(GET)), b"Hello\n");
    }
}

#[test]
fn shut_idle_peers_are_closed_and_begun_requests_are_answered_first() {
    let mut server = Server::start(&raw::LIMITS);
    let (mut idle, mut begun) = (server.connect(), server.connect());
    idle.ask(GET);
    begun.ask(GET);
    begun.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
    // Answered after the loop has seen what was sent before.
    server.connect().ask(GET);
    server.stop();
    assert_eq!(idle.ask_and_close(b""), b"");
    let response = begun.ask_and_close(b"b");
    assert_eq!(content(&response), b"ab");
    assert!(response.windows(17).any(|field| field == b"Connection: close"));
    drop((idle, begun));
    server.join();
}
