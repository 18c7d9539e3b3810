//! Many requests in one read.

use crate::stories::story;
use crate::suite::exchange::gate::Gate;
use crate::suite::exchange::near::{near, read_until};
use blazeio::{Response, Server};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use tokio::io::AsyncWriteExt;

async fn hello(mut exchange: Exchange<Server>) -> Result<(), Error> {
    exchange.send(&Response::new(200), b"Hello").await
}

#[apply(story!)]
async fn pipe_what_came_in_one_read_is_answered_in_one_write() {
    let near = near(hello);
    let gate = Gate::of(usize::MAX);
    let mut stream = near.connect_by(64 * 1024, |pipe| gate.before(pipe));
    for round in 1..=3 {
        let requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20);
        stream.write_all(requests.as_bytes()).await.unwrap();
        for _ in 0..20 {
            let response = read_until(&mut stream, "Hello").await;
            assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        }
        assert_eq!(gate.writes(), round);
    }
    assert_eq!(near.handle.statistics().requests, 60);
}

#[apply(story!)]
async fn pipe_head_and_content_go_in_one_write_of_either_size() {
    for size in [5, 2000, 20_000] {
        let near = near(move |mut exchange: Exchange<Server>| async move {
            exchange.send(&Response::new(200), &vec![b'x'; size]).await
        });
        let gate = Gate::of(usize::MAX);
        let mut stream = near.connect_by(64 * 1024, |pipe| gate.before(pipe));
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        read_until(&mut stream, &"x".repeat(size)).await;
        assert_eq!(gate.writes(), 1, "{size}");
    }
}
