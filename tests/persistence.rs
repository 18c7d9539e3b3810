//! When a connection carries another exchange (RFC 9112 §9), and what the I/O side is told meanwhile
//! (PIPE, REUSE, CL0, SHUT).

mod story;

use blazeio::{CloseReason, Event, Flow, Limits, Method, Read, Request, Response, UsageError};
use story::{GET, OK, STREAMING, TIMELESS, asked, asking, client, get, post, server};

const CLOSING: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn a_server_keeps_what_version_and_connection_options_allow() {
    use CloseReason::{Http10, PeerClose};
    for (version, option, reason, said) in [
        ("1.1", "", None, ""),
        ("1.1", "Connection: keep-alive\r\n", None, ""),
        ("1.1", "Connection: x\r\nConnection: y, z\r\n", None, ""),
        ("1.1", "Connection: close\r\n", Some(PeerClose), "Connection: close¶"),
        ("1.1", "Connection: , x,,\tCLOSE ,\r\n", Some(PeerClose), "Connection: close¶"),
        ("1.1", "Connection: keep-alive, close\r\n", Some(PeerClose), "Connection: close¶"),
        ("1.1", "Connection: x\r\nconnection: close\r\n", Some(PeerClose), "Connection: close¶"),
        ("1.9", "", None, ""),
        ("1.0", "", Some(Http10), "Connection: close¶"),
        ("1.0", "Connection: x\r\n", Some(Http10), "Connection: close¶"),
        ("1.0", "Connection: Keep-Alive\r\n", None, "Connection: keep-alive¶"),
        ("1.0", "Connection: keep-alive, close\r\n", Some(PeerClose), "Connection: close¶"),
    ] {
        let mut side = asked(TIMELESS, &format!("GET / HTTP/{version}\r\nHost: a\r\n{option}\r\n"));
        assert_eq!(side.connection.close_reason(), reason, "{version} {option:?}");
        let head = side.answer(200);
        assert_eq!(head, format!("HTTP/1.1 200 OK¶Content-Length: 0¶{said}¶"), "{option:?}");
        assert_eq!(side.connection.is_idle(), reason.is_none());
        let told = side.hear(GET);
        assert_eq!(told.starts_with("request"), reason.is_none(), "{version} {option:?} {told}");
        assert_eq!(side.signals().half_close, reason.is_some());
    }
}

#[test]
fn a_client_keeps_what_version_and_connection_options_allow() {
    use CloseReason::{Http10, LengthAndCoding, PeerClose, UntilClose};
    for (response, reason) in [
        ("1.1 200 OK\r\nContent-Length: 0\r\n", None),
        ("1.1 204 OK\r\n", None),
        ("1.1 200 OK\r\nContent-Length: 0\r\nConnection: x\r\n", None),
        ("1.1 200 OK\r\nContent-Length: 0\r\nConnection: a, Close\r\n", Some(PeerClose)),
        ("1.1 200 OK\r\nContent-Length: 0\r\nConnection: ,,close\r\n", Some(PeerClose)),
        (
            "1.1 200 OK\r\nContent-Length: 0\r\nConnection: x\r\nConnection: close\r\n",
            Some(PeerClose),
        ),
        ("1.0 200 OK\r\nContent-Length: 0\r\n", Some(Http10)),
        ("1.0 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n", Some(PeerClose)),
        ("1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n", None),
        ("1.1 200 OK\r\n", Some(UntilClose)),
        (
            "1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            Some(LengthAndCoding),
        ),
    ] {
        let mut side = asking(TIMELESS, &get());
        let mut told = side.hear(format!("HTTP/{response}\r\n"));
        if reason == Some(UntilClose) {
            told.push('|');
            told.push_str(&side.hear_end());
        }
        assert!(told.contains("|end"), "{response:?} {told}");
        assert_eq!(side.connection.close_reason(), reason, "{response:?}");
        assert_eq!(side.connection.is_idle(), reason.is_none());
        assert_eq!(side.signals().close, reason, "{response:?}");
        assert_eq!(side.head(&get()).is_ok(), reason.is_none());
        if reason.is_some() {
            assert_eq!(side.head(&get()), Err(UsageError::Closed));
            side.assert_over();
        }
    }
}

