//! Services of the crate tower over real sockets: axum, tower-http's layers, and services that
//! break their own rules.

#[path = "../support/wire.rs"]
mod wire;

mod application;
mod layers;
mod messages;
mod router;
mod smol;
mod streams;

use blazeio_driver::{Handle, Service};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use wire::{ask, content, field, in_time, send, status};

type Request = http::Request<blazeio_app::tower::Incoming>;

fn start(service: impl Service) -> (Handle, SocketAddr) {
    let handle = blazeio_tokio::serve("127.0.0.1:0", service).start().unwrap();
    let address = handle.addresses()[0].as_tcp().unwrap();
    (handle, address)
}

/// A server of a function from a request to a response.
fn start_fn<F, A, B>(answer: F) -> (Handle, SocketAddr)
where
    F: Fn(Request) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = http::Response<B>> + Send + 'static,
    B: http_body::Body<Data: Send, Error: Into<blazeio_app::BoxError>> + Send + 'static,
{
    let service = tower::service_fn(move |request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    start(blazeio_app::tower::service(service))
}
