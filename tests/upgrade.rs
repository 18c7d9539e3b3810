//! Leaving HTTP: 101 and CONNECT, both sides (UPG; RFC 9110 §7.8, §9.3.6).

mod story;

use blazeio::{CloseReason, Method, PeerErrorKind, Read, Request, Response, UsageError};
use story::{GET, OK, Side, TIMELESS, asked, asking, client, server};

const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ";
const CONNECT: &str = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";

fn offering(protocols: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: {protocols}\r\n\r\n")
}

fn upgrade_to(protocols: &'static str) -> Request<'static> {
    Request::new(Method::Get, "/", "a").upgrade(protocols)
}

fn connect() -> Request<'static> {
    Request::new(Method::Connect, "a:443", "a:443")
}

fn switch(side: &mut Side<blazeio::Server>, protocol: &'static str) -> Result<String, UsageError> {
    side.head(&Response::new(101).upgrade(protocol))
}

/// The rest of the input is the tunnel's, byte for byte, and HTTP is over.
fn assert_tunnel<R: blazeio::Role>(side: &mut Side<R>, rest: &str) {
    for _ in 0..2 {
        let received = side.connection.bytes_received();
        assert_eq!(side.hear(""), "tunnel");
        assert_eq!(side.connection.bytes_received(), received, "nothing was consumed");
        assert_eq!(side.input, rest.as_bytes());
    }
    assert!(side.connection.is_tunnel() && !side.connection.is_idle());
    assert_eq!(side.signals().read, Read::Tunnel);
    assert_eq!(side.signals().deadline, None);
    assert_eq!(side.content(b"x"), Err(UsageError::Closed));
    assert_eq!(side.end(), Err(UsageError::Closed));
    side.connection.end_of_input();
    assert_eq!(side.hear(""), "tunnel", "the end of input is the tunnel's own matter");
}

#[test]
fn upg_a_server_is_raw_only_once_101_or_2xx_is_sent() {
    let rest = "\x01\r\nGET / HTTP/1.1\r\n\r\n";
    for (request, response) in [
        (offering("x"), Response::new(101).upgrade("x")),
        (CONNECT.into(), Response::new(200)),
        (CONNECT.into(), Response::new(299)),
    ] {
        let mut side = asked(TIMELESS, &format!("{request}{rest}"));
        let head = side.head(&response).unwrap();
        let length = head.replace('¶', "\r\n").len();
        for sent in 0..length {
            assert_eq!(side.hear(""), "paused", "{sent} of {length} bytes are sent");
            assert_eq!(side.signals().read, Read::PausedByExchange);
            let _ = side.connection.sent(1, 0);
        }
        assert_eq!(side.signals().read, Read::Tunnel, "known without asking");
        assert_tunnel(&mut side, rest);
        assert_eq!(side.head(&Response::new(200)), Err(UsageError::Closed));
    }
}

#[test]
fn upg_a_client_is_raw_right_after_the_head() {
    let fields = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n";
    for (request, response) in [
        (upgrade_to("x"), format!("{SWITCH}x\r\n\r\n")),
        (upgrade_to("x"), format!("{SWITCH}x\r\n{fields}\r\n")),
        (connect(), "HTTP/1.1 200 OK\r\n\r\n".into()),
        (connect(), format!("HTTP/1.1 204 OK\r\n{fields}\r\n")),
    ] {
        let mut side = asking(TIMELESS, &request);
        assert!(!side.connection.is_tunnel());
        let told = side.hear(format!("{response}0\r\n\r\nraw"));
        assert!(told.starts_with("response ") && told.ends_with("|tunnel"), "{told}");
        assert_tunnel(&mut side, "0\r\n\r\nraw");
        assert_eq!(side.head(&connect()), Err(UsageError::Closed));
    }
}

