//! Futures and exchanges that are dropped (CANC, CL0).

use crate::stories::{jumping, story};
use crate::suite::exchange::gate::Gate;
use crate::suite::exchange::near::{near, near_with, read_all, read_until, until, within};
use blazeio::{Content, Limits, Method, Request, Response, Server, Timeouts};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::unbounded_channel;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Polls `future` once.
async fn once<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// `content` in chunks of 7 bytes with extensions, and a trailer.
fn in_chunks(content: &[u8]) -> Vec<u8> {
    let mut framed = Vec::new();
    for piece in content.chunks(7) {
        framed.extend_from_slice(format!("{:x};e=\"1\"\r\n", piece.len()).as_bytes());
        framed.extend_from_slice(piece);
        framed.extend_from_slice(b"\r\n");
    }
    framed.extend_from_slice(b"0\r\nT: x\r\n\r\n");
    framed
}

#[apply(jumping!)]
async fn canc_a_read_dropped_a_thousand_times_loses_nothing() {
    let (told, mut hears) = unbounded_channel();
    let limits = Limits { timeouts: Timeouts::OFF, ..Limits::DEFAULT };
    let handler = move |mut exchange: Exchange<Server>| {
        let told = told.clone();
        async move {
            let (mut all, mut dropped) = (Vec::new(), 0);
            loop {
                tokio::select! {
                    biased;
                    piece = exchange.read() => match piece? {
                        Some(piece) => all.extend_from_slice(piece),
                        None => break,
                    },
                    () = crate::suite::on::sleep(Duration::from_millis(1)) => dropped += 1,
                }
            }
            let has_trailers = exchange.trailers().is_some();
            told.send((all, dropped, has_trailers)).unwrap();
            exchange.send(&Response::new(200), b"").await
        }
    };
    let near = near_with(handler, |serve| serve.limits(limits));
    for framing in ["Content-Length: 700", "Transfer-Encoding: chunked"] {
        let is_chunked = framing.starts_with('T');
        let content: Vec<u8> = (0..700).map(|n| (n % 251) as u8).collect();
        let framed = if is_chunked { in_chunks(&content) } else { content.clone() };
        let mut client = near.connect();
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        for byte in framed {
            crate::suite::on::sleep(Duration::from_micros(2600)).await;
            client.write_all(&[byte]).await.unwrap();
        }
        let (all, dropped, has_trailers) = hears.recv().await.unwrap();
        assert!(all == content && has_trailers == is_chunked, "{framing}");
        assert!(dropped >= 1000, "{dropped}");
    }
}

/// Answers with `hello`, after dropping a write of which the transport takes `taken` bytes.
async fn write_and_drop(
    exchange: &mut Exchange<Server>,
    content: Content,
    gate: Gate,
    taken: usize,
) -> Result<(), Error> {
    exchange.respond(&Response::new(200).content(content)).await?;
    exchange.flush().await?;
    gate.open(taken);
    let large = vec![b'x'; 10_000];
    assert!(once(exchange.write(&large)).await.is_pending());
    gate.open(usize::MAX);
    exchange.write(b"hello").await?;
    exchange.finish().await
}

#[apply(story!)]
async fn canc_a_write_of_which_nothing_was_taken_changes_nothing() {
    for content in [Content::Streamed, Content::Sized(5)] {
        let gate = Gate::of(usize::MAX);
        let writes = gate.clone();
        let near = near(move |mut exchange: Exchange<Server>| {
            let gate = writes.clone();
            async move {
                exchange.set_timeouts(|timeouts| timeouts.write = blazeio::Timeout::OFF);
                if content == Content::Streamed {
                    return write_and_drop(&mut exchange, content, gate, 0).await;
                }
                // 10,000 bytes of content would not fit what is announced.
                exchange.respond(&Response::new(200).sized(10_005)).await?;
                exchange.flush().await?;
                gate.open(0);
                let large = vec![b'x'; 10_000];
                assert!(once(exchange.write(&large)).await.is_pending());
                gate.open(usize::MAX);
                exchange.write(&large).await?;
                exchange.write(b"hello").await?;
                exchange.finish().await
            }
        });
        let mut client = near.connect_by(64 * 1024, |pipe| gate.before(pipe));
        client.write_all(GET).await.unwrap();
        client.shutdown().await.unwrap();
        let response = read_all(&mut client).await;
        let (_, body) = response.split_once("\r\n\r\n").unwrap();
        match content {
            Content::Streamed => assert_eq!(body, "5\r\nhello\r\n0\r\n\r\n"),
            _ => assert!(body.len() == 10_005 && body.ends_with("xhello"), "{}", body.len()),
        }
    }
}

