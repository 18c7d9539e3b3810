//! The heads and the framing that are written, word for word (RFC 9112 §3, §4, §6, §7;
//! RFC 9110 §6.6.1, §7.6.1, §8.6, §9.3, §15).

mod story;

use blazeio::{Content, Date, Event, Field, Method, PeerErrorKind, Request, Response, UsageError};
use story::{GET, OK, Side, TIMELESS, asked, asking, client, server};

const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT";

fn date() -> Date {
    Date::from_unix(784_111_777).unwrap()
}

fn request(method: &str, version: &str) -> String {
    format!("{method} / HTTP/{version}\r\nHost: a\r\n\r\n")
}

/// Everything a server writes for a response with the content `abc`, as far as it is taken.
fn whole(side: &mut Side<blazeio::Server>, status: u16, content: Content) -> (String, String) {
    let head = side.head(&Response::new(status).content(content)).unwrap();
    let (_, fields) = head.split_once('¶').unwrap();
    let data: &[u8] = if content == Content::Empty { b"" } else { b"abc" };
    let body = side.content(data).unwrap() + &side.end().unwrap();
    side.flush();
    (fields.trim_end_matches('¶').to_string(), body)
}

#[test]
fn bodyx_a_response_is_framed_by_method_status_and_version() {
    use Content::{Empty, Sized, Streamed};
    let (length, none, close) = ("Content-Length: 3", "Content-Length: 0", "Connection: close");
    let chunked = "Transfer-Encoding: chunked";
    for (method, version, status, content, fields, body) in [
        ("GET", "1.1", 200, Empty, none, ""),
        ("GET", "1.1", 200, Sized(3), length, "abc"),
        ("GET", "1.1", 200, Streamed, chunked, "3¶abc¶0¶¶"),
        ("GET", "1.1", 404, Streamed, chunked, "3¶abc¶0¶¶"),
        ("GET", "1.1", 999, Streamed, chunked, "3¶abc¶0¶¶"),
        ("GET", "1.1", 204, Empty, "", ""),
        ("GET", "1.1", 204, Sized(3), "", ""),
        ("GET", "1.1", 204, Streamed, "", ""),
        ("GET", "1.1", 205, Empty, none, ""),
        ("GET", "1.1", 205, Sized(3), none, ""),
        ("GET", "1.1", 205, Streamed, none, ""),
        ("GET", "1.1", 304, Empty, "", ""),
        ("GET", "1.1", 304, Sized(3), length, ""),
        ("GET", "1.1", 304, Streamed, "", ""),
        ("HEAD", "1.1", 200, Empty, "", ""),
        ("HEAD", "1.1", 200, Sized(3), length, ""),
        ("HEAD", "1.1", 200, Streamed, "", ""),
        ("HEAD", "1.1", 404, Streamed, "", ""),
        ("HEAD", "1.1", 204, Sized(3), "", ""),
        ("head", "1.1", 200, Sized(3), length, "abc"),
        ("GET", "1.0", 200, Sized(3), "Content-Length: 3¶Connection: close", "abc"),
        ("GET", "1.0", 200, Streamed, close, "abc"),
        ("GET", "1.0", 204, Streamed, close, ""),
        ("HEAD", "1.0", 200, Streamed, close, ""),
    ] {
        let mut side = asked(TIMELESS, &request(method, version));
        let what = format!("{method} {version} {status} {content:?}");
        assert_eq!(whole(&mut side, status, content), (fields.into(), body.into()), "{what}");
        if version == "1.1" {
            assert_eq!(side.hear(GET), "request GET /|end|paused", "{what}");
            let next = side.head(&Response::new(200)).unwrap();
            assert!(next.starts_with("HTTP/1.1 200 OK¶"), "the next head follows at once");
        }
    }
    let keeping = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let streamed = whole(&mut asked(TIMELESS, keeping), 200, Streamed);
    assert_eq!(streamed, (close.into(), "abc".into()), "the end is the connection's own");
}

