//! The driver's server, and a peer who sends it any bytes, in any pieces, under every fault.
//!
//! - No handler panics, and none is waited for: a while after the peer is gone so is the
//!   connection, with its task and its buffers.
//! - What the peer heard are responses, in order: those of handlers, each with the content that its
//!   handler gave, up to where it was cut off; complete only where the handler's was; and the
//!   ready-made ones.

use crate::handler::race;
use crate::raw::Raw;
use crate::response::Response as Heard;
use blazeio::{Field, Method, Request, Response, Server};
use blazeio_driver::sim::{Dice, Faults, SimListener, Simulation, sleep};
use blazeio_driver::{Error, Exchange, Handle, Memory, Report, Tunnel, serve};
use futures::future::join;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Beyond every deadline.
const A_WHILE: u64 = 600_000_000;

/// What a handler gave.
#[derive(Debug, Default)]
struct Given {
    is_to_head: bool,
    /// It is followed by what is no HTTP.
    is_tunnel: bool,
    content: Vec<u8>,
    /// How much it was in all, once that was said.
    total: Option<usize>,
}

/// All that handlers gave, in order of their requests.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Given>>>);

impl Log {
    fn add(&self, given: Given) -> usize {
        let mut all = self.0.lock().unwrap();
        all.push(given);
        all.len() - 1
    }

    fn with(&self, number: usize, change: impl FnOnce(&mut Given)) {
        change(&mut self.0.lock().unwrap()[number]);
    }
}

/// Runs the world of `bytes`: chances first, then what the peer sends. How many responses of
/// handlers it heard completely.
pub fn run(bytes: &[u8]) -> usize {
    let (mut dice, sent) = crate::split(bytes);
    let faults = Faults::from_dice(&mut dice);
    let mut chances = dice.fork();
    let sim = Simulation::with_dice(dice, faults);
    let (listener, address) = sim.listener();
    let (log, memory, panicked) = (Log::default(), Arc::new(Memory::new(1 << 20)), Arc::default());
    let handle = start(&sim, listener, &log, &memory, &panicked, chances.fork());
    let runtime = sim.runtime();
    let outcome = sim.run(
        async {
            let mut heard = Vec::new();
            if let Ok(transport) = runtime.connect(&address).await {
                let mut raw = Raw::new(transport, sent.to_vec());
                raw.talk(&runtime, chances).await;
                heard = raw.heard;
            }
            sleep(&*runtime, A_WHILE).await;
            let active = handle.statistics().active;
            (active, handle.exit().await.cut, heard)
        },
        4 * 3_600_000_000,
    );
    let (active, cut, heard) = outcome.unwrap();
    assert_eq!(active, 0, "connections beyond their deadlines");
    assert_eq!(cut, 0, "connections cut by the exit");
    assert_eq!(memory.used(), 0, "buffers that nobody gave back");
    assert_eq!(panicked.load(Ordering::Relaxed), 0, "handlers that panicked");
    assert_eq!(sim.tasks(), 0, "tasks that live on");
    let seen = sim.histogram();
    assert!(seen.polls <= 8 * seen.events + 200, "{} polls, {} events", seen.polls, seen.events);
    judge(&heard, &log.0.lock().unwrap())
}

fn start(
    sim: &Simulation,
    listener: SimListener,
    log: &Log,
    memory: &Arc<Memory>,
    panicked: &Arc<AtomicU64>,
    dice: Dice,
) -> Handle {
    let (log, panicked, dice) = (log.clone(), Arc::clone(panicked), Mutex::new(dice));
    let service = move |exchange| {
        let (log, dice) = (log.clone(), dice.lock().unwrap().fork());
        answer(exchange, log, dice)
    };
    serve(service)
        .listener(listener)
        .memory(Arc::clone(memory))
        .report(move |report| {
            if let Report::Panicked { .. } = report {
                panicked.fetch_add(1, Ordering::Relaxed);
            }
        })
        .start(&sim.runtime())
        .unwrap()
}

