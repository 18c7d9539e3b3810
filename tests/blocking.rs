//! The lesson in `examples/blocking.rs`, run as a test over real sockets.

#[path = "../examples/blocking.rs"]
#[allow(dead_code)]
mod blocking;

use blazeio::Method;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn server(connections: usize) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for _ in 0..connections {
            let (socket, _) = listener.accept().unwrap();
            std::thread::spawn(move || blocking::serve(socket).unwrap());
        }
    });
    address
}

#[test]
fn client_and_server_exchange_content_of_every_size() {
    let sizes = [0, 1, 1000, 32 * 1024, 100_000, 1 << 20];
    let address = server(sizes.len());
    for size in sizes {
        let content: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let socket = TcpStream::connect(address).unwrap();
        let (status, echoed) = blocking::fetch(socket, Method::Post, "/", &content).unwrap();
        assert_eq!(status, 200);
        assert!(echoed == content, "{size} bytes came back as {}", echoed.len());
    }
}

#[test]
fn a_bad_request_is_told_what_was_wrong_and_pipelined_ones_are_answered_in_order() {
    let address = server(2);
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{text}");

    let mut socket = TcpStream::connect(address).unwrap();
    let two = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1\
               POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\n2";
    socket.write_all(two.as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (first, second) = text.split_once("\r\n\r\n1HTTP/1.1 200 OK").unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK") && second.ends_with("\r\n\r\n2"), "{text}");
}
