//! What a service says, and what is made of it.

use super::{Request, ask, content, field, in_time, send, start, start_fn, status};
use blazeio_app::BoxError;
use blazeio_app::tower::service;
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Response, Version};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, Full, StreamBody, combinators::UnsyncBoxBody};
use std::convert::Infallible;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Content = UnsyncBoxBody<Bytes, BoxError>;

fn full(text: &'static str) -> Content {
    Full::from(text).map_err(Into::into).boxed_unsync()
}

/// Content in pieces, of no known length; it fails where a piece is none.
fn pieces(pieces: &'static [Option<&'static str>]) -> Content {
    let frame = |piece: &Option<&'static str>| match piece {
        Some(text) => Ok(Frame::data(Bytes::from_static(text.as_bytes()))),
        None => Err(BoxError::from("on purpose")),
    };
    StreamBody::new(stream::iter(pieces.iter().map(frame))).boxed_unsync()
}

fn trailers(name: &'static str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert(name, HeaderValue::from_static("1"));
    trailers.insert("x-sum", HeaderValue::from_static("abc"));
    trailers
}

async fn answer(request: Request) -> Response<Content> {
    let response = Response::builder();
    match request.uri().path() {
        "/full" => response.body(full("12345")),
        "/pieces" => response.body(pieces(&[Some("123"), Some(""), Some("45")])),
        "/sized" => response.header("Content-Length", "5").body(pieces(&[Some("123"), Some("45")])),
        "/fails" => response.body(pieces(&[Some("123"), None])),
        "/short" => response.header("Content-Length", "5").body(pieces(&[Some("123")])),
        "/long" => response.header("Content-Length", "2").body(pieces(&[Some("1"), Some("23")])),
        "/wrong" => response.header("Content-Length", "4").body(full("12345")),
        "/twice" => {
            response.header("Content-Length", "4").header("Content-Length", "5").body(full("12345"))
        }
        "/signed" => response.header("Content-Length", "+5").body(full("12345")),
        "/204" => response.status(204).body(full("12345")),
        "/304" => response.status(304).header("ETag", "\"a\"").body(full("")),
        "/304sized" => response.status(304).header("Content-Length", "9").body(full("")),
        "/101" => response.status(101).header("Upgrade", "x").body(full("")),
        "/103" => response.status(103).body(full("")),
        "/hop" => response
            .header("Transfer-Encoding", "gzip, chunked")
            .header("Connection", "x-a, close")
            .header("Keep-Alive", "timeout=5")
            .header("Upgrade", "h2c")
            .header("X-A", " \tspaced ")
            .body(full("12345")),
        "/trailers" => response.body(with_trailers("x-a")),
        "/forbidden" => response.body(with_trailers("content-type")),
        "/sizedtrailers" => response.header("Content-Length", "5").body(with_trailers("x-a")),
        "/version" => {
            let is_old = request.version() == Version::HTTP_10;
            response.body(full(if is_old { "1.0" } else { "1.1" }))
        }
        "/upgrade" => response.body(full("passed over")),
        "/echo" => response.body(request.into_body().map_err(Into::into).boxed_unsync()),
        "/unread" => response.body(full("unread")),
        "/collect" => match request.into_body().collect().await {
            Ok(whole) => {
                let sum = whole.trailers().and_then(|fields| fields.get("x-sum")).cloned();
                let sum = sum.unwrap_or(HeaderValue::from_static("none"));
                let content = Full::from(whole.to_bytes()).map_err(Into::into).boxed_unsync();
                response.header("x-sum", sum).body(content)
            }
            Err(_) => response.status(400).body(full("")),
        },
        _ => response.status(404).body(Empty::new().map_err(Into::into).boxed_unsync()),
    }
    .unwrap()
}

fn with_trailers(name: &'static str) -> Content {
    let frames = [Ok(Frame::data(Bytes::from("12345"))), Ok(Frame::trailers(trailers(name)))];
    StreamBody::new(stream::iter(frames)).boxed_unsync()
}

