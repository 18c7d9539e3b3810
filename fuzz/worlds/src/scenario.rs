//! One world: a server, its clients, and what must hold whatever happens.
//!
//! - Nobody waits for ever: all clients come to an end, and where the network did no harm
//!   without waiting for a deadline of their own.
//! - What nothing happened to succeeds.
//! - Every deadline is met: a while after the last client is gone so are all connections.
//! - Nothing is kept: no buffer, no task, no connection.
//! - Polls are bounded by events.
//! - No handler panics but those that are asked to.
//!
//! What is received is held against what was sent in `ledger`.

use crate::client::{Asking, Seen};
use crate::handler::Handler;
use crate::ledger::Ledger;
use blazeio::{Limits, Timeout, Timeouts};
pub use blazeio_driver::sim::Histogram;
use blazeio_driver::sim::{Dice, Fault, Faults, Outcome, Simulation, sleep};
use blazeio_driver::{Address, Connector, Handle, Memory, Report, serve};
use futures::FutureExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Faults that nothing here meets: names are not resolved, work does not block.
pub const NOT_MET: &[Fault] = &[Fault::FailedResolve, Fault::SlowResolve, Fault::LateBlocking];

/// Beyond every deadline: idle 75 s, linger 30 s, a rate's grace and credit.
const A_WHILE: u64 = 600_000_000;
/// An hour, several times; simulated ones.
const LIMIT: u64 = 4 * 3_600_000_000;

/// Runs the world of `seed`.
pub fn run(seed: u64, prints: bool) -> Histogram {
    let world = World::of_seed(seed, prints);
    world.run()
}

/// As [`run`], within another runtime; with its trace.
pub async fn run_hosted(seed: u64, prints: bool) -> (Histogram, u64) {
    let world = World::of_seed(seed, prints);
    let histogram = world.run_on(true).await;
    (histogram, world.sim.trace_hash())
}

/// Runs the small world that `bytes` lead: one client, up to 3,000 bytes a message.
pub fn run_small(bytes: &[u8], prints: bool) -> Histogram {
    let world = World::of_bytes(bytes, prints);
    world.run()
}

/// A trace of the world of `seed`.
pub fn trace(seed: u64) -> u64 {
    let world = World::of_seed(seed, false);
    world.run();
    world.sim.trace_hash()
}

struct World {
    sim: Simulation,
    dice: Mutex<Dice>,
    ledger: Ledger,
    memory: Arc<Memory>,
    seen: Arc<Seen>,
    has_memory: bool,
    prints: bool,
    is_patient: bool,
    is_small: bool,
    /// Handlers that panicked.
    panicked: Arc<AtomicU64>,
    faults: Faults,
}

impl World {
    fn of_seed(seed: u64, prints: bool) -> Self {
        let mut faults = Faults::from_seed(seed);
        let is_patient = Dice::new(seed).chance(0.33);
        if is_patient {
            let_nothing_hide(&mut faults);
        }
        let sim = Simulation::with(seed, faults.clone());
        Self::new(sim, faults, is_patient, prints)
    }

    fn of_bytes(bytes: &[u8], prints: bool) -> Self {
        let mut dice = Dice::from_bytes(bytes, 0);
        let mut faults = Faults::from_dice(&mut dice);
        let is_patient = dice.chance(0.33);
        if is_patient {
            let_nothing_hide(&mut faults);
        }
        let sim = Simulation::with_dice(dice, faults.clone());
        Self { is_small: true, ..Self::new(sim, faults, is_patient, prints) }
    }

    fn new(sim: Simulation, faults: Faults, is_patient: bool, prints: bool) -> Self {
        // A hundred kilobytes pass byte by byte where only one fits between the ends.
        sim.livelock_after(2_000_000);
        if prints {
            sim.print_trace();
        }
        let mut dice = sim.dice();
        // Little memory, sometimes: two or three connections may read at once.
        let cap = if dice.chance(0.2) { 40_000 } else { 1 << 20 };
        Self {
            dice: Mutex::new(dice),
            ledger: Ledger::default(),
            memory: Arc::new(Memory::new(cap)),
            seen: Arc::default(),
            has_memory: cap > 1_000_000,
            prints,
            is_patient,
            is_small: false,
            panicked: Arc::default(),
            faults,
            sim,
        }
    }

    fn fork(&self) -> Dice {
        self.dice.lock().unwrap().fork()
    }

    fn run(&self) -> Histogram {
        self.run_on(false).now_or_never().expect("waits for nothing")
    }

    /// On a runtime that has turns of its own between, or all at once.
    async fn run_on(&self, is_hosted: bool) -> Histogram {
        let (listener, address) = self.sim.listener();
        let handle = self.serve(listener);
        let most = match (self.is_small, self.is_patient) {
            (true, _) => 1,
            (false, true) => 8,
            (false, false) => 3,
        };
        let connector = Connector::new(self.sim.runtime()).limits(client_limits());
        let clients = self.fork().spread(1..=most);
        let running: Vec<_> =
            (0..clients).map(|number| self.ask(number, &address, &connector)).collect();
        let runtime = self.sim.runtime();
        let stops_early = self.fork().chance(0.15);
        let when = self.fork().spread(0..=3_000_000);
        let story = async {
            if stops_early {
                sleep(&*runtime, when).await;
                handle.stop();
            }
            while !running.iter().all(|done| done.load(Ordering::Relaxed)) {
                sleep(&*runtime, 10_000_000).await;
            }
            sleep(&*runtime, A_WHILE).await;
            let active = handle.statistics().active;
            let exit = handle.exit().await;
            (active, exit.cut)
        };
        let outcome = match is_hosted {
            true => self.sim.host(story, LIMIT).await,
            false => self.sim.run(story, LIMIT),
        };
        self.judge(&outcome, &handle, &connector, stops_early)
    }

