//! Heads that are too large, ambiguous or malformed.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, assert_refused, statuses};

#[test]
fn host_is_one_and_valid_or_400() {
    let echo = Echo::start(&[]);
    for hosts in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a, b\r\n",
        "Host: a@b\r\n",
        "Host: a/b\r\n",
        "Host: \r\n",
        "Host: a:65536\r\n",
        "Host: a\0\r\n",
    ] {
        assert_refused(&ask(echo.address, format!("GET / HTTP/1.1\r\n{hosts}\r\n")), 400);
    }
    // A valid Host beside another authority: the target's own wins.
    let request = "GET http://b/ HTTP/1.1\r\nHost: a_b:80\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&ask(echo.address, request)), [200]);
}

#[test]
fn hop_wsp_ver_and_tgt_are_refused() {
    let echo = Echo::start(&[]);
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Host\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400),
        ("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET /\r\n\r\n", 400),
        ("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ] {
        assert_refused(&ask(echo.address, request), status);
    }
}

/// A request for `/` whose head has `size` bytes.
fn head_of(size: usize) -> String {
    let start = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ";
    format!("{start}{}\r\n\r\n", "x".repeat(size - start.len() - 4))
}

#[test]
fn headf_a_head_of_32_kib_is_taken_and_no_more() {
    let echo = Echo::start(&[]);
    assert_eq!(statuses(&ask(echo.address, head_of(32 * 1024))), [200]);
    // After an empty line, and behind another request.
    let late = format!("\r\n{}", head_of(32 * 1024));
    assert_eq!(statuses(&ask(echo.address, &late)), [200]);
    let second = format!("GET / HTTP/1.1\r\nHost: a\r\n\r\n{late}");
    assert_eq!(statuses(&ask(echo.address, second)), [200, 200]);
    assert_refused(&ask(echo.address, head_of(32 * 1024 + 1)), 431);
    assert_refused(&ask(echo.address, head_of(200 * 1024)), 431);
    let fields = |n: usize| {
        let fields: String = (2..n).map(|n| format!("X{n}: y\r\n")).collect();
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n")
    };
    assert_eq!(statuses(&ask(echo.address, fields(100))), [200]);
    assert_refused(&ask(echo.address, fields(101)), 431);
    let line = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(8 * 1024));
    assert_refused(&ask(echo.address, line), 414);
    // No end of the line at all.
    assert_refused(&ask(echo.address, format!("GET /{}", "x".repeat(40 * 1024))), 414);
}

#[test]
fn log_an_error_is_one_line_without_control_characters() {
    let echo = Echo::start(&[]);
    for _ in 0..3 {
        ask(echo.address, "GET /\x1b[31m\x07 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    let log = echo.stop();
    assert_eq!(log.lines().count(), 3, "{log}");
    assert!(log.starts_with("127.0.0.1:"), "{log}");
    assert!(!log.contains(|c: char| c.is_control() && c != '\n'), "{log:?}");
}
