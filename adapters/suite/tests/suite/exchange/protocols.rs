//! Connections that are not HTTP from their first byte on.

use crate::stories::{jumping, story};
use crate::suite::exchange::near::{near, read_all, read_until, within};
use blazeio::Server;
use blazeio_driver::{Protocol, Tunnel, raw};
use macro_rules_attribute::apply;
use tokio::io::AsyncWriteExt;

/// Answers each line with its length, and silence of a second with a question.
#[derive(Default)]
struct Lengths {
    answers: Vec<u8>,
    asks_at: Option<u64>,
    is_ended: bool,
}

impl Protocol for Lengths {
    fn receive(&mut self, input: &[u8], now: u64) -> usize {
        self.asks_at = Some(now + 1_000_000);
        let Some(end) = input.iter().position(|&byte| byte == b'\n') else { return 0 };
        self.answers.extend_from_slice(format!("{end}\n").as_bytes());
        end + 1
    }

    fn end_of_input(&mut self, _: u64) {
        self.is_ended = true;
        self.answers.extend_from_slice(b"bye\n");
    }

    fn send(&mut self, room: &mut [u8], _: u64) -> usize {
        let n = room.len().min(self.answers.len());
        room[..n].copy_from_slice(&self.answers[..n]);
        self.answers.drain(..n);
        n
    }

    fn deadline(&self) -> Option<u64> {
        self.asks_at
    }

    fn expired(&mut self, _: u64) {
        self.asks_at = None;
        self.answers.extend_from_slice(b"well?\n");
    }

    fn is_over(&self) -> bool {
        self.is_ended
    }
}

#[apply(story!)]
async fn a_protocol_of_ones_own_has_the_same_server() {
    let near = near(raw(|mut tunnel: Tunnel<Server>| async move {
        Ok(tunnel.drive(&mut Lengths::default()).await?)
    }));
    let mut client = near.connect();
    client.write_all(b"Hello\n\nhalf").await.unwrap();
    assert_eq!(read_until(&mut client, "0\n").await, "5\n0\n");
    assert_eq!(read_until(&mut client, "?\n").await, "well?\n");
    client.write_all(b" a line\n").await.unwrap();
    assert_eq!(read_until(&mut client, "\n").await, "11\n");
    let long = format!("{}\n", "x".repeat(30_000)).repeat(20);
    let (mut reading, mut writing) = tokio::io::split(client);
    let sending = crate::suite::on::spawn(async move {
        writing.write_all(long.as_bytes()).await.unwrap();
        writing.shutdown().await.unwrap();
    });
    assert_eq!(read_all(&mut reading).await, format!("{}bye\n", "30000\n".repeat(20)));
    within(sending).await.unwrap();
    let statistics = near.handle.statistics();
    assert_eq!((statistics.accepted, statistics.requests), (1, 0));
}

#[apply(story!)]
async fn shut_an_exit_waits_for_its_grace_and_no_longer() {
    let handler = raw(|mut tunnel: Tunnel<Server>| async move {
        Ok(tunnel.drive(&mut Lengths::default()).await?)
    });
    let grace = std::time::Duration::from_millis(200);
    let near = crate::suite::exchange::near::near_with(handler, |serve| serve.grace(grace));
    let mut client = near.connect();
    client.write_all(b"Hello\n").await.unwrap();
    assert_eq!(read_until(&mut client, "\n").await, "5\n");
    let began = std::time::Instant::now();
    assert_eq!(within(near.handle.exit()).await.cut, 1);
    assert!(began.elapsed() >= grace);
    assert_eq!(read_all(&mut client).await, "");
}

#[apply(jumping!)]
async fn clock_no_deadline_of_http_ends_what_is_not_http() {
    let near = near(raw(|mut tunnel: Tunnel<Server>| async move {
        let mut room = [0; 16];
        let n = tunnel.read(&mut room).await?;
        Ok(tunnel.write(&room[..n]).await?)
    }));
    let mut client = near.connect();
    crate::suite::on::sleep(std::time::Duration::from_secs(3600)).await;
    client.write_all(b"late").await.unwrap();
    assert_eq!(read_all(&mut client).await, "late");
}

#[apply(story!)]
async fn memw_a_protocol_that_is_dropped_gives_its_memory_back() {
    let near = near(raw(|mut tunnel: Tunnel<Server>| async move {
        // Given up by its user, in the midst of a line.
        assert!(crate::suite::exchange::near::waits(tunnel.drive(&mut Lengths::default())).await);
        Ok(())
    }));
    let mut client = near.connect();
    client.write_all(b"Hello\nhalf").await.unwrap();
    assert_eq!(read_until(&mut client, "\n").await, "5\n");
    assert!(near.handle.memory_used() > 0);
    assert_eq!(read_all(&mut client).await, "");
    assert_eq!(near.handle.memory_used(), 0);
}
