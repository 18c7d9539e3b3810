//! Both directions at once.

use crate::stories::{spread, story};
use crate::suite::exchange::near::{near, within};
use blazeio::{Content, Length, Method, Request, Response, Server};
use blazeio_driver::{ClientConnection, Error, Exchange};
use macro_rules_attribute::apply;

async fn echo(mut exchange: Exchange<Server>) -> Result<(), Error> {
    let content = match exchange.request().length() {
        Length::Sized(n) => Content::Sized(n),
        Length::Chunked => Content::Streamed,
        _ => Content::Empty,
    };
    exchange.respond(&Response::new(200).content(content)).await?;
    let (reader, writer) = exchange.split();
    while let Some(piece) = reader.read().await? {
        writer.write(piece).await?;
    }
    exchange.finish().await
}

fn content(size: u32) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8).collect()
}

/// Sends `content` in pieces, by a reader and a writer in one task; what came back.
async fn in_one_task(connection: &mut ClientConnection, content: &[u8]) -> Vec<u8> {
    let request = Request::new(Method::Post, "/", "a").streamed();
    let mut exchange = connection.open(&request).await.unwrap();
    let (reader, writer) = exchange.split();
    let sending = async {
        for piece in content.chunks(7000) {
            writer.write(piece).await.unwrap();
        }
        writer.finish().await.unwrap();
    };
    let receiving = async {
        assert_eq!(reader.head().await.unwrap().status(), 200);
        let mut all = Vec::new();
        while let Some(piece) = reader.read().await.unwrap() {
            all.extend_from_slice(piece);
        }
        all
    };
    tokio::join!(sending, receiving).1
}

#[apply(spread!)]
async fn an_echo_over_tcp_comes_back_whole_by_one_connection() {
    let handle = crate::subject::serve("127.0.0.1:0", echo).start().unwrap();
    let connector = crate::subject::connector();
    let mut connection = connector.connect(&handle.addresses()[0]).await.unwrap();
    for round in 0..50 {
        let content = content(round * 5000);
        let back = within(in_one_task(&mut connection, &content)).await;
        assert!(back == content, "{round}");
    }
    drop(connection);
    let statistics = handle.statistics();
    assert_eq!((statistics.accepted, statistics.requests), (1, 50));
    assert_eq!(handle.exit().await.cut, 0);
    assert_eq!(handle.memory_used(), 0);
}

/// Answers from two tasks: one reads, another writes what it was given.
async fn relay(exchange: Exchange<Server>) -> Result<(), Error> {
    let (mut reader, mut writer) = exchange.into_split();
    let (sender, mut pieces) = tokio::sync::mpsc::channel::<Vec<u8>>(2);
    let reading = crate::suite::on::spawn(async move {
        while let Some(piece) = reader.read().await? {
            if sender.send(piece.to_vec()).await.is_err() {
                break;
            }
        }
        Ok::<_, Error>(reader)
    });
    let writing = crate::suite::on::spawn(async move {
        writer.respond(&Response::new(200).streamed()).await?;
        while let Some(piece) = pieces.recv().await {
            writer.write(&piece).await?;
        }
        writer.finish().await
    });
    let reader = reading.await.unwrap()?;
    writing.await.unwrap()?;
    assert!(reader.is_complete());
    Ok(())
}

#[apply(spread!)]
async fn an_owned_half_goes_to_another_task_in_both_roles() {
    let handle = crate::subject::serve("127.0.0.1:0", relay).start().unwrap();
    let connector = crate::subject::connector();
    let mut connection = connector.connect(&handle.addresses()[0]).await.unwrap();
    for round in 0..30 {
        let content = content(round * 9000);
        let request = Request::new(Method::Post, "/", "a").sized(content.len() as u64);
        let exchange = connection.open(&request).await.unwrap();
        let (mut reader, mut writer) = exchange.into_split();
        let sent = content.clone();
        let sending = crate::suite::on::spawn(async move {
            for piece in sent.chunks(5000) {
                writer.write(piece).await.unwrap();
            }
            writer.finish().await.unwrap();
        });
        let receiving = crate::suite::on::spawn(async move {
            let mut all = Vec::new();
            while let Some(piece) = reader.read().await.unwrap() {
                all.extend_from_slice(piece);
            }
            all
        });
        within(sending).await.unwrap();
        assert!(within(receiving).await.unwrap() == content, "{round}");
    }
}

#[apply(story!)]
async fn a_pipe_of_64_bytes_is_enough_for_both_directions() {
    let near = near(echo);
    let stream = near.connect_by(64, blazeio_driver::TokioIo::new);
    let mut connection = crate::suite::exchange::near::client(stream).await;
    for size in [0, 1, 63, 5000, 100_000] {
        let content = content(size);
        assert!(within(in_one_task(&mut connection, &content)).await == content, "{size}");
    }
}
