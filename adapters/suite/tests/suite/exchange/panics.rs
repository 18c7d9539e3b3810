//! Handlers that panic (PANIC).

use crate::stories::story;
use crate::suite::exchange::near::{near, near_with, read_all, read_until, within};
use blazeio::{Response, Server};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::unbounded_channel;

async fn panics(mut exchange: Exchange<Server>) -> Result<(), Error> {
    match exchange.request().raw_target() {
        b"/before" => panic!("before its response"),
        b"/within" => {
            exchange.respond(&Response::new(200).streamed()).await?;
            exchange.write(b"hello").await?;
            panic!("within its response")
        }
        b"/after" => {
            exchange.send(&Response::new(200), b"hello").await?;
            panic!("after its response")
        }
        _ => exchange.send(&Response::new(200), b"hello").await,
    }
}

#[apply(story!)]
async fn panic_gives_500_or_a_cut_and_others_live() {
    let (told, mut hears) = unbounded_channel::<String>();
    let near = near_with(panics, |serve| serve.report(move |r| told.send(r.to_string()).unwrap()));
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut other = near.connect();
    let mut client = near.connect();
    client.write_all(get("/before").as_bytes()).await.unwrap();
    let head = read_until(&mut client, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    client.write_all(get("/after").as_bytes()).await.unwrap();
    assert!(read_until(&mut client, "hello").await.starts_with("HTTP/1.1 200 "));
    // The connection was fit for another request each time.
    client.write_all(get("/within").as_bytes()).await.unwrap();
    let rest = read_all(&mut client).await;
    assert!(!rest.ends_with("0\r\n\r\n"), "{rest}");

    other.write_all(get("/").as_bytes()).await.unwrap();
    assert!(read_until(&mut other, "hello").await.starts_with("HTTP/1.1 200 "));
    drop((client, other));
    within(near.handle.exit()).await;
    let statistics = near.handle.statistics();
    assert_eq!((statistics.panics, statistics.requests, statistics.active), (3, 4, 0));
    for _ in 0..3 {
        assert_eq!(hears.try_recv().unwrap(), "unnamed: the handler panicked");
    }
    assert!(hears.try_recv().is_err());
}

#[apply(story!)]
async fn panic_before_the_handlers_future_is_made_is_the_same() {
    let handler = |exchange: Exchange<Server>| {
        assert!(exchange.request().raw_target() != b"/", "no future at all");
        async move {
            exchange.closed().await;
            Ok(())
        }
    };
    let near = near(handler);
    let mut client = near.connect();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let head = read_until(&mut client, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    assert_eq!(near.handle.statistics().panics, 1);
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[apply(story!)]
async fn panic_of_what_a_handler_leaves_behind_is_the_same() {
    let near = near(|mut exchange: Exchange<Server>| {
        let (bomb, mut answer) =
            (Bomb, Box::pin(async move { exchange.send(&Response::new(200), b"hello").await }));
        std::future::poll_fn(move |cx| {
            let _held = &bomb;
            answer.as_mut().poll(cx)
        })
    });
    let mut client = near.connect();
    for round in 1..=2 {
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert!(read_until(&mut client, "hello").await.starts_with("HTTP/1.1 200 "));
        crate::suite::on::yield_now().await;
        assert_eq!(near.handle.statistics().panics, round);
    }
}
