//! A proxy made of our own server and client: forwards http, opens tunnels.
//!
//! As much of one as tests need: what concerns one connection only is not passed on, content goes
//! first one way, then the other.

use super::{Asked, CHALLENGE, Proxy};
use crate::suite::on::remote;
use crate::suite::peer;
use blazeio::{Content, Field, Fields, Length, Request, Response, Server, Target};
use blazeio::{Method, RequestHead};
use blazeio_driver::{Connector, Error, Exchange, Runtime, serve};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::io::copy_bidirectional;

/// A proxy at a free port, for whom has `credentials`.
pub fn start(credentials: Option<&'static str>) -> Proxy {
    let (subject, elsewhere) = remote();
    let runtime: Arc<dyn Runtime> = Arc::new(subject);
    let asked = Asked::default();
    let notes = asked.clone();
    let service = move |exchange: Exchange<Server>| answer(exchange, notes.clone(), credentials);
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let handle = serve(service).listen(any).start(&runtime).unwrap();
    let address = handle.addresses()[0].as_tcp().unwrap();
    let connections = Box::new(move || handle.statistics().accepted);
    Proxy { address, asked, connections, _runtime: Box::new((runtime, elsewhere)) }
}

async fn answer(
    mut exchange: Exchange<Server>,
    asked: Asked,
    credentials: Option<&'static str>,
) -> Result<(), Error> {
    let head = exchange.request();
    let given = head.field("proxy-authorization");
    asked.note(&text(head.method().as_bytes()), &text(head.raw_target()), given);
    if credentials.is_some() && given != credentials.map(str::as_bytes) {
        let fields = [Field::new("Proxy-Authenticate", CHALLENGE)];
        return exchange.send(&Response::new(407).fields(&fields), b"Who are you?\n").await;
    }
    let authority = head.authority().map(|authority| text(authority.as_bytes()));
    let found = authority.and_then(|at| at.to_socket_addrs().ok()?.find(SocketAddr::is_ipv4));
    match found {
        None => exchange.send(&Response::new(502), b"No such origin.\n").await,
        Some(origin) if head.method() == Method::Connect => tunnel(exchange, origin).await,
        Some(origin) => forward(exchange, origin).await,
    }
}

async fn tunnel(mut exchange: Exchange<Server>, origin: SocketAddr) -> Result<(), Error> {
    let Ok(mut origin) = peer::connect(origin).await else {
        return exchange.send(&Response::new(502), b"No answer.\n").await;
    };
    let response = Response::new(200).reason("Connection established");
    let mut tunnel = exchange.upgrade(&response).await?;
    // Either side may leave as it likes.
    let _ = copy_bidirectional(&mut tunnel, &mut origin).await;
    Ok(())
}

async fn forward(mut exchange: Exchange<Server>, origin: SocketAddr) -> Result<(), Error> {
    let connector = Connector::new(Arc::clone(exchange.runtime()));
    let Ok(mut connection) = connector.connect(&origin.into()).await else {
        return exchange.send(&Response::new(502), b"No answer.\n").await;
    };
    let head = exchange.request();
    let (method, host) = (text(head.method().as_bytes()), text(head.field("host").unwrap()));
    let (target, framing) = (origin_form(&head), content(head.length()));
    let passed = passed_on(head.fields());
    let fields: Vec<_> = passed.iter().map(|(n, v)| Field::from_bytes(n, v)).collect();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = Request::new(method, &target, &host).fields(&fields).content(framing);
    let mut onward = connection.open(&request).await?;
    while let Some(piece) = exchange.read().await? {
        onward.write(piece).await?;
    }
    onward.finish().await?;

    let head = onward.head().await?;
    let passed = passed_on(head.fields());
    let fields: Vec<_> = passed.iter().map(|(n, v)| Field::from_bytes(n, v)).collect();
    let response = Response::new(head.status()).fields(&fields).content(content(head.length()));
    exchange.respond(&response).await?;
    while let Some(piece) = onward.read().await? {
        exchange.write(piece).await?;
    }
    exchange.finish().await
}

/// RFC 9112 §3.2.1: what the origin itself is asked for.
fn origin_form(head: &RequestHead<'_>) -> String {
    match head.target() {
        Some(Target::Absolute { path, query: None, .. }) => text(path),
        Some(Target::Absolute { path, query: Some(query), .. }) => {
            format!("{}?{}", text(path), text(query))
        }
        other => panic!("a proxy is asked for {other:?}"),
    }
}

/// What does not concern one connection only, and that it came this way (RFC 9110 §7.6).
fn passed_on(fields: Fields<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let own = ["host", "connection", "content-length", "transfer-encoding", "te", "trailer"];
    let is_own = |field: &Field<'_>| {
        own.iter().chain(&["proxy-authorization", "expect"]).any(|name| field.is(name))
    };
    let passed = fields.filter(|field| !is_own(field));
    let passed = passed.map(|field| (field.name.to_vec(), field.value.to_vec()));
    passed.chain([(b"Via".to_vec(), b"1.1 test".to_vec())]).collect()
}

fn content(length: Length) -> Content {
    match length {
        Length::None => Content::Empty,
        Length::Sized(length) => Content::Sized(length),
        _ => Content::Streamed,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
