//! `Expect: 100-continue` and interim responses, both sides (RFC 9110 §10.1.1, §15.2).

mod story;

use blazeio::{CloseReason, Field, Limits, Method, PeerErrorKind, Request, Response, UsageError};
use story::{GET, OK, SECOND, Side, TIMELESS, asked, asking, client, server};

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

fn expecting(framing: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{framing}\r\n")
}

fn five() -> String {
    expecting("Content-Length: 5\r\n")
}

fn put(content: &str) -> Request<'static> {
    let request = Request::new(Method::Put, "/", "a").expect_continue();
    if content == "streamed" { request.streamed() } else { request.sized(5) }
}

/// A client that waits for 100.
fn waiting() -> Side<blazeio::Client> {
    let mut side = client(Limits::DEFAULT);
    let head = side.head(&put("sized")).unwrap();
    assert!(head.contains("¶Expect: 100-continue¶"), "{head}");
    side.flush();
    side
}

#[test]
fn continue_is_due_at_the_head_where_content_follows() {
    for (request, due) in [
        (five(), true),
        (expecting("Transfer-Encoding: chunked\r\n"), true),
        (five().replace("100-continue", ",100-CONTINUE ,"), true),
        (five().replace("100-continue", " ,"), false),
        (expecting("Content-Length: 0\r\n"), false),
        (expecting(""), false),
        (five().replace("HTTP/1.1", "HTTP/1.0"), false),
        (GET.into(), false),
    ] {
        let mut side = server(TIMELESS);
        assert!(!side.signals().continue_due);
        let told = side.hear(&request);
        assert!(told.starts_with("request "), "{request:?}: {told}");
        assert_eq!(side.signals().continue_due, due, "{request:?}");
    }
}

#[test]
fn the_head_says_whether_the_client_waits() {
    for (request, waits) in [(five(), true), (five().replace("1.1", "1.0"), false)] {
        let mut side = server(TIMELESS);
        side.input = request.into_bytes();
        let mut input = side.input.clone();
        let step = side.connection.receive(&mut input, 0).unwrap();
        let blazeio::Event::Request(span) = step.event else { panic!("{step:?}") };
        assert_eq!(span.on(&input).expects_continue(), waits);
    }
}

#[test]
fn content_may_be_produced_unless_100_is_waited_for() {
    let mut side = asking(TIMELESS, &Request::new(Method::Put, "/", "a").sized(5));
    assert!(side.signals().produce);
    let mut side = waiting();
    assert!(!side.signals().produce);
    side.hear(CONTINUE);
    assert!(side.signals().produce);
    // A server that has yet to say it may as well say what is final.
    let mut side = asked(TIMELESS, &five());
    assert!(side.signals().continue_due && side.signals().produce);
}

#[test]
fn continue_is_due_until_sent_until_content_came_or_until_a_final_head() {
    let mut side = asked(TIMELESS, &five());
    assert_eq!(side.connection.send_continue(&mut [0; 24]).unwrap_err(), small(25));
    assert!(side.signals().continue_due, "nothing was written");
    let mut out = [0; 25];
    assert_eq!(side.connection.send_continue(&mut out).unwrap().written, 25);
    assert_eq!(out, *CONTINUE.as_bytes());
    assert!(!side.signals().continue_due);
    assert_eq!(side.hear("hello"), "content hello|end|paused");
    assert!(!side.answer(200).contains("close"));
    assert_eq!(side.hear(GET), "request GET /|end|paused");

    let mut side = asked(TIMELESS, &five());
    assert_eq!(side.hear("h"), "content h");
    assert!(!side.signals().continue_due, "the client did not wait");
    side.hear("ello");
    assert!(!side.answer(200).contains("close"), "so the connection is kept");

    let mut side = asked(TIMELESS, &five());
    side.head(&Response::new(413)).unwrap();
    assert!(!side.signals().continue_due);
    let error = side.connection.send_continue(&mut [0; 64]);
    assert_eq!(error, Err(UsageError::HeadNotExpected));
}

#[test]
fn continue_may_have_fields_of_its_own() {
    let mut side = asked(TIMELESS, &five());
    let fields = [Field::new("X-Room", "5")];
    let sent = side.interim(&Response::new(100).fields(&fields)).unwrap();
    assert_eq!(sent, "HTTP/1.1 100 Continue¶X-Room: 5¶¶");
    assert!(!side.signals().continue_due);
    side.hear("hello");
    assert!(!side.answer(200).contains("close"), "so the connection is kept");
}

fn small(needed: usize) -> UsageError {
    UsageError::OutputTooSmall { needed }
}

