//! Ends of input and resets, at every wrong moment.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{
    ask, ask_and_end, assert_refused, connect, reset_on_close, statuses,
};
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn half_a_request_before_the_end_of_input_is_still_answered() {
    let echo = Echo::start(&[]);
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nBob";
    let response = ask_and_end(echo.address, format!("{get}{post}{get}"));
    assert_eq!(statuses(&response), [200, 200, 200]);
    let large = format!("{}{}", post.replace(": 3", ": 1000003"), "x".repeat(1_000_000));
    let mut stream = connect(echo.address);
    let mut sender = stream.try_clone().unwrap();
    let sending = thread::spawn(move || {
        sender.write_all(large.as_bytes()).unwrap();
        sender.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let response = crate::suite::sockets::wire::read_all(&mut stream);
    sending.join().unwrap();
    assert_eq!(response.split_once("\r\n\r\n").unwrap().1.len(), 1_000_003);
}

#[test]
fn half_a_message_and_the_end_of_input_is_an_error() {
    let echo = Echo::start(&[]);
    assert_refused(&ask_and_end(echo.address, "GET / HTTP/1.1\r\nHo"), 400);
    let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    assert_refused(&ask_and_end(echo.address, post), 400);
    // Refused or, if the echo had begun, cut off.
    let cut = ask_and_end(echo.address, format!("{post}Bo"));
    let begun = statuses(&cut) == [200] && cut.ends_with("\r\n\r\nBo");
    assert!(begun || statuses(&cut) == [400], "{cut}");
    assert_eq!(ask_and_end(echo.address, ""), "");
    assert_eq!(echo.stop().lines().count(), 3);
}

#[test]
fn rst_frees_everything_and_is_one_line_at_most() {
    let echo = Echo::start(&[]);
    ask(echo.address, "GET / HTTP/1.0\r\n\r\n");
    let before = echo.descriptors();
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let moments = [
        String::new(),
        "GET / HT".into(),
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n".into(),
        chunked.into(),
        format!("{chunked}5\r\nhel"),
        format!("{chunked}100000\r\n{}", "x".repeat(300_000)),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for round in 0..120 {
        let mut stream = connect(echo.address);
        let text = &moments[round % moments.len()];
        let _ = stream.write_all(text.as_bytes());
        if round % 2 == 0 {
            thread::sleep(Duration::from_millis(2));
        }
        let _guard = runtime.enter();
        drop(reset_on_close(stream));
    }
    let end = Instant::now() + Duration::from_secs(5);
    while echo.descriptors() > before && Instant::now() < end {
        thread::sleep(Duration::from_millis(10));
    }
    assert!(echo.descriptors() <= before);
    assert_eq!(statuses(&ask(echo.address, "GET / HTTP/1.0\r\n\r\n")), [200]);
    assert!(echo.stop().lines().count() <= 120);
}
