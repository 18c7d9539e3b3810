//! Requests whose end two recipients could see in different places.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, assert_refused, connect, read_all, read_head, statuses};
use std::io::Write;

const POST: &str = "POST /echo HTTP/1.1\r\nHost: a\r\n";
const CHUNKED: &str = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const SMUGGLED: &str = "GET /204 HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &str = "GET /304 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Every request alone on a connection of a server that must refuse it with `status`.
fn refuses(status: u16, requests: &[&str]) {
    let echo = Echo::start(&[]);
    for request in requests {
        let response = ask(echo.address, format!("{request}{SMUGGLED}"));
        assert_refused(&response, status);
    }
    let log = echo.stop();
    assert_eq!(log.lines().count(), requests.len(), "{log}");
    assert!(log.contains("(RFC 9112 §"), "{log}");
}

#[test]
fn clte_both_lengths_are_refused() {
    refuses(
        400,
        &[
            &format!("{POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            &format!("{POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
            &format!("{POST}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"),
            &format!("{POST}Content-Length: +4\r\n\r\nabcd"),
            &format!("{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
    );
}

#[test]
fn term_only_crlf_ends_a_chunk_line() {
    refuses(
        400,
        &[
            &format!("{CHUNKED}5;\nhello\r\n0\r\n\r\n"),
            &format!("{CHUNKED}5\rXhello\r\n0\r\n\r\n"),
            &format!("{CHUNKED}5\nhello\r\n0\r\n\r\n"),
            &format!("{CHUNKED}0x5\r\nhello\r\n0\r\n\r\n"),
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
        ],
    );
}

/// Asserts that an echo was cut off: begun, without an end, and nothing after it.
#[track_caller]
fn assert_cut_off(response: &str) {
    assert_eq!(statuses(response), [200], "{response}");
    assert!(!response.ends_with("0\r\n\r\n"), "{response}");
}

#[test]
fn spill_bytes_after_chunk_data_are_refused_or_cut_the_echo_off() {
    let echo = Echo::start(&[]);
    for spilled in ["XX0\r\n\r\n", "\nX0\r\n\r\n", "\r0\r\n\r\n", "!\r\n0\r\n\r\n"] {
        let at_once = format!("{CHUNKED}5\r\nhello{spilled}{SMUGGLED}");
        assert_refused(&ask(echo.address, at_once), 400);
        let mut stream = connect(echo.address);
        stream.write_all(format!("{CHUNKED}5\r\nhello").as_bytes()).unwrap();
        let head = read_head(&mut stream);
        stream.write_all(format!("{spilled}{SMUGGLED}").as_bytes()).unwrap();
        let content = read_all(&mut stream);
        assert_cut_off(&format!("{head}{content}"));
        assert_eq!(content, "5\r\nhello\r\n");
    }
    assert_eq!(echo.stop().lines().count(), 8);
}

#[test]
fn extq_a_quoted_crlf_ends_nothing() {
    refuses(400, &[&format!("{CHUNKED}1;a=\"\r\n0\r\n\r\n\"\r\nx\r\n0\r\n\r\n")]);
}

#[test]
fn trlr_framing_routing_and_credentials_are_no_trailers() {
    let fields: Vec<String> = ["Content-Length: 5", "Host: b", "Authorization: x", "Cookie: y"]
        .iter()
        .map(|field| format!("{CHUNKED}0\r\n{field}\r\n\r\n"))
        .collect();
    let echo = Echo::start(&[]);
    for request in &fields {
        assert_refused(&ask(echo.address, format!("{request}{SMUGGLED}")), 400);
    }
    let many: String = (0..33).map(|n| format!("T-{n}: x\r\n")).collect();
    assert_refused(&ask(echo.address, format!("{CHUNKED}0\r\n{many}\r\n")), 431);
    let large = format!("{CHUNKED}0\r\nT: {}\r\n\r\n", "x".repeat(8 * 1024));
    assert_refused(&ask(echo.address, large), 431);
}

#[test]
fn cl0_the_content_of_any_method_is_never_the_next_request() {
    let echo = Echo::start(&[]);
    let length = SMUGGLED.len();
    for line in ["GET / HTTP/1.1", "HEAD / HTTP/1.1", "OPTIONS * HTTP/1.1", "DELETE /x HTTP/1.1"] {
        let head = format!("{line}\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        let response = ask(echo.address, format!("{head}{SMUGGLED}{LAST}"));
        let got = statuses(&response);
        assert!(got.len() == 2 && got[1] == 304, "{line}: {response}");
    }
}

#[test]
fn zerocl_an_early_answer_leaves_the_content_where_it_belongs() {
    let echo = Echo::start(&[]);
    let length = SMUGGLED.len();
    let head = |more: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{more}\r\n");
    let sized = head(&format!("Content-Length: {length}\r\n"));
    let response = ask(echo.address, format!("{sized}{SMUGGLED}{LAST}"));
    assert_eq!(statuses(&response), [405, 304]);
    let chunked = head("Transfer-Encoding: chunked\r\n");
    let response =
        ask(echo.address, format!("{chunked}{length:x}\r\n{SMUGGLED}\r\n0\r\n\r\n{LAST}"));
    assert_eq!(statuses(&response), [405, 304]);
    // Whether the content follows a final response without 100 nobody knows.
    let expects = head(&format!("Content-Length: {length}\r\nExpect: 100-continue\r\n"));
    assert_refused(&ask(echo.address, format!("{expects}{SMUGGLED}{LAST}")), 405);
    let other = head(&format!("Content-Length: {length}\r\nExpect: 100-continue, x\r\n"));
    assert_refused(&ask(echo.address, format!("{other}{SMUGGLED}{LAST}")), 417);
    let old = sized.replace("1.1", "1.0").replace("\r\n\r\n", "\r\nExpect: x\r\n\r\n");
    assert_refused(&ask(echo.address, format!("{old}{SMUGGLED}{LAST}")), 405);
}

#[test]
fn upg_bytes_behind_connect_or_upgrade_are_never_passed_on() {
    let echo = Echo::start(&[]);
    let connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
    assert_refused(&ask(echo.address, format!("{connect}{SMUGGLED}{LAST}")), 405);
    let content = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello";
    assert_refused(&ask(echo.address, format!("{content}{LAST}")), 400);
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket, h2c\r\n";
    let response = ask(echo.address, format!("{upgrade}\r\n{LAST}"));
    assert_eq!(statuses(&response), [200, 304]);
}

#[test]
fn chunkf_single_bytes_are_echoed_and_endless_extensions_are_not() {
    let echo = Echo::start(&[]);
    let bytes = "1\r\nx\r\n".repeat(20_000);
    let response = ask(echo.address, format!("{CHUNKED}{bytes}0\r\n\r\n{LAST}"));
    assert_eq!(statuses(&response), [200, 304]);
    let (_, content) = response.split_once("chunked\r\n\r\n").unwrap();
    assert_eq!(content.matches('x').count(), 20_000);
    let mut stream = connect(echo.address);
    stream.write_all(format!("{CHUNKED}1\r\nx\r\n").as_bytes()).unwrap();
    let head = read_head(&mut stream);
    let long = format!("1;{}\r\nx\r\n", "e".repeat(200)).repeat(100);
    stream.write_all(format!("{long}0\r\n\r\n").as_bytes()).unwrap();
    assert_cut_off(&format!("{head}{}", read_all(&mut stream)));
    let line = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(300));
    assert_refused(&ask(echo.address, format!("{CHUNKED}{line}")), 400);
}
