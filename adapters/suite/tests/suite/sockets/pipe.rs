//! Many requests at once on one connection.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, connect, read_all, statuses};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

/// `count` requests with content of `size` bytes that begins with its number.
fn requests(count: usize, size: usize) -> String {
    let one = |n| {
        let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n");
        format!("{head}{:.<size$}", format!("[{n:04}]"))
    };
    (0..count).map(one).collect()
}

#[track_caller]
fn assert_in_order(responses: &str, count: usize) {
    assert_eq!(statuses(responses).len(), count);
    let mut rest = responses;
    for n in 0..count {
        let (before, after) = rest.split_once(&format!("[{n:04}]")).unwrap();
        assert!(!before.contains('['), "{n} comes late");
        rest = after;
    }
    assert!(!rest.contains('['));
}

#[test]
fn pipe_1000_requests_are_answered_in_order() {
    let echo = Echo::start(&[]);
    let responses = ask(echo.address, requests(1000, 10));
    assert_in_order(&responses, 1000);
    // The limit of requests: the last one says so.
    assert_eq!(responses.matches("\r\nConnection: close\r\n").count(), 1);
}

#[test]
fn pipe_a_slow_reader_gets_them_all_and_nobody_else_waits() {
    let echo = Echo::start(&[]);
    let mut stream = connect(echo.address);
    let mut sender = stream.try_clone().unwrap();
    let sending = thread::spawn(move || {
        sender.write_all(requests(1000, 4000).as_bytes()).unwrap();
    });
    let responses = read_slowly(&mut stream);
    sending.join().unwrap();
    assert_in_order(&responses, 1000);
    assert_eq!(statuses(&ask(echo.address, "GET / HTTP/1.0\r\n\r\n")), [200]);
}

fn read_slowly(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut piece = vec![0; 32 * 1024];
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(20));
        let n = stream.read(&mut piece).unwrap();
        all.extend_from_slice(&piece[..n]);
    }
    let mut all = String::from_utf8(all).unwrap();
    all.push_str(&read_all(stream));
    all
}

#[test]
fn pipe_nothing_is_served_behind_an_error_or_close() {
    let echo = Echo::start(&[]);
    let close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let response = ask(echo.address, close.repeat(3));
    assert_eq!(statuses(&response), [200]);
    let response = ask(echo.address, format!("{}X\r\n\r\n{close}", requests(2, 10)));
    assert_eq!(statuses(&response), [200, 200, 400]);
}

#[test]
fn seg_a_conversation_byte_by_byte_is_the_same() {
    let echo = Echo::start(&[]);
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let end = "5\r\nhello\r\n0\r\nT: x\r\n\r\nGET / HTTP/1.0\r\n\r\n";
    let whole = format!("{}{chunked}{end}", requests(2, 10));
    let mut stream = connect(echo.address);
    for byte in whole.as_bytes() {
        stream.write_all(&[*byte]).unwrap();
    }
    let text = read_all(&mut stream);
    assert_eq!(statuses(&text), [200, 200, 200, 200]);
    let (_, echoed) = text.split_once("chunked\r\n\r\n").unwrap();
    let (chunks, rest) = echoed.split_once("0\r\nT: x\r\n\r\n").unwrap();
    let content: String = chunks.split("\r\n").skip(1).step_by(2).collect();
    assert_eq!(content, "hello");
    assert!(rest.starts_with("HTTP/1.1 200 OK\r\n"), "{rest}");
}
