//! What middleware after handlers is told of, over real sockets, on each runtime.

use blazeio::{Field, Method, Request, Response};
use blazeio_app::{Abort, App, Exchange, IntoReply, Reply};
use blazeio_driver::{Connector, Error, Standalone};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Server, Told};

mod support;

on_each_runtime! {
    panic_in_middleware_after_handlers_takes_nothing_with_it
    panic_in_middleware_before_handlers_is_answered_500
    a_response_that_is_not_finished_is_a_failure
    split_a_reply_that_cannot_be_sent_is_a_failure_and_500
    the_status_is_the_one_that_the_client_got
    bodyx_content_that_head_does_not_get_is_not_counted
    an_upstream_that_fails_is_no_loss_of_the_client
}

/// Notes target, ending, status and bytes sent.
fn told(app: App) -> (App, Told) {
    support::told(app, |outcome, ending| {
        let status = outcome.status.unwrap_or(0);
        format!("{} {ending} {status} {}", outcome.target, outcome.sent)
    })
}

/// Waits until so much was told.
fn all(told: &Told, count: usize) -> Vec<String> {
    let began = Instant::now();
    while told.lock().unwrap().len() < count {
        assert!(began.elapsed() < Duration::from_secs(10), "{told:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
    told.lock().unwrap().clone()
}

/// All that comes back; an end that is none is one, too.
fn received(server: &Server, request: &str) -> String {
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn panic_in_middleware_after_handlers_takes_nothing_with_it<R: Standalone>() {
    let app = App::new()
        .after(|_| panic!("on purpose, after"))
        .get("/answers", "fine".into_reply())
        .get("/panics", async |_: &mut Exchange| -> &'static str { panic!("on purpose") })
        .get("/hangs", async |_: &mut Exchange| std::future::pending::<()>().await);
    let (app, told) = told(app);
    let server = Server::start::<R>(app);
    assert_eq!(server.ask("GET /answers").content(), "fine");
    assert_eq!(server.ask("GET /panics").status(), 500);
    let mut gone = server.connect();
    gone.write_all(b"GET /hangs HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    while server.handle.statistics().requests < 3 {
        std::thread::sleep(Duration::from_millis(1));
    }
    socket2::SockRef::from(&gone).set_linger(Some(Duration::ZERO)).unwrap();
    drop(gone);
    let seen = all(&told, 3);
    assert_eq!(seen, ["/answers answered 200 4", "/panics panicked 500 0", "/hangs dropped 0 0"]);
    assert_eq!(server.ask("GET /answers").content(), "fine");
}

fn panic_in_middleware_before_handlers_is_answered_500<R: Standalone>() {
    let (app, told) = told(
        App::new()
            .check(|exchange| assert!(exchange.path() != "/checked", "on purpose"))
            .before(async |exchange: &mut Exchange| assert!(exchange.path() != "/before", "so"))
            .get("/{*any}", "here".into_reply()),
    );
    let server = Server::start::<R>(app);
    assert_eq!(server.ask("GET /checked").status(), 500);
    assert_eq!(server.ask("GET /before").status(), 500);
    assert_eq!(server.ask("GET /else").content(), "here");
    let seen = all(&told, 3);
    assert_eq!(seen, ["/checked panicked 500 0", "/before panicked 500 0", "/else answered 200 4"]);
}

fn a_response_that_is_not_finished_is_a_failure<R: Standalone>() {
    let (app, told) = told(
        App::new()
            .get("/streamed", async |exchange: &mut Exchange| {
                exchange.prepare(200, &[], None).await?;
                exchange.write("half").await
            })
            .get("/sized", async |exchange: &mut Exchange| {
                exchange.prepare(200, &[], Some(8)).await?;
                exchange.write("half").await
            })
            .get("/finished", async |exchange: &mut Exchange| {
                exchange.prepare(200, &[], Some(4)).await?;
                exchange.write("full").await?;
                exchange.finish(&[]).await
            })
            .get("/split", async |exchange: &mut Exchange| {
                exchange.prepare(200, &[], Some(4)).await?;
                let (_, writer) = exchange.split();
                writer.write(b"full").await?;
                writer.finish().await
            })
            .get("/sent", async |exchange: &mut Exchange| {
                exchange.split().1.send(&Response::new(200), b"full").await
            }),
    );
    let server = Server::start::<R>(app);
    for (path, is_whole) in
        [("streamed", false), ("sized", false), ("finished", true), ("split", true), ("sent", true)]
    {
        let request = format!("GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = received(&server, &request);
        assert_eq!(answer.ends_with("full"), is_whole, "{answer}");
        assert!(!answer.ends_with("0\r\n\r\n"), "passes for whole: {answer}");
    }
    let expected = ["/streamed failed 200 4", "/sized failed 200 4", "/finished answered 200 4"];
    let seen = all(&told, 5);
    assert_eq!(seen[..3], expected);
    assert!(seen[3].starts_with("/split answered 200"), "{seen:?}");
    // Which status that was only its writer knows.
    assert!(seen[4].starts_with("/sent answered 0"), "{seen:?}");
}

fn split_a_reply_that_cannot_be_sent_is_a_failure_and_500<R: Standalone>() {
    let (app, told) = told(
        App::new()
            .get("/value", Reply::new(200).field("X", "a\r\nSet-Cookie: b"))
            .get("/framing", Reply::new(200).field("Content-Length", "1").text("abc"))
            .get("/status", Reply::new(101))
            .get("/added", async |exchange: &mut Exchange| {
                exchange.add_field("X", "a\r\nSet-Cookie: b");
                "never sent"
            })
            .get("/prepared", async |exchange: &mut Exchange| {
                exchange.prepare(200, &[Field::new("X", "a\r\nSet-Cookie: b")], None).await
            }),
    );
    let server = Server::start::<R>(app);
    for path in ["/value", "/framing", "/status", "/added", "/prepared"] {
        let answer = server.ask(&format!("GET {path}"));
        assert_eq!((answer.status(), answer.content()), (500, "Internal Server Error"), "{path}");
        assert!(!answer.0.contains("Cookie"), "{answer:?}");
    }
    for (line, path) in
        all(&told, 5).iter().zip(["value", "framing", "status", "added", "prepared"])
    {
        assert_eq!(*line, format!("/{path} failed 500 21"));
    }
}

fn the_status_is_the_one_that_the_client_got<R: Standalone>() {
    let (app, told) = told(
        App::new()
            .content_limit(4)
            .post("/", async |exchange: &mut Exchange| exchange.text().await)
            .get("/", async |_: &mut Exchange| Err::<(), _>(Abort::new(418))),
    );
    let server = Server::start::<R>(app);
    for (request, status) in [
        ("POST /\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n", 413),
        ("POST /\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n", 400),
        ("GET /", 418),
        ("PUT /", 405),
    ] {
        assert_eq!(server.ask(request).status(), status, "{request}");
    }
    let seen = all(&told, 4);
    let status = |line: &String| line.split(' ').nth(2).unwrap().to_owned();
    assert_eq!(seen.iter().map(status).collect::<Vec<_>>(), ["413", "400", "418", "405"]);
}

fn bodyx_content_that_head_does_not_get_is_not_counted<R: Standalone>() {
    let (app, told) = told(
        App::new()
            .get("/whole", "whole".into_reply())
            .get("/none", async |_: &mut Exchange| (204, "never sent"))
            .get("/pieces", async |exchange: &mut Exchange| {
                exchange.prepare(200, &[], Some(5)).await?;
                exchange.write("piece").await?;
                exchange.finish(&[]).await
            }),
    );
    let server = Server::start::<R>(app);
    for request in ["HEAD /whole", "HEAD /pieces", "GET /none", "GET /whole"] {
        server.ask(request);
    }
    let expected = [
        "/whole answered 200 0",
        "/pieces answered 200 0",
        "/none answered 204 0",
        "/whole answered 200 5",
    ];
    assert_eq!(all(&told, 4), expected);
}

/// Upstreams that take a request and then hang up, or answer with what is no HTTP.
fn upstream(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // One for each test of the path, and no more.
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(answer);
        }
    });
    port
}

/// Where its upstreams listen.
struct Ports([u16; 2]);

async fn ask(exchange: &mut Exchange) -> Result<String, Error> {
    let connector = Connector::new(Arc::clone(exchange.runtime()));
    let index = usize::from(exchange.path().ends_with("/broken"));
    let port = exchange.state::<Ports>().0[index];
    let mut upstream = connector.connect_to("127.0.0.1", port).await?;
    let mut asked = upstream.open(&Request::new(Method::Get, "/", "a")).await?;
    Ok(asked.head().await?.status().to_string())
}

fn an_upstream_that_fails_is_no_loss_of_the_client<R: Standalone>() {
    let broken = upstream(b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n");
    let (app, told) = told(
        App::new()
            .state(Ports([upstream(b""), broken]))
            .before(async |exchange: &mut Exchange| exchange.add_field("X-Id", "7"))
            .get("/gone", ask)
            .get("/broken", ask)
            .get("/chosen/broken", async |exchange: &mut Exchange| {
                ask(exchange).await.map_err(|error| Abort::from(error).with_status(503))
            })
            .get("/begun/gone", async |exchange: &mut Exchange| {
                exchange.prepare(200, &[], None).await?;
                ask(exchange).await.map(drop)
            }),
    );
    let server = Server::start::<R>(app);
    for (path, status) in [("/gone", 502), ("/broken", 502), ("/chosen/broken", 503)] {
        let answer = server.ask(&format!("GET {path}"));
        assert_eq!((answer.status(), answer.content()), (status, blazeio::reason_phrase(status)));
        assert!(answer.0.contains("\r\nX-Id: 7\r\n"), "{path}: {answer:?}");
    }
    let cut = received(&server, "GET /begun/gone HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(!cut.ends_with("0\r\n\r\n"), "{cut}");
    let seen = all(&told, 4);
    let expected = ["/gone failed 502 11", "/broken failed 502 11", "/chosen/broken failed 503 19"];
    assert_eq!(seen[..3], expected);
    assert!(seen[3].starts_with("/begun/gone failed 200 "), "{seen:?}");
}
