//! Halves that outlive their exchange.

use crate::stories::story;
use crate::suite::exchange::near::{near, read_until, within};
use blazeio::{CloseReason, Method, Request, Response, Server, UsageError};
use blazeio_driver::{Error, Exchange, Reader, Writer};
use macro_rules_attribute::apply;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::unbounded_channel;

type Halves = (Reader<Server>, Writer<Server>);

#[apply(story!)]
async fn a_stale_half_is_told_that_its_exchange_is_closed() {
    let (kept, mut halves) = unbounded_channel::<Halves>();
    let near = near(move |mut exchange: Exchange<Server>| {
        let kept = kept.clone();
        async move {
            while exchange.read().await?.is_some() {}
            exchange.send(&Response::new(200), b"Hello").await?;
            let _ = kept.send(exchange.into_split());
            Ok(())
        }
    });
    let mut connection = near.client().await;
    let mut stale: Vec<Halves> = Vec::new();
    for round in 0..3 {
        let target = format!("/{round}");
        let request = Request::new(Method::Post, &target, "a").sized(3);
        let mut exchange = connection.open(&request).await.unwrap();
        exchange.write(b"Bob").await.unwrap();
        exchange.finish().await.unwrap();
        assert_eq!(within(exchange.head()).await.unwrap().status(), 200);
        for (reader, writer) in &mut stale {
            let refused = writer.write(b"more").await;
            assert!(matches!(refused, Err(Error::Closed(_))), "{refused:?}");
            assert!(matches!(writer.finish().await, Err(Error::Closed(_))));
            let head = Response::new(200);
            assert!(matches!(writer.respond(&head).await, Err(Error::Closed(_))));
            // What it received stays its own.
            assert!(reader.is_complete() && reader.read().await.unwrap().is_none());
        }
        assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"Hello"[..]));
        assert_eq!(within(exchange.read()).await.unwrap(), None);
        stale.push(within(halves.recv()).await.unwrap());
    }
    for (round, (reader, _)) in stale.iter().enumerate() {
        assert_eq!(reader.request().raw_target(), format!("/{round}").as_bytes());
    }
    drop(stale);
    assert!(connection.is_idle());
}

#[apply(story!)]
async fn a_reader_is_closed_with_its_response_and_a_writer_cannot_write_on() {
    let (told, mut hears) = unbounded_channel();
    let near = near(move |mut exchange: Exchange<Server>| {
        let told = told.clone();
        async move {
            exchange.send(&Response::new(200), b"early").await?;
            let read = exchange.read().await.map(|piece| piece.map(<[u8]>::to_vec));
            let written = exchange.write(b"more").await;
            told.send((read, written)).unwrap();
            Ok(())
        }
    });
    let mut connection = near.client().await;
    for _ in 0..2 {
        let request = Request::new(Method::Post, "/", "a").sized(3);
        let mut exchange = connection.open(&request).await.unwrap();
        exchange.write(b"Bob").await.unwrap();
        exchange.finish().await.unwrap();
        assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"early"[..]));
        assert_eq!(within(exchange.read()).await.unwrap(), None);
        let (read, written) = within(hears.recv()).await.unwrap();
        assert!(matches!(read, Err(Error::Closed(CloseReason::UnreadContent))), "{read:?}");
        assert!(
            matches!(written, Err(Error::Usage(UsageError::ContentNotExpected))),
            "{written:?}"
        );
    }
}

#[apply(story!)]
async fn a_reader_that_waits_hears_of_the_end_of_its_response_at_once() {
    let (told, mut hears) = unbounded_channel();
    let near = near(move |exchange: Exchange<Server>| {
        let told = told.clone();
        async move {
            let (mut reader, mut writer) = exchange.into_split();
            crate::suite::on::spawn(async move {
                let read = reader.read().await.map(|piece| piece.map(<[u8]>::to_vec));
                drop(reader);
                told.send(read).unwrap();
            });
            crate::suite::on::sleep(Duration::from_millis(20)).await;
            writer.send(&Response::new(200), b"early").await
        }
    });
    let mut client = near.connect();
    for _ in 0..2 {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        let began = Instant::now();
        assert!(read_until(&mut client, "early").await.starts_with("HTTP/1.1 200 "));
        let read = within(hears.recv()).await.unwrap();
        assert!(matches!(read, Err(Error::Closed(CloseReason::UnreadContent))), "{read:?}");
        // Well before the rest of the content is given up.
        assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
        client.write_all(b"Bob").await.unwrap();
    }
}

#[apply(story!)]
async fn a_stale_exchange_changes_nothing_of_the_next() {
    let (kept, mut stale) = unbounded_channel::<Exchange<Server>>();
    let (told, mut hears) = unbounded_channel();
    let near = near(move |mut exchange: Exchange<Server>| {
        let (kept, told) = (kept.clone(), told.clone());
        async move {
            if exchange.request().raw_target() == b"/first" {
                exchange.send(&Response::new(200), b"Hello").await?;
                let _ = kept.send(exchange);
                return Ok(());
            }
            told.send(()).unwrap();
            // What is to come would be cut by the limit of the other one.
            while exchange.read().await?.is_some() {}
            exchange.send(&Response::new(200), b"Hello").await
        }
    });
    let mut client = near.connect();
    client.write_all(b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut client, "Hello").await;
    let stale = within(stale.recv()).await.unwrap();
    let refused = stale.set_content_limit(1);
    assert!(matches!(refused, Err(Error::Closed(CloseReason::LocalClose))), "{refused:?}");
    stale.set_timeouts(|timeouts| timeouts.head = blazeio::Timeout::millis(1));
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n").await.unwrap();
    crate::suite::on::sleep(Duration::from_millis(20)).await;
    client.write_all(b"\r\n").await.unwrap();
    within(hears.recv()).await.unwrap();
    assert!(stale.set_content_limit(1).is_err());
    stale.set_timeouts(|timeouts| timeouts.content = blazeio::Timeout::millis(1));
    stale.set_watermarks(0, 0);
    stale.set_read_size(0);
    stale.abort();
    let (reader, writer) = stale.into_split();
    reader.abort();
    writer.abort();
    crate::suite::on::sleep(Duration::from_millis(20)).await;
    client.write_all(b"Bob").await.unwrap();
    assert!(read_until(&mut client, "Hello").await.starts_with("HTTP/1.1 200 "));
}