#[test]
fn a_request_is_framed_by_method_and_content() {
    use Content::{Empty, Sized, Streamed};
    let (none, chunked) = ("Content-Length: 0¶", "Transfer-Encoding: chunked¶");
    for (method, content, fields) in [
        (Method::Get, Empty, ""),
        (Method::Head, Empty, ""),
        (Method::Delete, Empty, ""),
        (Method::Trace, Empty, ""),
        (Method::Extension(b"PURGE"), Empty, ""),
        (Method::Post, Empty, none),
        (Method::Put, Empty, none),
        (Method::Patch, Empty, none),
        (Method::Extension(b"POST"), Empty, none),
        (Method::Get, Sized(0), none),
        (Method::Post, Sized(3), "Content-Length: 3¶"),
        (Method::Get, Sized(u64::MAX), "Content-Length: 18446744073709551615¶"),
        (Method::Post, Streamed, chunked),
        (Method::Delete, Streamed, chunked),
    ] {
        let head = client(TIMELESS).head(&Request::new(method, "/", "a").content(content)).unwrap();
        assert_eq!(head, format!("{method} / HTTP/1.1¶Host: a¶{fields}¶"), "{content:?}");
    }
    for content in [Sized(0), Sized(1), Streamed] {
        for method in [Method::Trace, Method::Extension(b"TRACE")] {
            let request = Request::new(method, "/", "a").content(content);
            assert_eq!(client(TIMELESS).head(&request), Err(UsageError::ContentNotAllowed));
        }
    }
}

#[test]
fn two_requests_are_two_messages_with_nothing_between() {
    let mut side = client(TIMELESS);
    let mut wire = String::new();
    for content in [Content::Sized(3), Content::Streamed] {
        wire += &side.head(&Request::new(Method::Post, "/", "a").content(content)).unwrap();
        wire += &side.content(b"abc").unwrap();
        wire += &side.end().unwrap();
        side.flush();
        side.hear(OK);
    }
    let first = "POST / HTTP/1.1¶Host: a¶Content-Length: 3¶¶abc";
    let second = "POST / HTTP/1.1¶Host: a¶Transfer-Encoding: chunked¶¶3¶abc¶0¶¶";
    assert_eq!(wire, format!("{first}{second}"));
}

#[test]
fn an_extension_that_spells_a_known_method_is_that_method() {
    let mut side = asking(TIMELESS, &Request::new(Method::Extension(b"HEAD"), "/", "a"));
    assert_eq!(side.hear("HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n"), "response 200|end");
    let connect = Request::new(Method::Extension(b"CONNECT"), "a:1", "a:1");
    let mut side = asking(TIMELESS, &connect);
    assert_eq!(side.hear("HTTP/1.1 200 \r\n\r\n"), "response 200|tunnel");
    let mut side = asking(TIMELESS, &Request::new(Method::Extension(b"head"), "/", "a"));
    assert_eq!(
        side.hear("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx"),
        "response 200|content x|end"
    );
}

#[test]
fn host_is_written_first_for_every_form_of_target_and_is_its_authority() {
    let (get, options, connect) = (Method::Get, Method::Options, Method::Connect);
    for (method, target, host, error) in [
        (get, "/", "a", None),
        (get, "/?q", "a:80", None),
        (get, "/", "[::1]:8080", None),
        (get, "http://a:80/p", "a:80", None),
        (get, "http://a", "a", None),
        (options, "*", "a", None),
        (options, "*", "", None),
        (options, "/", "a", None),
        (connect, "a:443", "a:443", None),
        (connect, "[::1]:443", "[::1]:443", None),
        (get, "/", "", Some(UsageError::InvalidHost)),
        (get, "/", "u@a", Some(UsageError::InvalidHost)),
        (get, "/", "a:65536", Some(UsageError::InvalidHost)),
        (get, "http://a/", "b", Some(UsageError::InvalidHost)),
        (get, "http://a:80/", "a", Some(UsageError::InvalidHost)),
        (connect, "a:443", "a", Some(UsageError::InvalidHost)),
        (get, "", "a", Some(UsageError::InvalidTarget)),
        (get, "?q", "a", Some(UsageError::InvalidTarget)),
        (get, "a", "a", Some(UsageError::InvalidTarget)),
        (get, "*", "a", Some(UsageError::InvalidTarget)),
        (get, "a:443", "a:443", Some(UsageError::InvalidTarget)),
        (get, "http://u@a/", "a", Some(UsageError::InvalidTarget)),
        (options, "**", "a", Some(UsageError::InvalidTarget)),
        (connect, "a", "a", Some(UsageError::InvalidTarget)),
        (connect, "a:", "a:", Some(UsageError::InvalidTarget)),
        (connect, "a:0", "a:0", Some(UsageError::InvalidTarget)),
        (connect, "/", "a", Some(UsageError::InvalidTarget)),
        (connect, "*", "a", Some(UsageError::InvalidTarget)),
        (connect, "http://a:1/", "a:1", Some(UsageError::InvalidTarget)),
    ] {
        let fields = [Field::new("x", "y")];
        let head = client(TIMELESS).head(&Request::new(method, target, host).fields(&fields));
        let expected = format!("{method} {target} HTTP/1.1¶Host: {host}¶x: y¶¶");
        assert_eq!(head, error.map_or(Ok(expected), Err), "{method} {target} {host}");
    }
}

