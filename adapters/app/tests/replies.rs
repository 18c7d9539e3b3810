//! What replies are on the wire, over real sockets, on each runtime.

use blazeio::Field;
use blazeio_app::{Abort, App, Exchange, Reply, TestClient};
use blazeio_driver::{Standalone, Threads};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use support::{Count, Server};

mod support;

on_each_runtime! {
    upg_a_reply_says_what_to_upgrade_to
    upg_a_reply_to_connect_opens_no_tunnel
    a_reply_has_one_content_type_and_that_which_was_said
    an_error_may_be_any_reply
    bodyx_a_stream_without_end_is_not_asked_for_head
    io_writing_without_end_to_head_leaves_others_their_turn
    interim_responses_and_trailers_are_not_for_http_10
    a_client_in_memory_reads_while_it_writes
    close_a_reply_may_be_the_connections_last
    bodyl_a_stream_may_say_its_length_and_keeps_to_it
    pipe_a_stream_that_fails_takes_no_reply_before_it_along
}

fn a_reply_has_one_content_type_and_that_which_was_said<R: Standalone>() {
    const XML: &str = "application/xml";
    let app = App::new()
        .get("/before", Reply::new(200).field("content-type", XML).text("<a/>"))
        .get("/behind", Reply::new(200).text("<a/>").field("Content-Type", XML))
        .get("/twice", Reply::new(200).field("Content-Type", "a/b").field("CONTENT-TYPE", XML))
        .get("/last", Reply::new(200).json("a").content(XML, "<a/>"))
        .get("/stream", async |_: &mut Exchange| {
            Reply::new(200).field("Content-Type", XML).stream("a/b", Count::of(1))
        })
        .get("/abort", async |_: &mut Exchange| {
            Err::<(), _>(Abort::new(422).field("Content-Type", XML).text("<a/>"))
        });
    let server = Server::start::<R>(app);
    for path in ["/before", "/behind", "/twice", "/last", "/stream", "/abort"] {
        let answer = server.ask(&format!("GET {path}"));
        let head = answer.0.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert_eq!(head.matches("content-type:").count(), 1, "{path} {head}");
        assert!(head.contains("content-type: application/xml"), "{path} {head}");
    }
}

fn an_error_may_be_any_reply<R: Standalone>() {
    async fn no(_: &mut Exchange) -> Result<(), Abort> {
        Err(Reply::new(409).field("X-Why", "so").json(&["taken"]).into())
    }
    let app = App::new()
        .get("/", no)
        .get("/mark", async |exchange: &mut Exchange| {
            no(exchange).await?;
            Ok::<_, Abort>("never")
        })
        .get("/bare", async |_: &mut Exchange| Err::<(), _>(Reply::new(404)))
        .mount("/closed", App::new().before(no).get("/", async |_: &mut Exchange| "open"));
    let server = Server::start::<R>(app);
    for path in ["/", "/mark", "/closed"] {
        let answer = server.ask(&format!("GET {path}"));
        assert_eq!((answer.status(), answer.content()), (409, "[\"taken\"]"), "{path}");
        assert!(answer.has("Content-Type: application/json") && answer.has("X-Why: so"));
    }
    assert_eq!(server.ask("GET /bare").content(), "Not Found");
}

fn bodyx_a_stream_without_end_is_not_asked_for_head<R: Standalone>() {
    let taken = Arc::new(AtomicUsize::new(0));
    let app = App::new().state(Arc::clone(&taken)).get("/", async |exchange: &mut Exchange| {
        let taken = Arc::clone(exchange.state::<Arc<AtomicUsize>>());
        Reply::new(200).stream("a/b", Count { taken, ..Count::of(1 << 20) })
    });
    let answer = Server::start::<R>(app).ask("HEAD /");
    assert_eq!((answer.status(), answer.content()), (200, ""));
    assert!(answer.has("Content-Type: a/b"), "{answer:?}");
    assert_eq!(taken.load(SeqCst), 0);
}

