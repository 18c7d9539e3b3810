//! What ends a connection before its time, and what becomes of what was begun (RFC 9112 §9): early
//! responses, the peer's end, an abort (EARLY, HALF).

mod story;

use blazeio::{CloseReason, Read, Response, UsageError};
use story::{GET, OK, STREAMING, TIMELESS, asked, asking, client, get, post, server};

#[test]
fn early_a_response_with_close_drops_the_rest_but_lingers() {
    let mut side = asked(TIMELESS, &post(5));
    side.head(&Response::new(413).close()).unwrap();
    assert_eq!(side.hear("he"), "content he", "read on until the response is complete");
    side.end().unwrap();
    assert!(!side.signals().half_close, "flush first");
    side.flush();
    assert!(side.signals().half_close);
    assert_eq!(side.hear("llo"), "closed LocalClose");
    assert_eq!(side.signals().close, None, "linger");
}

#[test]
fn early_an_error_during_a_response_cuts_it_off() {
    let mut side = asked(TIMELESS, STREAMING);
    side.head(&Response::new(200).streamed()).unwrap();
    let error = side.fail("zz\r\n");
    assert_eq!(side.error(&error), Err(UsageError::HeadNotExpected));
    assert_eq!(side.connection.close_reason(), Some(CloseReason::Failed));
    assert!(!side.signals().reset, "a chunked message without its end is not complete");
    side.assert_over();
}

#[test]
fn half_a_request_that_was_complete_is_answered() {
    let mut side = asked(TIMELESS, GET);
    assert_eq!(side.hear_end(), "paused");
    assert_eq!(side.signals().read, Read::Ended);
    side.head(&Response::new(200)).unwrap();
    side.end().unwrap();
    assert_eq!(side.hear(""), "closed PeerClosed");
    assert_eq!((side.signals().flush, side.signals().close), (true, None));
    side.flush();
    assert_eq!(side.signals().close, Some(CloseReason::PeerClosed));
    side.assert_over();
}

#[test]
fn half_pipelined_requests_before_the_end_are_answered() {
    let mut side = asked(TIMELESS, &format!("{GET}{GET}"));
    side.connection.end_of_input();
    side.answer(200);
    assert_eq!(side.hear(""), "request GET /|end|paused");
    side.answer(200);
    assert_eq!(side.hear(""), "closed PeerClosed");
}

#[test]
fn half_the_end_between_messages_closes_and_inside_one_is_an_error() {
    assert_eq!(server(TIMELESS).hear_end(), "closed PeerClosed");
    assert_eq!(client(TIMELESS).hear_end(), "closed PeerClosed");
    for (input, kind) in [
        ("G", "TruncatedHead"),
        (post(2).as_str(), "TruncatedContent"),
        (STREAMING, "TruncatedContent"),
    ] {
        let mut side = server(TIMELESS);
        side.hear(input);
        assert_eq!(side.hear_end(), format!("error {kind}"));
        assert_eq!(side.signals().close, Some(CloseReason::Failed), "nobody is left to answer");
        side.assert_over();
    }
    for (input, kind) in [
        ("", "NoResponse"),
        ("H", "TruncatedHead"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx", "TruncatedContent"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
            "TruncatedContent",
        ),
    ] {
        let mut side = asking(TIMELESS, &get());
        side.hear(input);
        assert_eq!(side.hear_end(), format!("error {kind}"));
        assert_eq!(side.signals().close, Some(CloseReason::Failed));
        side.assert_over();
    }
}

#[test]
fn half_a_client_may_not_ask_after_the_peer_s_end() {
    let mut side = asking(TIMELESS, &get());
    side.connection.end_of_input();
    assert_eq!(side.hear(OK), "response 200|end|closed PeerClosed");
    assert!(!side.connection.is_idle());
    assert_eq!(side.head(&get()), Err(UsageError::Closed));
}

#[test]
fn abort_ends_at_once_in_every_state() {
    let mut sides = [server(TIMELESS), asked(TIMELESS, &post(3)), asked(TIMELESS, GET)];
    for side in &mut sides {
        side.connection.abort();
        let signals = side.signals();
        assert_eq!((signals.close, signals.reset), (Some(CloseReason::Aborted), false));
        assert_eq!((signals.read, signals.deadline), (Read::Ended, None));
        assert!(!signals.continue_due && !signals.half_close);
        assert_eq!(side.head(&Response::new(500)), Err(UsageError::Closed));
        side.assert_over();
    }
    let mut side = server(TIMELESS);
    let error = side.fail("\0");
    side.connection.abort();
    assert_eq!(side.error(&error), Err(UsageError::HeadNotExpected));
    let mut side = asking(TIMELESS, &get());
    side.connection.abort();
    assert_eq!(side.signals().close, Some(CloseReason::Aborted));
    side.assert_over();
}

#[test]
fn cut_off_keeps_what_was_written_and_writes_no_more() {
    for response in [Response::new(200).sized(9), Response::new(200).streamed()] {
        let mut side = asked(TIMELESS, GET);
        side.head(&Response::new(200)).unwrap();
        side.end().unwrap();
        assert_eq!(side.hear(GET), "request GET /|end|paused");
        side.head(&response).unwrap();
        side.content(b"part").unwrap();
        let unsent = side.connection.bytes_unsent();
        side.connection.cut_off();
        assert_eq!(side.connection.bytes_unsent(), unsent);
        assert_eq!(side.content(b"more"), Err(UsageError::Closed));
        assert_eq!(side.end(), Err(UsageError::Closed));
        let signals = side.signals();
        assert_eq!((signals.flush, signals.half_close, signals.close), (true, false, None));
        assert!(!signals.reset);
        side.flush();
        assert!(side.signals().half_close);
        side.connection.half_closed();
        side.connection.cut_off();
        assert_eq!(side.hear("another"), "closed Aborted");
        side.connection.end_of_input();
        assert_eq!(side.signals().close, Some(CloseReason::Aborted));
        side.assert_over();
    }
}

#[test]
fn cut_off_leaves_an_error_that_may_be_answered() {
    let mut side = server(TIMELESS);
    let error = side.fail("\0");
    side.connection.cut_off();
    assert!(side.error(&error).is_ok());
    assert_eq!(side.connection.close_reason(), Some(CloseReason::Failed));
}

#[test]
fn content_that_lasts_until_close_is_reset_when_cut_off_and_only_then() {
    let http10 = "POST / HTTP/1.0\r\nContent-Length: 9\r\n\r\n";
    let streaming = || {
        let mut side = asked(TIMELESS, http10);
        let head = side.head(&Response::new(200).streamed()).unwrap();
        assert_eq!(head, "HTTP/1.1 200 OK¶Connection: close¶¶");
        side.content(b"part").unwrap();
        side
    };
    let mut side = streaming();
    side.connection.abort();
    assert_eq!((side.signals().reset, side.signals().close), (true, Some(CloseReason::Aborted)));
    let mut side = streaming();
    side.connection.cut_off();
    assert_eq!((side.signals().reset, side.signals().close), (true, Some(CloseReason::Aborted)));
    let mut side = streaming();
    assert_eq!(side.hear_end(), "error TruncatedContent");
    assert_eq!((side.signals().reset, side.signals().close), (true, Some(CloseReason::Failed)));
    let mut side = streaming();
    side.end().unwrap();
    side.flush();
    assert_eq!((side.signals().reset, side.signals().half_close), (false, true));
}
