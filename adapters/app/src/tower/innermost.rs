//! An application as a service of the crate `tower`, with layers around it.
//!
//! Decides how a request of the crate `http` becomes an exchange again: over a connection in
//! memory, of its own, that the same core and the same driver have at both ends. So an
//! application is what it is over a socket: it streams both ways, is held up by a slow client,
//! is dropped when a layer gives up, and sees what layers have changed. It costs a second head
//! each way, and up to three more copies of content.
//!
//! Refuses a request that did not come by a [`Bridge`](super::Bridge), which knows the runtime.
//! Interim responses of the application's own are passed over, and there is no upgrade; the outer
//! connection has the deadlines, the inner one none. A request of HTTP/1.0 is one of 1.1 inside,
//! and without Host it is for `unknown.invalid`. Of a stop of the server the application does not
//! hear.

use super::content::{Content, Outgoing};
use super::peer::Peer;
use super::request::headers;
use super::response::{CORES, finish, lines, write};
use crate::door::Door;
use crate::pipe::pipe;
use crate::reply::BoxError;
use blazeio::{Client, Limits, Method, Request, ResponseHead, Timeouts};
use blazeio_driver::{
    Address, ClientConnection, Connector, Error, Exchange, Handle, Runtime, Service, Writer,
};
use http::header::{CONNECTION, EXPECT, HOST, TRANSFER_ENCODING};
use http_body::Body;
use http_body_util::LengthLimitError;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A service of the driver's, an [`App`](crate::App) as a rule, as one of the crate `tower`: see
/// [`innermost`].
pub struct Innermost<S>(Arc<Homes<S>>);

/// Makes `service`, an [`App`](crate::App) as a rule, a service of the crate `tower`, for layers
/// to be put around it. What comes of that is served by [`service`](super::service).
///
/// ```
/// use blazeio_app::tower::{innermost, service};
/// use blazeio_app::{App, IntoReply};
/// use tower::ServiceBuilder;
/// use tower_http::cors::CorsLayer;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::new().get("/", "Hello\n".into_reply());
/// let layered = ServiceBuilder::new().layer(CorsLayer::permissive()).service(innermost(app));
/// let server = blazeio_tokio::serve("127.0.0.1:0", service(layered)).start()?;
/// # server.exit().await;
/// # Ok(()) }
/// ```
pub fn innermost<S: Service>(service: S) -> Innermost<S> {
    Innermost(Arc::new(Homes { service: Arc::new(service), homes: Mutex::default() }))
}

impl<S, B> tower_service::Service<http::Request<B>> for Innermost<S>
where
    S: Service,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Response = http::Response<Outgoing>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let homes = Arc::clone(&self.0);
        Box::pin(async move { ask(&homes, request).await })
    }
}

impl<S> Clone for Innermost<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for Innermost<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Innermost").finish_non_exhaustive()
    }
}

/// A service, and where it is served.
struct Homes<S> {
    service: Arc<S>,
    homes: Mutex<Vec<Home>>,
}

/// A server in memory on one runtime, and its client.
#[derive(Clone)]
struct Home {
    runtime: Arc<dyn Runtime>,
    door: Door,
    connector: Connector,
    handle: Handle,
}

impl<S: Service> Homes<S> {
    fn on(&self, runtime: &Arc<dyn Runtime>) -> std::io::Result<Home> {
        let mut homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(home) = homes.iter().find(|home| Arc::ptr_eq(&home.runtime, runtime)) {
            return Ok(home.clone());
        }
        let mut limits = Limits::DEFAULT;
        limits.timeouts = Timeouts::OFF;
        let (door, service) = (Door::default(), Arc::clone(&self.service));
        let answer = move |exchange| service.answer(exchange);
        // A client that ends here is one that a layer has dropped.
        let server = blazeio_driver::serve(answer).limits(limits).end_drops(true);
        let handle = server.listener(door.clone()).start(runtime)?;
        let connector = Connector::new(Arc::clone(runtime)).limits(limits);
        let home = Home { runtime: Arc::clone(runtime), door, connector, handle };
        homes.push(home.clone());
        Ok(home)
    }
}

