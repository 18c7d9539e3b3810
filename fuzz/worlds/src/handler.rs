//! The server's handlers: each way to use an exchange.
//!
//! The target says which: `/WAY/KEY/LENGTH/READS`. The content of the response is a pattern of its
//! own.

use crate::ledger::{Ledger, Received, content, partner};
use blazeio::{Field, Response, Server};
use blazeio_driver::sim::{Dice, maybe_cancel, sleep};
use blazeio_driver::{Error, Exchange, Reader, Runtime, Tunnel, Writer};
use futures::future::{join, select};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

/// Every way but "upgrade".
pub const WAYS: &[&str] = &[
    "all", "all", "both", "both", "tasks", "tasks", "slow", "early", "part", "interim", "watch",
    "nothing", "fail", "panic", "abort",
];

/// Ends with the first of two.
pub async fn race(one: impl Future, other: impl Future) {
    select(pin!(one), pin!(other)).await;
}

/// Answers one request.
pub struct Handler {
    pub ledger: Ledger,
    pub dice: Dice,
    way: String,
    key: u64,
    length: u64,
    /// The client reads while it sends.
    is_read: bool,
    /// Much is waited for.
    is_patient: bool,
    runtime: Arc<dyn Runtime>,
}

impl Handler {
    /// For the request of `exchange`.
    pub fn new(exchange: &Exchange<Server>, ledger: Ledger, dice: Dice) -> Self {
        let target = String::from_utf8(exchange.request().raw_target().to_vec()).unwrap();
        let mut words = target[1..].split('/');
        let way = words.next().unwrap().to_owned();
        let mut number = || words.next().unwrap().parse().unwrap();
        let (key, length, reads) = (number(), number(), number());
        let (is_read, is_patient) = (reads > 0, reads > 1);
        let runtime = Arc::clone(exchange.runtime());
        Self { ledger, dice, way, key, length, is_read, is_patient, runtime }
    }

    /// Answers in the way that was asked for.
    pub async fn answer(mut self, mut exchange: Exchange<Server>) -> Result<(), Error> {
        let runtime = Arc::clone(&self.runtime);
        match self.way.as_str() {
            "upgrade" => {
                let response = Response::new(101).upgrade("echo");
                return self.tunnel(exchange.upgrade(&response).await?).await;
            }
            "nothing" => return Ok(()),
            "fail" => return Err(Error::Closed(blazeio::CloseReason::LocalClose)),
            "panic" => {
                self.ledger.panics_now();
                std::panic::resume_unwind(Box::new("on purpose"))
            }
            "abort" => {
                exchange.abort();
                return Ok(());
            }
            "interim" => {
                for _ in 0..self.dice.spread(1..=3) {
                    let fields = [Field::new("Link", "</a>; rel=preload")];
                    exchange.send_interim(&Response::new(103).fields(&fields)).await?;
                }
            }
            "slow" => sleep(&*runtime, self.dice.spread(0..=3_000_000)).await,
            "watch" => {
                let nap = sleep(&*runtime, self.dice.spread(0..=5_000_000));
                race(exchange.closed(), nap).await;
            }
            _ => {}
        }
        match self.way.as_str() {
            "early" => self.write_all(exchange.split().1).await,
            "after" => self.go_on_after(exchange).await,
            "part" => {
                if let Some(piece) = exchange.read().await? {
                    Received::new(&self.ledger, self.key).piece(piece);
                }
                self.write_all(exchange.split().1).await
            }
            "both" => {
                let (reader, writer) = exchange.split();
                let mut other = self.fork();
                let (read, written) = join(self.read_all(reader), other.write_all(writer)).await;
                read?;
                written
            }
            "tasks" => {
                let (mut reader, mut writer) = exchange.into_split();
                let mut other = self.fork();
                runtime.spawn(Box::pin(async move {
                    let _ = self.read_all(&mut reader).await;
                }));
                runtime.spawn(Box::pin(async move {
                    let _ = other.write_all(&mut writer).await;
                }));
                Ok(())
            }
            _ => {
                let (reader, writer) = exchange.split();
                self.read_all(reader).await?;
                self.write_all(writer).await
            }
        }
    }