#[tokio::test]
async fn length_of_a_response_is_what_its_body_says() {
    let (_server, at) = start_fn(answer);
    for (target, length, coding, text) in [
        ("/full", Some("5"), None, "12345"),
        ("/sized", Some("5"), None, "12345"),
        ("/pieces", None, Some("chunked"), "3\r\n123\r\n2\r\n45\r\n0\r\n\r\n"),
        ("/204", None, None, ""),
        ("/304", None, None, ""),
        ("/304sized", Some("9"), None, ""),
        ("/404", Some("0"), None, ""),
    ] {
        let answer = ask(at, &format!("GET {target}")).await;
        let framing = (field(&answer, "content-length"), field(&answer, "transfer-encoding"));
        assert_eq!((framing, content(&answer)), ((length, coding), text), "{target}: {answer}");
    }
    // RFC 9110 §9.3.2: of the content that GET would have, if it is known.
    for (target, length) in [("/full", Some("5")), ("/sized", Some("5")), ("/pieces", None)] {
        let answer = ask(at, &format!("HEAD {target}")).await;
        assert_eq!((field(&answer, "content-length"), content(&answer)), (length, ""), "{target}");
    }
    let old = send(at, "GET /pieces HTTP/1.0\r\n\r\n").await;
    assert_eq!((field(&old, "transfer-encoding"), content(&old)), (None, "12345"));
    assert_eq!(content(&send(at, "GET /version HTTP/1.0\r\n\r\n").await), "1.0");
    assert_eq!(content(&ask(at, "GET /version").await), "1.1");
}

