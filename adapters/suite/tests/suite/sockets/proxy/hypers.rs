//! A proxy by hyper, as its own examples make one.

use super::{Asked, CHALLENGE, Proxy};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

/// A proxy at a free port, for whom has `credentials`.
pub fn start(credentials: Option<&'static str>) -> Proxy {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = runtime.block_on(TcpListener::bind(any)).unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, accepted) = (Asked::default(), Arc::new(AtomicU64::new(0)));
    let (notes, count) = (asked.clone(), Arc::clone(&accepted));
    runtime.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let notes = notes.clone();
            let service = service_fn(move |request| answer(request, notes.clone(), credentials));
            let builder = hyper::server::conn::http1::Builder::new();
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
        }
    });
    let connections = Box::new(move || accepted.load(Ordering::SeqCst));
    Proxy { address, asked, connections, _runtime: Box::new(runtime) }
}

async fn answer(
    request: Request<Incoming>,
    asked: Asked,
    credentials: Option<&'static str>,
) -> Result<Answer, hyper::Error> {
    let given = request.headers().get(PROXY_AUTHORIZATION).map(|value| value.as_bytes().to_vec());
    asked.note(request.method().as_str(), &request.uri().to_string(), given.as_deref());
    if credentials.is_some() && given.as_deref() != credentials.map(str::as_bytes) {
        let mut refusal = said(StatusCode::PROXY_AUTHENTICATION_REQUIRED, "Who are you?\n");
        refusal.headers_mut().insert(PROXY_AUTHENTICATE, CHALLENGE.parse().unwrap());
        return Ok(refusal);
    }
    match reach(request.uri()).await {
        Err(_) => Ok(said(StatusCode::BAD_GATEWAY, "No answer.\n")),
        Ok(origin) if request.method() == Method::CONNECT => {
            tokio::spawn(tunnel(request, origin));
            Ok(said(StatusCode::OK, ""))
        }
        Ok(origin) => forward(request, origin).await,
    }
}

async fn reach(uri: &Uri) -> io::Result<TcpStream> {
    let authority = uri.authority().ok_or(io::ErrorKind::InvalidInput)?;
    TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await
}

async fn tunnel(request: Request<Incoming>, mut origin: TcpStream) {
    let client = hyper::upgrade::on(request).await.unwrap();
    // Either side may leave as it likes.
    let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(client), &mut origin).await;
}

async fn forward(
    mut request: Request<Incoming>,
    origin: TcpStream,
) -> Result<Answer, hyper::Error> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(origin)).await?;
    tokio::spawn(connection);
    let uri = request.uri().clone();
    assert_eq!(uri.authority().unwrap().as_str(), request.headers()[HOST], "RFC 9112 §3.2.2");
    *request.uri_mut() = uri.path_and_query().unwrap().as_str().parse().unwrap();
    request.headers_mut().remove(PROXY_AUTHORIZATION);
    Ok(sender.send_request(request).await?.map(BodyExt::boxed))
}

fn said(status: StatusCode, text: &'static str) -> Answer {
    let content = Full::new(Bytes::from(text)).map_err(|never| match never {});
    Response::builder().status(status).body(content.boxed()).unwrap()
}
