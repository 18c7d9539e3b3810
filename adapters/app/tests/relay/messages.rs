//! What becomes of messages on their way.

use super::{ask, content, field, in_time, origin, request, send, start, status};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_request_is_passed_on_with_what_the_relay_says_of_itself() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    let fields = "Accept: a\r\naccept: b\r\nVia: 1.0 other\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
    let answer = ask(at, &format!("GET /a%20b?c=d\r\n{fields}")).await;
    assert_eq!((status(&answer), content(&answer)), (200, "ok"));
    assert_eq!(field(&answer, "via"), Some("1.1 blazeio-relay"));
    let seen = in_time(requests.recv()).await.unwrap();
    let expected = "GET /a%20b?c=d HTTP/1.1\r\nHost: a\r\nAccept: a\r\naccept: b\r\n\
        Via: 1.0 other\r\nX-Forwarded-For: 192.0.2.1\r\nVia: 1.1 blazeio-relay\r\n\
        X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1;host=\"a\";proto=http\r\n\r\n";
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn tgt_what_an_origin_is_asked_is_path_and_query_and_the_targets_host() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    for (line, expected, host) in [
        ("GET http://a/x?y=1", "GET /x?y=1 ", "a"),
        ("GET http://a", "GET / ", "a"),
        ("GET /?", "GET /? ", "a"),
        ("DELETE /x??", "DELETE /x?? ", "a"),
    ] {
        assert_eq!(status(&ask(at, line).await), 200, "{line}");
        let seen = in_time(requests.recv()).await.unwrap();
        assert!(seen.starts_with(expected), "{line}: {seen}");
        assert_eq!(field(&seen, "host"), Some(host), "{line}");
    }
    // HTTP/1.0 may come without Host: it goes on with the origin's own.
    send(at, "GET / HTTP/1.0\r\n\r\n").await;
    let seen = in_time(requests.recv()).await.unwrap();
    assert_eq!(field(&seen, "host"), Some("127.0.0.1"));
}

#[tokio::test]
async fn content_is_reframed_and_trailers_go_both_ways() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
        2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX-Sum: 6\r\n\r\n";
    let (origin, mut requests) = origin(answer).await;
    let (_relay, at) = start(origin);
    let chunked =
        "POST /\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-Sum: 5\r\n\r\n";
    let answer = ask(at, chunked).await;
    assert_eq!(content(&answer), "2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 6\r\n\r\n");
    let seen = in_time(requests.recv()).await.unwrap();
    assert_eq!(content(&seen), "3\r\nabc\r\n0\r\nX-Sum: 5\r\n\r\n");
    assert_eq!(field(&seen, "transfer-encoding"), Some("chunked"));
    let answer = ask(at, "PUT /\r\nContent-Length: 3\r\n\r\nabc").await;
    assert_eq!(status(&answer), 200);
    let seen = in_time(requests.recv()).await.unwrap();
    assert_eq!((field(&seen, "content-length"), content(&seen)), (Some("3"), "abc"));
    // To HTTP/1.0 without chunks, and so without trailers.
    assert_eq!(content(&send(at, "GET / HTTP/1.0\r\n\r\n").await), "abc");
}

#[tokio::test]
async fn hop_trailers_that_connection_names_end_here() {
    let answer = "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nTransfer-Encoding: chunked\r\n\r\n\
        1\r\na\r\n0\r\nX-Hop: 1\r\nX-Sum: 6\r\nProxy-Authentication-Info: x\r\n\r\n";
    let (origin, mut requests) = origin(answer).await;
    let (_relay, at) = start(origin);
    let chunked = "POST /\r\nConnection: x-hop\r\nTransfer-Encoding: chunked\r\n\r\n\
        1\r\na\r\n0\r\nX-Sum: 5\r\nX-Hop: 1\r\n\r\n";
    let answer = ask(at, chunked).await;
    assert_eq!(content(&answer), "1\r\na\r\n0\r\nX-Sum: 6\r\n\r\n");
    let seen = in_time(requests.recv()).await.unwrap();
    assert_eq!(content(&seen), "1\r\na\r\n0\r\nX-Sum: 5\r\n\r\n");
}

#[tokio::test]
async fn via_says_with_which_version_a_message_came() {
    let (origin, mut requests) = origin("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let (_relay, at) = start(origin);
    let answer = send(at, "GET / HTTP/1.0\r\nHost: a\r\n\r\n").await;
    assert_eq!(field(&answer, "via"), Some("1.0 blazeio-relay"));
    let seen = in_time(requests.recv()).await.unwrap();
    assert_eq!(field(&seen, "via"), Some("1.0 blazeio-relay"));
    assert_eq!(status(&ask(at, "GET /\r\nVia: 1.1 x (a, 1.1 blazeio-relay )\r\n\r\n").await), 200);
}

#[tokio::test]
async fn bodyx_responses_without_content_keep_the_length_they_say() {
    for (answer, method, expected) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", Some("5")),
        ("HTTP/1.1 200 OK\r\n\r\n", "HEAD", None),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD", None),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: \"a\"\r\n\r\n", "GET", Some("7")),
        ("HTTP/1.1 304 Not Modified\r\n\r\n", "GET", None),
        ("HTTP/1.1 204 No Content\r\n\r\n", "GET", None),
        ("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "GET", Some("0")),
    ] {
        let (origin, _requests) = origin(answer).await;
        let (_relay, at) = start(origin);
        // The next one is understood: nothing of the first was left over.
        let close = "Connection: close\r\n\r\n";
        let both = format!(
            "{method} / HTTP/1.1\r\nHost: a\r\n\r\n{method} / HTTP/1.1\r\nHost: a\r\n{close}"
        );
        let answers = send(at, &both).await;
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "{answers}");
        assert_eq!(field(&answers, "content-length"), expected, "{method}: {answers}");
        assert_eq!(status(&answers), status(answer), "{answers}");
    }
}