#[tokio::test]
async fn bodyx_content_that_is_not_what_was_said_never_looks_complete() {
    let (_server, at) = start_fn(answer);
    for target in ["/wrong", "/twice", "/signed", "/103"] {
        let answer = ask(at, &format!("GET {target}")).await;
        assert_eq!((status(&answer), content(&answer)), (500, ""), "{target}");
    }
    for (target, most) in [("/short", "123"), ("/long", "1")] {
        let answer = ask(at, &format!("GET {target}")).await;
        let content = content(&answer);
        assert!(most.starts_with(content), "{target}: {answer}");
    }
    let answer = ask(at, "GET /fails").await;
    assert!(!answer.contains("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn hop_fields_that_frame_or_route_are_the_cores() {
    let (_server, at) = start_fn(answer);
    let answer = send(at, "GET /hop HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = answer.split_once("\r\n\r\n").unwrap().0;
    let mut names: Vec<_> = head.lines().skip(1).map(|l| l.split_once(':').unwrap().0).collect();
    names.retain(|name| !name.eq_ignore_ascii_case("date"));
    assert_eq!(names, ["x-a", "Content-Length", "Connection"], "{answer}");
    assert_eq!(field(&answer, "connection"), Some("close"));
    assert!(answer.contains("x-a: spaced\r\n") && answer.ends_with("12345"), "{answer}");
}

#[tokio::test]
async fn trlr_trailers_go_both_ways_where_they_can() {
    let (_server, at) = start_fn(answer);
    let answer = ask(at, "GET /trailers").await;
    assert_eq!(content(&answer), "5\r\n12345\r\n0\r\nx-a: 1\r\nx-sum: abc\r\n\r\n");
    let answer = ask(at, "GET /forbidden").await;
    assert_eq!(content(&answer), "5\r\n12345\r\n0\r\nx-sum: abc\r\n\r\n");
    // Where there is no place for them the message is complete without.
    assert_eq!(content(&ask(at, "GET /sizedtrailers").await), "12345");
    assert_eq!(content(&send(at, "GET /trailers HTTP/1.0\r\n\r\n").await), "12345");
    let chunked = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n";
    let answer = ask(at, &format!("POST /collect\r\n{chunked}")).await;
    assert_eq!((field(&answer, "x-sum"), content(&answer)), (Some("5"), "abcde"));
    let answer = ask(at, &format!("POST /echo\r\n{chunked}")).await;
    assert!(content(&answer).ends_with("\r\n0\r\nx-sum: 5\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn upg_no_connection_is_given_away() {
    let (_server, at) = start_fn(answer);
    let offer = "\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a{offer}");
    let both = request("/upgrade") + &request("/101") + "GET /full HTTP/1.0\r\n\r\n";
    let answer = send(at, &both).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("passed over"), "{answer}");
    assert!(answer.contains("HTTP/1.1 501 ") && !answer.contains("HTTP/1.1 101 "), "{answer}");
    assert!(answer.ends_with("12345"), "HTTP goes on: {answer}");
}

#[tokio::test]
async fn expect_100_is_sent_when_the_content_is_polled_and_not_before() {
    let (_server, at) = start_fn(answer);
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(head("/collect").as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    in_time(stream.read_exact(&mut go_on)).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(format!("abc{}", head("/unread")).as_bytes()).await.unwrap();
    let mut rest = String::new();
    in_time(stream.read_to_string(&mut rest)).await.unwrap();
    // A final response instead; then it is not known what follows, and the connection ends.
    assert!(rest.contains("\r\n\r\nabcHTTP/1.1 200 ") && rest.ends_with("unread"), "{rest}");
    assert!(!rest.contains("100 Continue"), "{rest}");
}

#[tokio::test]
async fn cl0_content_that_is_not_read_is_no_request() {
    let (_server, at) = start_fn(answer);
    let inner = "GET /full HTTP/1.1\r\nHost: a\r\n\r\n";
    let first =
        format!("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", inner.len());
    let answer = send(at, &format!("{first}{inner}GET /version HTTP/1.0\r\n\r\n")).await;
    assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 2, "{answer}");
    assert!(answer.contains("unread") && answer.ends_with("1.0"), "{answer}");
}

#[tokio::test]
async fn a_service_that_fails_or_is_not_ready_to_is_answered_500() {
    let fails = tower::service_fn(async |_: Request| {
        Err::<Response<Empty<Bytes>>, BoxError>("on purpose".into())
    });
    let (_server, at) = start(service(fails));
    assert_eq!(status(&ask(at, "GET /").await), 500);

    #[derive(Clone)]
    struct Unready;
    impl tower::Service<Request> for Unready {
        type Response = Response<Empty<Bytes>>;
        type Error = &'static str;
        type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

        fn poll_ready(
            &mut self,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), &'static str>> {
            std::task::Poll::Ready(Err("never"))
        }

        fn call(&mut self, _: Request) -> Self::Future {
            unreachable!("it was not ready")
        }
    }
    let (_server, at) = start(service(Unready));
    assert_eq!(status(&ask(at, "GET /").await), 500);
}

#[tokio::test]
async fn a_service_is_called_only_when_it_is_ready() {
    use std::sync::Arc;
    use tokio::sync::Semaphore;
    let gate = Arc::new(Semaphore::new(0));
    let entered = Arc::new(Semaphore::new(0));
    let answer = {
        let (gate, entered) = (Arc::clone(&gate), Arc::clone(&entered));
        tower::service_fn(move |_: Request| {
            let (gate, entered) = (Arc::clone(&gate), Arc::clone(&entered));
            async move {
                entered.add_permits(1);
                gate.acquire().await.unwrap().forget();
                Ok::<_, Infallible>(Response::new(full("done")))
            }
        })
    };
    let limited = tower::limit::ConcurrencyLimit::new(answer, 1);
    let (_server, at) = start(service(limited));
    let asking = [(), ()].map(|()| tokio::spawn(async move { ask(at, "GET /").await }));
    in_time(entered.acquire()).await.unwrap().forget();
    // The other connection's request is there, and waits.
    in_time(async {
        while _server.statistics().requests < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(entered.available_permits(), 0);
    gate.add_permits(2);
    for asking in asking {
        assert_eq!(content(&in_time(asking).await.unwrap()), "done");
    }
    assert_eq!(entered.available_permits(), 1);
}
