//! What a server answers does not depend on how the bytes were cut: whole, byte by byte, and
//! split at every point; nor on how much a write takes.

use crate::LIMITS;
use crate::pages::Pages;
use crate::script::Script;
use blazeio::CloseReason;
use std::iter::once;

/// What is answered to `input` that is read in pieces of this size.
fn answer_to(input: &str, size: usize) -> String {
    let script = Script::new([input.as_bytes()], usize::MAX);
    let script = Script { ends: true, landing: size, ..script };
    assert!(script.serve(&Pages::default(), &LIMITS).is_some(), "closes after the end of input");
    script.sent()
}

/// Serves `input` in all cuts, and checks that the answer is `expected` each time.
#[track_caller]
fn answers(input: &str, expected: &str) {
    let bytes = input.as_bytes();
    let whole = std::iter::once(vec![bytes]);
    let single = once(bytes.chunks(1).collect::<Vec<_>>());
    let halves = (1..bytes.len()).map(|at| vec![&bytes[..at], &bytes[at..]]);
    for pieces in whole.chain(single).chain(halves) {
        for write in [usize::MAX, 1] {
            let script = Script { ends: true, ..Script::new(pieces.iter().copied(), write) };
            let closed = script.serve(&Pages::default(), &LIMITS);
            assert_eq!(script.sent(), expected, "{} pieces of {input:?}", pieces.len());
            assert!(closed.is_some(), "closes after the end of input");
        }
    }
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello";

#[test]
fn hello_is_said() {
    answers("GET / HTTP/1.1\r\nHost: a\r\n\r\n", HELLO);
}

#[test]
fn requests_follow_each_other_in_a_pipeline() {
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    answers(&get.repeat(3), &HELLO.repeat(3));
    let post = "POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let three = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3";
    answers(&[post, get, post].concat(), &[three, HELLO, three].concat());
}

#[test]
fn head_has_the_fields_of_get_and_no_content() {
    answers(
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{HELLO}"),
    );
    answers("HEAD /greet/a/b HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");
}

#[test]
fn names_stand_for_what_was_sent() {
    answers(
        "GET /greet/B%6Fb/x/%2F/?q HTTP/1.1\r\nHost: a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         4\r\nname\r\n1\r\n=\r\n5\r\nB%6Fb\r\n1\r\n;\r\n\
         4\r\nrest\r\n1\r\n=\r\n6\r\nx/%2F/\r\n1\r\n;\r\n0\r\n\r\n",
    );
}

#[test]
fn a_path_without_a_route_is_404_and_a_method_405() {
    let not_found = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    answers("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", not_found);
    answers("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", not_found);
    // What comes behind may be meant for the tunnel.
    answers(
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    answers(
        "DELETE /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &format!(
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST, PUT\r\nContent-Length: 0\r\n\r\n{HELLO}"
        ),
    );
}

#[test]
fn a_method_is_405_however_long_allow_is() {
    let names = ["PREPARE", "ACQUIRE", "INITIALISE", "CALIBRATE", "SYNCHRONISE", "RELEASE"];
    let allow = names.map(|name| format!("X-{name}-DEVICE")).join(", ");
    assert!(allow.len() > 96, "{}", allow.len());
    let (get, device) =
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /device HTTP/1.1\r\nHost: a\r\n\r\n");
    let refused =
        format!("HTTP/1.1 405 Method Not Allowed\r\nAllow: {allow}\r\nContent-Length: 0\r\n\r\n");
    // The second waits until there is room again.
    answers(&[device, device, get].concat(), &[&refused, &refused, HELLO].concat());
    // A head that the output has no room for is the server's fault.
    answers(
        &["GET /long HTTP/1.1\r\nHost: a\r\n\r\n", get].concat(),
        &format!("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n{HELLO}"),
    );
}

/// A request with a trailer section that has to be kept whole.
fn with_trailers() -> String {
    let digest = "d".repeat(200);
    format!(
        "POST /echo HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n\
         1\r\nx\r\n0\r\nDigest: {digest}\r\n\r\n"
    )
}

#[test]
fn room_does_not_depend_on_what_came_before() {
    let (request, get) = (with_trailers(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let alone = answer_to(&request, 512);
    assert!(alone.starts_with("HTTP/1.1 200 ") && alone.contains("ddd"), "{alone}");
    let ignored = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nignored";
    let pad = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".len();
    let heads = (pad..=512).map(|len| {
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "p".repeat(len - pad)), HELLO)
    });
    let contents = (0..=512).map(|len| {
        let content = "p".repeat(len);
        let head = "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length:";
        (format!("{head} {len}\r\n\r\n{content}"), ignored)
    });
    for (before, answer) in heads.chain(contents) {
        for size in [1, 64, 512] {
            let answered = answer_to(&[&before, &request, get].concat(), size);
            assert_eq!(answered, [answer, &alone, HELLO].concat(), "{size}, {}", before.len());
        }
    }
}

#[test]
fn a_head_that_leaves_no_room_for_content_is_431() {
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let head = |method: &str, len: usize, framing: &str| {
        let head = format!("{method} HTTP/1.1\r\nHost: a\r\n{framing}X: \r\n\r\n");
        head.replace("X: ", &format!("X: {}", "p".repeat(len - head.len())))
    };
    let three = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3";
    let refused = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\r\n";
    let closing = refused.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let sized = ("Content-Length: 3\r\n", "abc");
    // Behind its last chunk at least an empty line has to be kept.
    let chunked = ("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n");
    for (len, (framing, content), answer) in [
        (511, sized, three.to_owned() + HELLO),
        (512, sized, refused.to_owned() + HELLO),
        (510, chunked, three.to_owned() + HELLO),
        (511, chunked, closing),
        (512, chunked, refused.to_owned() + HELLO),
    ] {
        let post = head("POST /late", len, framing) + content;
        for size in [1, 64, 512] {
            assert_eq!(answer_to(&[&post, get].concat(), size), answer, "{len} {size}");
        }
    }
    for framing in ["", "Content-Length: 0\r\n"] {
        answers(&[&head("GET /", 512, framing), get].concat(), &HELLO.repeat(2));
    }
}

#[test]
fn a_head_over_the_limit_is_431_and_a_line_414() {
    let long = "x".repeat(500);
    answers(
        &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"),
        "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n",
    );
    answers(
        &format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
        "HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
}

#[test]
fn what_is_no_http_is_400() {
    answers(
        "GET / HTTP/1.1\r\nHost : a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    // Within content the handler hears of it first.
    answers(
        "POST /late HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
}

#[test]
fn content_that_nobody_reads_is_dropped() {
    answers(
        "POST /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nignored{HELLO}"),
    );
}

#[test]
fn canc_a_read_that_is_dropped_loses_nothing() {
    let input = "POST /fickle HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef\
                 GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for size in [1, 2, 5, 200] {
        let script = Script { ends: true, ..Script::new(input.as_bytes().chunks(size), 7) };
        script.serve(&Pages::default(), &LIMITS);
        let sent = script.sent();
        let content: String = dechunked(&sent);
        assert!(sent.ends_with(HELLO), "{sent}");
        assert_eq!(content, "abcdef");
    }
}

/// The content of the first response, which is chunked.
fn dechunked(sent: &str) -> String {
    let mut lines = sent.split("\r\n").skip_while(|line| !line.is_empty()).skip(1);
    let mut content = String::new();
    while let Some(size) = lines.next().filter(|size| *size != "0") {
        let piece = lines.next().unwrap();
        assert_eq!(usize::from_str_radix(size, 16).unwrap(), piece.len());
        content += piece;
    }
    content
}

#[test]
fn an_answer_that_is_not_ended_is_ended_and_one_that_is_missing_is_500() {
    answers(
        "GET /forgetful HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone{HELLO}"),
    );
    answers(
        "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &format!("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n{HELLO}"),
    );
}

#[test]
fn a_response_is_not_sent_twice() {
    answers(
        "GET /again HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok{HELLO}"),
    );
    let script = Script::new([&b"GET /again HTTP/1.1\r\nHost: a\r\n\r\n"[..]], 64);
    let pages = Pages::default();
    assert!(script.serve(&pages, &LIMITS).is_some());
    assert_eq!(*pages.notes.borrow(), ["refused", "refused"]);
}

