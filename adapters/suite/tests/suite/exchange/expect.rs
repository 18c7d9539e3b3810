//! Content that waits for 100 (Continue) (RFC 9110 §10.1.1).

use crate::stories::{jumping, story};
use crate::suite::exchange::near::{LONG, client, near, read_all, read_until, waits, within};
use blazeio::{Method, Request, Response, Server, Timeout};
use blazeio_driver::Exchange;
use macro_rules_attribute::apply;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

const EXPECTS: &str =
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// How long a client waits for an answer here, where it is not to give up: far longer than [`LONG`].
const PATIENT: Timeout = Timeout::secs(60);

#[apply(story!)]
async fn expect_a_server_sends_100_when_its_handler_reads_and_not_before() {
    let (go, wait) = tokio::sync::watch::channel(false);
    let near = near(move |mut exchange: Exchange<Server>| {
        let mut wait = wait.clone();
        async move {
            let _ = wait.wait_for(|go| *go).await;
            let content = exchange.read().await?.map(<[u8]>::to_vec).unwrap();
            exchange.send(&Response::new(200), &content).await
        }
    });
    let mut client = near.connect();
    client.write_all(EXPECTS.as_bytes()).await.unwrap();
    assert!(waits(client.read_u8()).await);
    go.send_replace(true);
    assert_eq!(read_until(&mut client, "\r\n\r\n").await, CONTINUE);
    client.write_all(b"Bob").await.unwrap();
    assert!(read_until(&mut client, "Bob").await.starts_with("HTTP/1.1 200 OK\r\n"));
    // Content that is there already waits for nothing.
    client.write_all(format!("{EXPECTS}Bob").as_bytes()).await.unwrap();
    let response = read_until(&mut client, "Bob").await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
}

#[apply(story!)]
async fn expect_a_server_that_does_not_read_sends_no_100_and_closes() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        exchange.send(&Response::new(403), b"no").await
    });
    let mut client = near.connect();
    client.write_all(EXPECTS.as_bytes()).await.unwrap();
    client.shutdown().await.unwrap();
    let response = read_all(&mut client).await;
    assert!(response.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{response}");
    assert!(response.contains("\r\nConnection: close\r\n"), "{response}");
}

fn expecting() -> Request<'static> {
    Request::new(Method::Post, "/", "a").sized(3).expect_continue()
}

#[apply(story!)]
async fn expect_a_client_writes_once_100_is_there() {
    let (ours, mut server) = duplex(4096);
    let mut connection = client(ours).await;
    let mut exchange = connection.open(&expecting()).await.unwrap();
    exchange.set_timeouts(|timeouts| timeouts.continue_wait = PATIENT);
    let serving = async {
        let head = read_until(&mut server, "\r\n\r\n").await;
        assert!(head.contains("\r\nExpect: 100-continue\r\n"), "{head}");
        assert!(waits(server.read_u8()).await);
        server.write_all(CONTINUE.as_bytes()).await.unwrap();
        assert_eq!(read_until(&mut server, "Bob").await, "Bob");
    };
    let began = Instant::now();
    let (written, ()) = tokio::join!(exchange.write(b"Bob"), within(serving));
    written.unwrap();
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    exchange.finish().await.unwrap();
    server.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    assert_eq!(within(exchange.head()).await.unwrap().status(), 204);
    assert_eq!(within(exchange.read()).await.unwrap(), None);
    drop(exchange);
    assert!(connection.is_idle());
}

#[apply(story!)]
async fn expect_a_writer_hears_of_the_100_that_a_reader_in_another_task_received() {
    let (ours, mut server) = duplex(4096);
    let mut connection = client(ours).await;
    let exchange = connection.open(&expecting()).await.unwrap();
    exchange.set_timeouts(|timeouts| timeouts.continue_wait = PATIENT);
    let (mut reader, mut writer) = exchange.into_split();
    let reading = crate::suite::on::spawn(async move {
        let interim = reader.interim().await.unwrap().map(|head| head.status());
        (interim, reader.head().await.unwrap().status())
    });
    // So that it waits first.
    crate::suite::on::yield_now().await;
    let writing = crate::suite::on::spawn(async move {
        writer.write(b"Bob").await.unwrap();
        writer.finish().await.unwrap();
    });
    read_until(&mut server, "\r\n\r\n").await;
    crate::suite::on::yield_now().await;
    let began = Instant::now();
    server.write_all(CONTINUE.as_bytes()).await.unwrap();
    assert_eq!(read_until(&mut server, "Bob").await, "Bob");
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    within(writing).await.unwrap();
    server.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    assert_eq!(within(reading).await.unwrap(), (Some(100), 204));
}