#[test]
fn cl0_a_final_response_instead_of_100_closes() {
    for framing in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut side = asked(TIMELESS, &expecting(framing));
        assert!(side.answer(401).contains("Connection: close¶"));
        assert_eq!(side.connection.close_reason(), Some(CloseReason::NotContinued));
        assert_eq!(side.hear(GET), "closed NotContinued", "content or a request: not known");
        assert!(side.signals().half_close);
    }
    let mut side = asked(TIMELESS, &expecting("Content-Length: 0\r\n"));
    assert!(!side.answer(401).contains("close"), "nothing was withheld");
}

#[test]
fn continue_leaves_the_exchange_open_for_its_final_response() {
    let mut side = asked(TIMELESS, &five());
    let _ = side.connection.send_continue(&mut [0; 64]).unwrap();
    assert_eq!(side.hear(format!("hello{GET}")), "content hello|end|paused");
    assert_eq!(side.hear(""), "paused", "no next request before the final response");
    side.answer(200);
    assert_eq!(side.hear(""), "request GET /|end|paused");
}

#[test]
fn continue_is_not_due_once_the_connection_is_over() {
    let mut aborted = asked(TIMELESS, &five());
    aborted.connection.abort();
    let mut ended = asked(TIMELESS, &five());
    assert_eq!(ended.hear_end(), "error TruncatedContent");
    let mut large = asked(TIMELESS, &five());
    let error = large.connection.set_content_limit(4).unwrap_err();
    assert_eq!((error.kind(), error.status()), (PeerErrorKind::ContentTooLarge, 413));
    for mut side in [aborted, ended, large] {
        assert!(!side.signals().continue_due);
        assert_eq!(side.connection.send_continue(&mut [0; 64]), Err(UsageError::Closed));
    }
}

#[test]
fn other_expectations_are_answered_417() {
    for value in ["200-ok", "100-continue, x", "100-continue;q=1", "100"] {
        let mut side = server(TIMELESS);
        let error = side.fail(five().replace("100-continue", value));
        assert_eq!((error.kind(), error.status()), (PeerErrorKind::UnknownExpectation, 417));
        let answer = side.error(&error).unwrap();
        assert!(answer.starts_with("HTTP/1.1 417 Expectation Failed¶"), "{answer}");
        assert!(answer.contains("Connection: close¶"));
        // RFC 9110 §10.1.1: ignored in HTTP/1.0.
        asked(TIMELESS, &five().replace("100-continue", value).replace("1.1", "1.0"));
    }
}

#[test]
fn a_server_sends_no_interim_response_to_http_1_0() {
    let mut side = asked(TIMELESS, &five().replace("HTTP/1.1", "HTTP/1.0"));
    for status in [100, 102, 103, 199] {
        assert_eq!(side.interim(&Response::new(status)), Err(UsageError::InterimToHttp10));
        let error = side.connection.send_continue(&mut [0; 64]);
        assert_eq!(error, Err(UsageError::InterimToHttp10));
    }
    assert_eq!(side.head(&Response::new(101).upgrade("x")), Err(UsageError::InvalidUpgrade));
    assert_eq!(side.hear("hello"), "content hello|end|paused", "the content is just read");
}

#[test]
fn interim_responses_are_bare_heads_before_the_final_one() {
    let mut side = asked(TIMELESS, GET);
    let link = [Field::new("Link", "</a>")];
    let hints = Response::new(103).fields(&link);
    assert_eq!(side.interim(&hints).as_deref(), Ok("HTTP/1.1 103 Early Hints¶Link: </a>¶¶"));
    assert_eq!(side.interim(&Response::new(199)).as_deref(), Ok("HTTP/1.1 199 ¶¶"));
    for status in [0, 99, 101, 200, 204, 304, 1000] {
        assert_eq!(side.interim(&Response::new(status)), Err(UsageError::InvalidStatus));
    }
    for refused in [hints.sized(0), hints.streamed(), hints.close(), hints.upgrade("x")] {
        assert_eq!(side.interim(&refused), Err(UsageError::ContentNotAllowed));
    }
    let framed = [Field::new("Content-Length", "0")];
    let error = side.interim(&Response::new(103).fields(&framed));
    assert_eq!(error, Err(UsageError::ReservedField { index: 0 }));
    side.answer(200);
    assert_eq!(side.interim(&hints), Err(UsageError::HeadNotExpected));
    assert_eq!(server(TIMELESS).interim(&hints), Err(UsageError::HeadNotExpected));
}

#[test]
fn a_client_waits_only_where_it_says_so() {
    let mut side = client(TIMELESS);
    let head = side.head(&Request::new(Method::Put, "/", "a").sized(5)).unwrap();
    assert!(!head.contains("Expect"));
    assert_eq!(side.content(b"hello").as_deref(), Ok("hello"));
}

#[test]
fn a_client_expects_nothing_without_content() {
    let expecting = Request::new(Method::Put, "/", "a").expect_continue();
    for request in [expecting, expecting.sized(0)] {
        let mut side = client(TIMELESS);
        assert_eq!(side.head(&request), Err(UsageError::ContentNotAllowed));
        assert!(side.connection.is_idle());
    }
}

