//! Heads and their fields as a relay has them.

extern crate std;
use super::*;
use crate::{Client, Connection, Event, Limits, Request, Server};
use std::string::{String, ToString};
use std::vec::Vec;

fn passed(section: &str) -> Result<Vec<String>, TooManyOptions> {
    let passed = Passed::new(Fields::new(section.as_bytes()))?;
    Ok(passed.map(|field| String::from_utf8(field.name.to_vec()).unwrap()).collect())
}

#[test]
fn hop_what_concerns_one_connection_ends_here() {
    let section = "Host: a\r\nConnection: close, X-A ,keep-alive\r\nKeep-Alive: 5\r\nx-a: 1\r\n\
        TE: trailers\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\nUpgrade: x\r\n\
        Proxy-Connection: close\r\nProxy-Authorization: x\r\nProxy-Authenticate: x\r\n\
        Proxy-Authentication-Info: x\r\nAuthentication-Info: x\r\n\
        Expect: 100-continue\r\nX-B: 1\r\nx-b: 2\r\nConnection: x-c\r\nX-C: 1\r\n\
        Max-Forwards: 1\r\nTrailer: x\r\nVia: 1.1 b\r\n\r\n";
    assert_eq!(passed(section).unwrap(), ["Authentication-Info", "X-B", "x-b", "Trailer", "Via"]);
}

#[test]
fn hop_connection_counts_for_trailers() {
    let head = Fields::new(b"Connection: x-a, cookie\r\nX-B: 1\r\n\r\n");
    let trailers = Fields::new(b"X-A: 1\r\nX-B: 2\r\nProxy-Authentication-Info: x\r\n\r\n");
    let passed = Passed::trailers(head, trailers).unwrap();
    let values: Vec<&[u8]> = passed.map(|field| field.value).collect();
    assert_eq!(values, [b"2"]);
    let options = "x,".repeat(MOST + 1);
    let head = std::format!("Connection: {options}\r\n\r\n");
    assert!(Passed::trailers(Fields::new(head.as_bytes()), trailers).is_err());
}

#[test]
fn hop_connection_takes_no_credential_away() {
    let section = "Connection: Authorization, Cookie, Set-Cookie, x\r\nAuthorization: a\r\n\
        Cookie: b\r\nSet-Cookie: c\r\nX: d\r\n\r\n";
    assert_eq!(passed(section).unwrap(), ["Authorization", "Cookie", "Set-Cookie"]);
}

#[test]
fn quad_connection_names_sixteen_fields_at_most() {
    let options = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| std::format!("x-{n}")).collect();
        std::format!("Connection: {}, close\r\nX-1: a\r\nX-99: b\r\n\r\n", names.join(","))
    };
    assert_eq!(passed(&options(MOST)).unwrap(), ["X-99"]);
    assert_eq!(passed(&options(MOST + 1)), Err(TooManyOptions));
}

#[test]
fn max_forwards_counts_for_options_and_trace() {
    let hops = |section: &str| Hops::new(Method::Trace, Fields::new(section.as_bytes()));
    for (value, expected) in [
        ("0", Ok(Hops::Here)),
        ("1", Ok(Hops::Left(0))),
        ("007", Ok(Hops::Left(6))),
        ("99999999999999999999", Ok(Hops::Left(u32::MAX - 1))),
        ("", Err(InvalidMaxForwards)),
        ("+1", Err(InvalidMaxForwards)),
        ("-1", Err(InvalidMaxForwards)),
        ("1, 2", Err(InvalidMaxForwards)),
        ("1\r\nmax-forwards: 1", Err(InvalidMaxForwards)),
    ] {
        assert_eq!(hops(&std::format!("Max-Forwards: {value}\r\n\r\n")), expected, "{value}");
    }
    assert_eq!(hops("X: 1\r\n\r\n"), Ok(Hops::Any));
    let zero = Fields::new(b"Max-Forwards: 0\r\n\r\n");
    assert_eq!(Hops::new(Method::Get, zero), Ok(Hops::Any));
    assert_eq!(Hops::new(Method::Options, zero), Ok(Hops::Here));
}

#[test]
fn tgt_what_is_passed_on_is_path_and_query() {
    let form =
        |text: &str, method| OriginForm(Target::parse(text.as_bytes(), method).ok()).to_string();
    for (text, expected) in [
        ("/a/b?c=d", "/a/b?c=d"),
        ("/a?", "/a?"),
        ("/a??", "/a??"),
        ("http://a", "/"),
        ("http://a:80?b", "/?b"),
        ("http://a/b", "/b"),
    ] {
        assert_eq!(form(text, Method::Get), expected, "{text}");
    }
    assert_eq!(form("*", Method::Options), "*");
    assert_eq!(form("a:80", Method::Connect), "");
}

