//! `fetch` against servers that say exactly what the test wants.

mod uploads;

use crate::suite::sockets::program::{Echo, fetch, fetch_json};
use crate::suite::sockets::wire::{read_head, reset_on_close, server};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

fn url(address: SocketAddr) -> String {
    format!("http://{address}/x?y=z#fragment")
}

/// What `fetch --json` says of a server that sends `response` and then `ends` the connection.
fn told(response: &'static [u8], ends: fn(&mut TcpStream)) -> Value {
    let (address, thread) = server(1, move |_, stream| {
        read_head(stream);
        stream.write_all(response).unwrap();
        ends(stream);
    });
    let mut lines = fetch_json(&["--timeout", "5", &url(address)]);
    thread.join().unwrap();
    lines.remove(0)
}

fn in_order(stream: &mut TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read(&mut [0]);
}

fn by_reset(stream: &mut TcpStream) {
    // Time to read what was sent before it.
    std::thread::sleep(Duration::from_millis(100));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    // The last handle closes, which resets.
    reset_on_close(stream.try_clone().unwrap());
}

#[track_caller]
fn assert_ok(line: &Value, status: u16, content: &[u8]) {
    let digest: String = Sha256::digest(content).iter().map(|b| format!("{b:02x}")).collect();
    let expected = serde_json::json!({
        "ok": true, "status": status, "body_len": content.len(), "body_sha256": digest,
        "error": null
    });
    assert_eq!(*line, expected);
}

#[track_caller]
fn assert_failed(line: &Value, status: u16, why: &str) {
    assert_eq!((&line["ok"], &line["status"]), (&false.into(), &status.into()), "{line}");
    assert!(line["error"].as_str().unwrap().contains(why), "{line}");
}

#[test]
fn every_framing_is_read_to_its_end() {
    for (response, status, content) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"[..], 200, &b"hello"[..]),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.0 200 OK\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nBob\r\n0\r\nT: 1\r\n\r\n", 200, b"Bob"),
        // RFC 9112 §6.3: the coding wins.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 200, b"a"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\n!", 500, b"!"),
        (b"HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", 799, b""),
    ] {
        assert_ok(&told(response, in_order), status, content);
    }
    assert_ok(&told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", by_reset), 200, b"ok");
}

#[test]
fn bodyx_nothing_cut_off_or_broken_is_a_success() {
    let ends: [fn(&mut TcpStream); 2] = [in_order, by_reset];
    for end in ends {
        for (response, status) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"[..], 200),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 200),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", 200),
            (b"HTTP/1.1 200 OK\r\nContent-Le", 0),
            (b"HTTP/1.1 100 Continue\r\n\r\n", 0),
            (b"", 0),
        ] {
            assert_failed(&told(response, end), status, "");
        }
    }
    // Its end would have been the end of the content.
    assert_failed(&told(b"HTTP/1.1 200 OK\r\n\r\nhello", by_reset), 200, "reset");
    for (response, status, why) in [
        (&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX"[..], 200, "§7.1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello", 200, "chunk size"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 0, "§6.3"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", 0, "Content-Length"),
        (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", 0, ""),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 0, "101"),
        (b"ICY 200 OK\r\n\r\n", 0, ""),
    ] {
        assert_failed(&told(response, in_order), status, why);
    }
}

#[test]
fn headf_and_1xx_floods_end_in_an_error() {
    let flood = |piece: &'static [u8]| {
        let (address, thread) = server(1, move |_, stream| {
            read_head(stream);
            let _ = stream.write_all(b"HTTP/1.1 ");
            while stream.write_all(piece).is_ok() {}
        });
        let line = fetch_json(&["--timeout", "5", &url(address)]).remove(0);
        thread.join().unwrap();
        line
    };
    assert_failed(&flood(b"103 Early Hints\r\n\r\nHTTP/1.1 "), 0, "interim");
    assert_failed(&flood(b"200 OK\r\nA: b\r\nA: c"), 0, "");
}

#[test]
fn a_silent_server_is_given_up_in_time() {
    let (address, thread) = server(1, |_, stream| {
        read_head(stream);
        let _ = stream.read(&mut [0]);
    });
    let began = Instant::now();
    let line = fetch_json(&["--timeout", "0.3", &url(address)]).remove(0);
    assert_failed(&line, 0, "0.3 s");
    assert!(began.elapsed() < Duration::from_secs(3));
    thread.join().unwrap();
}

#[test]
fn the_request_is_what_the_flags_say() {
    let (sender, heads) = channel();
    let (address, thread) = server(3, move |_, stream| {
        sender.send(read_head(stream)).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n")
            .unwrap();
        let _ = stream.write_all(b"x");
    });
    let get = fetch(&["--field", "X-One:  1 ", "--field", "User-Agent: me", &url(address)]);
    assert!(get.status.success() && get.stdout == b"x" && get.stderr.is_empty(), "{get:?}");
    let head =
        format!("GET /x?y=z HTTP/1.1\r\nHost: {address}\r\nX-One: 1\r\nUser-Agent: me\r\n\r\n");
    assert_eq!(heads.recv().unwrap(), head);
    fetch(&["--data", "hi", "--method", "PATCH", &url(address)]);
    let head = heads.recv().unwrap();
    assert!(
        head.starts_with("PATCH /x?y=z ") && head.contains("\r\nContent-Length: 2\r\n"),
        "{head}"
    );
    fetch(&["--data", "hi", "--chunked", "--json", &url(address)]);
    let head = heads.recv().unwrap();
    assert!(
        head.starts_with("POST ") && head.contains("\r\nTransfer-Encoding: chunked\r\n"),
        "{head}"
    );
    thread.join().unwrap();
}