#[apply(story!)]
async fn canc_a_write_of_which_some_was_taken_cuts_the_message_off() {
    let (told, mut hears) = unbounded_channel();
    let gate = Gate::of(usize::MAX);
    let writes = gate.clone();
    let near = near(move |mut exchange: Exchange<Server>| {
        let (gate, told) = (writes.clone(), told.clone());
        async move {
            let done = write_and_drop(&mut exchange, Content::Streamed, gate, 100).await;
            told.send(done.map_err(|error| error.to_string())).unwrap();
            Ok(())
        }
    });
    let mut client = near.connect_by(64 * 1024, |pipe| gate.before(pipe));
    client.write_all(GET).await.unwrap();
    assert!(within(hears.recv()).await.unwrap().is_err());
    let response = read_all(&mut client).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(!response.contains("hello") && !response.ends_with("0\r\n\r\n"), "{response}");
}

#[apply(story!)]
async fn an_exchange_dropped_before_its_response_gets_500_and_the_connection_goes_on() {
    let (told, mut hears) = unbounded_channel::<String>();
    let handler = |mut exchange: Exchange<Server>| async move {
        match exchange.request().raw_target() {
            b"/nothing" => Ok(()),
            b"/error" => Err(Error::Usage(blazeio::UsageError::InvalidStatus)),
            b"/wrong" => exchange.respond(&Response::new(99)).await,
            _ => exchange.send(&Response::new(200), b"").await,
        }
    };
    let near = near_with(handler, |serve| {
        serve.report(move |report| told.send(report.to_string()).unwrap())
    });
    let mut client = near.connect();
    for (target, status) in [("/nothing", 500), ("/error", 500), ("/wrong", 500), ("/", 200)] {
        let request = format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nBob");
        client.write_all(request.as_bytes()).await.unwrap();
        let head = read_until(&mut client, "\r\n\r\n").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {head}");
        assert!(head.contains("\r\nContent-Length: 0\r\n"), "{target}: {head}");
        assert!(head.contains("\r\nDate: "), "{target}: {head}");
    }
    client.shutdown().await.unwrap();
    assert_eq!(read_all(&mut client).await, "");
    near.handle.exit().await;
    for _ in 0..2 {
        assert!(hears.try_recv().unwrap().starts_with("unnamed: "));
    }
    assert!(hears.try_recv().is_err());
}

#[apply(story!)]
async fn an_exchange_dropped_within_its_response_is_cut_off() {
    for (version, content) in
        [("1.1", Content::Streamed), ("1.1", Content::Sized(100)), ("1.0", Content::Sized(100))]
    {
        let near = near(move |mut exchange: Exchange<Server>| async move {
            exchange.respond(&Response::new(200).content(content)).await?;
            exchange.write(b"hello").await
        });
        let mut client = near.connect();
        let both = format!("GET / HTTP/{version}\r\nHost: a\r\n\r\n").repeat(2);
        client.write_all(both.as_bytes()).await.unwrap();
        let response = read_all(&mut client).await;
        assert_eq!(response.matches("HTTP/1.1 ").count(), usize::from(!response.is_empty()));
        assert!(!response.ends_with("0\r\n\r\n"), "{response}");
    }
}

#[apply(story!)]
async fn reuse_a_client_that_drops_an_exchange_closes_its_connection() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        exchange.respond(&Response::new(200).sized(10)).await?;
        exchange.write(b"hello").await?;
        exchange.flush().await?;
        exchange.closed().await;
        Ok(())
    });
    let get = Request::new(Method::Get, "/", "a");
    for reads in [0, 1] {
        let mut connection = near.client().await;
        let mut exchange = connection.send(&get).await.unwrap();
        for _ in 0..reads {
            assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"hello"[..]));
        }
        drop(exchange);
        assert!(!connection.is_open());
        assert!(matches!(connection.send(&get).await, Err(Error::Closed(_))));
    }
    until(|| near.handle.statistics().active == 0).await;
}

#[apply(story!)]
async fn abort_ends_the_connection_for_both_halves_at_once() {
    let (told, mut hears) = unbounded_channel();
    let near = near(move |exchange: Exchange<Server>| {
        let told = told.clone();
        async move {
            let (mut reader, mut writer) = exchange.into_split();
            let aborting = async {
                crate::suite::on::yield_now().await;
                writer.abort();
            };
            let (read, ()) = tokio::join!(async { reader.read().await.map(drop) }, aborting);
            told.send((read.is_err(), writer.write(b"x").await.is_err())).unwrap();
            Ok(())
        }
    });
    let mut client = near.connect();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n").await.unwrap();
    assert_eq!(within(hears.recv()).await, Some((true, true)));
    assert_eq!(read_all(&mut client).await, "");
}

#[apply(story!)]
async fn memw_who_still_watches_a_connection_that_is_over_holds_no_buffer_of_it() {
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let near = near(move |exchange: Exchange<Server>| {
        told.send(exchange.closed()).unwrap();
        async move {
            let _held = exchange;
            std::future::pending().await
        }
    });
    let mut client = near.connect();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf";
    client.write_all(head.as_bytes()).await.unwrap();
    let closed = within(hears.recv()).await.unwrap();
    assert!(near.handle.memory_used() > 0);
    near.handle.abort();
    within(near.handle.finished()).await;
    assert_eq!(near.handle.memory_used(), 0);
    within(closed).await;
}
