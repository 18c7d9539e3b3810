//! A runtime, listeners and connections for each thread.

use crate::subject::ECHO;
use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, connect, read_all, read_head, statuses};
use std::io::Write;
use std::process::Command;
use std::time::Duration;

#[test]
fn each_thread_has_listeners_of_its_own() {
    let echo = Echo::at(&["127.0.0.1:0", "127.0.0.1:0"], &["--per-core", "--threads", "3"]);
    let listening = echo.sockets().into_iter().filter(|(state, _)| state == "0A").count();
    assert_eq!(listening, 3);
    let mut streams: Vec<_> = (0..60).map(|_| connect(echo.address)).collect();
    for stream in &mut streams {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc";
        stream.write_all(head.as_bytes()).unwrap();
    }
    for stream in &mut streams {
        assert_eq!(statuses(&read_head(stream)), [200]);
        stream.write_all(b"defGET / HTTP/1.0\r\n\r\n").unwrap();
    }
    for stream in &mut streams {
        assert!(read_all(stream).starts_with("abcdefHTTP/1.1 200 OK\r\n"));
    }
    for address in &echo.addresses {
        let address = address.parse().unwrap();
        assert_eq!(statuses(&ask(address, "GET / HTTP/1.0\r\n\r\n")), [200]);
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn shut_every_thread_finishes_what_is_busy() {
    let mut echo = Echo::start(&["--per-core", "--threads", "2"]);
    let mut busy: Vec<_> = (0..20).map(|_| connect(echo.address)).collect();
    for stream in &mut busy {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc";
        stream.write_all(head.as_bytes()).unwrap();
        assert_eq!(statuses(&read_head(stream)), [200]);
    }
    echo.signal("TERM");
    std::thread::sleep(Duration::from_millis(100));
    for stream in &mut busy {
        stream.write_all(b"def").unwrap();
        assert_eq!(read_all(stream), "abcdef");
    }
    drop(busy);
    let (status, log) = echo.wait(Duration::from_secs(5));
    assert_eq!((status.code(), log.as_str()), (Some(0), ""));

    let mut echo = Echo::start(&["--per-core", "--threads", "2"]);
    let mut one = connect(echo.address);
    one.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc").unwrap();
    assert_eq!(statuses(&read_head(&mut one)), [200]);
    echo.signal("INT");
    std::thread::sleep(Duration::from_millis(100));
    echo.signal("INT");
    assert_eq!(echo.wait(Duration::from_secs(3)).0.code(), Some(0));
}

#[test]
fn a_unix_socket_cannot_be_shared() {
    let unix = std::env::temp_dir().join(format!("blazeio-cores-{}", std::process::id()));
    let mut command = Command::new(ECHO);
    command.arg(format!("unix:{}", unix.display())).arg("--per-core");
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.starts_with("echo: ") && log.lines().count() == 1, "{log}");
    let _ = std::fs::remove_file(unix);
}
