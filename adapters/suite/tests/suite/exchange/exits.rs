//! The end of a server (SHUT).

use crate::stories::story;
use crate::suite::exchange::near::{near, near_with, read_all, read_until, until, within};
use blazeio::{Response, Server};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use std::future::pending;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Answers, and goes on for ever.
async fn lingers(mut exchange: Exchange<Server>) -> Result<(), Error> {
    exchange.send(&Response::new(200), b"Hello").await?;
    pending().await
}

#[apply(story!)]
async fn shut_a_handler_that_goes_on_after_its_response_has_the_grace_and_no_more() {
    let grace = Duration::from_millis(200);
    for is_gone in [false, true] {
        let near = near_with(lingers, |serve| serve.grace(grace));
        let mut client = near.connect();
        client.write_all(GET).await.unwrap();
        read_until(&mut client, "Hello").await;
        let client = (!is_gone).then_some(client);
        crate::suite::on::sleep(Duration::from_millis(20)).await;
        let began = Instant::now();
        assert_eq!(within(near.handle.exit()).await.cut, 1);
        assert!(began.elapsed() >= grace);
        assert_eq!(near.handle.statistics().active, 0);
        drop(client);
    }
}

#[apply(story!)]
async fn shut_abort_ends_everything_at_once() {
    let near = near(|exchange: Exchange<Server>| async move {
        let _held = exchange;
        pending().await
    });
    let mut clients: Vec<_> = (0..3).map(|_| near.connect()).collect();
    clients[0].write_all(GET).await.unwrap();
    clients[1].write_all(b"GET / HT").await.unwrap();
    let statistics = || near.handle.statistics();
    until(|| statistics().requests >= 1 && statistics().active >= 3).await;
    near.handle.abort();
    within(near.handle.finished()).await;
    for client in &mut clients {
        assert_eq!(read_all(client).await, "");
    }
    assert_eq!(near.handle.memory_used(), 0);
}

#[apply(story!)]
async fn shut_a_busy_exchange_finishes_and_says_close() {
    let (go, wait) = tokio::sync::watch::channel(false);
    let near = near(move |mut exchange: Exchange<Server>| {
        let mut wait = wait.clone();
        async move {
            let _ = wait.wait_for(|go| *go).await;
            exchange.send(&Response::new(200), b"Hello").await
        }
    });
    let mut client = near.connect();
    client.write_all(&GET.repeat(3)).await.unwrap();
    until(|| near.handle.statistics().requests >= 1).await;
    near.handle.stop();
    go.send_replace(true);
    client.shutdown().await.unwrap();
    let response = read_all(&mut client).await;
    assert_eq!(response.matches("HTTP/1.1 200 OK\r\n").count(), 1, "{response}");
    assert!(response.contains("\r\nConnection: close\r\n"), "{response}");
    drop(client);
    assert_eq!(within(near.handle.exit()).await.cut, 0);
}

#[apply(story!)]
async fn shut_an_exit_without_a_grace_counts_what_it_cut_and_nothing_else() {
    let near = near_with(lingers, |serve| serve.grace(Duration::ZERO));
    assert_eq!(within(near.handle.exit()).await.cut, 0);
    let near = near_with(lingers, |serve| serve.grace(Duration::ZERO));
    let mut client = near.connect();
    client.write_all(GET).await.unwrap();
    read_until(&mut client, "Hello").await;
    let (first, second) = tokio::join!(near.handle.exit(), near.handle.exit());
    assert_eq!((first.cut, second.cut), (1, 1));
}

/// A server over sockets, and a client of it that has had an answer.
async fn served() -> (blazeio_driver::Handle, tokio::net::TcpStream) {
    let hello = |mut exchange: Exchange<Server>| async move {
        exchange.send(&Response::new(200), b"Hello").await
    };
    let handle = crate::subject::serve("127.0.0.1:0", hello).start().unwrap();
    let address = handle.addresses()[0].as_tcp().unwrap();
    let mut client = crate::suite::peer::connect(address).await.unwrap();
    client.write_all(GET).await.unwrap();
    read_until(&mut client, "Hello").await;
    (handle, client)
}

#[apply(story!)]
async fn shut_a_request_that_lies_unread_is_answered_and_resets_nothing() {
    for requests in [1, 3] {
        let (handle, mut client) = served().await;
        // It has come, and the connection's task has had no turn since.
        client.write_all(&GET.repeat(requests)).await.unwrap();
        handle.stop();
        let response = read_all(&mut client).await;
        // Where another thread serves it may have answered some before the stop.
        let answered = response.matches("HTTP/1.1 200 OK\r\n").count();
        let is_last = response.contains("\r\nConnection: close\r\n");
        assert!((1..=requests).contains(&answered), "{response}");
        assert!(is_last || answered == requests, "{response}");
        drop(client);
        assert_eq!(within(handle.exit()).await.cut, 0);
    }
}

#[apply(story!)]
async fn shut_a_connection_that_only_waits_for_its_peers_goodbye_is_not_cut() {
    let near = near_with(
        |mut exchange: Exchange<Server>| async move {
            exchange.send(&Response::new(200).close(), b"Hello").await
        },
        |serve| serve.grace(Duration::from_millis(50)),
    );
    let mut client = near.connect();
    client.write_all(GET).await.unwrap();
    // To its end, behind which the server lingers.
    assert!(read_all(&mut client).await.ends_with("Hello"));
    assert_eq!(near.handle.statistics().active, 1);
    assert_eq!(within(near.handle.exit()).await.cut, 0);
}

#[test]
fn shut_a_server_whose_runtime_ends_before_it_began_is_finished() {
    let handle = crate::suite::on::run(blazeio_driver::Threads::One, || async {
        crate::subject::serve("127.0.0.1:0", lingers).start().unwrap()
    });
    // Of one that does not end with this, it is another test.
    handle.stop();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let finished = async move { handle.finished().await };
        crate::suite::on::run(blazeio_driver::Threads::One, || finished);
        tell.send(())
    });
    told.recv_timeout(crate::suite::exchange::near::LONG).expect("it is finished");
}