/// Nothing holds such a handler up; it goes when its client does.
fn io_writing_without_end_to_head_leaves_others_their_turn<R: Standalone>() {
    const ALL: usize = 10_000_000;
    let taken = Arc::new(AtomicUsize::new(0));
    let app = App::new()
        .state(Arc::clone(&taken))
        .get("/", async |exchange: &mut Exchange| {
            exchange.prepare(200, &[], None).await?;
            while exchange.state::<Arc<AtomicUsize>>().fetch_add(1, SeqCst) < ALL {
                exchange.write("tick\n").await?;
            }
            exchange.finish(&[]).await
        })
        .get("/other", async |_: &mut Exchange| "answered");
    let server = Server::start::<R>(app);
    let mut endless = server.connect();
    endless.write_all(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert_ne!(endless.read(&mut [0; 1024]).unwrap(), 0);
    assert_eq!(server.ask("GET /other").content(), "answered");
    assert!(taken.load(SeqCst) < ALL, "the other had to wait");
    socket2::SockRef::from(&endless).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(endless);
    assert_eq!(server.exit(), blazeio_driver::Exit::default());
    assert!(taken.load(SeqCst) < ALL, "it went on");
}

fn interim_responses_and_trailers_are_not_for_http_10<R: Standalone>() {
    let app = App::new()
        .get("/", async |exchange: &mut Exchange| {
            exchange.early_hints(&[Field::new("Link", "</a.css>; rel=preload")]).await?;
            exchange.prepare(200, &[], None).await?;
            exchange.write("content").await?;
            exchange.finish(&[Field::new("X-Sum", "7")]).await
        })
        .get("/sized", async |exchange: &mut Exchange| {
            exchange.prepare(200, &[], Some(7)).await?;
            exchange.write("content").await?;
            exchange.finish(&[Field::new("X-Sum", "7")]).await
        });
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\ncontent"), "{text}");
    let answer = server.ask("GET /sized");
    assert_eq!((answer.status(), answer.content()), (200, "content"));
}

fn a_client_in_memory_reads_while_it_writes<R: Standalone>() {
    let app = App::new()
        .post("/echo", async |exchange: &mut Exchange| {
            exchange.prepare(200, &[], None).await?;
            let (reader, writer) = exchange.split();
            while let Some(piece) = reader.read().await? {
                writer.write(piece).await?;
            }
            exchange.finish(&[]).await?;
            Ok::<_, Abort>(())
        })
        .post("/refuse", async |_: &mut Exchange| (409, "unread"));
    let content = vec![b'x'; 2 << 20];
    R::run(Threads::One, || async {
        let client = TestClient::new(app, R::current()).unwrap();
        let echo = client.post("/echo", "a/b", &content).await.unwrap();
        assert!(echo.content() == content);
        let refused = client.post("/refuse", "a/b", &content).await.unwrap();
        assert_eq!((refused.status(), refused.text()), (409, "unread"));
        let refused = client.send(blazeio::Method::Put, "/echo", &[], b"").await.unwrap();
        assert_eq!((refused.status(), refused.field("allow")), (405, Some("POST, OPTIONS")));
    })
    .unwrap();
}

fn upg_a_reply_says_what_to_upgrade_to<R: Standalone>() {
    let app = App::new()
        .get("/426", async |_: &mut Exchange| {
            Err::<(), _>(Abort::new(426).field("Upgrade", "websocket"))
        })
        .get("/200", Reply::new(200).field("upgrade", "h2c").text("here"))
        .get("/none", Reply::new(426))
        .get("/101", Reply::new(101).field("Upgrade", "websocket"));
    let server = Server::start::<R>(app);
    let answer = server.ask("GET /426");
    assert!(answer.status() == 426 && answer.has("Upgrade: websocket"), "{answer:?}");
    let answer = server.ask("GET /200");
    assert!(answer.has("Upgrade: h2c") && answer.content() == "here", "{answer:?}");
    // Without it, it is none (RFC 9110 §15.5.22); and no reply switches.
    assert_eq!(server.ask("GET /none").status(), 500);
    let asks = "GET /101\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
    assert_eq!(server.ask(asks).status(), 500);
}

fn upg_a_reply_to_connect_opens_no_tunnel<R: Standalone>() {
    let app = App::new().fallback(async |exchange: &mut Exchange| {
        if exchange.field("x-status").is_some() { Reply::new(404) } else { Reply::new(200) }
    });
    let server = Server::start::<R>(app);
    // RFC 9110 §9.3.6
    let answer = server.ask("CONNECT a:443");
    assert_eq!((answer.status(), answer.content()), (501, "Not Implemented"));
    assert_eq!(server.ask("CONNECT a:443\r\nX-Status: 404\r\n\r\n").status(), 404);
}

fn close_a_reply_may_be_the_connections_last<R: Standalone>() {
    let app = App::new()
        .get("/reply", Reply::new(200).text("bye").close())
        .get("/exchange", async |exchange: &mut Exchange| {
            exchange.close();
            "bye"
        })
        .get("/prepared", async |exchange: &mut Exchange| {
            exchange.close();
            exchange.prepare(200, &[], Some(3)).await?;
            exchange.write("bye").await?;
            exchange.finish(&[]).await
        });
    let server = Server::start::<R>(app);
    for path in ["/reply", "/exchange", "/prepared"] {
        let mut stream = server.connect();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(request.repeat(2).as_bytes()).unwrap();
        // To its end, and once.
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.contains("\r\nConnection: close\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nbye"), "{text}");
        assert_eq!(text.matches("HTTP/1.1 200 OK\r\n").count(), 1, "{text}");
    }
}

