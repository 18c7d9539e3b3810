//! What attackers send a relay, so that it and the origin disagree.

use super::{ask, content, field, in_time, origin, send, start, status};
use tokio::io::AsyncWriteExt;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn clte_what_could_be_read_in_two_ways_does_not_reach_the_origin() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    for fields in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "Content-Length: 4, 4\r\n\r\nabcd",
        "Content-Length: +4\r\n\r\nabcd",
        "Content-Length:\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5;\nx\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 4\r\n\r\n",
        "Host: b\r\n\r\n",
        " X: folded\r\n\r\n",
        "X\r\n\r\n",
    ] {
        let answer = ask(at, &format!("POST /\r\n{fields}")).await;
        // Refused, or its head went on and its content did not: the origin has no whole request.
        assert!(matches!(status(&answer), 400 | 501 | 0), "{fields:?}: {answer}");
    }
    let mut complete = Vec::new();
    while let Ok(seen) = requests.try_recv() {
        if !seen.ends_with("<the end>") {
            complete.push(seen);
        }
    }
    assert!(complete.is_empty(), "{complete:?}");
    // The control.
    assert_eq!(status(&ask(at, "POST /\r\nContent-Length: 4\r\n\r\nabcd").await), 200);
    in_time(requests.recv()).await.unwrap();
}

#[tokio::test]
async fn cl0_content_that_looks_like_a_request_is_content() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    let inner = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = ask(at, &format!("GET /\r\nContent-Length: {}\r\n\r\n{inner}", inner.len())).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    let seen = in_time(requests.recv()).await.unwrap();
    assert_eq!(content(&seen), inner);
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn hop_what_connection_names_ends_here_and_what_all_need_cannot_be_named() {
    let (origin, mut requests) = origin(
        "HTTP/1.1 200 OK\r\nConnection: x-back, Set-Cookie\r\nX-Back: 1\r\nSet-Cookie: a\r\n\
        Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok",
    )
    .await;
    let (_relay, at) = start(origin);
    for named in ["Content-Length", "Host", "Transfer-Encoding", "Authorization", "Cookie"] {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close, {named}\r\nCookie: a\r\n\
            Authorization: b\r\nContent-Length: 2\r\n\r\nab"
        );
        let answer = send(at, &request).await;
        assert_eq!(status(&answer), 400, "{named}: {answer}");
    }
    assert!(requests.try_recv().is_err());
    let fields = "Connection: X-Hop , keep-alive,TE\r\nX-Hop: 1\r\nx-hop: 2\r\nKeep-Alive: 5\r\n\
        TE: trailers\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\n\
        Upgrade: websocket\r\nX-End: 1\r\nAuthorization: b\r\n\r\n";
    let answer = ask(at, &format!("GET /\r\n{fields}")).await;
    let seen = in_time(requests.recv()).await.unwrap();
    let names = |text: &str| -> Vec<String> {
        let head = text.split_once("\r\n\r\n").unwrap().0.to_owned();
        head.lines().skip(1).map(|line| line.split_once(':').unwrap().0.to_lowercase()).collect()
    };
    let expected = ["host", "x-end", "authorization", "via", "x-forwarded-for", "forwarded"];
    assert_eq!(names(&seen), expected);
    let mut back = names(&answer);
    back.retain(|name| name != "date");
    assert_eq!(back, ["set-cookie", "via", "content-length", "connection"], "{answer}");
    assert_eq!(field(&answer, "connection"), Some("close"));
}

#[tokio::test]
async fn quad_a_connection_field_that_names_very_many_is_refused() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    let many: Vec<_> = (0..40).map(|n| format!("x-{n}")).collect();
    let request =
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close, {}\r\n\r\n", many.join(","));
    assert_eq!(status(&send(at, &request).await), 400);
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn clte_a_response_with_length_and_coding_is_read_by_its_coding() {
    let (origin, _requests) = origin(
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    )
    .await;
    let (_relay, at) = start(origin);
    let answer = ask(at, "GET /").await;
    assert_eq!(
        (field(&answer, "content-length"), content(&answer)),
        (None, "2\r\nab\r\n0\r\n\r\n")
    );
}

#[tokio::test]
async fn reuse_bytes_behind_a_response_are_nobodys() {
    let (origin, _requests) = origin(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    )
    .await;
    let (_relay, at) = start(origin);
    let first =
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = send(at, first).await;
    assert!(!answer.contains("evil") && answer.matches("ok").count() == 2, "{answer}");
}

#[tokio::test]
async fn max_forwards_counts_for_options_and_trace() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    for (line, value, expected) in [
        ("OPTIONS /", "0", 204),
        ("TRACE /", "0", 501),
        ("OPTIONS /", "x", 400),
        ("OPTIONS /", "+1", 400),
    ] {
        let answer = ask(at, &format!("{line}\r\nMax-Forwards: {value}\r\n\r\n")).await;
        assert_eq!(status(&answer), expected, "{line} {value}: {answer}");
    }
    assert!(requests.try_recv().is_err());
    for (line, value, left) in
        [("OPTIONS /", "5", Some("4")), ("TRACE /", "1", Some("0")), ("GET /", "0", None)]
    {
        assert_eq!(
            status(&ask(at, &format!("{line}\r\nMax-Forwards: {value}\r\n\r\n")).await),
            200
        );
        let seen = in_time(requests.recv()).await.unwrap();
        assert_eq!(field(&seen, "max-forwards"), left, "{line} {value}");
    }
}

#[tokio::test]
async fn a_loop_ends_by_via() {
    let (origin, mut requests) = origin(OK).await;
    let (_inner, inner) = start(origin);
    let (_outer, outer) = start(inner);
    // Two relays of one name are a loop.
    assert_eq!(status(&ask(outer, "GET /").await), 508);
    assert_eq!(status(&ask(inner, "GET /\r\nVia: 1.0 x, 1.1 blazeio-relay\r\n\r\n").await), 508);
    assert!(requests.try_recv().is_err());
    assert_eq!(status(&ask(inner, "GET /\r\nVia: 1.1 another\r\n\r\n").await), 200);
}

#[tokio::test]
async fn upg_no_tunnel_is_opened() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    assert_eq!(status(&ask(at, "CONNECT a:80").await), 501);
    assert!(requests.try_recv().is_err());
    let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
    let offer = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    stream.write_all(offer.as_bytes()).await.unwrap();
    let seen = in_time(requests.recv()).await.unwrap();
    assert_eq!((field(&seen, "upgrade"), field(&seen, "connection")), (None, None));
}