#[test]
fn the_last_allowed_exchange_says_close() {
    let limits = Limits { requests: 2, ..TIMELESS };
    let mut side = asked(limits, GET);
    assert!(!side.answer(200).contains("close"));
    side.hear(GET);
    assert_eq!(side.interim(&Response::new(103)).as_deref(), Ok("HTTP/1.1 103 Early Hints¶¶"));
    assert!(side.answer(200).contains("Connection: close¶"));
    assert_eq!(side.connection.requests(), 2);
    assert_eq!(side.hear(GET), "closed RequestLimit");

    let mut side = asking(limits, &get());
    side.hear(OK);
    assert!(side.ask(&get()).contains("Connection: close¶"));
    side.hear(OK);
    assert_eq!(side.signals().close, Some(CloseReason::RequestLimit));
    assert_eq!(side.head(&get()), Err(UsageError::Closed));
}

#[test]
fn one_exchange_per_connection_says_close_each_time() {
    let limits = Limits { requests: 1, ..TIMELESS };
    assert!(asked(limits, GET).answer(404).contains("Connection: close¶"));
    assert!(client(limits).ask(&get()).contains("Connection: close¶"));
}

#[test]
fn close_when_idle_is_at_once_and_bare() {
    let mut side = server(TIMELESS);
    side.connection.close();
    let signals = side.signals();
    assert_eq!((signals.close, signals.half_close), (Some(CloseReason::LocalClose), false));
    side.assert_over();
    let mut side = asking(TIMELESS, &get());
    side.hear(OK);
    side.connection.close();
    assert_eq!(side.signals().close, Some(CloseReason::LocalClose));
    side.assert_over();
}

#[test]
fn shut_close_never_cuts_off_what_is_not_sent() {
    let mut side = asked(TIMELESS, GET);
    side.head(&Response::new(200)).unwrap();
    side.end().unwrap();
    side.connection.close();
    assert!(side.signals().flush);
    assert_eq!((side.signals().close, side.signals().half_close), (None, false));
    side.flush();
    assert!(side.signals().half_close || side.signals().close.is_some());
    assert_eq!(side.hear(GET), "closed LocalClose");
}

#[test]
fn close_when_busy_waits_for_the_exchange() {
    let mut side = asked(TIMELESS, &format!("{}abc{GET}", post(3)));
    side.connection.close();
    assert!(side.answer(200).contains("Connection: close¶"));
    assert_eq!(side.hear(""), "closed LocalClose");
    assert!(side.signals().half_close);

    let mut side = server(TIMELESS);
    side.hear("GET / HT");
    side.connection.close();
    assert_eq!(side.hear(&GET[8..]), "request GET /|end|paused", "a head that began is served");
    assert!(side.answer(200).contains("Connection: close¶"));

    let mut side = asking(TIMELESS, &get());
    side.connection.close();
    assert_eq!(side.hear("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"), "response 200");
    assert_eq!(side.signals().close, None);
    assert_eq!(side.hear("x"), "content x|end|closed LocalClose");
    assert_eq!(side.signals().close, Some(CloseReason::LocalClose));
}

#[test]
fn who_says_close_ends_after_that_exchange() {
    let mut side = asking(TIMELESS, &get().close());
    assert_eq!(side.head(&get()), Err(UsageError::HeadNotExpected), "not before the response");
    assert_eq!(side.hear(OK), "response 200|end|closed LocalClose");
    assert_eq!(side.signals().close, Some(CloseReason::LocalClose));
    assert_eq!(side.head(&get()), Err(UsageError::Closed));

    let mut side = asked(TIMELESS, &format!("{GET}{GET}"));
    assert!(side.head(&Response::new(200).close()).unwrap().contains("Connection: close¶"));
    side.end().unwrap();
    assert_eq!((side.signals().flush, side.signals().half_close), (true, false));
    side.flush();
    assert!(side.signals().half_close);
    assert_eq!(side.hear(""), "closed LocalClose");
    assert!(side.input.is_empty(), "what follows is dropped");
}

#[test]
fn pipe_requests_are_answered_in_order_one_at_a_time() {
    let three: String = (1..=3).map(|n| GET.replace("/ ", &format!("/{n} "))).collect();
    let mut side = server(TIMELESS);
    for n in 1..=3 {
        let told = side.hear(if n == 1 { three.as_str() } else { "" });
        assert_eq!(told, format!("request GET /{n}|end|paused"));
        assert_eq!(side.hear(""), "paused");
        assert_eq!(side.signals().read, Read::PausedByExchange);
        assert_eq!(side.connection.requests(), n);
        side.answer(200);
    }
    assert_eq!(side.hear(""), "");
    assert_eq!(side.head(&Response::new(200)), Err(UsageError::HeadNotExpected));
}