#[test]
fn upg_101_names_only_what_was_offered() {
    for (offer, protocol, ok) in [
        ("websocket", "websocket", true),
        ("WebSocket", "websocket", true),
        ("a/1, b", "b", true),
        ("a/1, b", "b, A/1", true),
        ("a,,b, ,", "b", true),
        ("a/1", "a", false),
        ("a", "a/1", false),
        ("a", "b", false),
        ("a", "a, b", false),
        ("a", "", false),
        ("a", ",", false),
        ("h2c", "h2c", false),
        ("a, h2c", "h2c", false),
        ("a, h2c", "a", true),
        ("a b, c/", "c/", false),
        ("1, 2, 3, 4, 5", "4", true),
        ("1, 2, 3, 4, 5", "5", false),
    ] {
        let mut side = asked(TIMELESS, &offering(offer));
        let head = switch(&mut side, protocol);
        if ok {
            let head = head.unwrap();
            let fields = format!("¶Upgrade: {protocol}¶Connection: upgrade¶¶");
            assert_eq!(head, format!("HTTP/1.1 101 Switching Protocols{fields}"));
        } else {
            assert_eq!(head, Err(UsageError::InvalidUpgrade), "{offer} → {protocol}");
            assert_eq!(side.connection.bytes_unsent(), 0);
            assert!(side.answer(200).starts_with("HTTP/1.1 200 "), "still HTTP");
            assert_eq!(side.hear(GET), "request GET /|end|paused");
        }
    }
    let mut side = asked(TIMELESS, &offering("x"));
    assert_eq!(side.head(&Response::new(101)), Err(UsageError::InvalidUpgrade));
    let with = |response| side.clone().head(&response);
    let switching = Response::new(101).upgrade("x");
    for refused in [switching.sized(1), switching.streamed(), switching.close()] {
        assert_eq!(with(refused), Err(UsageError::ContentNotAllowed));
    }
}

#[test]
fn upg_offers_that_do_not_count() {
    let request = offering("x");
    for ignored in [
        request.replace("HTTP/1.1", "HTTP/1.0"),
        request.replace("Connection: upgrade\r\n", ""),
        request.replace("Connection: upgrade", "Connection: x"),
        request.replace("Upgrade: x", "Upgrade: h2c"),
        request.replace("Upgrade: x", "Upgrade: ,"),
        request.replace("Upgrade: x\r\n", ""),
        request.replace("Upgrade: x", "Warning: x"),
        request.replace("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n"),
        request.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"),
        request.replace("GET /", "CONNECT a:80"),
    ] {
        let mut side = server(TIMELESS);
        side.input = ignored.clone().into_bytes();
        let mut input = side.input.clone();
        let step = side.connection.receive(&mut input, 0).unwrap();
        let blazeio::Event::Request(span) = step.event else { panic!("{step:?}") };
        assert_eq!(span.on(&input).upgrade().count(), 0, "{ignored:?}");
        assert_eq!(switch(&mut side, "x"), Err(UsageError::InvalidUpgrade), "{ignored:?}");
    }
    // Content that is none.
    let none = request.replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n");
    assert!(switch(&mut asked(TIMELESS, &none), "x").is_ok());
}

#[test]
fn upg_content_of_an_ignored_upgrade_is_content() {
    let request = offering("x").replace("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\nraw");
    let mut side = server(TIMELESS);
    assert_eq!(side.hear(request), "request GET /|content raw|end|paused");
    side.answer(200);
    assert!(side.connection.is_idle());
}

#[test]
fn upg_a_refused_upgrade_goes_on_as_http() {
    let mut side = asked(TIMELESS, &format!("{}{GET}", offering("x")));
    assert!(!side.answer(200).contains("pgrade"));
    assert_eq!(side.hear(""), "request GET /|end|paused");
    let mut side = asking(TIMELESS, &upgrade_to("x"));
    assert_eq!(side.hear(OK), "response 200|end");
    assert!(side.connection.is_idle());
}

#[test]
fn upg_a_refused_connect_closes_and_what_follows_is_no_request() {
    for status in [300, 403, 407, 500] {
        let mut side = asked(TIMELESS, &format!("{CONNECT}{GET}"));
        assert!(side.answer(status).contains("Connection: close¶"));
        assert_eq!(side.connection.close_reason(), Some(CloseReason::LocalClose));
        assert_eq!(side.hear(""), "closed LocalClose");
        assert!(side.signals().half_close);
        assert_eq!(side.connection.requests(), 1);
    }
    // A client reads it like any other response.
    let mut side = asking(TIMELESS, &connect());
    let told = side.hear("HTTP/1.1 407 \r\nContent-Length: 2\r\n\r\nno");
    assert_eq!(told, "response 407|content no|end");
    assert!(side.connection.is_idle());
}

#[test]
fn upg_2xx_to_connect_has_no_framing_and_no_content() {
    for status in [200, 204, 205, 250, 299] {
        let head = asked(TIMELESS, CONNECT).head(&Response::new(status)).unwrap();
        let (_, fields) = head.split_once('¶').unwrap();
        assert_eq!(fields, "¶", "{status}");
    }
    for refused in [Response::new(200).sized(0), Response::new(200).streamed()] {
        let mut side = asked(TIMELESS, CONNECT);
        assert_eq!(side.head(&refused), Err(UsageError::ContentNotAllowed));
    }
    // The last of what HTTP/1.0 has to say about keeping is not said of a tunnel.
    let keeping =
        CONNECT.replace("1.1", "1.0").replace("\r\n\r\n", "\r\nConnection: keep-alive\r\n\r\n");
    let head = asked(TIMELESS, &keeping).head(&Response::new(200)).unwrap();
    assert_eq!(head, "HTTP/1.1 200 OK¶¶");
}

