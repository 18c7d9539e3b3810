//! The clients: each way to use an exchange, over connections that are used again.

use crate::handler::{WAYS, race};
use crate::ledger::{Ledger, Received, content, partner};
use blazeio::{Client, Field, Method, Request};
use blazeio_driver::sim::{Canceller, Dice, maybe_cancel, sleep};
use blazeio_driver::{
    Address, ClientConnection, Connector, Error, Exchange, Reader, Runtime, Tunnel, Writer,
};
use futures::future::join;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Who asks.
pub struct Asking {
    pub ledger: Ledger,
    pub dice: Dice,
    pub canceller: Canceller,
    pub connector: Connector,
    pub runtime: Arc<dyn Runtime>,
    pub address: Address,
    /// Keys are counted from here.
    pub key: u64,
    pub outcome: Arc<Seen>,
    /// What the exchange in hand is.
    pub doing: String,
    pub prints: bool,
    /// No exchange was over its connection yet.
    pub is_fresh: bool,
    /// Much is waited for, in tasks of their own.
    pub is_patient: bool,
    /// Little is sent.
    pub is_small: bool,
}

/// What clients saw.
#[derive(Default)]
pub struct Seen {
    /// An exchange that could not be done in a quarter of an hour.
    pub hung: AtomicBool,
    /// Exchanges that were complete.
    pub complete: AtomicU64,
    /// Exchanges that failed, though nothing that client or server did explains it.
    pub failed: Mutex<Vec<String>>,
}

/// A quarter of an hour: beyond every deadline of the server's, stalls and suspensions.
const PATIENCE: u64 = 900_000_000;

