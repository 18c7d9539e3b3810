//! Handlers that panic (PANIC).

use crate::stories::story;
use crate::suite::exchange::near::{near, near_with, read_all, read_until, within};
use blazeio::{Response, Server};
use blazeio_driver::{Error, Exchange, TokioIo};
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

/// The response before one that is cut off was finished: it comes whole.
#[apply(story!)]
async fn pipe_a_handler_that_fails_within_its_response_takes_no_other_along() {
    async fn fails(mut exchange: Exchange<Server>) -> Result<(), Error> {
        match exchange.request().raw_target() {
            b"/sized" => exchange.respond(&Response::new(200).sized(1_000_000)).await?,
            b"/chunked" => exchange.respond(&Response::new(200).streamed()).await?,
            _ => return exchange.send(&Response::new(200), b"first").await,
        }
        exchange.write(b"begun").await?;
        Err(Error::Io(std::io::ErrorKind::Other.into()))
    }
    let handle = crate::subject::serve("127.0.0.1:0", fails).start().unwrap();
    let address = handle.addresses()[0].as_tcp().unwrap();
    for target in ["/sized", "/chunked"] {
        let mut client = crate::suite::peer::connect(address).await.unwrap();
        // What comes behind the failing one is dropped, and makes no reset of the end.
        let requests = ["/", target, "/", "/"]
            .map(|target| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        client.write_all(requests.concat().as_bytes()).await.unwrap();
        let received = read_all(&mut client).await;
        assert_eq!(received.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{received}");
        let (first, cut) = received.split_once("first").unwrap();
        assert!(first.contains("\r\nContent-Length: 5\r\n"), "{first}");
        assert!(cut.contains("begun") && !cut.ends_with("0\r\n\r\n"), "{cut}");
    }
}

#[apply(story!)]
async fn pipe_a_write_that_is_dropped_halfway_takes_no_other_along() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        if exchange.request().raw_target() == b"/" {
            return exchange.send(&Response::new(200), b"first").await;
        }
        exchange.respond(&Response::new(200).sized(1_000_000)).await?;
        // More than the pipe holds.
        let content = vec![b'x'; 1_000_000];
        let _ = crate::suite::on::timeout(
            std::time::Duration::from_millis(20),
            exchange.write(&content),
        )
        .await;
        assert!(matches!(exchange.write(b"more").await, Err(Error::Closed(_))));
        Ok(())
    });
    let mut client = near.connect_by(1000, TokioIo::new);
    let get = ["/", "/long"].map(|target| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
    client.write_all(get.concat().as_bytes()).await.unwrap();
    crate::suite::on::sleep(std::time::Duration::from_millis(60)).await;
    let received = read_all(&mut client).await;
    let (_, cut) = received.split_once("first").unwrap();
    assert!(cut.contains("\r\nContent-Length: 1000000\r\n") && cut.ends_with('x'), "{cut}");
    drop(client);
    assert_eq!(within(near.handle.exit()).await.cut, 0);
}