    /// Lets another client ask; whether it is done.
    fn ask(&self, number: u64, address: &Address, connector: &Connector) -> Arc<AtomicBool> {
        let asking = Asking {
            ledger: self.ledger.clone(),
            dice: self.fork(),
            canceller: self.sim.canceller(),
            connector: connector.clone(),
            runtime: self.sim.runtime(),
            address: address.clone(),
            key: number << 32,
            outcome: Arc::clone(&self.seen),
            doing: String::new(),
            prints: self.prints,
            is_fresh: true,
            is_patient: self.is_patient,
            is_small: self.is_small,
        };
        let done = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&done);
        self.sim.spawn(async move {
            asking.run().await;
            tell.store(true, Ordering::Relaxed);
        });
        done
    }

    fn serve(&self, listener: blazeio_driver::sim::SimListener) -> Handle {
        let ledger = self.ledger.clone();
        let dice = Mutex::new(self.fork());
        let ends = self.fork().chance(0.2);
        let panicked = Arc::clone(&self.panicked);
        let service = move |exchange| {
            let dice = dice.lock().unwrap().fork();
            Handler::new(&exchange, ledger.clone(), dice).answer(exchange)
        };
        serve(service)
            .listener(listener)
            .limits(server_limits(self.fork(), self.is_patient))
            .memory(Arc::clone(&self.memory))
            .end_drops(ends)
            .report(move |report| {
                if let Report::Panicked { .. } = report {
                    panicked.fetch_add(1, Ordering::Relaxed);
                }
            })
            .start(&self.sim.runtime())
            .unwrap()
    }

    fn judge(
        &self,
        outcome: &Outcome<(u64, usize)>,
        handle: &Handle,
        connector: &Connector,
        stops_early: bool,
    ) -> Histogram {
        let Outcome::Done((active, cut)) = outcome else { panic!("{outcome:?}") };
        let statistics = handle.statistics();
        assert_eq!(*active, 0, "connections beyond their deadlines: {statistics:?}");
        assert_eq!(*cut, 0, "connections cut by the exit");
        assert_eq!(self.memory.used(), 0, "buffers that nobody gave back");
        let panicked = self.panicked.load(Ordering::Relaxed);
        assert_eq!(panicked, self.ledger.panics(), "handlers that panicked, and were to");
        let harm = self.sim.probes().iter().find_map(|(one, other)| one.harm().or(other.harm()));
        // A client that writes has no deadline: what stalls for ever it waits for.
        if harm.is_none() {
            // Two suspensions, of five minutes each, and a response that is awaited for five.
            let is_suspended = self.sim.histogram().of(Fault::Suspend) >= 2;
            let hung = self.seen.hung.load(Ordering::Relaxed);
            assert!(!hung || is_suspended, "an exchange hung, and nothing had happened to it");
            assert_eq!(connector.statistics().active, 0, "connections that clients kept");
            assert_eq!(self.sim.tasks(), 0, "tasks that live on");
        }
        // Whatever takes long may meet a deadline.
        let takes_long = [Fault::Stall, Fault::Suspend].iter().any(|f| self.faults.rate(*f) > 0.0);
        if harm.is_none() && !takes_long && self.has_memory && !stops_early {
            let failed = self.seen.failed.lock().unwrap();
            assert!(failed.is_empty(), "nothing had happened to {failed:?}");
            let stuck = self.ledger.stuck();
            assert!(stuck.is_empty(), "nothing had happened to {stuck:?}");
        }
        // A timer is at most 5 ms late, a wake 10 ms; the task that waits for it is woken so.
        if self.faults.rate(Fault::Suspend) == 0.0 {
            assert!(statistics.latest <= 100_000, "a deadline {} µs late", statistics.latest);
        }
        let seen = self.sim.histogram();
        let (polls, events) = (seen.polls, seen.events);
        assert!(polls <= 8 * events + 200, "{polls} polls, {events} events");
        seen
    }
}

/// For worlds that are patient: little fits between the ends, and whatever stays where it is was
/// forgotten.
fn let_nothing_hide(faults: &mut Faults) {
    faults.small_buffer = 1.0;
    (faults.stall, faults.suspend) = (0.0, 0.0);
}

/// Who is patient sends a byte and waits for it to arrive, which must not be too slow.
fn server_limits(mut dice: Dice, is_patient: bool) -> Limits {
    let output_high = [1, 1000, 64 * 1024][dice.spread(0..=2) as usize];
    let min_rate = if is_patient { 1 } else { Limits::DEFAULT.min_rate };
    Limits { output_high, output_low: output_high.div_ceil(4), min_rate, ..Limits::DEFAULT }
}

fn client_limits() -> Limits {
    // Else a response that never comes is awaited for ever.
    let timeouts = Timeouts { response: Timeout::secs(300), ..Timeouts::DEFAULT };
    Limits { timeouts, ..Limits::DEFAULT }
}
