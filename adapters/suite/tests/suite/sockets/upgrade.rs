//! Another protocol after 101 (UPG).

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, connect, read_all, read_head, statuses};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;

const OFFER: &str =
    "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x, echo\r\n\r\n";

#[test]
fn upg_bytes_come_back_raw_until_the_client_ends() {
    let echo = Echo::start(&[]);
    let mut stream = connect(echo.address);
    stream.write_all(OFFER.as_bytes()).unwrap();
    let head = read_head(&mut stream);
    assert_eq!(statuses(&head), [101]);
    assert!(head.contains("\r\nUpgrade: echo\r\n"), "{head}");
    for said in ["hello", "GET / HTTP/1.1\r\n\r\n", "\0\x01"] {
        stream.write_all(said.as_bytes()).unwrap();
        let mut back = vec![0; said.len()];
        stream.read_exact(&mut back).unwrap();
        assert_eq!(back, said.as_bytes());
    }
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&mut stream), "");
    assert_eq!(echo.stop(), "");
}

#[test]
fn upg_what_came_behind_the_head_comes_back_first() {
    let echo = Echo::start(&[]);
    let content: Vec<u8> = (0..1u32 << 18).flat_map(u32::to_le_bytes).collect();
    for behind in [1, 100, 4000, 40_000] {
        let mut stream = connect(echo.address);
        let (first, rest) = content.split_at(behind);
        stream.write_all(&[OFFER.as_bytes(), first].concat()).unwrap();
        let mut sender = stream.try_clone().unwrap();
        let rest = rest.to_vec();
        let sending = thread::spawn(move || {
            sender.write_all(&rest).unwrap();
            sender.shutdown(Shutdown::Write).unwrap();
        });
        assert_eq!(statuses(&read_head(&mut stream)), [101]);
        let mut back = Vec::new();
        stream.read_to_end(&mut back).unwrap();
        sending.join().unwrap();
        assert!(back == content, "{behind}: {} bytes", back.len());
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn upg_without_the_offer_is_426_and_the_connection_goes_on() {
    let echo = Echo::start(&[]);
    let other = OFFER.replace("x, echo", "websocket");
    let content = OFFER.replace("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\nBob");
    let none = "PUT /upgrade HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for request in [&other, &content, none] {
        let response = ask(echo.address, format!("{request}{last}"));
        assert_eq!(statuses(&response), [426, 200], "{response}");
        assert!(response.contains("\r\nUpgrade: echo\r\n"), "{response}");
    }
    // RFC 9110 §7.8: Upgrade says nothing in HTTP/1.0.
    let old = OFFER.replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(statuses(&ask(echo.address, old)), [426]);
    assert_eq!(echo.stop(), "");
}

#[test]
fn rst_a_tunnel_ends_with_its_client_and_with_the_server() {
    let mut echo = Echo::start(&["--grace", "0.2"]);
    let before = echo.descriptors();
    let open = || {
        let mut stream = connect(echo.address);
        stream.write_all(OFFER.as_bytes()).unwrap();
        assert_eq!(statuses(&read_head(&mut stream)), [101]);
        stream
    };
    drop((open(), open()));
    let end = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while echo.descriptors() > before && std::time::Instant::now() < end {
        thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(echo.descriptors(), before);
    let _busy = open();
    echo.signal("TERM");
    let (status, log) = echo.wait(std::time::Duration::from_secs(5));
    assert_eq!((status.code(), log.as_str()), (Some(0), "connections cut off: 1\n"));
}