#[test]
fn what_concerns_the_connection_is_listed_in_it_once() {
    let te = [Field::new("TE", "trailers"), Field::new("te", "gzip;q=0.5, x")];
    let get = Request::new(Method::Get, "/", "a");
    for (request, connection) in [
        (get, ""),
        (get.close(), "Connection: close¶"),
        (get.fields(&te), "Connection: TE¶"),
        (get.upgrade("x"), "Connection: upgrade¶"),
        (get.upgrade("x").close().fields(&te), "Connection: close, upgrade, TE¶"),
    ] {
        let head = client(TIMELESS).head(&request).unwrap();
        assert!(head.ends_with(&format!("¶{connection}¶")), "{head}");
        assert_eq!(head.matches("Connection").count(), usize::from(!connection.is_empty()));
        assert!(!head.contains(", ,") && !head.contains(",,"));
    }
    let upgrade = Response::new(200).upgrade("x");
    for (request, response, connection) in [
        (GET, Response::new(200), ""),
        (GET, Response::new(200).close(), "Connection: close¶"),
        (GET, upgrade, "Connection: upgrade¶"),
        (GET, upgrade.close(), "Connection: close, upgrade¶"),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            upgrade,
            "Connection: keep-alive, upgrade¶",
        ),
    ] {
        let head = asked(TIMELESS, request).head(&response).unwrap();
        assert!(head.ends_with(&format!("¶{connection}¶")), "{head}");
        assert_eq!(head.matches("Connection").count(), usize::from(!connection.is_empty()));
    }
}

#[test]
fn te_never_names_chunked() {
    for value in ["chunked", "CHUNKED", "trailers, chunked", "x ,\tChunked;q=1", "chunked ;q=0"] {
        let fields = [Field::new("x", "y"), Field::new("TE", value)];
        let head = client(TIMELESS).head(&Request::new(Method::Get, "/", "a").fields(&fields));
        assert_eq!(head, Err(UsageError::InvalidFieldValue { index: 1 }), "{value}");
    }
}

#[test]
fn date_is_written_where_the_time_is_known_once_and_else_never() {
    let line = format!("¶{DATE}¶");
    for status in [200, 204, 206, 301, 304, 404, 416, 500] {
        let head = asked(TIMELESS, GET).head(&Response::new(status).date(date())).unwrap();
        assert_eq!(head.matches(&line).count(), 1, "{head}");
        let without = asked(TIMELESS, GET).head(&Response::new(status)).unwrap();
        assert!(!without.contains("Date"), "{without}");
    }
    let own = [Field::new("date", "Mon, 07 Nov 1994 08:49:37 GMT")];
    let head = asked(TIMELESS, GET).head(&Response::new(200).fields(&own).date(date())).unwrap();
    assert!(head.contains("¶date: Mon,") && !head.contains(DATE));
    let request = Request::new(Method::Get, "/", "a");
    assert!(client(TIMELESS).head(&request.date(date())).unwrap().contains(&line));
    assert!(!client(TIMELESS).head(&request).unwrap().contains("Date"));
}

#[test]
fn an_error_is_answered_with_its_status_and_closes() {
    let bad = "400 Bad Request";
    let both =
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(9000));
    let many = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(101));
    for (input, status) in [
        ("GET / HTTP/1.1\r\n\r\n", bad),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", bad),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", bad),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", bad),
        ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", bad),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", bad),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", bad),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x\r\n\r\n", bad),
        ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", bad),
        (both, bad),
        ("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", bad),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n",
            "501 Not Implemented",
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", "417 Expectation Failed"),
        ("GET / HTTP/2.0\r\n\r\n", "505 HTTP Version Not Supported"),
        (long.as_str(), "414 URI Too Long"),
        (many.as_str(), "431 Request Header Fields Too Large"),
    ] {
        let mut side = server(TIMELESS);
        let error = side.fail(input);
        let mut out = [0; 256];
        let written =
            side.connection.clone().send_error(&error, Some(date()), &mut out).unwrap().written;
        let text = String::from_utf8_lossy(&out[..written]).replace("\r\n", "¶");
        let rest = "Content-Length: 0¶Connection: close¶¶";
        assert_eq!(text, format!("HTTP/1.1 {status}¶{DATE}¶{rest}"));
        assert_eq!(side.error(&error).unwrap(), format!("HTTP/1.1 {status}¶{rest}"));
        side.assert_over();
        side.flush();
        assert!(side.signals().half_close, "flush, then half-close, then linger");
    }
    let mut side = server(TIMELESS);
    assert_eq!(side.connection.input_full().unwrap_err().status(), 414);
    let mut side = server(TIMELESS);
    side.hear("GET / HTTP/1.1\r\nHost: a\r\n");
    let error = side.connection.input_full().unwrap_err();
    assert_eq!((error.kind(), error.status()), (PeerErrorKind::HeadTooLarge, 431));
}