impl<S> Drop for Homes<S> {
    fn drop(&mut self) {
        let homes = self.homes.get_mut().unwrap_or_else(PoisonError::into_inner);
        homes.iter().for_each(|home| home.handle.stop());
    }
}

async fn ask<S, B>(
    homes: &Homes<S>,
    request: http::Request<B>,
) -> Result<http::Response<Outgoing>, BoxError>
where
    S: Service,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<Peer>().ok_or("the request did not come by a `Bridge`")?;
    let home = homes.on(&peer.runtime().clone())?;
    let length = body.size_hint().exact();
    let (near, far) = pipe();
    home.door.enter(far, peer.address().clone());
    let mut connection = home.connector.over(near, Address::Unnamed).await?;
    let (mut reader, writer) = open(&mut connection, &parts, length).await?.into_split();
    let failure = Arc::new(Mutex::new(None));
    let uploading = upload(writer, body, Arc::clone(&failure));
    peer.runtime().spawn(Box::pin(uploading));
    match reader.head().await {
        Ok(head) => {
            let length = head.length();
            let response = http::Response::from_parts(received(&head)?, ());
            Ok(response.map(|()| Content::new(reader, length)))
        }
        // Content that could not be passed on is nobody's fault here.
        Err(error) => match *failure.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(status) => Ok(http::Response::builder().status(status).body(Content::default())?),
            None => Err(error.into()),
        },
    }
}

fn received(head: &ResponseHead<'_>) -> Result<http::response::Parts, BoxError> {
    let (mut parts, ()) = http::Response::new(()).into_parts();
    parts.status = http::StatusCode::from_u16(head.status())?;
    parts.headers = headers(head.fields()).ok_or("a field that is none")?;
    // Of the connection in memory.
    parts.headers.remove(CONNECTION);
    parts.headers.remove(TRANSFER_ENCODING);
    Ok(parts)
}

/// A name that no host has (RFC 6761 §6.4).
const NOBODY: &str = "unknown.invalid";

/// Begins the exchange.
async fn open(
    connection: &mut ClientConnection,
    parts: &http::request::Parts,
    length: Option<u64>,
) -> Result<Exchange<Client>, BoxError> {
    let method = Method::from_bytes(parts.method.as_str().as_bytes()).ok_or("no method")?;
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = parts.uri.authority().map(|authority| authority.as_str()).or(host);
    let fields = lines(&parts.headers, &CORES);
    let request = Request::new(method, target, host.unwrap_or(NOBODY)).fields(&fields);
    let request = match length {
        Some(0) => request,
        Some(length) => request.sized(length),
        None => request.streamed(),
    };
    let expects = parts.headers.contains_key(EXPECT) && length != Some(0);
    let request = if expects { request.expect_continue() } else { request };
    Ok(connection.open(&request).await?)
}

/// Writes the request's content; leaves behind what is to be answered if that fails.
async fn upload<B>(mut writer: Writer<Client>, body: B, failure: Arc<Mutex<Option<u16>>>)
where
    B: Body<Data: Send, Error: Into<BoxError>> + Send,
{
    let note = |error: BoxError| {
        *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(status_of(&*error));
    };
    let _: Result<(), Error> = async {
        // Until the application reads, if the client waits for that.
        writer.write(&[]).await?;
        match write(&mut writer, pin!(body), note, |_| ()).await? {
            None => writer.finish().await,
            Some(trailers) => finish(&mut writer, &trailers).await,
        }
    }
    .await;
}

/// What content that failed is answered by: a layer may have found it too long (BODYL).
fn status_of(error: &(dyn std::error::Error + 'static)) -> u16 {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    if causes.any(|cause| cause.is::<LengthLimitError>()) { 413 } else { 400 }
}
