//! Several addresses, and such as are no IP address.

use crate::subject::ECHO;
use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{ask, statuses};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::process::Command;

fn ask_unix(path: &str, request: &str) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn every_address_is_announced_and_served() {
    let socket = std::env::temp_dir().join(format!("blazeio-echo-{}", std::process::id()));
    let unix = format!("unix:{}", socket.display());
    // The second time the path is there already, and nobody listens.
    for _ in 0..2 {
        let echo = Echo::at(&["127.0.0.1:0", &unix, "localhost:0", "127.0.0.1:0"], &[]);
        assert_eq!(echo.addresses[1], unix);
        for at in [0, 2, 3] {
            let address: SocketAddr = echo.addresses[at].parse().unwrap();
            assert_eq!(statuses(&ask(address, "GET / HTTP/1.0\r\n\r\n")), [200]);
        }
        assert_eq!(statuses(&ask_unix(&unix[5..], "GET / HTTP/1.0\r\n\r\n")), [200]);
        let large =
            format!("POST /echo HTTP/1.0\r\nContent-Length: 100000\r\n\r\n{}", "x".repeat(100_000));
        assert!(ask_unix(&unix[5..], &large).ends_with(&"x".repeat(100_000)));
        // Peers of a Unix socket have no name; their errors are told of all the same.
        assert_eq!(statuses(&ask_unix(&unix[5..], "nonsense\r\n\r\n")), [400]);
        let log = echo.stop();
        assert!(log.starts_with("unix:: ") && log.lines().count() == 1, "{log}");
    }
    let _ = std::fs::remove_file(socket);
}

#[test]
fn an_address_that_cannot_be_listened_at_is_one_line_and_a_failure() {
    let echo = Echo::start(&[]);
    let taken = echo.address.to_string();
    for (addresses, why) in [
        (&["127.0.0.1:0", &*taken][..], &*taken),
        (&["nonsense"], "nonsense"),
        (&["unix:/nowhere/at/all"], "/nowhere/at/all"),
    ] {
        let output = Command::new(ECHO).args(addresses).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.starts_with("echo: ") && log.contains(why), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}
