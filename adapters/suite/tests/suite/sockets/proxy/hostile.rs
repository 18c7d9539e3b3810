//! Proxies that answer CONNECT as no proxy should, over sockets.
//!
//! None of them sees a byte that is not CONNECT's, unless it opens a tunnel.

use crate::subject::connector;
use crate::suite::on::{self, FOREVER, sleep, timeout};
use crate::suite::sockets::tls::Identity;
use crate::suite::sockets::wire::{read_head, reset_on_close, server};
use blazeio::{CloseReason, Method, Request};
use blazeio_driver::proxy::{Proxy, Refusal};
use blazeio_driver::tls::TlsConnector;
use blazeio_driver::{ClientConnection, Connector, Error, Threads};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const CONNECT: &str = "CONNECT origin.example:80 HTTP/1.1\r\nHost: origin.example:80\r\n\r\n";

/// What connecting through a proxy comes to that reads CONNECT and goes on as `answer` says; and
/// what it read after that.
fn told(
    connector: impl FnOnce() -> Connector,
    answer: impl Fn(&mut TcpStream) + Send + 'static,
) -> (io::Result<ClientConnection>, Vec<u8>) {
    let (sender, read) = channel();
    let (address, thread) = server(1, move |_, stream| {
        assert_eq!(read_head(stream), CONNECT);
        answer(stream);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        sender.send(rest).unwrap();
    });
    let proxy = Proxy::new("127.0.0.1", address.port()).answer_timeout(Duration::from_secs(1));
    let told = on::run(Threads::One, || async {
        let through = connector();
        let through = through.connect_through(&proxy, "origin.example", 80);
        timeout(FOREVER, through).await.expect("it has an end")
    });
    let rest = match told {
        Ok(_) => Vec::new(),
        Err(_) => read.recv().unwrap(),
    };
    thread.join().unwrap();
    (told, rest)
}

/// The error of a proxy that says `bytes`, then `ends`.
#[track_caller]
fn error_of(bytes: &[u8], ends: impl Fn(&mut TcpStream) + Send + 'static) -> io::Error {
    let bytes = bytes.to_vec();
    let (told, rest) = told(connector, move |stream| {
        stream.write_all(&bytes).unwrap();
        ends(stream);
    });
    assert_eq!(rest, b"", "more than CONNECT was sent");
    told.unwrap_err()
}

fn waits(_: &mut TcpStream) {}

fn leaves(stream: &mut TcpStream) {
    stream.shutdown(Shutdown::Write).unwrap();
}

#[test]
fn proxy_an_answer_other_than_2xx_is_told_and_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
        elsewhere.local_addr().unwrap()
    );
    let denied = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\
                  Proxy-Authenticate: Basic realm=\"x\"\r\n\r\nhello";
    for (answer, status) in [(&*redirect, 302), (denied, 407)] {
        let error = error_of(answer.as_bytes(), waits);
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(Refusal::of(&error).unwrap().status(), status);
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
    elsewhere.set_nonblocking(true).unwrap();
    assert_eq!(elsewhere.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn limit_floods_of_heads_and_of_head_end_in_an_error() {
    for piece in ["103 Early Hints\r\n\r\nHTTP/1.1 ", "200 OK\r\nA: b\r\nA: c"] {
        let error = error_of(
            b"HTTP/1.1 ",
            move |stream| {
                while stream.write_all(piece.as_bytes()).is_ok() {}
            },
        );
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
    }
}

#[test]
fn bodyx_an_answer_that_is_cut_off_opens_nothing() {
    for answer in ["", "H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r"] {
        let error = error_of(answer.as_bytes(), leaves);
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{answer:?}: {error}");
    }
}

#[test]
fn rst_an_answer_that_is_reset_opens_nothing() {
    let (address, thread) = server(1, |_, stream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _guard = runtime.enter();
        // The last handle closes, which resets.
        reset_on_close(stream.try_clone().unwrap());
    });
    let proxy = Proxy::new("127.0.0.1", address.port());
    on::run(Threads::One, || async {
        let error = connector().connect_through(&proxy, "origin.example", 80).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}");
    });
    thread.join().unwrap();
}

#[test]
fn slow_silence_and_drops_have_their_time_and_no_more() {
    let drip = |stream: &mut TcpStream| {
        let head = b"HTTP/1.1 200 OK\r\nA: ".iter().chain(std::iter::repeat(&b'a'));
        for byte in head {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    for answer in [waits, drip] {
        let began = Instant::now();
        let error = error_of(b"", answer);
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
        assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    }
}

#[test]
fn slow_a_tunnel_in_which_nobody_speaks_tls_has_the_time_of_its_handshake() {
    let identity = Identity::new("silent");
    let tls = TlsConnector::with_roots_from_pem(&identity.chain).unwrap();
    let tls = tls.handshake_timeout(Duration::from_millis(200)).to("origin.example");
    let (told, rest) = told(
        || connector().handshake(tls),
        |stream| stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap(),
    );
    assert_eq!(told.unwrap_err().kind(), io::ErrorKind::TimedOut);
    // Nothing but the beginning of a handshake.
    assert_eq!(rest[..2], [0x16, 3]);
}

#[test]
fn tls_bytes_before_the_handshake_are_no_origin() {
    let identity = Identity::new("early");
    let tls = TlsConnector::with_roots_from_pem(&identity.chain).unwrap().to("origin.example");
    let (told, rest) = told(
        || connector().handshake(tls),
        |stream| {
            let answer = b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
            stream.write_all(answer).unwrap();
        },
    );
    assert_eq!(told.unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert!(!rest.windows(3).any(|part| part == b"GET"));
}

/// One exchange in a tunnel that a proxy opens by `answer`, and fills by `content`.
fn exchange_behind(answer: &'static [u8], content: &'static [u8]) -> Result<Vec<u8>, Error> {
    let (address, thread) = server(1, move |_, stream| {
        assert_eq!(read_head(stream), CONNECT);
        stream.write_all(answer).unwrap();
        assert_eq!(read_head(stream), "GET / HTTP/1.1\r\nHost: origin.example\r\n\r\n");
        stream.write_all(content).unwrap();
    });
    let proxy = Proxy::new("127.0.0.1", address.port());
    let told = on::run(Threads::One, || async {
        let connector = connector();
        let through = connector.connect_through(&proxy, "origin.example", 80);
        let mut connection = through.await.unwrap();
        let request = Request::new(Method::Get, "/", "origin.example");
        let mut exchange = connection.send(&request).await?;
        let mut told = Vec::new();
        while let Some(piece) = exchange.read().await? {
            told.extend_from_slice(piece);
        }
        Ok(told)
    });
    thread.join().unwrap();
    told
}

#[test]
fn upg_a_length_beside_2xx_takes_nothing_of_the_tunnel() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 OK\r\n\r\n",
    ] {
        let content = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(exchange_behind(answer, content).unwrap(), b"ok");
    }
}

#[test]
fn reuse_a_response_before_any_request_is_surplus() {
    let (address, thread) = server(1, |_, stream| {
        read_head(stream);
        let early = b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
        stream.write_all(early).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, b"");
    });
    let proxy = Proxy::new("127.0.0.1", address.port());
    on::run(Threads::One, || async {
        let connector = connector();
        let through = connector.connect_through(&proxy, "origin.example", 80);
        let mut connection = through.await.unwrap();
        // Its task hears of what came.
        let closed = async {
            while connection.is_open() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(FOREVER, closed).await.expect("it is heard of");
        let error = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap_err();
        assert!(matches!(error, Error::Closed(CloseReason::Surplus)), "{error:?}");
    });
    thread.join().unwrap();
}
