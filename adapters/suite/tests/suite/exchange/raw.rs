//! A connection that a handler takes away from HTTP.

use crate::stories::story;
use crate::suite::exchange::near::{near, read_all, read_until, within};
use blazeio::{Response, Server, UsageError};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Answers `/http` in order, and all else by what came behind the head, up to `~`, in brackets.
async fn mirror(mut exchange: Exchange<Server>) -> Result<(), Error> {
    if exchange.request().raw_target() == b"/http" {
        return exchange.send(&Response::new(200), b"in order").await;
    }
    let mut tunnel = exchange.into_raw().await?;
    let mut all = Vec::new();
    let mut room = [0; 700];
    while !all.ends_with(b"~") {
        match tunnel.read(&mut room).await? {
            0 => break,
            n => all.extend_from_slice(&room[..n]),
        }
    }
    tunnel.write(&[b"[", &all[..], b"]"].concat()).await?;
    Ok(tunnel.shutdown().await?)
}

#[apply(story!)]
async fn raw_bytes_behind_the_head_are_as_they_were_sent_however_cut() {
    let near = near(mirror);
    let long = format!("{:x}\r\n{}\r\n0\r\n\r\n", 20_000, "x".repeat(20_000));
    for (fields, behind) in [
        ("Content-Length: 5\r\n", "hello"),
        ("Content-Length: 5\r\n", "hello, and more"),
        ("Transfer-Encoding: chunked\r\n", "5;a=b\r\nhello\r\n0\r\nc: d\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "no chunk at all\n"),
        ("Transfer-Encoding: chunked\r\n", &long),
        ("Content-Length: 5\r\nExpect: 100-continue\r\n", "hello"),
        ("", "GET / HTTP/1.1\r\n\r\n"),
        ("", ""),
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        for (with_head, size) in [(0, 1), (3, 7), (usize::MAX, usize::MAX)] {
            let all = format!("{behind}~");
            let (first, rest) = all.split_at(with_head.min(all.len()));
            let size = size.clamp(1, all.len()).max(all.len() / 50);
            let mut client = near.connect();
            client.write_all(format!("{head}{first}").as_bytes()).await.unwrap();
            for piece in rest.as_bytes().chunks(size) {
                client.write_all(piece).await.unwrap();
                crate::suite::on::yield_now().await;
            }
            assert_eq!(read_all(&mut client).await, format!("[{all}]"), "{fields:?}");
        }
    }
}

#[apply(story!)]
async fn raw_responses_before_it_are_sent_first() {
    let near = near(mirror);
    let mut client = near.connect();
    let http = "GET /http HTTP/1.1\r\nHost: a\r\n\r\n";
    let sent = format!("{http}{http}GET / HTTP/1.1\r\nHost: a\r\n\r\nbehind~");
    client.write_all(sent.as_bytes()).await.unwrap();
    for _ in 0..2 {
        let response = read_until(&mut client, "in order").await;
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    assert_eq!(read_all(&mut client).await, "[behind~]");
}

#[apply(story!)]
async fn raw_the_end_of_input_is_the_end() {
    let near = near(mirror);
    let mut client = near.connect();
    client.write_all(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(read_all(&mut client).await, "[half]");
}

#[apply(story!)]
async fn raw_comes_too_late_once_content_was_read_or_anything_sent() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        match exchange.request().raw_target() {
            b"/read" => drop(exchange.read().await?),
            b"/interim" => exchange.send_interim(&Response::new(103)).await?,
            _ => exchange.respond(&Response::new(200).streamed()).await?,
        }
        match exchange.into_raw().await {
            Err(Error::Usage(UsageError::InvalidUpgrade)) => Ok(()),
            other => panic!("{other:?}"),
        }
    });
    const BODY: &str = "Content-Length: 4\r\n\r\nbody";
    // Dropped with it: answered by 500 where that can be, else cut off.
    for (target, statuses) in
        [("/read", &["500"][..]), ("/interim", &["103", "500"]), ("/respond", &["200"])]
    {
        let mut client = near.connect();
        let request = format!("PUT {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{BODY}");
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = within(client.read_to_string(&mut answer)).await;
        let heads = answer.split("HTTP/1.1 ").skip(1);
        assert!(heads.map(|head| &head[..3]).eq(statuses.iter().copied()), "{target}: {answer}");
    }
    assert_eq!(near.handle.statistics().panics, 0);
}
