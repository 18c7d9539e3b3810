//! Handlers that go on after their response.

use crate::stories::story;
use crate::suite::exchange::near::{near, near_with, read_until, waits, within};
use blazeio::{Limits, Response, Server, Timeout, Timeouts};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::watch;

/// Waits for ever, and counts how often it is asked.
async fn idles(polls: &AtomicUsize) -> Result<(), Error> {
    poll_fn(|_| {
        polls.fetch_add(1, Ordering::Relaxed);
        Poll::Pending
    })
    .await
}

/// Asserts that no other response comes, and that waiting for it polls next to nothing.
async fn assert_rests(client: &mut DuplexStream, polls: &AtomicUsize) {
    let before = polls.load(Ordering::Relaxed);
    assert!(waits(read_until(client, "Hello")).await);
    let after = polls.load(Ordering::Relaxed);
    assert!(after - before < 100, "{before} {after}");
}

#[apply(story!)]
async fn pipe_requests_wait_for_a_handler_that_goes_on_however_many_they_are() {
    let (go, wait) = watch::channel(false);
    let near = near(move |mut exchange: Exchange<Server>| {
        let mut wait = wait.clone();
        async move {
            exchange.send(&Response::new(200), b"Hello").await?;
            let _ = wait.wait_for(|go| *go).await;
            Ok(())
        }
    });
    let (mut reading, mut writing) = tokio::io::split(near.connect());
    let get = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(100));
    let sending = crate::suite::on::spawn(async move {
        writing.write_all(get.repeat(800).as_bytes()).await.unwrap();
        writing
    });
    let first = read_until(&mut reading, "Hello").await;
    assert!(first.starts_with("HTTP/1.1 200 "), "{first}");
    assert!(waits(read_until(&mut reading, "Hello")).await);
    go.send_replace(true);
    for _ in 1..800 {
        let response = read_until(&mut reading, "Hello").await;
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    within(sending).await.unwrap();
}

#[apply(story!)]
async fn drain_goes_on_beside_a_handler_that_goes_on() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&polls);
    let near = near(move |mut exchange: Exchange<Server>| {
        let polls = Arc::clone(&counted);
        async move {
            exchange.send(&Response::new(200), b"Hello").await?;
            drop(exchange);
            idles(&polls).await
        }
    });
    let mut client = near.connect_by(1024, blazeio_driver::TokioIo::new);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut client, "Hello").await;
    within(client.write_all(&[b'x'; 60_000])).await.unwrap();
    assert_rests(&mut client, &polls).await;
}

#[apply(story!)]
async fn io_reading_on_for_the_end_never_spins_whatever_the_read_size() {
    for size in [0, 4096, 1 << 16, u32::MAX] {
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&polls);
        let near = near(move |exchange: Exchange<Server>| {
            let polls = Arc::clone(&counted);
            async move {
                exchange.set_read_size(size);
                let closed = crate::suite::on::spawn(exchange.closed());
                let idled = idles(&polls).await;
                let _ = closed.await;
                idled
            }
        });
        let mut client = near.connect_by(1 << 18, blazeio_driver::TokioIo::new);
        client.write_all(&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5000)).await.unwrap();
        let begun = async {
            while polls.load(Ordering::Relaxed) == 0 {
                assert!(waits(read_until(&mut client, "Hello")).await);
            }
        };
        within(begun).await;
        assert!(waits(read_until(&mut client, "Hello")).await);
        println!("reads of {size}");
        assert_rests(&mut client, &polls).await;
    }
}

#[apply(story!)]
async fn early_what_is_not_wanted_is_taken_though_its_exchange_is_held() {
    let polls = Arc::new(AtomicUsize::new(0));
    let near = near(move |mut exchange: Exchange<Server>| {
        let polls = Arc::clone(&polls);
        async move {
            exchange.send(&Response::new(413), b"No").await?;
            idles(&polls).await
        }
    });
    let mut client = near.connect_by(1024, blazeio_driver::TokioIo::new);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    within(client.write_all(&[b'x'; 200_000])).await.unwrap();
    client.shutdown().await.unwrap();
    assert!(crate::suite::exchange::near::read_all(&mut client).await.ends_with("\r\n\r\nNo"));
}

#[apply(story!)]
async fn pipe_a_request_behind_a_handler_that_goes_on_does_not_count_as_silence() {
    let timeouts = Timeouts { idle: Timeout::millis(50), ..Timeouts::DEFAULT };
    let near = near_with(
        |mut exchange: Exchange<Server>| async move {
            exchange.send(&Response::new(200), b"Hello").await?;
            crate::suite::on::sleep(std::time::Duration::from_millis(300)).await;
            Ok(())
        },
        |serve| serve.limits(Limits { timeouts, ..Limits::DEFAULT }),
    );
    let mut client = near.connect();
    client.write_all(&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2)).await.unwrap();
    for _ in 0..2 {
        assert!(read_until(&mut client, "Hello").await.starts_with("HTTP/1.1 200 "));
    }
    // Afterwards silence counts.
    assert_eq!(crate::suite::exchange::near::read_all(&mut client).await, "");
}