impl Asking {
    /// A few exchanges over one connection; fewer if it breaks.
    pub async fn run(mut self) {
        let Ok(mut connection) = self.connector.connect(&self.address).await else { return };
        for _ in 0..self.dice.spread(1..=4) {
            let runtime = Arc::clone(&self.runtime);
            let mut done = None;
            let seen = Arc::clone(&self.outcome);
            race(async { done = Some(self.exchange(&mut connection).await) }, async {
                sleep(&*runtime, PATIENCE).await;
                seen.hung.store(true, Ordering::Relaxed);
            })
            .await;
            match done {
                Some(Ok(())) => {
                    seen.complete.fetch_add(1, Ordering::Relaxed);
                }
                Some(Err(Failure::Explained)) | None => return,
                Some(Err(Failure::Of(error))) => {
                    if self.prints {
                        println!("{} us  message {}: {error:?}", runtime.now(), self.key);
                    }
                    // One that is used again may cross the server's close.
                    if self.is_fresh && !self.is_cancelled() {
                        let failed = format!("message {} {}: {error:?}", self.key, self.doing);
                        seen.failed.lock().unwrap().push(failed);
                    }
                    return;
                }
            }
            self.is_fresh = false;
            if self.dice.chance(0.2) {
                sleep(&*runtime, self.dice.spread(0..=100_000_000)).await;
            }
            if !connection.is_open() {
                return;
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        [self.key, partner(self.key)].iter().any(|key| self.ledger.sent(*key).is_cancelled)
    }

    async fn exchange(&mut self, connection: &mut ClientConnection) -> Result<(), Failure> {
        self.key += 1;
        if self.dice.chance(0.08) {
            let _ = self.upgrade(connection).await;
            return Err(Failure::Explained);
        }
        let ways = if self.is_patient { &["tasks", "all"] } else { WAYS };
        let way = *self.dice.choose(ways).unwrap();
        let sizes = [0, 1, 100, 3_000, 20_000, 100_000];
        let sizes = if self.is_small { &sizes[..4] } else { &sizes };
        let most = *self.dice.choose(sizes).unwrap();
        let sent = self.dice.spread(0..=most);
        let most = *self.dice.choose(sizes).unwrap();
        let back = self.dice.spread(0..=most);
        let use_of_it = if self.is_patient { 9 } else { self.dice.spread(0..=9) };
        // A connection that is used again may be closed just now: nothing is sure then.
        let is_read = use_of_it > 3 && self.is_fresh;
        let reads = if is_read { 1 + u8::from(self.is_patient) } else { 0 };
        let target = format!("/{way}/{}/{back}/{reads}", self.key);
        let request = Request::new(Method::Post, &target, "a");
        let is_chunked = self.dice.chance(0.5);
        let request = if is_chunked { request.streamed() } else { request.sized(sent) };
        let expects = (is_chunked || sent > 0) && self.dice.chance(0.2);
        let request = if expects { request.expect_continue() } else { request };
        if !is_chunked {
            // Where the length is announced, its last byte is the end.
            self.ledger.ends(self.key, sent, 0);
        }
        let mut exchange = connection.open(&request).await?;
        self.doing = format!("{target}, {sent} bytes, chunked {is_chunked}, expects {expects}");
        if self.prints {
            println!("{} us  message {} {}", self.runtime.now(), self.key, self.doing);
        }
        let is_read = ["all", "interim"].contains(&way) && reads > 0;
        let is_patient = self.is_patient;
        let plan = Plan { key: self.key, length: sent, is_chunked, is_read, is_patient };
        match use_of_it {
            // Given up somewhere.
            0 => {
                let runtime = Arc::clone(&self.runtime);
                let nap = self.dice.spread(0..=200_000);
                race(self.in_turn(&mut exchange, plan), sleep(&*runtime, nap)).await;
                drop(exchange);
                Err(Failure::Explained)
            }
            _ if way == "abort" => {
                let _ = self.in_turn(&mut exchange, plan).await;
                Err(Failure::Explained)
            }
            1..=3 if ["part", "early", "after", "interim"].contains(&way) => {
                // Both may wait for the other to read.
                self.in_turn(&mut exchange, plan).await.map_err(|_| Failure::Explained)
            }
            1..=3 => self.in_turn(&mut exchange, plan).await,
            4..=7 => {
                let (reader, writer) = exchange.split();
                let mut other = self.fork();
                let (sent, received) = join(
                    send(writer, plan, &mut other),
                    receive(reader, plan.key, &mut self.canceller, &self.ledger),
                )
                .await;
                received?;
                // A server that answered may have closed before all of it.
                sent.map_err(|_| Failure::Explained)
            }
            _ => {
                let (mut reader, mut writer) = exchange.into_split();
                let mut other = self.fork();
                self.runtime.spawn(Box::pin(async move {
                    // The server may have answered, and closed, before all of it.
                    let _ = send(&mut writer, plan, &mut other).await;
                }));
                Ok(receive(&mut reader, plan.key, &mut self.canceller, &self.ledger).await?)
            }
        }
    }

    fn fork(&mut self) -> Sending {
        let runtime = Arc::clone(&self.runtime);
        Sending { dice: self.dice.fork(), ledger: self.ledger.clone(), runtime }
    }

    async fn in_turn(
        &mut self,
        exchange: &mut Exchange<Client>,
        plan: Plan,
    ) -> Result<(), Failure> {
        let (reader, writer) = exchange.split();
        let mut other = self.fork();
        let sent = send(writer, plan, &mut other).await;
        // What the server said is worth reading even so (RFC 9112 §9.5).
        receive(reader, plan.key, &mut self.canceller, &self.ledger).await?;
        sent.map_err(|_| Failure::Explained)
    }

    async fn upgrade(&mut self, connection: &mut ClientConnection) -> Result<(), Error> {
        let target = format!("/upgrade/{}/0/0", self.key);
        let request = Request::new(Method::Get, &target, "a").upgrade("echo");
        let mut exchange = connection.send(&request).await?;
        if exchange.head().await?.status() != 101 {
            // Too late, or the server stops.
            return Err(Error::Closed(blazeio::CloseReason::LocalClose));
        }
        let mut tunnel = exchange.into_tunnel().await?;
        let _ = self.echo(&mut tunnel).await;
        Err(Error::Closed(blazeio::CloseReason::LocalClose))
    }

    async fn echo(&mut self, tunnel: &mut Tunnel<Client>) -> std::io::Result<()> {
        let length = self.dice.spread(1..=10_000) as usize;
        let bytes = content(self.key, 0, length);
        self.ledger.begins(self.key, length as u64);
        // As much as fits the smallest buffer, or both might wait for each other.
        let mut back = Received::new(&self.ledger, self.key);
        let mut got = 0;
        for piece in bytes.chunks(100) {
            tunnel.write(piece).await?;
            tunnel.flush().await?;
            let until = got + piece.len();
            while got < until {
                let mut room = [0; 64];
                match tunnel.read(&mut room).await? {
                    0 => return Ok(()),
                    n => {
                        back.piece(&room[..n]);
                        got += n;
                    }
                }
            }
        }
        tunnel.shutdown().await
    }
}

/// Why an exchange is not complete.
enum Failure {
    /// Client or server meant it so.
    Explained,
    Of(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Of(error)
    }
}

/// What a request sends.
#[derive(Clone, Copy)]
struct Plan {
    key: u64,
    length: u64,
    is_chunked: bool,
    /// The server reads all of it.
    is_read: bool,
    is_patient: bool,
}

/// Who sends.
struct Sending {
    dice: Dice,
    ledger: Ledger,
    runtime: Arc<dyn Runtime>,
}

async fn send(
    writer: &mut Writer<Client>,
    mut plan: Plan,
    sending: &mut Sending,
) -> Result<(), Error> {
    let Sending { dice, ledger, runtime } = sending;
    let mut at = 0;
    while at < plan.length {
        let most = (plan.length - at).min(if plan.is_patient || dice.chance(0.5) {
            1_500
        } else {
            30_000
        });
        let piece = content(plan.key, at, dice.spread(1..=most) as usize);
        let before = at;
        at += piece.len() as u64;
        ledger.begins(plan.key, at);
        let mut stays = false;
        // A write that was dropped changed nothing, or else this one fails.
        while maybe_cancel(dice, writer.write(&piece)).await.transpose()?.is_none() {
            ledger.cancelled(plan.key);
            if plan.is_read && dice.chance(0.3) {
                stays |= !ledger.arrives(&**runtime, plan.key, before).await;
                plan.is_read &= !stays;
            }
        }
        if stays {
            ledger.stays(plan.key, before);
        }
        if plan.is_read
            && dice.chance(if plan.is_patient { 0.5 } else { 0.1 })
            && !ledger.arrives(&**runtime, plan.key, at).await
        {
            ledger.stays(plan.key, at);
            plan.is_read = false;
        }
    }
    let fields = [Field::new("T", "end")];
    let trailers: &[Field<'_>] = if plan.is_chunked && dice.chance(0.3) { &fields } else { &[] };
    if plan.is_chunked {
        ledger.ends(plan.key, at, trailers.len());
    }
    writer.finish_with(trailers).await
}

async fn receive(
    reader: &mut Reader<Client>,
    key: u64,
    canceller: &mut Canceller,
    ledger: &Ledger,
) -> Result<(), Error> {
    let status = loop {
        if let Some(head) = canceller.maybe(reader.head()).await {
            break head?.status();
        }
    };
    let mut received = Received::new(ledger, partner(key));
    let mut length = 0;
    loop {
        match canceller.maybe(reader.read()).await.transpose()? {
            None => {}
            Some(Some(piece)) if status == 200 => received.piece(piece),
            Some(Some(piece)) => length += piece.len(),
            Some(None) => break,
        }
    }
    match status {
        200 => received.end(reader.trailers().map_or(0, Iterator::count)),
        // The ready-made ones have no content.
        _ => assert_eq!(length, 0, "{status}"),
    }
    Ok(())
}
