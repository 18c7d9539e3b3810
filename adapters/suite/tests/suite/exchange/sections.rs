//! Interim responses and trailer sections, by both roles.

use crate::stories::story;
use crate::suite::exchange::near::{client, near, read_until, within};
use blazeio::{Field, Method, Request, Response, Server};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use tokio::io::{AsyncWriteExt, duplex};

/// Sends two hints, then content and trailers that come of what the client sent.
async fn hints(mut exchange: Exchange<Server>) -> Result<(), Error> {
    for link in ["</a.css>", "</b.css>"] {
        let fields = [Field::new("Link", link)];
        exchange.send_interim(&Response::new(103).fields(&fields)).await?;
    }
    let mut length = 0;
    while let Some(piece) = exchange.read().await? {
        length += piece.len();
    }
    let told = exchange.trailers().and_then(|trailers| trailers.get("x-sum").map(<[u8]>::to_vec));
    let told = told.unwrap_or_else(|| b"none".to_vec());
    exchange.respond(&Response::new(200).streamed()).await?;
    exchange.write(length.to_string().as_bytes()).await?;
    exchange.finish_with(&[Field::from_bytes(b"X-Told", &told)]).await
}

#[apply(story!)]
async fn interim_responses_and_trailers_go_both_ways() {
    let near = near(hints);
    let mut connection = near.client().await;
    let te = [Field::new("TE", "trailers")];
    for sum in [Some("42"), None] {
        let request = Request::new(Method::Post, "/", "a").fields(&te).streamed();
        let mut exchange = connection.open(&request).await.unwrap();
        for link in [&b"</a.css>"[..], b"</b.css>"] {
            let head = within(exchange.interim()).await.unwrap().unwrap();
            assert_eq!((head.status(), head.field("link")), (103, Some(link)));
        }
        exchange.write(b"Hello").await.unwrap();
        let trailers = sum.map(|sum| Field::new("X-Sum", sum));
        exchange.finish_with(trailers.as_slice()).await.unwrap();
        assert!(within(exchange.interim()).await.unwrap().is_none());
        assert!(within(exchange.interim()).await.unwrap().is_none());
        assert_eq!(within(exchange.head()).await.unwrap().status(), 200);
        assert!(exchange.trailers().is_none());
        assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"5"[..]));
        assert_eq!(within(exchange.read()).await.unwrap(), None);
        // The head stays, beside the trailers.
        assert_eq!(within(exchange.head()).await.unwrap().status(), 200);
        let told = exchange.trailers().unwrap().get("x-told").unwrap().to_vec();
        assert_eq!(told, sum.unwrap_or("none").as_bytes());
    }
}

#[apply(story!)]
async fn interim_responses_that_nobody_asks_for_are_passed_over() {
    let (ours, mut server) = duplex(4096);
    let mut connection = client(ours).await;
    let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap();
    read_until(&mut server, "\r\n\r\n").await;
    let hints = "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n".repeat(3);
    let response = format!("{hints}HTTP/1.1 204 No Content\r\nA: c\r\n\r\n");
    server.write_all(response.as_bytes()).await.unwrap();
    let head = within(exchange.head()).await.unwrap();
    assert_eq!((head.status(), head.field("a")), (204, Some(&b"c"[..])));
    assert_eq!(within(exchange.read()).await.unwrap(), None);
    drop(exchange);
    assert!(connection.is_idle());
}