    /// Answers, and goes on with something else: the exchange is dropped before that, or held.
    async fn go_on_after(&mut self, mut exchange: Exchange<Server>) -> Result<(), Error> {
        let (reader, writer) = exchange.split();
        if self.dice.chance(0.5) {
            self.read_all(reader).await?;
        }
        self.write_all(writer).await?;
        let kept = self.dice.chance(0.5).then_some(exchange);
        sleep(&*self.runtime, self.dice.spread(0..=10_000_000)).await;
        drop(kept);
        Ok(())
    }

    fn fork(&mut self) -> Self {
        Self {
            ledger: self.ledger.clone(),
            dice: self.dice.fork(),
            way: self.way.clone(),
            runtime: Arc::clone(&self.runtime),
            key: self.key,
            length: self.length,
            is_read: self.is_read,
            is_patient: self.is_patient,
        }
    }

    async fn write_all(&mut self, writer: &mut Writer<Server>) -> Result<(), Error> {
        let key = partner(self.key);
        let is_chunked = self.dice.chance(0.5);
        let response = Response::new(200);
        let response = if is_chunked { response.streamed() } else { response.sized(self.length) };
        if !is_chunked {
            // Where the length is announced, its last byte is the end.
            self.ledger.ends(key, self.length, 0);
        }
        writer.respond(&response).await?;
        let mut at = 0;
        while at < self.length {
            let most = (self.length - at).min(if self.is_patient || self.dice.chance(0.5) {
                1_500
            } else {
                40_000
            });
            let piece = content(key, at, self.dice.spread(1..=most) as usize);
            let before = at;
            at += piece.len() as u64;
            self.ledger.begins(key, at);
            let mut stays = false;
            // A write that was dropped changed nothing, or else this one fails.
            while maybe_cancel(&mut self.dice, writer.write(&piece)).await.transpose()?.is_none() {
                self.ledger.cancelled(key);
                if self.is_read && self.dice.chance(0.3) {
                    stays |= !self.ledger.arrives(&*self.runtime, key, before).await;
                    self.is_read &= !stays;
                }
            }
            if stays {
                self.ledger.stays(key, before);
            }
            if self.dice.chance(0.1) {
                writer.flush().await?;
            } else if self.is_read
                && self.dice.chance(if self.is_patient { 0.5 } else { 0.1 })
                && !self.ledger.arrives(&*self.runtime, key, at).await
            {
                self.ledger.stays(key, at);
                self.is_read = false;
            }
        }
        let fields = [Field::new("T", "end")];
        let has_trailers = is_chunked && self.dice.chance(0.3);
        let trailers: &[Field<'_>] = if has_trailers { &fields } else { &[] };
        if is_chunked {
            self.ledger.ends(key, at, trailers.len());
        }
        writer.finish_with(trailers).await
    }

    async fn read_all(&mut self, reader: &mut Reader<Server>) -> Result<(), Error> {
        let mut received = Received::new(&self.ledger, self.key);
        loop {
            match maybe_cancel(&mut self.dice, reader.read()).await.transpose()? {
                None => {}
                Some(Some(piece)) => received.piece(piece),
                Some(None) => break,
            }
        }
        received.end(reader.trailers().map_or(0, Iterator::count));
        Ok(())
    }

    /// Sends back what comes, for as long as somebody is there.
    async fn tunnel(&mut self, mut tunnel: Tunnel<Server>) -> Result<(), Error> {
        let runtime = Arc::clone(tunnel.runtime());
        let mut received = Received::new(&self.ledger, self.key);
        let work = async {
            loop {
                let mut room = vec![0; self.dice.spread(1..=5_000) as usize];
                match tunnel.read(&mut room).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => {
                        received.piece(&room[..n]);
                        if tunnel.write(&room[..n]).await.is_err() {
                            break;
                        }
                        let _ = tunnel.flush().await;
                    }
                }
            }
            let _ = tunnel.shutdown().await;
        };
        // Nothing but keepalive, which is not simulated, ends a tunnel to a vanished peer.
        race(work, sleep(&*runtime, 120_000_000)).await;
        Ok(())
    }
}
