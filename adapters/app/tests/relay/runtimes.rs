//! The relay on each runtime, between a client and an origin that block.

use super::{content, field, relay, status};
use blazeio_app::App;
use blazeio_driver::{Connector, Runtime, Standalone, Threads, serve};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

const SIZE: usize = 4 << 20;

/// An origin for one connection, which sends back what it is sent while it is sent.
fn origin() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(String::from_utf8(head).unwrap().contains("\r\nVia: 1.1 blazeio-relay\r\n"));
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        let (mut room, mut left) = (vec![0; 64 << 10], SIZE);
        while left > 0 {
            let n = stream.read(&mut room).unwrap();
            stream.write_all(&room[..n]).unwrap();
            left -= n;
        }
    });
    address
}

fn passes_on<R: Standalone>() {
    let origin = origin();
    let (tell, told) = mpsc::channel();
    let serving = thread::spawn(move || {
        let relaying = async move {
            let runtime: Arc<dyn Runtime> = Arc::new(R::current());
            let connector = Connector::new(Arc::clone(&runtime));
            let origin = relay::Origin(connector, origin.ip().to_string(), origin.port());
            let app = App::new().state(origin).fallback(relay::relay);
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            let handle = serve(app).listen(any).start(&runtime).unwrap();
            tell.send(handle.clone()).unwrap();
            handle.finished().await;
        };
        R::run(Threads::One, || relaying).unwrap();
    });
    let handle = told.recv().unwrap();
    let mut stream = TcpStream::connect(handle.addresses()[0].as_tcp().unwrap()).unwrap();
    let mut sending = stream.try_clone().unwrap();
    let upload = thread::spawn(move || {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
        let head = format!("{head}Content-Length: {SIZE}\r\n\r\n");
        sending.write_all(head.as_bytes()).unwrap();
        sending.write_all(&vec![b'7'; SIZE]).unwrap();
    });
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    upload.join().unwrap();
    assert_eq!((status(&answer), field(&answer, "via")), (200, Some("1.1 blazeio-relay")));
    assert!(content(&answer).len() == SIZE && content(&answer).bytes().all(|byte| byte == b'7'));
    drop(stream);
    handle.stop();
    serving.join().unwrap();
}

#[test]
fn it_passes_on_both_ways_on_tokio() {
    passes_on::<blazeio_tokio::Tokio>();
}

#[test]
fn it_passes_on_both_ways_on_smol() {
    passes_on::<blazeio_smol::Smol>();
}

#[test]
fn it_passes_on_both_ways_on_mio() {
    passes_on::<blazeio_mio::Mio>();
}
