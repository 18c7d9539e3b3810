//! Limits and time-outs of one exchange alone (BODYL, SLOW).

use crate::stories::{jumping, story};
use crate::suite::exchange::near::{near, read_all, read_until, within};
use crate::suite::on::sleep;
use blazeio::{Response, Server, Timeout};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

/// A request for a target, with so much content.
type Make = dyn Fn(&str, usize) -> String;

/// Reads it all, with 10 bytes at most at `/small`, and with all time at `/patient`.
async fn collect(mut exchange: Exchange<Server>) -> Result<(), Error> {
    match exchange.request().raw_target() {
        b"/small" => exchange.set_content_limit(10)?,
        b"/patient" => exchange.set_timeouts(|timeouts| timeouts.content = Timeout::OFF),
        _ => {}
    }
    let mut length = 0;
    while let Some(piece) = exchange.read().await? {
        length += piece.len();
    }
    exchange.send(&Response::new(200), format!("[{length}]").as_bytes()).await
}

#[apply(story!)]
async fn bodyl_a_content_limit_is_the_exchanges_own() {
    let near = near(collect);
    let sized = |target: &str, n: usize| {
        format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{:.<n$}", "")
    };
    let chunked = |target: &str, n: usize| {
        let head = format!("POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked");
        format!("{head}\r\n\r\n{n:x}\r\n{:.<n$}\r\n0\r\n\r\n", "")
    };
    for make in [&sized as &Make, &chunked] {
        let mut client = near.connect();
        for (target, n) in [("/small", 10), ("/", 11), ("/small", 10), ("/", 5000)] {
            client.write_all(make(target, n).as_bytes()).await.unwrap();
            let response = read_until(&mut client, "]").await;
            assert!(response.ends_with(&format!("[{n}]")), "{response}");
        }
        client.write_all(make("/small", 11).as_bytes()).await.unwrap();
        client.write_all(make("/", 3).as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        let response = read_all(&mut client).await;
        assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
        assert_eq!(response.matches("HTTP/1.1 ").count(), 1, "{response}");
        assert!(response.contains("\r\nConnection: close\r\n"), "{response}");
    }
    assert_eq!(near.handle.statistics().peer_errors, 2);
}

#[apply(jumping!)]
async fn slow_time_outs_are_the_exchanges_own() {
    let near = near(collect);
    let mut client = near.connect();
    let head = |target| format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    client.write_all(head("/patient").as_bytes()).await.unwrap();
    sleep(Duration::from_secs(600)).await;
    client.write_all(b"Bob").await.unwrap();
    assert!(read_until(&mut client, "]").await.ends_with("[3]"));
    let began = Instant::now();
    client.write_all(head("/").as_bytes()).await.unwrap();
    let head = within(read_until(&mut client, "\r\n\r\n")).await;
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    let took = began.elapsed();
    assert!((5..7).contains(&took.as_secs()), "{took:?}");
}

#[apply(jumping!)]
async fn slow_content_that_nobody_asks_for_is_not_counted() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        sleep(Duration::from_secs(600)).await;
        while exchange.read().await?.is_some() {}
        sleep(Duration::from_secs(600)).await;
        exchange.send(&Response::new(200), b"[3]").await
    });
    let mut client = near.connect();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_secs(601)).await;
    client.write_all(b"Bob").await.unwrap();
    let mut all = String::new();
    while !all.ends_with("[3]") {
        use tokio::io::AsyncReadExt;
        all.push(char::from(client.read_u8().await.unwrap()));
    }
    assert!(all.starts_with("HTTP/1.1 200 "), "{all}");
}
