//! States that a careful caller seldom or never brings a connection to.

mod story;

use blazeio::{
    Event, Field, Limits, Method, PeerErrorKind, Read, Request, Response, Timeouts, UsageError,
};
use story::{GET, TIMELESS, asked, client, get, server};

fn post() -> Request<'static> {
    Request::new(Method::Post, "/", "a")
}

#[test]
fn log_a_connection_shows_what_it_is_and_no_bytes() {
    let mut side = server(TIMELESS);
    side.hear("GET /secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(
        format!("{:?}", side.connection),
        "Connection<Server> { is_idle: false, is_tunnel: false, close_reason: Some(PeerClose), \
         requests: 1, bytes_received: 52, bytes_unsent: 0 }"
    );
    let mut side = client(TIMELESS);
    side.head(&get()).unwrap();
    assert_eq!(
        format!("{:?}", side.connection),
        "Connection<Client> { is_idle: false, is_tunnel: false, close_reason: None, \
         requests: 1, bytes_received: 0, bytes_unsent: 27 }"
    );
}

#[test]
fn log_a_prefix_is_shown_as_one_line() {
    let mut side = client(TIMELESS);
    side.head(&post().streamed()).unwrap();
    assert_eq!(format!("{:?}", side.connection.frame_content(26).unwrap().prefix), "1a\\r\\n");
}

#[test]
fn reuse_no_request_after_the_end_of_input() {
    let mut side = client(TIMELESS);
    assert!(side.connection.is_idle());
    side.connection.end_of_input();
    assert!(!side.connection.is_idle());
    assert_eq!(side.head(&get()), Err(UsageError::HeadNotExpected));
    assert_eq!(side.hear(""), "closed PeerClosed");
    assert_eq!(side.head(&get()), Err(UsageError::Closed));
}

/// Against the contract: the input must begin with the first byte not yet consumed.
#[test]
fn other_bytes_for_those_already_read_change_nothing_of_what_was_read() {
    let mut side = server(TIMELESS);
    assert_eq!(side.hear("G"), "");
    side.input = b"\r".to_vec();
    assert_eq!(side.hear(""), "");
    assert_eq!(side.fail("\nET / HTTP/1.1\r\n").kind(), PeerErrorKind::MissingVersion);
    side.assert_over();
}

#[test]
fn early_a_response_is_read_while_much_of_the_request_is_not_sent() {
    let mut side = client(TIMELESS);
    side.head(&post().sized(1_000_000)).unwrap();
    side.content(&[0; 500_000]).unwrap();
    assert!(!side.signals().produce);
    assert_eq!(side.signals().read, Read::Wanted);
    assert_eq!(side.hear("HTTP/1.1 413 X\r\n"), "");
    assert_eq!(side.signals().read, Read::Wanted);
    assert_eq!(side.hear("Content-Length: 0\r\n\r\n"), "response 413|end|paused");
}

#[test]
fn upg_a_tunnel_of_a_client_is_open_before_all_is_known_to_be_sent() {
    let mut side = client(TIMELESS);
    side.ask(&get().upgrade("x"));
    let answer = "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    side.input.extend_from_slice(answer.as_bytes());
    let _ = side.step().unwrap();
    assert!(side.connection.bytes_unsent() > 0 && side.connection.is_tunnel());
    assert_eq!(side.signals().read, Read::Tunnel);
}

#[test]
fn upg_no_blank_beside_the_protocol_of_a_101() {
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    for protocol in [" x", "x\t", ""] {
        let mut side = asked(TIMELESS, upgrade);
        let switch = Response::new(101).upgrade(protocol);
        assert_eq!(side.head(&switch), Err(UsageError::InvalidUpgrade), "{protocol:?}");
    }
}

