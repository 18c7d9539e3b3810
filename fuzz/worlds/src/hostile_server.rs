//! The driver's client, and a peer who answers it with any bytes, in any pieces, under every fault.
//!
//! - The client ends by itself, and a while after that there is no connection, no task and no
//!   buffer, unless the peer is silently gone.
//! - What it saw of each response is what the core alone sees in the same bytes, up to where it was
//!   cut off.

use crate::handler::race;
use crate::raw::{Raw, again};
use crate::response::Response;
use blazeio::{Client, Limits, Method, Request, Timeout, Timeouts};
use blazeio_driver::sim::{Dice, Fault, Faults, SimListener, Simulation, sleep};
use blazeio_driver::{Address, Connector, Error, Exchange, Listener, Memory, Runtime};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Beyond every deadline.
const A_WHILE: u64 = 600_000_000;

/// Beyond the peer's patience, and what the network adds to it.
const PATIENCE: u64 = 900_000_000;

/// What the client saw of a response.
#[derive(Debug, Default)]
struct Seen {
    asked: usize,
    status: Option<u16>,
    content: Vec<u8>,
    is_complete: bool,
}

/// The requests it may make.
fn request(number: usize) -> Request<'static> {
    let get = Request::new(Method::Get, "/", "a");
    match number {
        0 => get,
        1 => Request::new(Method::Head, "/", "a"),
        2 => Request::new(Method::Post, "/", "a").sized(3),
        3 => Request::new(Method::Post, "/", "a").streamed().expect_continue(),
        4 => get.upgrade("echo"),
        _ => Request::new(Method::Connect, "a:80", "a:80"),
    }
}

/// Runs the world of `bytes`: chances first, then what the peer answers. How many responses were
/// complete.
pub fn run(bytes: &[u8]) -> usize {
    let (mut dice, sent) = crate::split(bytes);
    let faults = Faults::from_dice(&mut dice);
    let mut chances = dice.fork();
    let sim = Simulation::with_dice(dice, faults);
    let (listener, address) = sim.listener();
    let memory = Arc::new(Memory::new(1 << 20));
    let timeouts = Timeouts { response: Timeout::secs(300), ..Timeouts::DEFAULT };
    let connector = Connector::new(sim.runtime())
        .limits(Limits { timeouts, ..Limits::DEFAULT })
        .memory(Arc::clone(&memory));
    let (runtime, seen) = (sim.runtime(), Arc::new(Mutex::new(Vec::new())));
    let has_answered = spawn_peer(&sim, listener, sent.to_vec(), chances.fork());
    let outcome = sim.run(
        async {
            let mut is_over = false;
            let work = async {
                ask_all(&connector, &address, &seen, chances).await;
                is_over = true;
            };
            race(work, sleep(&*runtime, PATIENCE)).await;
            // A peer that was suspended begins late.
            while !has_answered.load(Ordering::Relaxed) {
                sleep(&*runtime, 10_000_000).await;
            }
            sleep(&*runtime, A_WHILE).await;
            is_over
        },
        4 * 3_600_000_000,
    );
    assert_nothing_is_left(&sim, outcome.unwrap(), &connector, &memory);
    let rolled = sim.histogram();
    let (polls, events) = (rolled.polls, rolled.events);
    assert!(polls <= 8 * events + 200, "{polls} polls, {events} events");
    judge(sent, &seen.lock().unwrap())
}

/// Unless the network took the peer away, the client has come to an end, and keeps nothing.
fn assert_nothing_is_left(sim: &Simulation, is_over: bool, connector: &Connector, memory: &Memory) {
    let harm = sim.probes().iter().find_map(|(one, other)| one.harm().or(other.harm()));
    // A client that has something to send has no deadline: to a peer who is silently gone it would
    // be TCP's own.
    if !matches!(harm, Some(Fault::StallForever | Fault::Vanish)) {
        assert!(is_over, "a client that hangs: {harm:?}");
        assert_eq!(connector.statistics().active, 0, "connections that were kept");
        assert_eq!(memory.used(), 0, "buffers that nobody gave back");
        assert_eq!(sim.tasks(), 0, "tasks that live on");
    }
}