async fn answer(mut exchange: Exchange<Server>, log: Log, mut dice: Dice) -> Result<(), Error> {
    let request = exchange.request();
    let is_connect = request.method() == Method::Connect;
    let is_to_head = request.method() == Method::Head;
    let offers_echo = request.upgrade().any(|offered| offered.eq_ignore_ascii_case(b"echo"));
    let number = log.add(Given { is_to_head, ..Given::default() });
    let text = number.to_string();
    let fields = [Field::new("X", &text)];
    if is_connect || (offers_echo && dice.chance(0.7)) {
        log.with(number, |given| given.is_tunnel = true);
        let status = if is_connect { 200 } else { 101 };
        let response = Response::new(status).fields(&fields);
        let response = if is_connect { response } else { response.upgrade("echo") };
        return echo(exchange.upgrade(&response).await?).await;
    }
    let streamed = Response::new(200).fields(&fields).streamed();
    match dice.below(6) {
        0 | 1 => repeat(exchange, &log, number).await,
        // Said at once.
        2 => {
            log.with(number, |given| {
                (given.total, given.content) = (Some(5), b"Hello".to_vec());
            });
            exchange.send(&Response::new(200).fields(&fields).sized(5), b"Hello").await
        }
        3 => {
            exchange.respond(&streamed).await?;
            // Content that is read behind a response's head has no deadline but the handler's.
            let runtime = Arc::clone(exchange.runtime());
            let work = async { drop(both(exchange, &log, number).await) };
            race(work, sleep(&*runtime, 120_000_000)).await;
            Ok(())
        }
        // Nothing, or not all.
        4 => exchange.read().await.map(drop),
        _ => {
            log.with(number, |given| given.content = b"Hel".to_vec());
            exchange.respond(&streamed).await?;
            exchange.write(b"Hel").await
        }
    }
}

/// Reads the content, and then says it.
async fn repeat(mut exchange: Exchange<Server>, log: &Log, number: usize) -> Result<(), Error> {
    let mut content = Vec::new();
    while let Some(piece) = exchange.read().await? {
        content.extend_from_slice(piece);
    }
    log.with(number, |given| (given.total, given.content) = (Some(content.len()), content.clone()));
    let text = number.to_string();
    let fields = [Field::new("X", &text)];
    let response = Response::new(200).fields(&fields).sized(content.len() as u64);
    exchange.send(&response, &content).await
}

/// Sends back what comes, as it comes, and something beside it.
async fn both(mut exchange: Exchange<Server>, log: &Log, number: usize) -> Result<(), Error> {
    let (reader, writer) = exchange.split();
    let read = async {
        let mut count = 0;
        while let Some(piece) = reader.read().await? {
            count += piece.len();
        }
        Ok::<_, Error>(count)
    };
    let write = async {
        for _ in 0..3 {
            log.with(number, |given| given.content.extend_from_slice(b"piece"));
            writer.write(b"piece").await?;
        }
        Ok::<_, Error>(())
    };
    let (read, written) = join(read, write).await;
    let count = read?.to_string();
    written?;
    log.with(number, |given| {
        given.content.extend_from_slice(count.as_bytes());
        given.total = Some(given.content.len());
    });
    writer.write(count.as_bytes()).await?;
    writer.finish().await
}

/// Sends back what comes through a tunnel, for two minutes at most.
async fn echo(mut tunnel: Tunnel<Server>) -> Result<(), Error> {
    let runtime = Arc::clone(tunnel.runtime());
    let work = async {
        let mut room = [0; 512];
        while let Ok(n @ 1..) = tunnel.read(&mut room).await {
            if tunnel.write(&room[..n]).await.is_err() || tunnel.flush().await.is_err() {
                return;
            }
        }
        let _ = tunnel.shutdown().await;
    };
    race(work, sleep(&*runtime, 120_000_000)).await;
    Ok(())
}

/// Holds what was heard against what was given.
fn judge(heard: &[u8], given: &[Given]) -> usize {
    let request = |method| Request::new(method, "/", "a").upgrade("echo");
    let (mut at, mut next, mut complete, nothing) = (0, 0, 0, Given::default());
    while at < heard.len() {
        let mut response = Heard::to(&request(Method::Get), &heard[at..]);
        // Of no handler where not even the request's head was good.
        let given = given.get(next).unwrap_or(&nothing);
        if given.is_to_head {
            response = Heard::to(&request(Method::Head), &heard[at..]);
        }
        match (response.number, response.status) {
            (Some(number), _) => {
                assert_eq!(number, next, "the next response: {response:?}");
                if given.is_tunnel {
                    return complete;
                }
                complete += usize::from(is_whole(&response, given));
            }
            (None, Some(status)) => {
                assert!(status >= 400 && response.content.is_empty(), "ready-made: {response:?}");
            }
            (None, None) => {}
        }
        next += 1;
        assert_eq!(response.refused, None, "{response:?}");
        match response.end {
            Some(end) => at += end,
            None => return complete,
        }
    }
    complete
}

/// Whether the response of a handler is complete; it must be what was given.
fn is_whole(response: &Heard, given: &Given) -> bool {
    if given.is_to_head {
        assert!(response.content.is_empty(), "content behind a head alone: {response:?}");
        return response.end.is_some();
    }
    assert!(given.content.starts_with(&response.content), "{given:?} {response:?}");
    // What lasts until close ends where harm ended it, too.
    let is_whole = response.end.is_some() && !response.lasts_until_close;
    if is_whole {
        assert_eq!(Some(response.content.len()), given.total, "{given:?} {response:?}");
    }
    is_whole
}
