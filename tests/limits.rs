//! Limits that change during a connection, and a buffer that is smaller than they are
//! (BODYL, HEADF, TRLR).

mod story;

use blazeio::{Limits, PeerErrorKind};
use story::{GET, OK, TIMELESS, asked, asking, client, get, server};

const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn bodyl_a_limit_of_content_set_at_the_head_holds_for_every_framing() {
    for (framing, content) in [
        ("Content-Length: 5\r\n", "hello"),
        ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"),
        ("", "hello"),
    ] {
        for (limit, ok) in [(5, true), (4, false)] {
            let mut side = asking(TIMELESS, &get());
            side.hear(format!("HTTP/1.1 200 OK\r\n{framing}\r\n"));
            let told = match side.connection.set_content_limit(limit) {
                Ok(()) => side.hear(content),
                Err(error) => format!("error {}", error.kind().name()),
            };
            assert_eq!(told.contains("ContentTooLarge"), !ok, "{framing:?} {limit} {told}");
        }
    }
}

#[test]
fn bodyl_a_limit_of_content_holds_for_one_exchange() {
    let limits = Limits { content: 4, ..TIMELESS };
    let five = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    let mut side = asked(limits, CHUNKED);
    side.connection.set_content_limit(5).unwrap();
    assert_eq!(side.hear("5\r\nhello\r\n0\r\n\r\n"), "content hello|end|paused");
    side.answer(200);
    let error = side.fail(five);
    assert_eq!((error.kind(), error.status()), (PeerErrorKind::ContentTooLarge, 413));
    assert!(side.error(&error).unwrap().starts_with("HTTP/1.1 413 "));
    side.assert_over();

    let mut side = asked(TIMELESS, five);
    let error = side.connection.set_content_limit(4).unwrap_err();
    assert!(side.error(&error).unwrap().starts_with("HTTP/1.1 413 "));
    side.flush();
    assert!(side.signals().half_close, "the client can read the answer");
    side.assert_over();
}

#[test]
fn headf_a_full_buffer_is_a_limit() {
    for (input, kind, status) in [
        ("", PeerErrorKind::StartLineTooLong, 414),
        ("GET /long", PeerErrorKind::StartLineTooLong, 414),
        ("GET / HTTP/1.1\r", PeerErrorKind::StartLineTooLong, 414),
        ("GET / HTTP/1.1\r\n", PeerErrorKind::HeadTooLarge, 431),
        ("GET / HTTP/1.1\r\nHost", PeerErrorKind::HeadTooLarge, 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r", PeerErrorKind::HeadTooLarge, 431),
    ] {
        let mut side = server(TIMELESS);
        side.hear(input);
        let error = side.connection.input_full().unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, status), "{input:?}");
        assert_eq!(error.offset(), input.len() as u64);
        assert!(side.error(&error).is_ok());
        side.assert_over();
    }
    let mut side = asking(TIMELESS, &get());
    side.hear("HTTP/1.1 200 OK\r\nServer: x");
    assert_eq!(side.connection.input_full().unwrap_err().kind(), PeerErrorKind::HeadTooLarge);
    side.assert_over();
}

#[test]
fn trlr_a_full_buffer_is_a_limit_of_trailers_too() {
    let mut side = asked(TIMELESS, CHUNKED);
    side.hear("1\r\nx\r\n0\r\nChecksum: 12");
    let error = side.connection.input_full().unwrap_err();
    assert_eq!((error.kind(), error.status()), (PeerErrorKind::TrailersTooLarge, 431));
    side.assert_over();
}

#[test]
fn a_full_buffer_means_nothing_where_bytes_need_not_be_kept() {
    let mut content = asked(TIMELESS, CHUNKED);
    content.hear("5\r\nhel");
    assert_eq!(content.connection.input_full(), Ok(()));
    assert_eq!(content.hear("lo\r\n0\r\n\r\n"), "content lo|end|paused");
    assert_eq!(content.connection.input_full(), Ok(()), "the next request waits");
    content.answer(200);
    assert_eq!(content.hear(GET), "request GET /|end|paused");
    let mut side = client(TIMELESS);
    side.ask(&get());
    side.hear(OK);
    side.connection.abort();
    assert_eq!(side.connection.input_full(), Ok(()));
}
