//! What each request gets, when nobody attacks.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, assert_refused, connect, read_all, read_head, statuses};
use std::io::{Read, Write};

const CLOSE: &str = "Host: a\r\nConnection: close\r\n\r\n";

/// A request line, the status of its answer, and a part of that.
const ROUTES: &[(&str, u16, &str)] = &[
    ("GET /", 200, "\r\n\r\nThis is echo.\n"),
    ("GET /?q=1", 200, "Content-Type: text/plain"),
    ("HEAD /", 200, "\r\nContent-Length: 14\r\n"),
    ("OPTIONS /", 204, "\r\nAllow: GET, HEAD, OPTIONS\r\n"),
    ("OPTIONS *", 204, "\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n"),
    ("POST /", 405, "\r\nAllow: GET, HEAD, OPTIONS\r\n"),
    ("PUT /", 405, ""),
    ("DELETE /", 405, ""),
    ("PATCH /", 405, ""),
    ("TRACE /", 405, ""),
    ("TRACE /echo", 405, "\r\nAllow: "),
    ("BREW /", 501, ""),
    ("get /", 501, ""),
    ("BREW /nope", 501, ""),
    ("GET /nope", 404, ""),
    ("GET /echo/", 404, ""),
    ("GET /204", 204, ""),
    ("HEAD /204", 204, ""),
    ("POST /204", 204, ""),
    ("GET /304", 304, ""),
    ("HEAD /304", 304, ""),
    ("OPTIONS /304", 304, ""),
    ("GET http://elsewhere:1/", 200, "This is echo."),
    ("GET http://elsewhere", 200, "This is echo."),
    ("GET http://elsewhere/echo?x", 200, "\r\nContent-Length: 0\r\n"),
    ("PATCH /echo", 200, "\r\nContent-Type: application/octet-stream\r\n"),
    ("OPTIONS /echo", 200, "\r\nContent-Length: 0\r\n"),
];

#[test]
fn every_route_answers_by_path_and_method() {
    let echo = Echo::start(&[]);
    for &(line, status, part) in ROUTES {
        let response = ask(echo.address, format!("{line} HTTP/1.1\r\n{CLOSE}"));
        assert_eq!(statuses(&response), [status], "{line}: {response}");
        assert!(response.contains(part), "{line}: {response}");
        assert!(response.contains("\r\nDate: "), "{line}: {response}");
        if line.starts_with("HEAD") || matches!(status, 204 | 304) {
            assert!(response.ends_with("\r\n\r\n"), "{line}: {response}");
        }
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn an_echo_has_the_framing_type_and_trailers_of_its_request() {
    let echo = Echo::start(&[]);
    for (request, head, end) in [
        (
            "POST /echo HTTP/1.1\r\nContent-Type: a/b\r\nContent-Length: 3\r\n",
            "\r\nContent-Type: a/b\r\nContent-Length: 3\r\n",
            "\r\n\r\nBob",
        ),
        ("GET /echo HTTP/1.0\r\nContent-Length: 3\r\n", "\r\nContent-Length: 3\r\n", "\r\n\r\nBob"),
        ("HEAD /echo HTTP/1.1\r\nContent-Length: 3\r\n", "\r\nContent-Length: 3\r\n", "\r\n\r\n"),
        ("POST /echo HTTP/1.1\r\nContent-Length: 0\r\n", "\r\nContent-Length: 0\r\n", "\r\n\r\n"),
    ] {
        let content = if request.contains(": 3") { "Bob" } else { "" };
        let response = ask(echo.address, format!("{request}{CLOSE}{content}"));
        assert_eq!(statuses(&response), [200], "{response}");
        assert!(response.contains(head) && response.ends_with(end), "{response}");
    }
    let chunked = "PUT /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n";
    let content = "3;ext=1\r\nBob\r\n0\r\nX-One: 1\r\nx-two: \r\n\r\n";
    let response = ask(echo.address, format!("{chunked}{CLOSE}{content}"));
    assert!(response.contains("\r\nTransfer-Encoding: chunked\r\n"), "{response}");
    let end = "\r\n\r\n3\r\nBob\r\n0\r\nX-One: 1\r\nx-two: \r\n\r\n";
    assert!(response.ends_with(end), "{response}");
    let head = chunked.replace("PUT", "HEAD");
    let response = ask(echo.address, format!("{head}{CLOSE}{content}"));
    assert!(statuses(&response) == [200] && response.ends_with("\r\n\r\n"), "{response}");
}

#[test]
fn http10_is_kept_alive_only_if_asked() {
    let echo = Echo::start(&[]);
    let response = ask(echo.address, "GET / HTTP/1.0\r\n\r\n");
    assert_refused(&response, 200);
    let twice = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n";
    let response = ask(echo.address, twice);
    assert_eq!(statuses(&response), [200, 200]);
    assert!(response.contains("\r\nConnection: keep-alive\r\n"), "{response}");
}

#[test]
fn an_echo_comes_while_its_request_is_still_on_its_way() {
    let echo = Echo::start(&[]);
    let mut stream = connect(echo.address);
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    for round in 0..20 {
        let chunk = format!("4\r\n{round:04}\r\n");
        stream.write_all(chunk.as_bytes()).unwrap();
        if round == 0 {
            assert_eq!(statuses(&read_head(&mut stream)), [200]);
        }
        let mut back = vec![0; chunk.len()];
        stream.read_exact(&mut back).unwrap();
        assert_eq!(back, chunk.as_bytes());
    }
    stream.write_all(b"0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let rest = read_all(&mut stream);
    assert!(rest.starts_with("0\r\n\r\nHTTP/1.1 200 OK\r\n"), "{rest}");
}

#[test]
fn expect_gets_100_where_content_is_wanted_and_nowhere_else() {
    let echo = Echo::start(&[]);
    let fields = "Host: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    let mut stream = connect(echo.address);
    stream.write_all(format!("POST /echo HTTP/1.1\r\n{fields}").as_bytes()).unwrap();
    assert_eq!(read_head(&mut stream), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"Bob").unwrap();
    assert_eq!(statuses(&read_head(&mut stream)), [200]);
    for (path, status) in [("/", 405), ("/nope", 404)] {
        let response = ask(echo.address, format!("POST {path} HTTP/1.1\r\n{fields}"));
        assert_refused(&response, status);
    }
}