#[test]
fn canc_a_response_that_was_dropped_half_way_is_not_begun_again() {
    let script = Script::new([&b"GET /halfway HTTP/1.1\r\nHost: a\r\n\r\n"[..]], 64);
    let pages = Pages::default();
    assert!(script.serve(&pages, &LIMITS).is_some());
    assert_eq!(*pages.notes.borrow(), ["refused"]);
    let sent = script.sent();
    assert!(sent.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx"), "{sent}");
    assert!(!sent.contains('y'), "{sent}");
}

#[test]
fn upg_what_switches_protocols_is_over() {
    let request = "GET /switch HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let script = Script::new([request.as_bytes(), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"], 64);
    let pages = Pages::default();
    assert_eq!(script.serve(&pages, &LIMITS), Some(CloseReason::Aborted));
    assert_eq!(*pages.notes.borrow(), ["switched"]);
    // First what was written goes out.
    assert_eq!(*script.fate.borrow(), ["end", "end"]);
    assert!(!script.sent().contains("Hello"), "{}", script.sent());
}

#[test]
fn a_handler_that_fails_midway_is_cut_off() {
    let script = Script {
        ends: false,
        ..Script::new([&b"GET /failing HTTP/1.1\r\nHost: a\r\n\r\n"[..]], 64)
    };
    let pages = Pages::default();
    assert!(script.serve(&pages, &LIMITS).is_some());
    assert_eq!(script.sent(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    assert_eq!(*pages.notes.borrow(), ["refused"]);
}

#[test]
fn pipe_a_response_that_is_cut_off_takes_no_other_along() {
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    answers(
        &[get("/"), get("/short"), get("/")].concat(),
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello\
         HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    );
}

/// It comes when the stop does, and nobody has looked at it since.
#[test]
fn shut_a_request_that_lies_unread_is_answered() {
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let script = Script { stutters: false, ..Script::new([&get[..]], usize::MAX) };
    let stop = std::future::poll_fn(|_| {
        if !script.sent().ends_with("Hello") {
            return std::task::Poll::Pending;
        }
        script.input.borrow_mut().push_back(get.to_vec());
        std::task::Poll::Ready(())
    });
    let closed = script.serve_until(&Pages::default(), &LIMITS, stop);
    assert_eq!(closed, Some(CloseReason::LocalClose));
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n";
    assert_eq!(script.sent(), format!("{answer}\r\nHello{answer}Connection: close\r\n\r\nHello"));
}

#[test]
fn interim_responses_go_before_the_final_one() {
    answers(
        "GET /twice HTTP/1.1\r\nHost: a\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2",
    );
}

#[test]
fn expect_is_answered_by_100_when_content_is_read_and_not_before() {
    let head = "HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    let script = Script::new([format!("POST /late {head}").as_bytes()], 64);
    assert!(script.serve(&Pages::default(), &LIMITS).is_some(), "the content is late");
    assert!(script.sent().starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 "));
    let script = Script::new([format!("POST /ignore {head}").as_bytes()], 64);
    assert!(script.serve(&Pages::default(), &LIMITS).is_some());
    assert!(script.sent().starts_with("HTTP/1.1 200 OK\r\n"), "{}", script.sent());
}

#[test]
fn http_1_0_ends_with_the_connection() {
    answers(
        "GET /greet/a/b HTTP/1.0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nname=a;rest=b;",
    );
}
