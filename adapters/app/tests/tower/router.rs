//! An axum router, asked by hyper's client.

use super::{ask, content, field, in_time, send, start, status};
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use axum::{Json, Router};
use blazeio_app::tower::service;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use tokio::net::TcpStream;

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Lamp {
    name: String,
    level: u8,
}

#[derive(Deserialize)]
struct By {
    factor: u8,
}

async fn dim(
    State(most): State<u8>,
    Path(name): Path<String>,
    Query(By { factor }): Query<By>,
    Json(lamp): Json<Lamp>,
) -> Result<Json<Lamp>, StatusCode> {
    let level = lamp.level.checked_div(factor).ok_or(StatusCode::UNPROCESSABLE_ENTITY)?;
    Ok(Json(Lamp { name, level: level.min(most) }))
}

fn router() -> Router {
    Router::new()
        .route("/lamps/{name}", post(dim))
        .route("/text", get(async || "some text"))
        .route("/uri", get(async |uri: Uri| uri.to_string()).options(async || "options"))
        .route(
            "/peer",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()),
        )
        .route("/panic", get(async || -> &'static str { panic!("on purpose") }))
        .with_state(100)
}

#[tokio::test]
async fn extractors_and_json_work_over_one_connection() {
    let (_server, at) = start(service(router()));
    let stream = TokioIo::new(TcpStream::connect(at).await.unwrap());
    let (mut client, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    let driven = tokio::spawn(connection);
    for (target, lamp, expected) in [
        ("/lamps/a?factor=2", r#"{"name":"x","level":80}"#, Ok(("a", 40))),
        ("/lamps/b%20c?factor=1", r#"{"name":"x","level":200}"#, Ok(("b c", 100))),
        ("/lamps/a?factor=0", r#"{"name":"x","level":80}"#, Err(422)),
        ("/lamps/a", r#"{"name":"x","level":80}"#, Err(400)),
        ("/lamps/a?factor=2", "{", Err(400)),
        ("/nope", "{}", Err(404)),
    ] {
        let request = hyper::Request::post(target)
            .header("Host", "a")
            .header("Content-Type", "application/json")
            .body(Full::<bytes::Bytes>::from(lamp))
            .unwrap();
        let response = in_time(client.send_request(request)).await.unwrap();
        let status = response.status().as_u16();
        let content = response.into_body().collect().await.unwrap().to_bytes();
        match expected {
            Ok((name, level)) => {
                let lamp: Lamp = serde_json::from_slice(&content).unwrap();
                assert_eq!(lamp, Lamp { name: name.into(), level }, "{target}");
            }
            Err(expected) => assert_eq!(status, expected, "{target}"),
        }
    }
    drop(client);
    in_time(driven).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_on_several_threads() {
    let (server, at) = start(service(router()));
    let clients: Vec<_> = (0..32)
        .map(|_| {
            tokio::spawn(async move {
                for _ in 0..20 {
                    assert_eq!(content(&ask(at, "GET /text").await), "some text");
                }
            })
        })
        .collect();
    for client in clients {
        in_time(client).await.unwrap();
    }
    assert_eq!(server.statistics().requests, 640);
}

#[tokio::test]
async fn head_has_the_length_and_no_content() {
    let (_server, at) = start(service(router()));
    let both = "HEAD /text HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.0\r\n\r\n";
    let answer = send(at, both).await;
    assert_eq!(field(&answer, "content-length"), Some("9"), "{answer}");
    let second = content(&answer);
    assert_eq!((status(second), content(second)), (200, "some text"), "{answer}");
}

#[tokio::test]
async fn tgt_every_form_of_target_reaches_the_service_but_connect() {
    let (_server, at) = start(service(router()));
    for (request, expected, text) in [
        ("GET /uri?a=1", 200, "/uri?a=1"),
        ("GET http://a/uri?a=1", 200, "http://a/uri?a=1"),
        ("OPTIONS /uri", 200, "options"),
        ("OPTIONS *", 404, ""),
        ("CONNECT a:80", 501, ""),
        // Browsers send these; only the first is one for the crate `http`.
        ("GET /uri?a={b}|^", 200, "/uri?a={b}|^"),
        ("GET /uri?a=<b>", 400, ""),
    ] {
        let answer = ask(at, request).await;
        assert_eq!((status(&answer), content(&answer)), (expected, text), "{request}");
    }
}

#[tokio::test]
async fn the_peer_is_where_axum_looks_for_it() {
    let (_server, at) = start(service(router()).peer_as(ConnectInfo));
    assert_eq!(content(&ask(at, "GET /peer").await), "127.0.0.1");
    // The control: without it there is none.
    let (_server, at) = start(service(router()));
    assert_eq!(status(&ask(at, "GET /peer").await), 500);
}

#[tokio::test]
async fn panic_a_service_that_panics_is_answered_500() {
    let (server, at) = start(service(router()));
    assert_eq!(status(&ask(at, "GET /panic").await), 500);
    assert_eq!(content(&ask(at, "GET /text").await), "some text");
    assert_eq!(server.statistics().panics, 1);
}
