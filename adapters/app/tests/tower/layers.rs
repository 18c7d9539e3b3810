//! tower-http's layers around a router.

use super::{ask, content, field, start, status};
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use blazeio_app::App;
use blazeio_app::tower::service;
use std::io::Read;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

fn router() -> Router {
    Router::new()
        .route("/long", get(async || "some text, ".repeat(1000)))
        .route("/never", get(async || std::future::pending::<&'static str>().await))
        .route("/count", post(async |content: axum::body::Bytes| content.len().to_string()))
        .route("/stream", post(async |content: Body| content))
}

#[tokio::test]
async fn cors_is_answered_by_its_layer() {
    let layer = CorsLayer::new().allow_origin(Any).allow_methods([http::Method::PUT]);
    let (_server, at) = start(service(router().layer(layer)));
    let preflight =
        "OPTIONS /long\r\nOrigin: http://b\r\nAccess-Control-Request-Method: PUT\r\n\r\n";
    let answer = ask(at, preflight).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(field(&answer, "access-control-allow-methods"), Some("PUT"));
    let answer = ask(at, "GET /long\r\nOrigin: http://b\r\n\r\n").await;
    assert_eq!(field(&answer, "access-control-allow-origin"), Some("*"));
    assert_eq!(content(&answer).len(), 11_000);
}

#[tokio::test]
async fn compression_and_tracing_wrap_the_body() {
    let router = router().layer(CompressionLayer::new()).layer(TraceLayer::new_for_http());
    let (_server, at) = start(service(router));
    let answer = ask(at, "GET /long").await;
    assert_eq!((field(&answer, "content-encoding"), content(&answer).len()), (None, 11_000));
    let mut connection =
        blazeio_tokio::connector().connect(&blazeio_driver::Address::Tcp(at)).await.unwrap();
    let fields = [blazeio::Field::new("Accept-Encoding", "gzip")];
    let request = blazeio::Request::new(blazeio::Method::Get, "/long", "a").fields(&fields);
    let mut exchange = connection.send(&request).await.unwrap();
    let head = exchange.head().await.unwrap();
    assert_eq!(head.field("content-encoding"), Some(&b"gzip"[..]));
    assert_eq!(head.length(), blazeio::Length::Chunked);
    let mut packed = Vec::new();
    while let Some(piece) = exchange.read().await.unwrap() {
        packed.extend_from_slice(piece);
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*packed).read_to_string(&mut text).unwrap();
    assert_eq!(text, "some text, ".repeat(1000));
    assert!(packed.len() < 1000);
}

#[tokio::test]
async fn slow_a_time_out_drops_the_handler_and_answers() {
    let layer = TimeoutLayer::with_status_code(
        http::StatusCode::SERVICE_UNAVAILABLE,
        Duration::from_millis(20),
    );
    let (_server, at) = start(service(router().layer(layer)));
    assert_eq!(status(&ask(at, "GET /never").await), 503);
}

#[tokio::test]
async fn bodyl_a_limit_of_content_holds_sized_and_chunked() {
    let (_server, at) = start(service(router().layer(RequestBodyLimitLayer::new(4))));
    let sized = |text: &str| format!("POST /count\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    assert_eq!(content(&ask(at, &sized("1234")).await), "4");
    assert_eq!(status(&ask(at, &sized("12345")).await), 413);
    let chunked =
        "POST /count\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n";
    assert_eq!(status(&ask(at, chunked).await), 413);
    // Its head is out already: a response that is cut off.
    let answer = ask(at, &chunked.replace("/count", "/stream")).await;
    assert!(!answer.contains("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn files_come_with_ranges_and_conditions() {
    let files = Router::new().fallback_service(ServeDir::new(env!("CARGO_MANIFEST_DIR")));
    let (_server, at) = start(service(files));
    let manifest = include_str!("../../Cargo.toml");
    let answer = ask(at, "GET /Cargo.toml").await;
    assert_eq!(content(&answer), manifest);
    assert_eq!(field(&answer, "content-length"), Some(&*manifest.len().to_string()));
    let answer = ask(at, "GET /Cargo.toml\r\nRange: bytes=1-7\r\n\r\n").await;
    assert_eq!((status(&answer), content(&answer)), (206, &manifest[1..8]));
    let answer = ask(at, "HEAD /Cargo.toml").await;
    assert_eq!(field(&answer, "content-length"), Some(&*manifest.len().to_string()));
    let modified = field(&answer, "last-modified").unwrap();
    let answer =
        ask(at, &format!("GET /Cargo.toml\r\nIf-Modified-Since: {modified}\r\n\r\n")).await;
    assert_eq!(
        (status(&answer), field(&answer, "content-length"), content(&answer)),
        (304, None, "")
    );
    assert_eq!(status(&ask(at, "GET /nope").await), 404);
}

#[tokio::test]
async fn slow_an_application_s_deadline_drops_a_service() {
    let app = App::new().deadline(Duration::from_millis(20)).any("/{*all}", service(router()));
    let (_server, at) = start(app);
    assert_eq!(status(&ask(at, "GET /never").await), 500);
    assert_eq!(status(&ask(at, "GET /long").await), 200);
}