#[test]
fn upg_connect_has_no_content() {
    for framing in ["Content-Length: 1", "Transfer-Encoding: chunked"] {
        let request = CONNECT.replace("\r\n\r\n", &format!("\r\n{framing}\r\n\r\n"));
        assert_eq!(server(TIMELESS).fail(request).kind(), PeerErrorKind::ConnectContent);
    }
    let none = CONNECT.replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n");
    assert!(asked(TIMELESS, &none).head(&Response::new(200)).is_ok());
    for request in [connect().sized(1), connect().streamed()] {
        assert_eq!(client(TIMELESS).head(&request), Err(UsageError::ContentNotAllowed));
    }
}

#[test]
fn f1xx_a_client_takes_no_101_that_it_did_not_ask_for() {
    for (request, response) in [
        (Request::new(Method::Get, "/", "a"), format!("{SWITCH}x\r\n\r\n")),
        (upgrade_to("x"), format!("{SWITCH}y\r\n\r\n")),
        (upgrade_to("x"), format!("{SWITCH}x, y\r\n\r\n")),
        (upgrade_to("x"), format!("{SWITCH}x\r\nUpgrade: y\r\n\r\n")),
        (upgrade_to("x"), format!("{SWITCH}\r\n\r\n")),
        (upgrade_to("x"), "HTTP/1.1 101 \r\nUpgrade: x\r\n\r\n".into()),
        (upgrade_to("x"), "HTTP/1.1 101 \r\nConnection: upgrade\r\n\r\n".into()),
        (upgrade_to("x"), "HTTP/1.1 101 \r\nConnection: upgrade\r\nWarning: x\r\n\r\n".into()),
        (upgrade_to("h2c"), format!("{SWITCH}h2c\r\n\r\n")),
        (connect(), format!("{SWITCH}x\r\n\r\n")),
    ] {
        let mut side = asking(TIMELESS, &request);
        let error = side.fail(&response);
        assert_eq!(error.kind(), PeerErrorKind::UnaskedSwitch, "{response:?}");
        side.assert_over();
    }
    // Nor for the request before.
    let mut side = asking(TIMELESS, &upgrade_to("x"));
    side.hear(OK);
    side.ask(&Request::new(Method::Get, "/", "a"));
    assert_eq!(side.fail(format!("{SWITCH}x\r\n\r\n")).kind(), PeerErrorKind::UnaskedSwitch);
}

#[test]
fn upg_a_client_offers_without_content_and_by_the_grammar() {
    let head = client(TIMELESS).head(&upgrade_to("a/1, b")).unwrap();
    assert_eq!(head, "GET / HTTP/1.1¶Host: a¶Upgrade: a/1, b¶Connection: upgrade¶¶");
    for bad in ["", ",", "a b", "a/", "a,,b c", "a\r\n", " a", "é"] {
        assert_eq!(client(TIMELESS).head(&upgrade_to(bad)), Err(UsageError::InvalidUpgrade));
    }
    for request in [upgrade_to("a").sized(1), upgrade_to("a").streamed()] {
        assert_eq!(client(TIMELESS).head(&request), Err(UsageError::ContentNotAllowed));
    }
    assert_eq!(client(TIMELESS).head(&connect().upgrade("a")), Err(UsageError::InvalidUpgrade));
}

#[test]
fn a_426_names_the_protocols_it_requires() {
    let mut side = asked(TIMELESS, GET);
    assert_eq!(side.head(&Response::new(426)), Err(UsageError::InvalidUpgrade));
    assert_eq!(side.head(&Response::new(426).upgrade("")), Err(UsageError::InvalidUpgrade));
    let head = side.head(&Response::new(426).upgrade("b, a/1")).unwrap();
    let fields = "Content-Length: 0¶Upgrade: b, a/1¶Connection: upgrade¶¶";
    assert_eq!(head, format!("HTTP/1.1 426 Upgrade Required¶{fields}"));
    side.end().unwrap();
    side.flush();
    assert_eq!(side.hear(GET), "request GET /|end|paused", "it stays HTTP");
    let closing = Response::new(426).upgrade("a").close();
    assert!(side.head(&closing).unwrap().ends_with("Connection: close, upgrade¶¶"));
}