#[test]
fn upg_a_2xx_to_connect_neither_closes_nor_has_content() {
    let connect = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
    for response in [Response::new(200).sized(1), Response::new(200).close()] {
        let mut side = asked(TIMELESS, connect);
        assert_eq!(side.head(&response), Err(UsageError::ContentNotAllowed));
        assert_eq!(side.head(&Response::new(200)).unwrap(), "HTTP/1.1 200 OK¶¶");
    }
    assert_eq!(asked(TIMELESS, GET).answer(204), "HTTP/1.1 204 No Content¶¶");
}

#[test]
fn bodyx_the_end_comes_with_the_last_piece_of_a_head() {
    for (before, last) in [("GET /a", "b"), ("GET / HTTP/1.1\r\nH", "ost"), (GET_HOST, "b")] {
        let mut side = server(TIMELESS);
        assert_eq!(side.hear(before), "");
        side.connection.end_of_input();
        let error = side.fail(last);
        assert_eq!(error.kind(), PeerErrorKind::TruncatedHead);
        assert_eq!(error.offset(), (before.len() + last.len()) as u64);
    }
}

const GET_HOST: &str = "GET / HTTP/1.1\r\nHost: a";

#[test]
fn split_nothing_of_a_refused_101_is_written() {
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let switch = Response::new(101).upgrade("x");
    for (response, error) in [
        (switch.reason("a\r\nb"), UsageError::InvalidReason),
        (switch.fields(&[Field::new("a b", "c")]), UsageError::InvalidFieldName { index: 0 }),
    ] {
        let mut side = asked(TIMELESS, upgrade);
        assert_eq!(side.head(&response), Err(error));
        assert!(!side.connection.is_tunnel() && side.connection.bytes_unsent() == 0);
        assert!(side.head(&switch).unwrap().ends_with("Upgrade: x¶Connection: upgrade¶¶"));
    }
}

#[test]
fn content_until_close_needs_a_byte_of_room() {
    let mut side = asked(TIMELESS, "GET / HTTP/1.0\r\n\r\n");
    side.head(&Response::new(200).streamed()).unwrap();
    let none = side.connection.send_content(b"x", &mut []);
    assert_eq!(none, Err(UsageError::OutputTooSmall { needed: 1 }));
    assert_eq!(side.content(b"x").unwrap(), "x");
}

#[test]
fn trlr_trailers_are_judged_also_where_they_are_dropped() {
    let mut side = asked(TIMELESS, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    side.head(&Response::new(200).streamed()).unwrap();
    let forbidden = [Field::new("Host", "a")];
    let refused = side.connection.send_end(&forbidden, &mut []);
    assert_eq!(refused, Err(UsageError::ForbiddenTrailer { index: 0 }));
    assert_eq!(side.end().unwrap(), "");
}

#[test]
fn a_connection_tells_its_limits_and_the_time_outs_in_force() {
    let limits = Limits { interims: 7, ..Limits::DEFAULT };
    let mut side = server(limits);
    assert_eq!(side.connection.limits().interims, 7);
    assert_eq!(side.connection.timeouts(), limits.timeouts);
    assert_ne!(Timeouts::OFF, limits.timeouts);
    side.connection.set_timeouts(Timeouts::OFF);
    assert_eq!(side.connection.timeouts(), Timeouts::OFF);
}

#[test]
fn te_says_whether_a_trailer_section_is_welcome() {
    for (field, welcome) in [
        ("TE: trailers", true),
        ("te: deflate;q=0.5, Trailers", true),
        ("TE: gzip\r\nTE: trailers", true),
        ("TE: ", false),
        ("TE: gzip", false),
        ("TE: trailers2", false),
        ("TX: trailers", false),
        ("X-TE: trailers", false),
        ("X: trailers", false),
    ] {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\n{field}\r\n\r\n");
        let mut input = head.into_bytes();
        let mut server = server(TIMELESS);
        let step = server.connection.receive(&mut input, 0).unwrap();
        let Event::Request(span) = step.event else { panic!("{step:?}") };
        assert_eq!(span.on(&input).accepts_trailers(), welcome, "{field:?}");
    }
}
