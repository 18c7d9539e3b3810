//! Graceful exit (SHUT).

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{connect, ends_without_a_byte, read_all, read_head, statuses};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Waits until it obeys a first signal: it listens no more.
#[track_caller]
fn stops_listening(echo: &Echo) {
    // A thread may still be about to close the listener; afterwards `connect` cannot win.
    let end = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(echo.address).is_ok() {
        assert!(Instant::now() < end, "it still listens");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// One exchange, whole.
fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert_eq!(statuses(&read_head(stream)), [200]);
    let mut text = [0; 14];
    stream.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"This is echo.\n");
}

#[test]
fn shut_idle_connections_close_and_busy_ones_finish() {
    for signal in ["TERM", "INT"] {
        let mut echo = Echo::start(&[]);
        // Connections are told to stop in the order of their arrival: the idle one is the last.
        let mut waiting = connect(echo.address);
        ask(&mut waiting);
        let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n";
        waiting.write_all(head).unwrap();
        let mut busy = connect(echo.address);
        busy.write_all(head).unwrap();
        busy.write_all(b"abc").unwrap();
        assert_eq!(statuses(&read_head(&mut busy)), [200]);
        let mut fresh = connect(echo.address);
        let mut idle = connect(echo.address);
        ask(&mut idle);

        echo.signal(signal);
        assert!(ends_without_a_byte(&mut fresh));
        assert!(ends_without_a_byte(&mut idle));
        stops_listening(&echo);
        assert!(TcpStream::connect(echo.address).is_err());
        busy.write_all(b"def").unwrap();
        assert_eq!(read_all(&mut busy), "abcdef");
        waiting.write_all(b"ghijkl").unwrap();
        let response = read_all(&mut waiting);
        assert!(response.contains("\r\nConnection: close\r\n"), "{response}");
        assert!(response.ends_with("ghijkl"), "{response}");
        drop((busy, waiting));
        let (status, log) = echo.wait(Duration::from_secs(3));
        assert_eq!((status.code(), log.as_str()), (Some(0), ""));
    }
}

#[test]
fn shut_a_second_signal_is_obeyed_at_once() {
    let mut echo = Echo::start(&["--grace", "60", "--content-timeout", "0"]);
    let mut busy = connect(echo.address);
    busy.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc").unwrap();
    assert_eq!(statuses(&read_head(&mut busy)), [200]);
    echo.signal("TERM");
    stops_listening(&echo);
    let began = Instant::now();
    echo.signal("TERM");
    let (status, _) = echo.wait(Duration::from_secs(10));
    assert_eq!(status.code(), Some(0));
    // Long before the grace is over; nothing else ends the request in hand.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn shut_what_is_not_finished_within_the_grace_is_cut_off() {
    let mut echo = Echo::start(&["--grace", "0.4"]);
    let mut busy = connect(echo.address);
    busy.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc").unwrap();
    assert_eq!(statuses(&read_head(&mut busy)), [200]);
    let began = Instant::now();
    echo.signal("TERM");
    let (status, log) = echo.wait(Duration::from_secs(5));
    assert_eq!((status.code(), log.as_str()), (Some(0), "connections cut off: 1\n"));
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
}

#[test]
fn shut_under_load_cuts_no_response() {
    for _ in 0..10 {
        let mut echo = Echo::start(&[]);
        let clients: Vec<_> = (0..20).map(|_| connect(echo.address)).collect();
        let threads: Vec<_> =
            clients.into_iter().map(|c| std::thread::spawn(|| hammer(c))).collect();
        std::thread::sleep(Duration::from_millis(30));
        echo.signal("TERM");
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(echo.wait(Duration::from_secs(8)).0.success());
    }
}

/// Asks until the server closes; every response that begins must be whole.
fn hammer(mut stream: TcpStream) {
    let request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    while stream.write_all(request).is_ok() {
        let mut first = [0];
        if !matches!(stream.read(&mut first), Ok(1)) {
            return;
        }
        let head = read_head(&mut stream);
        let mut content = [0; 5];
        stream.read_exact(&mut content).unwrap();
        assert_eq!(&content, b"hello");
        if head.contains("\r\nConnection: close\r\n") {
            return;
        }
    }
}
