//! A reverse proxy: each request goes to one origin, over a connection of its own, both ways at
//! once, no faster than the other side takes. `relay 127.0.0.1:8000 origin.example 80`

use blazeio::web::forwarded::Forwarded;
use blazeio::web::relay::{self, Hops, OriginForm, Passed, TooManyOptions, Via};
use blazeio::{Client, Field, Fields, Limits, Method, Request, Response, Server, Timeout, Version};
use blazeio_app::{Abort, App, Exchange};
use blazeio_driver::{Connector, Reader, Writer};
use futures::future::select;
use std::{fmt::Display, future::pending, io::ErrorKind, pin::pin};

/// How the origin is reached, its name, its port.
pub(crate) struct Origin(pub(crate) Connector, pub(crate) String, pub(crate) u16);

/// What is passed on of a head, and what the relay says of itself.
fn passed<'a>(of: Fields<'a>, own: &'a [(&str, String)]) -> Result<Vec<Field<'a>>, TooManyOptions> {
    let own = own.iter().map(|(name, value)| Field::new(name, value));
    Ok(Passed::new(of)?.chain(own).collect())
}

fn via(version: Version) -> Via<'static> {
    Via::new(version, "blazeio-relay", None)
}

pub(crate) async fn relay(exchange: &mut Exchange) -> Result<(), Abort> {
    let refuse = |status, why: &dyn Display| Abort::new(status).text(format!("{why}\n"));
    let (head, Origin(connector, name, port)) = (exchange.request(), exchange.state());
    let mut own = vec![("Via", via(head.version()).to_string())];
    match (head.method(), Hops::new(head.method(), head.fields())) {
        (_, Err(error)) => return Err(refuse(400, &error)),
        (Method::Options, Ok(Hops::Here)) => return Err(Abort::new(204)),
        (Method::Connect, _) | (_, Ok(Hops::Here)) => return Err(refuse(501, &"not here")),
        _ if via(head.version()).is_in(head.fields()) => return Err(Abort::new(508)),
        (_, Ok(Hops::Left(hops))) => own.push(("Max-Forwards", hops.to_string())),
        (_, Ok(Hops::Any)) => {}
    }
    if let Some(peer) = exchange.peer().as_tcp() {
        own.push(("X-Forwarded-For", peer.ip().to_string()));
        own.push(("Forwarded", Forwarded::new(peer.ip(), head.authority(), "http").to_string()));
    }
    let fields = passed(head.fields(), &own).map_err(|error| refuse(400, &error))?;
    let (target, host) = (OriginForm::new(&head).to_string(), exchange.field("host"));
    let request = Request::new(head.method(), &target, host.unwrap_or(name)).fields(&fields);
    let request = request.content(relay::reframed_request(&head));
    let request = if head.expects_continue() { request.expect_continue() } else { request };
    let mut connection = connector.connect_to(name, *port).await.map_err(|error| {
        refuse(if error.kind() == ErrorKind::TimedOut { 504 } else { 502 }, &error)
    })?;
    let (mut from_origin, mut to_origin) = connection.open(&request).await?.into_split();
    let (mut from_client, mut to_client) = exchange.take().into_split();
    // Whatever comes of the upload, the origin may have something to say.
    let upload = async { (from_client.pass(&mut to_origin).await.ok(), pending().await).1 };
    let download = respond(&mut from_origin, &mut to_client);
    let (responded, _) = select(pin!(upload), pin!(download)).await.factor_first();
    let Err(failure) = responded else { return Ok(()) }; // Behind a head this cannot be sent.
    let response = Response::new(if failure.status() == 408 { 504 } else { 502 });
    Ok(to_client.send(&response, format!("{failure}\n").as_bytes()).await?)
}

async fn respond(from: &mut Reader<Client>, to: &mut Writer<Server>) -> Result<(), Abort> {
    // 100 is sent by reading content, and so when the origin has sent it: see `pass`.
    while let Some(head) = from.interim().await? {
        let own = [("Via", via(head.version()).to_string())];
        let fields = passed(head.fields(), &own)?;
        if head.status() != 100 {
            let _ = to.send_interim(&Response::new(head.status()).fields(&fields)).await;
        }
    }
    let head = from.head().await?;
    let own = [("Via", via(head.version()).to_string())];
    let (fields, content) = (passed(head.fields(), &own)?, relay::reframed_response(&head));
    to.respond(&Response::new(head.status()).content(content).fields(&fields)).await?;
    Ok(from.pass(to).await?)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let [at, name, port] = [1, 2, 3].map(|n| std::env::args().nth(n).expect("three arguments"));
    let mut limits = Limits::DEFAULT;
    limits.timeouts.response = Timeout::secs(30);
    let origin = Origin(blazeio_tokio::connector().limits(limits), name, port.parse().unwrap());
    let server = blazeio_tokio::serve(&at, App::new().state(origin).fallback(relay));
    server.until(blazeio_tokio::stop_signal()?).await.map(drop)
}
