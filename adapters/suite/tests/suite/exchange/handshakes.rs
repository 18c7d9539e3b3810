//! What goes before HTTP (SHUT, ACPT).

use crate::stories::story;
use crate::suite::exchange::near::{near_with, read_all, read_until, until, within};
use blazeio::{Response, Server};
use blazeio_driver::{Accepted, Address, Error, Exchange, Handshake, Runtime, Wait};
use macro_rules_attribute::apply;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::unbounded_channel;

/// Names peers, refuses them, or keeps them waiting for ever.
#[derive(Clone)]
enum Door {
    Names(&'static str),
    Refuses,
    Waits,
}

impl Handshake for Door {
    fn take(&self, (transport, peer): Accepted, _: &Arc<dyn Runtime>) -> Wait<Accepted> {
        let door = self.clone();
        Box::pin(async move {
            match door {
                Self::Names(name) => Ok((transport, name.parse().unwrap())),
                Self::Refuses => Err(io::Error::other(format!("{peer} may not"))),
                Self::Waits => pending().await,
            }
        })
    }
}

async fn name(mut exchange: Exchange<Server>) -> Result<(), Error> {
    let name = format!("[{}]", exchange.peer());
    exchange.send(&Response::new(200), name.as_bytes()).await
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[apply(story!)]
async fn handshakes_are_taken_in_order_and_one_that_fails_is_told_of() {
    let (told, mut hears) = unbounded_channel();
    let near = near_with(name, |serve| {
        serve.handshake(Door::Names("192.0.2.1:7")).handshake(Door::Names("192.0.2.2:7"))
    });
    let mut client = near.connect();
    client.write_all(GET).await.unwrap();
    assert!(read_until(&mut client, "]").await.ends_with("[192.0.2.2:7]"));

    let near = near_with(name, |serve| {
        let doors = serve.handshake(Door::Names("192.0.2.1:7")).handshake(Door::Refuses);
        doors.report(move |report| told.send(report.to_string()).unwrap())
    });
    let mut client = near.connect();
    assert_eq!(read_all(&mut client).await, "");
    assert_eq!(hears.recv().await.unwrap(), "192.0.2.1:7: 192.0.2.1:7 may not");
    assert_eq!(near.handle.addresses(), [Address::Unnamed]);
}

#[apply(story!)]
async fn shut_a_handshake_in_hand_holds_up_no_exit() {
    let near = near_with(name, |serve| serve.handshake(Door::Waits));
    let mut clients: Vec<_> = (0..5).map(|_| near.connect()).collect();
    until(|| near.handle.statistics().active >= 5).await;
    drop(clients.pop());
    let began = Instant::now();
    assert_eq!(within(near.handle.exit()).await.cut, 0);
    assert!(began.elapsed() < Duration::from_secs(5));
    for client in &mut clients {
        assert_eq!(read_all(client).await, "");
    }
}