#[test]
fn pipe_nothing_is_read_after_close() {
    let mut side = asked(TIMELESS, &format!("{CLOSING}{GET}{GET}"));
    side.answer(200);
    assert_eq!(side.hear(GET), "closed PeerClose");
    assert!(side.input.is_empty());
    assert_eq!(side.connection.requests(), 1);
}

#[test]
fn pipe_no_new_request_while_output_is_above_its_high_mark() {
    let mut side = asked(TIMELESS, GET);
    side.head(&Response::new(200).sized(70_000)).unwrap();
    side.content(&[0; 70_000]).unwrap();
    side.end().unwrap();
    assert_eq!((side.signals().read, side.signals().produce), (Read::PausedByOutput, false));
    assert_eq!(side.hear(GET), "paused");
    let _ = side.connection.sent(50_000, 0);
    assert_eq!(side.hear(""), "paused", "above the low mark");
    let _ = side.connection.sent(10_000, 0);
    assert_eq!((side.signals().read, side.signals().produce), (Read::Wanted, true));
    assert_eq!(side.hear(""), "request GET /|end|paused");
}

#[test]
fn flow_tells_each_crossing_once() {
    let mut side = asked(TIMELESS, GET);
    side.head(&Response::new(200).streamed()).unwrap();
    side.flush();
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(side.connection.frame_content(20_000).unwrap().flow);
    }
    assert_eq!(told, [None, None, None, Some(Flow::Pause), None]);
    let told: Vec<_> = (0..5).map(|_| side.connection.sent(20_000, 0)).collect();
    assert_eq!(told, [None, None, None, None, Some(Flow::Resume)]);

    let mut side = asked(TIMELESS, &post(9));
    let told: Vec<_> = (0..4).map(|_| side.connection.queued(32 * 1024)).collect();
    assert_eq!(told, [None, Some(Flow::Pause), None, None]);
    assert_eq!(side.signals().read, Read::PausedByInput);
    let told: Vec<_> = (0..4).map(|_| side.connection.released(32 * 1024)).collect();
    assert_eq!(told, [None, None, None, Some(Flow::Resume)]);
    assert_eq!(side.signals().read, Read::Wanted);
}

#[test]
fn reuse_a_client_never_takes_what_it_did_not_ask_for() {
    for surplus in ["x", "\r\n", OK, "\0"] {
        // Behind the response, in the same read.
        let mut side = asking(TIMELESS, &get());
        assert_eq!(side.hear(format!("{OK}{surplus}")), "response 200|end|closed Surplus");
        side.assert_over();
        // Known at the end already, before anything else is read.
        let mut side = asking(TIMELESS, &get());
        side.input = format!("{OK}{surplus}").into_bytes();
        while side.step().unwrap().event != Event::End {}
        assert!(!side.connection.is_idle());
        assert_eq!(side.head(&get()), Err(UsageError::Closed));
        // Later.
        let mut side = asking(TIMELESS, &get());
        assert_eq!(side.hear(OK), "response 200|end");
        assert!(side.connection.is_idle());
        assert_eq!(side.hear(surplus), "closed Surplus");
        assert_eq!(side.signals().close, Some(CloseReason::Surplus));
        side.assert_over();
        // Before any request.
        assert_eq!(client(TIMELESS).hear(surplus), "closed Surplus");
    }
}

#[test]
fn reuse_surplus_behind_an_early_response_is_no_later_answer() {
    for (first, later) in [(format!("{OK}{OK}"), ""), (OK.into(), OK)] {
        let mut side = client(TIMELESS);
        side.head(&Request::new(Method::Post, "/", "a").streamed()).unwrap();
        assert_eq!(side.hear(first), "response 200|end|paused");
        side.hear(later);
        side.end().unwrap();
        assert!(!side.connection.is_idle());
        assert_eq!(side.connection.close_reason(), Some(CloseReason::Surplus));
        assert_eq!(side.head(&get()), Err(UsageError::Closed));
    }
}

