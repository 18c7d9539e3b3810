//! An application with layers around it, and one that has a router among its routes.

use super::{ask, content, field, in_time, send, start, status};
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use blazeio::Field;
use blazeio_app::tower::{Incoming, innermost, service};
use blazeio_app::{Abort, App, Ending, Exchange, IntoReply};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::{Layer, ServiceBuilder};
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::validate_request::ValidateRequestHeaderLayer;

async fn echo(exchange: &mut Exchange) -> Result<(), Abort> {
    let mut inner = exchange.take();
    inner.respond(&blazeio::Response::new(200).streamed()).await?;
    let (reader, writer) = inner.split();
    Ok(reader.pass(writer).await?)
}

fn app() -> App {
    App::new()
        .get("/", "home".into_reply())
        .get("/long", async |_: &mut Exchange| "some text, ".repeat(1000))
        .get("/peer", async |exchange: &mut Exchange| exchange.peer().to_string())
        .get("/id", async |exchange: &mut Exchange| exchange.field("x-id").unwrap_or("").to_owned())
        .get("/host", async |exchange: &mut Exchange| {
            exchange.field("host").unwrap_or("").to_owned()
        })
        .get("/uri/{*rest}", async |exchange: &mut Exchange| {
            format!("{}?{}", exchange.path(), exchange.query_string())
        })
        .get("/trailers", async |exchange: &mut Exchange| {
            exchange.prepare(200, &[], None).await?;
            exchange.write("abc").await?;
            exchange.finish(&[Field::new("x-sum", "6")]).await
        })
        .get("/cut", async |exchange: &mut Exchange| {
            exchange.prepare(200, &[], None).await?;
            exchange.write("abc").await?;
            Err::<(), _>(Abort::new(500))
        })
        .get("/panic", async |_: &mut Exchange| -> &'static str { panic!("on purpose") })
        .get("/never", async |_: &mut Exchange| std::future::pending::<&'static str>().await)
        .post("/bytes", async |exchange: &mut Exchange| exchange.bytes(1 << 20).await)
        .post("/unread", "unread".into_reply())
        .post("/echo", echo)
}

#[tokio::test]
async fn an_application_within_layers_is_what_it_is_without() {
    let (_plain, plain) = start(app());
    let (_layered, layered) = start(service(innermost(app())));
    let chunked = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 5\r\n\r\n";
    for request in [
        "GET /",
        "HEAD /",
        "GET /long",
        "HEAD /long",
        "GET /peer",
        "GET /host",
        "GET /uri/a%20b/?c=d&e",
        "GET http://a/uri/x",
        "GET /trailers",
        "GET /panic",
        "GET /nope",
        "PUT /",
        "OPTIONS /",
        "OPTIONS *",
        "POST /bytes\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /bytes\r\nContent-Length: 0\r\n\r\n",
        &format!("POST /bytes\r\n{chunked}"),
        &format!("POST /echo\r\n{chunked}"),
        "POST /unread\r\nContent-Length: 5\r\n\r\nabcde",
    ] {
        let (one, other) = (ask(plain, request).await, ask(layered, request).await);
        let seen = |answer: &str| {
            let head = answer.split("\r\n\r\n").next().unwrap_or_default();
            let mut lines: Vec<_> = head.lines().map(str::to_ascii_lowercase).collect();
            lines.retain(|line| !line.starts_with("date:"));
            lines.sort();
            let own_port = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
            let content = content(answer);
            (lines, if request.ends_with("/peer") { own_port(content) } else { content.to_owned() })
        };
        let (mut one, mut other) = (seen(&one), seen(&other));
        if request.ends_with("/peer") {
            // The port, whose number is not always as long.
            for lines in [&mut one.0, &mut other.0] {
                lines.retain(|line| !line.starts_with("content-length"));
            }
        }
        assert_eq!(one, other, "{request}");
    }
}

#[tokio::test]
async fn bodyx_what_an_application_cuts_off_is_cut_off_behind_layers() {
    let (_server, at) = start(service(innermost(app())));
    let answer = ask(at, "GET /cut").await;
    assert!(status(&answer) == 500 || !answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn layers_apply_to_an_application() {
    let layered = ServiceBuilder::new()
        .layer(RequestBodyLimitLayer::new(4))
        .layer(CorsLayer::permissive())
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(
            http::StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_millis(50),
        ))
        .layer(SetRequestHeaderLayer::overriding(
            http::HeaderName::from_static("x-id"),
            http::HeaderValue::from_static("7"),
        ))
        .service(innermost(app()));
    let (_server, at) = start(service(layered));
    assert_eq!(field(&ask(at, "GET /").await, "access-control-allow-origin"), Some("*"));
    assert_eq!(content(&ask(at, "GET /id\r\nX-Id: 5\r\n\r\n").await), "7");
    assert_eq!(status(&ask(at, "GET /never").await), 503);
    let bytes = |text: &str| format!("POST /bytes\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    assert_eq!(content(&ask(at, &bytes("1234")).await), "1234");
    assert_eq!(status(&ask(at, &bytes("12345")).await), 413);
    let chunked =
        "POST /bytes\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n";
    assert_eq!(status(&ask(at, chunked).await), 413);
    let gzipped = ask(at, "GET /long\r\nAccept-Encoding: gzip\r\n\r\n").await;
    assert_eq!(field(&gzipped, "content-encoding"), Some("gzip"));
    assert!(gzipped.len() < 1000, "{} bytes", gzipped.len());
}

#[tokio::test]
async fn what_a_layer_refuses_never_reaches_the_application() {
    let reached = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&reached);
    let app = app().after(move |_| *counted.lock().unwrap() += 1);
    #[allow(deprecated, reason = "a check that is short enough for a test")]
    let layered = ServiceBuilder::new()
        .layer(ValidateRequestHeaderLayer::accept("text/plain"))
        .service(innermost(app));
    let (_server, at) = start(service(layered));
    assert_eq!(status(&ask(at, "GET /\r\nAccept: image/png\r\n\r\n").await), 406);
    assert_eq!(*reached.lock().unwrap(), 0);
    assert_eq!(status(&ask(at, "GET /\r\nAccept: text/plain\r\n\r\n").await), 200);
    assert_eq!(*reached.lock().unwrap(), 1);
}

#[tokio::test]
async fn canc_a_handler_is_dropped_when_a_layer_gives_up_or_the_client_is_gone() {
    let (told, mut endings) = tokio::sync::mpsc::unbounded_channel();
    let app = app().after(move |outcome| {
        let _ = told.send(matches!(outcome.ending, Ending::Dropped | Ending::Lost(_)));
    });
    let limit = TimeoutLayer::with_status_code(
        http::StatusCode::SERVICE_UNAVAILABLE,
        Duration::from_millis(300),
    );
    let layered = ServiceBuilder::new().layer(limit).service(innermost(app));
    let (_server, at) = start(service(layered));
    assert_eq!(status(&ask(at, "GET /never").await), 503);
    assert_eq!(in_time(endings.recv()).await, Some(true));
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    stream.set_zero_linger().unwrap();
    drop(stream);
    assert_eq!(in_time(endings.recv()).await, Some(true));
}

#[tokio::test]
async fn expect_100_waits_for_the_application_within_layers_too() {
    let (_server, at) = start(service(innermost(app())));
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(head("/bytes").as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    in_time(stream.read_exact(&mut go_on)).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(format!("abc{}", head("/unread")).as_bytes()).await.unwrap();
    let mut rest = String::new();
    in_time(stream.read_to_string(&mut rest)).await.unwrap();
    assert!(rest.contains("\r\n\r\nabcHTTP/1.1 200 ") && rest.ends_with("unread"), "{rest}");
    assert!(!rest.contains("100 Continue"), "{rest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_streams_through_layers_and_back() {
    let layered = ServiceBuilder::new().layer(CorsLayer::permissive()).service(innermost(app()));
    let (_server, at) = start(service(layered));
    let (mut reader, mut writer) = TcpStream::connect(at).await.unwrap().into_split();
    const SIZE: usize = 8 << 20;
    let upload = tokio::spawn(async move {
        let head = format!(
            "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {SIZE}\r\n\r\n"
        );
        writer.write_all(head.as_bytes()).await.unwrap();
        writer.write_all(&vec![7; SIZE]).await.unwrap();
        writer
    });
    let mut answer = Vec::new();
    in_time(reader.read_to_end(&mut answer)).await.unwrap();
    assert_eq!(answer.iter().filter(|&&byte| byte == 7).count(), SIZE);
    assert!(answer.ends_with(b"\r\n0\r\n\r\n"));
    in_time(upload).await.unwrap();
}

#[tokio::test]
async fn a_router_can_have_some_of_an_applications_routes() {
    let router =
        Router::new().route("/v1/hello/{name}", get(async |Path(name): Path<String>| name));
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let app = App::new()
        .get("/", "home".into_reply())
        .any("/v1/{*rest}", service(router))
        .check(|exchange| {
            (exchange.query_string() == "barred").then(|| Abort::new(403).into_reply())
        })
        .after(move |outcome| telling.lock().unwrap().push(outcome.target.to_owned()));
    let (_server, at) = start(app);
    let both = "GET /v1/hello/ada HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\n\r\n";
    let answer = send(at, both).await;
    assert!(answer.contains("\r\n\r\nadaHTTP/1.1 200 ") && answer.ends_with("home"), "{answer}");
    assert_eq!(status(&ask(at, "GET /v1/nope").await), 404);
    assert_eq!(status(&ask(at, "GET /v1/hello/ada?barred").await), 403);
    let expected = ["/v1/hello/ada", "/", "/v1/nope", "/v1/hello/ada?barred"];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[tokio::test]
async fn host_http_10_may_come_without_and_is_for_nobody_then() {
    let (_server, at) = start(service(innermost(app())));
    let answer = send(at, "GET /host HTTP/1.0\r\n\r\n").await;
    assert_eq!((status(&answer), content(&answer)), (200, "unknown.invalid"), "{answer}");
}

#[tokio::test]
async fn nothing_is_left_of_an_application_whose_server_has_ended() {
    let probe = Arc::new(());
    let app = app().state(Arc::clone(&probe));
    let (server, at) = start(service(CorsLayer::permissive().layer(innermost(app))));
    assert_eq!(status(&ask(at, "GET /").await), 200);
    assert!(Arc::strong_count(&probe) > 1);
    in_time(server.exit()).await;
    drop(server);
    // The task that accepts in memory ends, too, once it has its turn.
    in_time(async {
        while Arc::strong_count(&probe) > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_took_its_exchange_and_fails_has_it_answered_500_or_cut_off() {
    let failed = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&failed);
    let app = App::new()
        .get("/before", async |exchange: &mut Exchange| {
            let _taken = exchange.take();
            Err::<(), _>(Abort::from(std::io::Error::other("on purpose")))
        })
        .get("/within", async |exchange: &mut Exchange| {
            let mut taken = exchange.take();
            taken.respond(&blazeio::Response::new(200).streamed()).await?;
            taken.write(b"abc").await?;
            taken.flush().await?;
            Err::<(), _>(Abort::from(std::io::Error::other("on purpose")))
        })
        .after(move |outcome| {
            assert_eq!((outcome.method, outcome.status), (blazeio::Method::Get, None));
            *counted.lock().unwrap() += usize::from(matches!(outcome.ending, Ending::Failed(_)));
        });
    let (_server, at) = start(app);
    assert_eq!(status(&ask(at, "GET /before").await), 500);
    let answer = ask(at, "GET /within").await;
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    assert_eq!(*failed.lock().unwrap(), 2);
}

#[tokio::test]
async fn what_a_service_sends_bears_what_was_added_and_is_told_of() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let router = Router::new()
        .route("/svc/fine", get(|| async { "fine" }))
        .route("/svc/426", get(|| async { (http::StatusCode::UPGRADE_REQUIRED, "no") }))
        .route(
            "/svc/upgrade",
            get(|| async {
                (http::StatusCode::UPGRADE_REQUIRED, [("upgrade", "websocket")], "so")
            }),
        );
    let broken = tower::service_fn(|_: http::Request<Incoming>| async {
        Err::<http::Response<String>, _>(std::io::Error::other("on purpose"))
    });
    let app = App::new()
        .before(async |exchange: &mut Exchange| exchange.add_field("X-Own", "7"))
        .any("/svc/{*rest}", service(router))
        .any("/broken", service(broken))
        .after(move |outcome| {
            let ending = match outcome.ending {
                Ending::Answered => "answered",
                Ending::Failed(_) => "failed",
                _ => "other",
            };
            telling.lock().unwrap().push((outcome.status, outcome.sent, ending));
        });
    let (_server, at) = start(app);
    let paths = ["/svc/fine", "/svc/426", "/svc/upgrade", "/broken", "/svc/none"];
    for (path, code) in paths.into_iter().zip([200, 501, 426, 500, 404]) {
        let answer = ask(at, &format!("GET {path}")).await;
        assert_eq!(status(&answer), code, "{answer}");
        assert!(answer.contains("\r\nX-Own: 7\r\n"), "{answer}");
        assert_eq!(answer.contains("\r\nUpgrade: websocket\r\n"), code == 426, "{answer}");
    }
    assert_eq!(status(&ask(at, "HEAD /svc/fine").await), 200);
    while told.lock().unwrap().len() < 6 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let answered = |status, sent| (Some(status), sent, "answered");
    let failed = (Some(500), 0, "failed");
    let expected = [
        answered(200, 4),
        answered(501, 2),
        answered(426, 2),
        failed,
        answered(404, 0),
        answered(200, 0),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[tokio::test]
async fn what_a_service_sends_is_the_last_where_the_application_says_so() {
    let router = Router::new().route("/svc/{*rest}", get(|| async { "fine" }));
    let app = App::new()
        .before(async |exchange: &mut Exchange| {
            if exchange.path() == "/svc/last" {
                exchange.close();
            }
        })
        .any("/svc/{*rest}", service(router));
    let (_server, at) = start(app);
    for (path, responses) in [("/svc/last", 1), ("/svc/first", 2)] {
        let first = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let last = "GET /svc/first HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = send(at, &format!("{first}{last}")).await;
        assert_eq!(answer.matches("HTTP/1.1 200 OK\r\n").count(), responses, "{answer}");
        // Each time it is the last one alone that says so.
        assert_eq!(answer.matches("\r\nConnection: close\r\n").count(), 1, "{answer}");
    }
}