#[apply(jumping!)]
async fn expect_a_client_writes_after_a_second_without_an_answer() {
    for reads in [false, true] {
        let (ours, mut server) = duplex(4096);
        let mut connection = client(ours).await;
        let mut exchange = connection.open(&expecting()).await.unwrap();
        let (reader, writer) = exchange.split();
        let began = Instant::now();
        if reads {
            let served = async {
                read_until(&mut server, "Bob").await;
                server.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
                began.elapsed()
            };
            let sending = async {
                writer.write(b"Bob").await.unwrap();
                writer.finish().await.unwrap();
            };
            let (head, (), took) = tokio::join!(reader.head(), sending, served);
            assert_eq!(head.unwrap().status(), 204);
            assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(2), "{took:?}");
        } else {
            within(writer.write(b"Bob")).await.unwrap();
            let took = began.elapsed();
            assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(2), "{took:?}");
            assert!(read_until(&mut server, "Bob").await.ends_with("\r\n\r\nBob"));
        }
    }
}

#[apply(story!)]
async fn expect_after_a_final_response_content_goes_whole_or_the_connection_closes() {
    for writes in [false, true] {
        let (told, mut hears) = unbounded_channel();
        let (ours, mut server) = duplex(4096);
        let mut connection = client(ours).await;
        let mut exchange = connection.open(&expecting()).await.unwrap();
        exchange.set_timeouts(|timeouts| timeouts.continue_wait = PATIENT);
        crate::suite::on::spawn(async move {
            read_until(&mut server, "\r\n\r\n").await;
            let refusal = b"HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno";
            server.write_all(refusal).await.unwrap();
            let mut rest = Vec::new();
            server.read_to_end(&mut rest).await.unwrap();
            told.send(rest).unwrap();
        });
        let began = Instant::now();
        if writes {
            within(exchange.write(b"Bob")).await.unwrap();
            within(exchange.finish()).await.unwrap();
        }
        assert_eq!(within(exchange.head()).await.unwrap().status(), 417);
        assert_eq!(within(exchange.read()).await.unwrap(), Some(&b"no"[..]));
        assert_eq!(within(exchange.read()).await.unwrap(), None);
        assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
        drop(exchange);
        assert_eq!(connection.is_open(), writes);
        drop(connection);
        let sent: &[u8] = if writes { b"Bob" } else { b"" };
        assert_eq!(within(hears.recv()).await.unwrap(), sent);
    }
}

#[apply(story!)]
async fn expect_a_writer_reads_on_for_a_reader_that_asks_no_more() {
    let (ours, mut server) = duplex(4096);
    let mut connection = client(ours).await;
    let exchange = connection.open(&expecting()).await.unwrap();
    exchange.set_timeouts(|timeouts| timeouts.continue_wait = Timeout::OFF);
    let (mut reader, mut writer) = exchange.into_split();
    assert!(waits(reader.head()).await);
    let asking = crate::suite::on::spawn(async move {
        assert!(waits(reader.head()).await);
        reader
    });
    crate::suite::on::yield_now().await;
    // Somebody asks now, and gives up while this waits.
    let writing = crate::suite::on::spawn(async move {
        writer.write(b"Bob").await.unwrap();
        writer.finish().await.unwrap();
        writer
    });
    let _reader = within(asking).await.unwrap();
    server.write_all(CONTINUE.as_bytes()).await.unwrap();
    let _writer = within(writing).await.unwrap();
    assert!(read_until(&mut server, "Bob").await.starts_with("POST / "));
}