#[test]
fn a_client_has_one_request_outstanding_and_reads_its_response_whole() {
    let mut side = asking(TIMELESS, &Request::new(Method::Head, "/", "a"));
    assert_eq!(side.head(&get()), Err(UsageError::HeadNotExpected));
    assert_eq!(side.hear("HTTP/1.1 103 \r\n\r\n"), "interim 103");
    assert_eq!(side.head(&get()), Err(UsageError::HeadNotExpected));
    assert_eq!(side.hear("HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n"), "response 200|end");
    // The same head, asked for by another method, has content.
    side.ask(&get());
    assert_eq!(side.hear("HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n"), "response 200");
    assert_eq!(side.head(&get()), Err(UsageError::HeadNotExpected), "the content is unread");
    assert!(!side.connection.is_idle());
    assert_eq!(side.hear("abc"), "content abc|end");
    assert!(side.head(&get()).is_ok());
}

#[test]
fn cl0_unread_content_is_drained_within_its_limit_then_the_connection_is_reused() {
    let chunked = format!("{STREAMING}3\r\nabc\r\n");
    for (request, rest) in [(post(5), "hello"), (chunked, "2\r\nde\r\n0\r\nx: y\r\n\r\n")] {
        let mut side = asked(TIMELESS, &request);
        assert!(!side.answer(200).contains("close"));
        assert_eq!(side.signals().read, Read::Drain);
        assert!(!side.connection.is_idle());
        let told = side.hear(format!("{rest}{GET}"));
        let told = told.trim_start_matches("discarded|");
        assert_eq!(told, "request GET /|end|paused", "the rest is not a request");
    }
}

#[test]
fn cl0_a_request_hidden_in_unread_content_is_never_served() {
    let mut side = asked(TIMELESS, &post(GET.len() as u64));
    side.answer(200);
    assert_eq!(side.hear(GET), "discarded");
    assert_eq!(side.connection.requests(), 1);
}

#[test]
fn cl0_too_much_unread_content_closes() {
    let limits = Limits { drain: 100, ..TIMELESS };
    // Known at once.
    let mut side = asked(limits, &post(101));
    side.answer(413);
    assert_eq!(side.connection.close_reason(), Some(CloseReason::UnreadContent));
    assert!(side.signals().half_close && side.signals().read == Read::Drain);
    assert_eq!(side.hear(vec![b'x'; 500]), "closed UnreadContent");
    // Found out on the way.
    let mut side = asked(limits, STREAMING);
    side.answer(413);
    assert_eq!(side.connection.close_reason(), None);
    assert_eq!(side.hear(format!("64\r\n{}\r\n", "x".repeat(100))), "discarded");
    assert_eq!(side.hear("1\r\nx"), "closed UnreadContent");
    assert!(side.signals().half_close);
    side.assert_over();
    // The limit itself is within it.
    let mut side = asked(limits, &post(100));
    side.answer(200);
    assert_eq!(side.hear([b'x'; 100]), "discarded");
    assert!(side.connection.is_idle());
}

#[test]
fn getters_tell_what_happened() {
    let mut side = server(TIMELESS);
    assert!(side.connection.is_idle() && !side.connection.is_tunnel());
    assert_eq!((side.connection.requests(), side.connection.bytes_received()), (0, 0));
    side.hear(&GET[..3]);
    assert!(!side.connection.is_idle(), "a head began");
    assert_eq!(side.connection.bytes_received(), 0, "it is not consumed");
    side.hear(&GET[3..]);
    assert_eq!(side.connection.bytes_received(), GET.len() as u64);
    let head = side.head(&Response::new(204)).unwrap();
    assert_eq!(side.connection.bytes_unsent(), head.replace('¶', "\r\n").len() as u64);
    let _ = side.connection.sent(10, 0);
    assert_eq!(side.connection.bytes_unsent(), head.replace('¶', "\r\n").len() as u64 - 10);
    side.end().unwrap();
    assert!(side.connection.is_idle());
    assert_eq!(side.connection.limits(), &TIMELESS);
    assert_eq!(side.connection.close_reason(), None);
}

#[test]
fn the_end_of_a_response_is_told_though_the_request_ends_between_its_head_and_it() {
    for (response, events) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1),
        ("HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 1),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: x\r\n\r\n", 2),
    ] {
        let mut side = client(TIMELESS);
        side.head(&Request::new(Method::Post, "/", "a").streamed()).unwrap();
        side.input = response.as_bytes().to_vec();
        for _ in 0..events {
            let _ = side.step().unwrap();
        }
        side.end().unwrap();
        side.flush();
        assert_eq!(side.step().map(|step| step.event), Ok(Event::End), "{response}");
    }
}