#[test]
fn split_what_would_break_the_request_is_never_sent() {
    let echo = Echo::start(&[]);
    let url = echo.url("/");
    for flags in [
        &["--field", "A: b\r\nC: d"][..],
        &["--field", "A B: c"],
        &["--field", "Content-Length: 5"],
        &["--field", "Host: x"],
        &["--method", "GET / HTTP/1.1\r\nX:"],
        &["--method", ""],
    ] {
        let line = fetch_json(&[flags, &[&url]].concat()).remove(0);
        assert_failed(&line, 0, "the request: ");
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn ssrf_other_schemes_and_user_information_are_refused_before_anything_is_sent() {
    for (url, why) in [
        ("ftp://a/", "only http"),
        ("https://user:secret@127.0.0.1:1/", "user information"),
        ("https://127.0.0.1:1/", "refused"),
        ("http://user:secret@127.0.0.1:1/", "user information"),
        ("http://user@127.0.0.1:1/", "user information"),
        ("nonsense", "not a URL"),
        ("http:///", "not a URL"),
        ("http://127.0.0.1:1/", "refused"),
    ] {
        let line = fetch_json(&[url]).remove(0);
        assert_failed(&line, 0, why);
        assert!(!line.to_string().contains("secret"));
        let output = fetch(&[url]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("fetch: ") && text.lines().count() == 1, "{text}");
    }
}

#[test]
fn log_verbose_shows_heads_escaped() {
    let (address, thread) = server(1, |_, stream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 103 \r\nA: \xff\r\n\r\n").unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        stream.write_all(b"1\r\n!\r\n0\r\nT: \x9b1m\r\n\r\n").unwrap();
    });
    let output = fetch(&["-v", &url(address)]);
    assert_eq!(output.stdout, b"!");
    let expected = "< HTTP/1.1 103 \n< A: \\xff\n<\n< HTTP/1.1 200 OK\n\
        < Transfer-Encoding: chunked\n<\n< T: \\x9b1m\n<\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    thread.join().unwrap();
}

/// Serves `requests` on one connection, each with the number of the connection.
fn answer(number: usize, requests: usize, stream: &mut TcpStream) {
    for _ in 0..requests {
        read_head(stream);
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
        stream.write_all(format!("{head}{number}").as_bytes()).unwrap();
    }
}

#[test]
fn reuse_a_connection_that_may_be_used_again_is() {
    let (address, thread) = server(1, |number, stream| answer(number, 3, stream));
    let url = url(address);
    let output = fetch(&["--pause", "0.1", &url, &url, &url]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "000");
    thread.join().unwrap();
}

#[test]
fn reuse_never_after_close_surplus_or_a_broken_exchange() {
    let after: [fn(&mut TcpStream); 3] = [
        |stream| drop(stream.shutdown(Shutdown::Both)),
        |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").unwrap();
            let _ = stream.read(&mut [0]);
        },
        |stream| {
            std::thread::sleep(Duration::from_millis(50));
            stream.write_all(b"\r\n").unwrap();
            let _ = stream.read(&mut [0]);
        },
    ];
    for after in after {
        let (address, thread) = server(2, move |number, stream| {
            answer(number, 1, stream);
            if number == 0 {
                after(stream);
            }
        });
        let url = url(address);
        let output = fetch(&["--pause", "0.2", &url, &url]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "01", "{:?}", output.stderr);
        thread.join().unwrap();
    }
}

#[test]
fn retry_only_what_is_idempotent_and_was_not_answered() {
    // The first connection closes when the second request is there.
    let start = || {
        server(2, |number, stream| {
            answer(number, 1, stream);
            if number == 0 {
                read_head(stream);
            }
        })
    };
    let (address, thread) = start();
    let output = fetch(&[&url(address), &url(address)]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "01");
    thread.join().unwrap();
    let (address, _) = start();
    let lines = fetch_json(&["--method", "POST", &url(address), &url(address)]);
    assert_eq!(lines[0]["ok"], true);
    assert_failed(&lines[1], 0, "");
}

#[test]
fn host_is_the_urls_own() {
    use blazeio_programs::fetch::origin::Origin;
    for (url, authority, target, port) in [
        ("http://a/", "a", "/", 80),
        ("http://A:80?q", "a", "/?q", 80),
        ("http://a:8080/b c", "a:8080", "/b%20c", 8080),
        ("http://[::1]:81/", "[::1]:81", "/", 81),
        ("http://[2001:db8::1]", "[2001:db8::1]", "/", 80),
        ("https://a", "a", "/", 443),
        ("https://a:80", "a:80", "/", 80),
    ] {
        let origin = Origin::parse(url).unwrap();
        assert_eq!((&*origin.authority, &*origin.target, origin.port), (authority, target, port));
    }
}