#[test]
fn every_error_has_the_status_that_its_rule_asks_for() {
    for kind in PeerErrorKind::ALL {
        let expected = match kind.name() {
            "HeadTimeout" | "ContentTimeout" | "ResponseTimeout" => 408,
            "ContentTooLarge" => 413,
            "StartLineTooLong" => 414,
            "UnknownExpectation" => 417,
            "HeadTooLarge" | "TooManyFields" | "TrailersTooLarge" | "TooManyTrailers" => 431,
            "UnknownTransferCoding" => 501,
            "UnsupportedVersion" => 505,
            _ => 400,
        };
        assert_eq!(kind.status(), expected, "{}", kind.name());
    }
}

#[test]
fn a_status_line_has_its_version_and_its_space_in_every_case() {
    for (response, line) in [
        (Response::new(200), "HTTP/1.1 200 OK"),
        (Response::new(200).reason(""), "HTTP/1.1 200 "),
        (Response::new(200).reason("Très bien"), r"HTTP/1.1 200 Tr\xc3\xa8s bien"),
        (Response::new(599), "HTTP/1.1 599 "),
        (Response::new(999), "HTTP/1.1 999 "),
    ] {
        for request in [GET, "GET / HTTP/1.0\r\n\r\n"] {
            let head = asked(TIMELESS, request).head(&response).unwrap();
            assert_eq!(head.split('¶').next(), Some(line), "also towards HTTP/1.0");
        }
    }
    for status in [0, 1, 99, 100, 102, 103, 199, 1000, u16::MAX] {
        assert_eq!(
            asked(TIMELESS, GET).head(&Response::new(status)),
            Err(UsageError::InvalidStatus)
        );
    }
}

#[test]
fn chunks_are_a_size_in_hex_and_crlf_only() {
    for (length, line) in
        [(1, "1¶"), (10, "A¶"), (15, "F¶"), (16, "10¶"), (255, "FF¶"), (4096, "1000¶")]
    {
        let mut side = asked(TIMELESS, GET);
        side.head(&Response::new(200).streamed()).unwrap();
        let content = "x".repeat(length);
        let chunk = side.content(content.as_bytes()).unwrap();
        assert_eq!(chunk.to_uppercase(), format!("{line}{content}¶").to_uppercase());
        assert_eq!(side.content(b"").as_deref(), Ok(""), "a chunk of nothing would be the last");
        assert_eq!(side.end().as_deref(), Ok("0¶¶"));
    }
}

#[test]
fn trailers_stay_apart_from_the_head() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nx: 1\r\n\r\n";
    let mut side = server(TIMELESS);
    let mut input = head.as_bytes().to_vec();
    let step = side.connection.receive(&mut input, 0).unwrap();
    let Event::Request(span) = step.event else { panic!("{step:?}") };
    assert_eq!(span.on(&input).fields().get_all("x").collect::<Vec<_>>(), [b"1"]);
    let mut rest = *b"1\r\na\r\n0\r\nx: 2\r\nx:3 \r\n\r\n";
    let step = side.connection.receive(&mut rest, 0).unwrap();
    assert!(matches!(step.event, Event::Content(_)));
    let rest = &mut rest[step.consumed..];
    let step = side.connection.receive(rest, 0).unwrap();
    let Event::Trailers(trailers) = step.event else { panic!("{step:?}") };
    assert_eq!(trailers.on(rest).get_all("x").collect::<Vec<_>>(), [b"2", b"3"]);
    assert_eq!(span.on(&input).fields().get_all("x").count(), 1, "the head is as it was");
}