#[test]
fn tgt_options_of_a_whole_server_goes_on_as_an_asterisk() {
    for (text, expected) in [
        ("OPTIONS http://a:80", "*"),
        ("OPTIONS http://a/", "/"),
        ("OPTIONS http://a?", "/?"),
        ("OPTIONS *", "*"),
        ("TRACE http://a", "/"),
    ] {
        let mut input = std::format!("{text} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes();
        let mut connection = Connection::<Server>::new(&Limits::DEFAULT, 0);
        let Event::Request(span) = connection.receive(&mut input, 0).unwrap().event else {
            panic!("{text} is no request")
        };
        assert_eq!(OriginForm::new(&span.on(&input)).to_string(), expected, "{text}");
    }
}

#[test]
fn hop_connection_does_not_hide_how_a_content_is_encoded() {
    let section = "Connection: Content-Encoding, content-range\r\nContent-Encoding: br\r\n\
        Content-Range: bytes 0-1/2\r\n\r\n";
    assert_eq!(passed(section).unwrap(), ["Content-Encoding", "Content-Range"]);
}

#[test]
fn what_has_no_content_says_its_length_once() {
    for (fields, expected) in [
        ("Content-Length: 5\r\n", Content::Sized(5)),
        ("Content-Length: 5, 5\r\n", Content::Sized(5)),
        ("Content-Length: 5\r\nContent-Length: 05\r\n", Content::Sized(5)),
        ("X: y\r\n", Content::Streamed),
    ] {
        let mut connection = Connection::<Client>::new(&Limits::DEFAULT, 0);
        let asked = Request::new(Method::Head, "/", "a");
        assert!(connection.send_head(&asked, &mut [0; 64]).is_ok());
        let mut input = std::format!("HTTP/1.1 200 \r\n{fields}\r\n").into_bytes();
        let Event::Response(span) = connection.receive(&mut input, 0).unwrap().event else {
            panic!("{fields} is no response")
        };
        assert_eq!(reframed_response(&span.on(&input)), expected, "{fields}");
    }
}

#[test]
fn via_says_how_a_message_came() {
    let via = |version, comment| Via::new(version, "edge:80", comment).to_string();
    assert_eq!(via(Version::Http11, Some("blazeio")), "1.1 edge:80 (blazeio)");
    assert_eq!(via(Version::Http10, None), "1.0 edge:80");
}

#[test]
fn via_tells_a_loop() {
    let via = Via::new(Version::Http11, "edge:80", None);
    for (value, is_loop) in [
        ("1.1 edge:80", true),
        ("1.0 a, 1.1 Edge:80 (x)", true),
        ("HTTP/1.0\tEDGE:80,, 1.1 b", true),
        ("1.1 edge:81, 1.1\r\nX: 1.1 edge:80", false),
        ("1.1 a (b, 1.1 edge:80 )", false),
        ("1.1 a (b (c), 1.1 edge:80 (d)), 1.1 e", false),
        (r"1.1 a (b \), 1.1 edge:80 )", false),
        (r"1.1 a (b \\), 1.1 edge:80 ()", true),
        (r"1.1 a (b \(), 1.1 edge:80 ()", true),
        ("1.1 a (b, c), 1.1 edge:80 (d, e), 1.1 f (g, h)", true),
        // A comment without its end, or its beginning, is none.
        ("1.1 a (b, 1.1 edge:80", true),
        ("1.1 a (b, 1.1 edge:80 (c)", true),
        ("1.1 edge:80, 1.1 a (b :)), 1.1 c", true),
        ("1.1 a, 1.1 edge:80 ), 1.1 b )", true),
    ] {
        let section = std::format!("Via: {value}\r\n\r\n");
        assert_eq!(via.is_in(Fields::new(section.as_bytes())), is_loop, "{value}");
    }
}

#[test]
fn quad_a_via_without_end_is_read_in_linear_time() {
    let via = Via::new(Version::Http11, "edge", None);
    for piece in ["),", "(,", "\\),", ",)("] {
        let section = std::format!("Via: {}\r\n\r\n", piece.repeat(200_000));
        assert!(!via.is_in(Fields::new(section.as_bytes())), "{piece}");
    }
}