/// An origin that does as `answer` says, for one connection.
async fn scripted<F, A>(answer: F) -> SocketAddr
where
    F: FnOnce(TcpStream) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { answer(listener.accept().await.unwrap().0).await });
    address
}

#[tokio::test]
async fn expect_100_is_the_origins_to_say() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\
        Expect: 100-continue\r\n\r\n";
    let (said, may_say) = tokio::sync::oneshot::channel::<()>();
    let address = scripted(async move |mut stream| {
        let mut head = vec![0; 4096];
        let n = in_time(stream.read(&mut head)).await.unwrap();
        let head = String::from_utf8_lossy(&head[..n]).into_owned();
        assert_eq!(field(&head, "expect"), Some("100-continue"), "{head}");
        may_say.await.unwrap();
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
        let mut content = [0; 3];
        in_time(stream.read_exact(&mut content)).await.unwrap();
        assert_eq!(&content, b"abc");
        stream.write_all(OK.as_bytes()).await.unwrap();
    })
    .await;
    let (_relay, at) = start(address);
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // Not before the origin does.
    let mut room = [0; 25];
    let early = tokio::time::timeout(std::time::Duration::from_millis(50), stream.read(&mut room));
    assert!(early.await.is_err());
    said.send(()).unwrap();
    in_time(stream.read_exact(&mut room)).await.unwrap();
    assert_eq!(&room, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    let mut rest = String::new();
    in_time(stream.read_to_string(&mut rest)).await.unwrap();
    assert_eq!((status(&rest), content(&rest)), (200, "ok"));

    let refusal = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno";
    let address = scripted(async move |mut stream| {
        let mut head = [0; 4096];
        let _ = in_time(stream.read(&mut head)).await.unwrap();
        stream.write_all(refusal.as_bytes()).await.unwrap();
        let _ = in_time(stream.read(&mut head)).await;
    })
    .await;
    let (_relay, at) = start(address);
    let answer = send(at, head).await;
    assert_eq!((status(&answer), content(&answer)), (417, "no"), "{answer}");
}

#[tokio::test]
async fn interim_responses_are_passed_on_but_to_http_10() {
    let answer = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\
        Connection: x-hop\r\nX-Hop: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let (origin, _requests) = origin(answer).await;
    let (_relay, at) = start(origin);
    let answer = ask(at, "GET /").await;
    let all: Vec<_> = answer.split("\r\n\r\n").collect();
    let via = "\r\nVia: 1.1 blazeio-relay";
    assert_eq!(all[0], format!("HTTP/1.1 102 Processing{via}"));
    assert_eq!(all[1], format!("HTTP/1.1 103 Early Hints\r\nLink: </a>{via}"));
    assert!(all[2].starts_with("HTTP/1.1 200 ") && all[3] == "ok", "{answer}");
    let answer = send(at, "GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!((status(&answer), content(&answer)), (200, "ok"));
}

#[tokio::test]
async fn an_origin_that_is_not_there_says_nothing_or_something_else_is_a_bad_gateway() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (_relay, at) = start(nobody);
    let answer = ask(at, "GET /").await;
    assert_eq!(status(&answer), 502);
    assert!(content(&answer).contains("refused"), "{answer}");
    for answer in [
        "",
        "HTTP/1.1 200",
        "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (origin, _requests) = origin(answer).await;
        let (_relay, at) = start(origin);
        assert_eq!(status(&ask(at, "GET /").await), 502, "{answer}");
    }
    let silent = scripted(async |mut stream| {
        request(&mut stream).await;
        let _ = stream.read(&mut [0]).await;
    })
    .await;
    let (_relay, at) = start(silent);
    assert_eq!(status(&ask(at, "GET /").await), 504);
}

#[tokio::test]
async fn bodyx_an_origin_that_ends_midway_never_looks_complete() {
    for (answer, most) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234", "1234"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n", "4\r\n1234\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1234", "4\r\n1234\r\n"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n0\r\n",
            "4\r\n1234\r\n",
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234x", "4\r\n1234\r\n"),
    ] {
        let (origin, _requests) = origin(answer).await;
        let (_relay, at) = start(origin);
        let passed = ask(at, "GET /").await;
        assert!(most.starts_with(content(&passed)), "{answer:?}: {passed:?}");
        // To HTTP/1.0, where only the end of the connection ends it, by a reset.
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut passed = Vec::new();
        let ended = in_time(stream.read_to_end(&mut passed)).await;
        let passed = String::from_utf8_lossy(&passed).into_owned();
        let is_sized = field(&passed, "content-length") == Some("10");
        assert!(ended.is_err() || is_sized || passed.is_empty(), "{answer:?}: {passed:?}");
    }
    // The control: complete is complete.
    let (origin, _requests) = origin("HTTP/1.1 200 OK\r\n\r\nuntil the end").await;
    let (_relay, at) = start(origin);
    assert_eq!(content(&ask(at, "GET /").await), "d\r\nuntil the end\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_client_that_ends_midway_never_looks_complete_to_the_origin() {
    let (origin, mut requests) = origin(OK).await;
    let (_relay, at) = start(origin);
    for begun in
        ["Content-Length: 10\r\n\r\n1234", "Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n"]
    {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{begun}");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let seen = in_time(requests.recv()).await.unwrap();
        assert!(seen.ends_with("<the end>"), "{seen}");
    }
}