/// Up to three exchanges over one connection.
async fn ask_all(
    connector: &Connector,
    address: &Address,
    seen: &Mutex<Vec<Seen>>,
    mut dice: Dice,
) {
    let Ok(mut connection) = connector.connect(address).await else { return };
    for _ in 0..3 {
        let asked = dice.below(6) as usize;
        seen.lock().unwrap().push(Seen { asked, ..Seen::default() });
        let Ok(exchange) = connection.open(&request(asked)).await else { return };
        if ask(exchange, seen, &mut dice).await.is_err() || !connection.is_open() {
            return;
        }
    }
}

/// Lets a peer answer one connection; whether it is done.
fn spawn_peer(
    sim: &Simulation,
    listener: SimListener,
    bytes: Vec<u8>,
    dice: Dice,
) -> Arc<AtomicBool> {
    let is_done = Arc::new(AtomicBool::new(false));
    let (peer, done) = (listen(listener, sim.runtime(), bytes, dice), Arc::clone(&is_done));
    sim.spawn(async move {
        peer.await;
        done.store(true, Ordering::Relaxed);
    });
    is_done
}

/// Answers one connection.
async fn listen(mut listener: SimListener, runtime: Arc<dyn Runtime>, bytes: Vec<u8>, dice: Dice) {
    let mut accepted = None;
    let accept = async {
        loop {
            match poll_fn(|cx| again(cx, |cx| listener.poll_accept(cx))).await {
                Ok((transport, _)) => return accepted = Some(transport),
                Err(_) => sleep(&*runtime, 100_000).await,
            }
        }
    };
    // It may have been lost before, and nobody comes again.
    race(accept, sleep(&*runtime, 400_000_000)).await;
    drop(listener);
    if let Some(transport) = accepted {
        Raw::new(transport, bytes).talk(&runtime, dice).await;
    }
}

/// One exchange.
async fn ask(
    mut exchange: Exchange<Client>,
    seen: &Mutex<Vec<Seen>>,
    dice: &mut Dice,
) -> Result<(), Error> {
    let last = |change: &mut dyn FnMut(&mut Seen)| {
        change(seen.lock().unwrap().last_mut().expect("it was pushed"));
    };
    let mut asked = 0;
    last(&mut |seen| asked = seen.asked);
    let sent = async {
        if matches!(asked, 2 | 3) {
            exchange.write(b"abc").await?;
        }
        exchange.finish().await
    }
    .await;
    let status = exchange.head().await?.status();
    last(&mut |seen| seen.status = Some(status));
    if status == 101 || (asked == 5 && status / 100 == 2) {
        let mut tunnel = exchange.into_tunnel().await?;
        let mut room = [0; 512];
        while let Ok(n @ 1..) = tunnel.read(&mut room).await {
            last(&mut |seen| seen.content.extend_from_slice(&room[..n]));
        }
        return Err(Error::Closed(blazeio::CloseReason::LocalClose));
    }
    while let Some(piece) = exchange.read().await? {
        last(&mut |seen| seen.content.extend_from_slice(piece));
        if dice.chance(0.02) {
            return Err(Error::Closed(blazeio::CloseReason::LocalClose));
        }
    }
    last(&mut |seen| seen.is_complete = true);
    sent
}

/// Holds what was seen against what the core alone sees.
fn judge(bytes: &[u8], all: &[Seen]) -> usize {
    let (mut at, mut complete) = (0, 0);
    for seen in all {
        let alone = Response::to(&request(seen.asked), &bytes[at..]);
        if seen.status.is_none() {
            break;
        }
        assert_eq!(seen.status, alone.status, "{seen:?} {alone:?}");
        let is_tunnel = alone.status == Some(101)
            || (seen.asked == 5 && alone.status.is_some_and(|status| status / 100 == 2));
        if is_tunnel {
            let end = alone.end.expect("the end of its head");
            assert!(bytes[at + end..].starts_with(&seen.content), "{seen:?} {alone:?}");
            break;
        }
        assert!(alone.content.starts_with(&seen.content), "{seen:?} {alone:?}");
        if !seen.is_complete {
            break;
        }
        complete += 1;
        // What lasts until close ends where harm ended it, too.
        if alone.lasts_until_close {
            break;
        }
        assert_eq!(seen.content.len(), alone.content.len(), "{seen:?} {alone:?}");
        at += alone.end.unwrap_or_else(|| panic!("not complete: {seen:?} {alone:?}"));
    }
    complete
}
