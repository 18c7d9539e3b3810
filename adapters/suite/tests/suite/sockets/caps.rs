//! Caps that are asked for: of content, of connections; and TCP keepalive.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, assert_refused, connect, read_all, read_head, statuses};
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

const POST: &str = "POST /echo HTTP/1.1\r\nHost: a\r\n";
const CHUNKED: &str = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn bodyl_more_content_than_allowed_is_413() {
    let echo = Echo::start(&["--max-content", "1000"]);
    let sized = |n: usize| format!("{POST}Content-Length: {n}\r\n\r\n");
    let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let most = format!("{}{}{last}", sized(1000), "x".repeat(1000));
    assert_eq!(statuses(&ask(echo.address, most)), [200, 200]);
    // At the head: not a byte of it is waited for.
    assert_refused(&ask(echo.address, sized(1001)), 413);
    assert_refused(&ask(echo.address, sized(usize::MAX)), 413);
    let chunk = |n: usize| format!("{n:x}\r\n{}\r\n", "x".repeat(n));
    let most = format!("{CHUNKED}{}{}0\r\n\r\n{last}", chunk(400), chunk(600));
    assert_eq!(statuses(&ask(echo.address, most)), [200, 200]);
    let more = format!("{CHUNKED}{}{}0\r\n\r\n{last}", chunk(400), chunk(601));
    assert_refused(&ask(echo.address, more), 413);
    // Once the response is on its way, all that is left is to cut it off.
    let mut stream = connect(echo.address);
    stream.write_all(format!("{CHUNKED}{}", chunk(400)).as_bytes()).unwrap();
    assert_eq!(statuses(&read_head(&mut stream)), [200]);
    stream.write_all(format!("{}0\r\n\r\n{last}", chunk(601)).as_bytes()).unwrap();
    let rest = read_all(&mut stream);
    assert!(rest.starts_with(&chunk(400)) && !rest.ends_with("0\r\n\r\n"), "{rest}");
    assert!(statuses(&rest).is_empty(), "{rest}");
    // Or its server would linger.
    drop(stream);
    let log = echo.stop();
    assert_eq!(log.lines().count(), 4, "{log}");
}

#[test]
fn acpt_beyond_the_cap_connections_wait_until_one_closes() {
    let echo = Echo::start(&["--max-connections", "2"]);
    let get = b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut served: Vec<_> = (0..2).map(|_| connect(echo.address)).collect();
    for stream in &mut served {
        stream.write_all(get).unwrap();
        assert_eq!(statuses(&read_head(stream)), [204]);
    }
    let mut third = connect(echo.address);
    third.write_all(get).unwrap();
    third.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let error = third.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    // Those that are served go on.
    served[1].write_all(get).unwrap();
    assert_eq!(statuses(&read_head(&mut served[1])), [204]);
    drop(served.remove(0));
    third.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(statuses(&read_head(&mut third)), [204]);
    assert_eq!(echo.stop(), "");
}

#[test]
fn memw_reading_waits_while_the_cap_of_buffers_is_reached() {
    let echo = Echo::start(&["--memory", "1", "--head-timeout", "0"]);
    // Half a head holds 4 KiB.
    let mut half: Vec<_> = (0..256).map(|_| connect(echo.address)).collect();
    for stream in &mut half {
        stream.write_all(b"GET /204 HTTP/1.1\r\nHost: a\r\n").unwrap();
    }
    std::thread::sleep(Duration::from_millis(300));
    let mut late = connect(echo.address);
    late.write_all(b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    late.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let error = late.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    late.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    half.truncate(200);
    assert_eq!(statuses(&read_head(&mut late)), [204]);
    // Those that hold a buffer are served out of it.
    for stream in &mut half {
        stream.write_all(b"\r\n").unwrap();
        assert_eq!(statuses(&read_head(stream)), [204]);
    }
}

#[test]
fn keepalive_is_on_off_or_as_asked() {
    for (flags, least, most) in [
        (&[][..], 55_00, 60_00),
        (&["--keepalive", "7"], 5_00, 7_00),
        (&["--keepalive", "0"], 0, 0),
    ] {
        let echo = Echo::start(flags);
        let mut stream = connect(echo.address);
        stream.write_all(b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert_eq!(statuses(&read_head(&mut stream)), [204]);
        // What was just sent has a timer of its own, until it is acknowledged.
        std::thread::sleep(Duration::from_millis(200));
        let sockets = echo.sockets();
        let (_, timer) = sockets.iter().find(|(state, _)| state == "01").unwrap();
        let (kind, when) = timer.split_once(':').unwrap();
        let when = u64::from_str_radix(when, 16).unwrap();
        assert_eq!(kind, if most > 0 { "02" } else { "00" }, "{flags:?}");
        assert!((least..=most).contains(&when), "{flags:?}: {when}");
    }
}