#[test]
fn content_waits_for_100() {
    for kind in ["sized", "streamed"] {
        let mut side = client(TIMELESS);
        side.head(&put(kind)).unwrap();
        side.flush();
        for _ in 0..2 {
            assert_eq!(side.content(b"hello"), Err(UsageError::AwaitingContinue));
            assert_eq!(side.connection.frame_content(5), Err(UsageError::AwaitingContinue));
            assert_eq!(side.end(), Err(UsageError::AwaitingContinue));
            // Others do not let it go.
            assert_eq!(side.hear("HTTP/1.1 103 \r\n\r\n"), "interim 103");
        }
        assert_eq!(side.hear(CONTINUE), "interim 100");
        assert!(side.content(b"hello").is_ok());
        assert!(side.end().is_ok());
        assert_eq!(side.hear(OK), "response 200|end");
        assert!(side.connection.is_idle());
    }
}

#[test]
fn cl0_a_final_response_lets_content_go_or_the_connection_end() {
    let mut side = waiting();
    assert_eq!(side.hear("HTTP/1.1 417 \r\nContent-Length: 0\r\n\r\n"), "response 417|end|paused");
    assert!(!side.connection.is_idle(), "the content is owed");
    assert_eq!(side.head(&put("sized")), Err(UsageError::HeadNotExpected));
    assert_eq!(side.content(b"hello").as_deref(), Ok("hello"));
    side.end().unwrap();
    assert!(side.connection.is_idle());

    let mut side = waiting();
    side.hear("HTTP/1.1 417 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(side.signals().close, Some(CloseReason::PeerClose));
    assert_eq!(side.content(b"hello"), Err(UsageError::Closed));
}

#[test]
fn the_deadline_lets_content_go_and_a_late_100_is_no_harm() {
    let mut side = waiting();
    assert!(side.expire().is_ok());
    assert_eq!(side.now, SECOND);
    assert_eq!(side.content(b"hello").as_deref(), Ok("hello"));
    side.end().unwrap();
    assert_eq!(side.hear(CONTINUE), "interim 100");
    assert_eq!(side.hear(OK), "response 200|end");
    assert!(side.connection.is_idle());
}

#[test]
fn f1xx_interim_responses_come_before_the_final_one_asked_for_or_not() {
    let mut side = asking(TIMELESS, &Request::new(Method::Get, "/", "a"));
    let told = side.hear(format!("{CONTINUE}HTTP/1.1 102 \r\n\r\nHTTP/1.1 199 \r\n\r\n{OK}"));
    assert_eq!(told, "interim 100|interim 102|interim 199|response 200|end");
    assert!(side.connection.is_idle());
}

#[test]
fn f1xx_number_and_bytes_of_interim_responses_are_limited_for_each_request() {
    let hints = "HTTP/1.1 103 \r\n\r\n";
    let mut side = asking(TIMELESS, &Request::new(Method::Get, "/", "a"));
    for _ in 0..3 {
        let told = side.hear(format!("{}{OK}", hints.repeat(16)));
        assert!(told.ends_with("|response 200|end"), "{told}");
        side.ask(&Request::new(Method::Get, "/", "a"));
    }
    let error = side.fail(hints.repeat(17));
    assert_eq!(error.kind(), PeerErrorKind::TooManyInterims);
    side.assert_over();

    let limits = Limits { interim_bytes: 3 * hints.len() as u32, ..TIMELESS };
    let mut side = asking(limits, &Request::new(Method::Get, "/", "a"));
    side.hear(hints.repeat(3));
    assert_eq!(side.fail(hints).kind(), PeerErrorKind::TooManyInterims);
    side.assert_over();
}

#[test]
fn upg_a_pending_expectation_is_met_before_101() {
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n";
    let both =
        "HTTP/1.1 100 Continue¶¶HTTP/1.1 101 Switching Protocols¶Upgrade: x¶Connection: upgrade¶¶";
    for behind in ["", "raw"] {
        let mut side = asked(TIMELESS, &format!("{upgrade}Expect: 100-continue\r\n\r\n{behind}"));
        assert_eq!(side.head(&Response::new(101).upgrade("x")).as_deref(), Ok(both), "{behind:?}");
    }
    let mut side = asked(TIMELESS, &format!("{upgrade}Expect: 100-continue\r\n\r\n"));
    let _ = side.connection.send_continue(&mut [0; 64]).unwrap();
    let once = side.head(&Response::new(101).upgrade("x")).unwrap();
    assert!(once.starts_with("HTTP/1.1 101 "));
    let mut side = asked(TIMELESS, &format!("{upgrade}\r\n"));
    assert!(side.head(&Response::new(101).upgrade("x")).unwrap().starts_with("HTTP/1.1 101 "));
}
