//! Services of the crate `tower` on our connections: an axum `Router`, tower-http's layers.
//!
//! Decides how a `tower_service::Service` over the types of the crate `http` answers an exchange:
//! it is cloned for each request, asked whether it is ready, and called. Content streams both
//! ways: a request's is read when the service polls it, and copied once; a response's is sent
//! from where it is, and polled no faster than the client reads. Refuses CONNECT by 501, and
//! likewise a service that answers 101, or 426 without saying what to upgrade to, since no connection
//! is given away here; an offer to upgrade is passed over, as it may be (RFC 9110 §7.8).
//!
//! ```
//! use axum::Router;
//! use axum::extract::{ConnectInfo, Path};
//! use axum::routing::get;
//! use std::net::SocketAddr;
//!
//! async fn greet(Path(name): Path<String>, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
//!     format!("Hello, {name} at {}!", peer.ip())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let router = Router::new().route("/hello/{name}", get(greet));
//! let service = blazeio_app::tower::service(router).peer_as(ConnectInfo);
//! let server = blazeio_tokio::serve("127.0.0.1:0", service).start()?;
//! # server.exit().await;
//! # Ok(()) }
//! ```
//!
//! Some routes of an [`App`](crate::App) can be a service's, since it is a handler:
//! `app.any("/v1/{*rest}", service(router))`; what middleware adds to responses its ones bear, too. And the other way round, what is built of layers can
//! have an application [innermost].
//!
//! It runs on every runtime of the driver's, whose tasks are `Send`; one that keeps each on its
//! thread is served as well. What a service asks of a runtime itself it must find there:
//! tower-http's `TimeoutLayer` and `ServeDir` ask for tokio's.
//!
//! | what happens | what the client gets |
//! |---|---|
//! | the service is never ready, or does not end | nothing, until it is gone and the service dropped |
//! | the service fails | 500; the error is logged |
//! | it panics | 500, or a response that is cut off |
//! | its body fails, or is not as long as it says | a response that is cut off |
//! | it does not read a request's content | its response; the rest is dropped within [`Limits::drain`](blazeio::Limits::drain) |
//! | a target that is no URI of the crate `http` | 400 |
//! | trailer fields without a chunked message | a message without them |

mod content;
mod innermost;
mod peer;
mod request;
mod response;

pub use content::{Content, Incoming, Outgoing};
pub use innermost::{Innermost, innermost};
pub use peer::Peer;

use crate::abort::Abort;
use crate::exchange::Sending;
use crate::handler::Call;
use crate::reply::BoxError;
use blazeio::{Method, Server};
use blazeio_driver::{Address, Error, Exchange};
use http::Extensions;
use http_body::Body;
use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

type Answer = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// The same within an application, which tells of the outcome.
type Within<'e> = Pin<Box<dyn Future<Output = Result<(), Abort>> + Send + 'e>>;
type Extend = dyn Fn(&Address, &mut Extensions) + Send + Sync;

/// A service of the crate `tower` as one of the driver's: see [`service`].
#[derive(Clone)]
pub struct Bridge<S> {
    service: S,
    extend: Option<Arc<Extend>>,
}

/// Lets `service` answer our connections, or some routes of an [`App`](crate::App), as a handler.
/// Requests come to it with a [`Peer`] among their extensions.
pub const fn service<S>(service: S) -> Bridge<S> {
    Bridge { service, extend: None }
}

impl<S> Bridge<S> {
    /// Puts the address of whoever is at the other end among the extensions of each request, as
    /// what `wrap` makes of it; not where it is no IP address. For axum: `peer_as(ConnectInfo)`.
    #[must_use]
    pub fn peer_as<T: Clone + Send + Sync + 'static>(
        self,
        wrap: impl Fn(SocketAddr) -> T + Send + Sync + 'static,
    ) -> Self {
        let earlier = self.extend;
        let extend = move |peer: &Address, extensions: &mut Extensions| {
            if let Some(earlier) = &earlier {
                earlier(peer, extensions);
            }
            if let Some(peer) = peer.as_tcp() {
                extensions.insert(wrap(peer));
            }
        };
        Self { extend: Some(Arc::new(extend)), ..self }
    }
}

impl<S, B> blazeio_driver::Service for Bridge<S>
where
    S: tower_service::Service<http::Request<Incoming>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Answer = Answer;

    fn answer(&self, exchange: Exchange<Server>) -> Self::Answer {
        let (service, extend) = (self.service.clone(), self.extend.clone());
        Box::pin(async move {
            let answered = answer(service, exchange, extend, None).await;
            answered.or_else(|failure| match failure.is_driver() {
                true => failure.into_driver().map_or(Ok(()), Err),
                false => {
                    tracing::error!(%failure, "a service failed");
                    Ok(())
                }
            })
        })
    }
}

impl<'e, S, B> Call<'e, Result<(), Abort>> for Bridge<S>
where
    S: tower_service::Service<http::Request<Incoming>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Future = Within<'e>;

    fn call(&self, exchange: &'e mut crate::Exchange) -> Within<'e> {
        let taken = exchange.take();
        let (service, extend) = (self.service.clone(), self.extend.clone());
        Box::pin(answer(service, taken, extend, Some(exchange.sending())))
    }
}

async fn answer<S, B>(
    service: S,
    mut exchange: Exchange<Server>,
    extend: Option<Arc<Extend>>,
    mut sending: Option<Sending<'_>>,
) -> Result<(), Abort>
where
    S: tower_service::Service<http::Request<Incoming>, Response = http::Response<B>>,
    S::Error: Into<BoxError>,
    B: Body<Data: Send, Error: Into<BoxError>> + Send,
{
    let head = exchange.request();
    let to_head = head.method() == Method::Head;
    let refusal = if head.method() == Method::Connect { 501 } else { 400 };
    let Some(mut parts) = request::head(&head).filter(|_| refusal != 501) else {
        return Ok(response::refuse(exchange.split().1, refusal, &mut sending).await?);
    };
    parts.extensions.insert(Peer::of(&exchange));
    if let Some(extend) = extend {
        extend(exchange.peer(), &mut parts.extensions);
    }
    let (reader, mut writer) = exchange.into_split();
    let length = reader.request().length();
    let request = http::Request::from_parts(parts, Incoming::new(reader, length));
    match call(service, request).await {
        Ok(response) => Ok(response::send(&mut writer, response, to_head, &mut sending).await?),
        Err(error) => {
            response::refuse(&mut writer, 500, &mut sending).await?;
            Err(Abort::caused_by(500, error))
        }
    }
}

async fn call<S, R>(mut service: S, request: R) -> Result<S::Response, BoxError>
where
    S: tower_service::Service<R, Error: Into<BoxError>>,
{
    poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::into)?;
    service.call(request).await.map_err(Into::into)
}

impl<S> fmt::Debug for Bridge<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").finish_non_exhaustive()
    }
}