/// Eleven bytes in two pieces.
fn hello() -> impl futures::Stream<Item = std::io::Result<&'static str>> + Send {
    futures::stream::iter([Ok("Hello "), Ok("world")])
}

fn bodyl_a_stream_may_say_its_length_and_keeps_to_it<R: Standalone>() {
    async fn of(length: u64) -> Reply {
        Reply::new(200).stream("text/plain", hello()).length(length)
    }
    let app = App::new()
        .get("/whole", async |_: &mut Exchange| of(11).await)
        .get("/short", async |_: &mut Exchange| of(12).await)
        .get("/long", async |_: &mut Exchange| of(10).await);
    let server = Server::start::<R>(app);
    let answer = server.ask("GET /whole");
    assert!(answer.has("Content-Length: 11") && answer.content() == "Hello world", "{answer:?}");
    assert!(!answer.0.to_lowercase().contains("transfer-encoding"), "{answer:?}");
    let answer = server.ask("HEAD /whole");
    assert!(answer.has("Content-Length: 11") && answer.content().is_empty(), "{answer:?}");
    for (path, length) in [("/short", 12), ("/long", 10)] {
        let answer = server.ask(&format!("GET {path}"));
        assert!(answer.has(&format!("Content-Length: {length}")), "{answer:?}");
        assert!(answer.content().len() < length, "it cannot pass for whole: {answer:?}");
    }
}

fn pipe_a_stream_that_fails_takes_no_reply_before_it_along<R: Standalone>() {
    let app = App::new().get("/", Reply::new(200).text("first")).get(
        "/fails",
        async |_: &mut Exchange| {
            let pieces = [Ok("begun"), Err(std::io::Error::other("no more"))];
            Reply::new(200).stream("text/plain", futures::stream::iter(pieces))
        },
    );
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    let requests =
        ["/", "/fails", "/"].map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    stream.write_all(requests.concat().as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (_, cut) = text.split_once("first").expect("the reply before it");
    assert!(cut.ends_with("\r\n\r\n5\r\nbegun\r\n"), "{text}");
}
