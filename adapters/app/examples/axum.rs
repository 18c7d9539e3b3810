//! An axum router with a layer of tower-http, on blazeio's connections.
//!
//! ```text
//! cargo run -p blazeio-app --example axum --features tower -- 127.0.0.1:8000
//! curl 127.0.0.1:8000/hello/ada
//! curl --compressed -v 127.0.0.1:8000/lorem
//! curl -T Cargo.toml 127.0.0.1:8000/upper        # comes back while it goes
//! ```

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path};
use axum::routing::{get, put};
use axum::{Json, Router};
use http_body_util::BodyExt;
use serde::Serialize;
use std::net::SocketAddr;
use tower_http::compression::CompressionLayer;

#[derive(Serialize)]
struct Greeting {
    text: String,
    peer: SocketAddr,
}

async fn hello(
    Path(name): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Json<Greeting> {
    Json(Greeting { text: format!("Hello, {name}!"), peer })
}

async fn upper(content: Body) -> Body {
    Body::new(
        content.map_frame(|frame| frame.map_data(|piece| Bytes::from(piece.to_ascii_uppercase()))),
    )
}

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".into());
    let router = Router::new()
        .route("/hello/{name}", get(hello))
        .route("/lorem", get(async || "lorem ipsum dolor sit amet ".repeat(1000)))
        .route("/upper", put(upper))
        .layer(CompressionLayer::new());
    let service = blazeio_app::tower::service(router).peer_as(ConnectInfo);
    blazeio_tokio::serve(&address, service).run().map(drop)
}
