//! A simulation, and how a run of it ended.
//!
//! Decides nothing; hands out the runtime, listeners and sockets, and runs futures.

use crate::address::Address;
use crate::runtime::Runtime;
use crate::sim::cancel::Canceller;
use crate::sim::dice::Dice;
use crate::sim::environment::Environment;
use crate::sim::faults::Faults;
use crate::sim::histogram::Histogram;
use crate::sim::kernel::{Halt, Kernel, Next, Wakers};
use crate::sim::listener::{Backlog, SimListener};
use crate::sim::probe::Probe;
use crate::sim::runtime::SimRuntime;
use crate::sim::socket::Socket;
use crate::sim::world::World;
use std::fmt;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Outcome<T> {
    /// The future is done.
    Done(T),
    /// No task may run, no timer is armed, nothing is under way: a wake-up was lost, or
    /// something waits for what will never come.
    Stuck,
    /// The limit of simulated time was reached.
    TimedOut,
    /// Too many polls without time moving: something spins, or wakes itself for ever.
    Livelock,
}

impl<T> Outcome<T> {
    /// The output, if there is one.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(output) => Some(output),
            _ => None,
        }
    }

    /// The output.
    ///
    /// # Panics
    /// The run ended otherwise.
    #[track_caller]
    pub fn unwrap(self) -> T {
        match self {
            Self::Done(output) => output,
            Self::Stuck => panic!("the simulation is stuck"),
            Self::TimedOut => panic!("the simulation ran into its time limit"),
            Self::Livelock => panic!("the simulation spins"),
        }
    }
}

impl<T> From<Halt> for Outcome<T> {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Stuck => Self::Stuck,
            Halt::TimedOut => Self::TimedOut,
            Halt::Livelock => Self::Livelock,
        }
    }
}

/// A runtime, a network and a clock that a seed determines. See the [module](crate::sim).
///
/// When it is dropped, so are all its tasks, in the order they were spawned.
pub struct Simulation {
    kernel: Arc<Kernel>,
}

impl Simulation {
    /// The simulation of `seed`, with the faults that [`Faults::from_seed`] leaves on.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(seed, Faults::from_seed(seed))
    }

    /// The simulation of `seed`, with `faults`.
    #[must_use]
    pub fn with(seed: u64, faults: Faults) -> Self {
        Self::with_dice(Dice::new(seed), faults)
    }

    /// The simulation that rolls `dice`, with `faults`: for a fuzzer, whose bytes
    /// [lead](Dice::from_bytes) them.
    ///
    /// ```
    /// use blazeio_driver::sim::{Dice, Faults, Simulation};
    ///
    /// let mut dice = Dice::from_bytes(b"what a fuzzer found", 0);
    /// let faults = Faults::from_dice(&mut dice);
    /// let sim = Simulation::with_dice(dice, faults);
    /// # drop(sim);
    /// ```
    #[must_use]
    pub fn with_dice(dice: Dice, faults: Faults) -> Self {
        let world = World::new(Environment::new(dice, faults));
        Self { kernel: Arc::new(Kernel::new(world)) }
    }

    /// The simulated runtime.
    #[must_use]
    pub fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(SimRuntime(self.kernel.clone()))
    }

    /// Simulated microseconds, from an origin that the seed chooses.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.kernel.world().env.now
    }

    /// Simulated microseconds since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> u64 {
        let env = &self.kernel.world().env;
        env.now - env.origin
    }

    /// Dice for the scenario to roll, another stream each time.
    #[must_use]
    pub fn dice(&self) -> Dice {
        self.kernel.world().env.dice.fork()
    }

    /// Drops futures while they are pending, at the rate of [`Faults::cancel`].
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        Canceller::new(self.kernel.clone())
    }

    /// Runs `future` as a task, during runs.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.kernel.spawn(Box::pin(future));
    }

    /// The two ends of a connection.
    #[must_use]
    pub fn pair(&self) -> (Socket, Socket) {
        let connection = self.kernel.world().connect();
        let end = |end| Socket::new(self.kernel.clone(), connection, end);
        (end(0), end(1))
    }

    /// A listener, and the address that [`Runtime::connect`] reaches it by.
    #[must_use]
    pub fn listener(&self) -> (SimListener, Address) {
        let id = self.kernel.world().backlogs.len() as u32 + 1;
        let [_, high, middle, low] = id.to_be_bytes();
        let address = Address::from(SocketAddr::from((Ipv4Addr::new(10, high, middle, low), 80)));
        (self.listen(address.clone()), address)
    }

    /// A listener at `address`. Of two at one address the first is connected to.
    #[must_use]
    pub fn listen(&self, address: Address) -> SimListener {
        let backlogs = &mut self.kernel.world().backlogs;
        let id = backlogs.len() as u32;
        backlogs.push(Backlog::new(id, address));
        SimListener::new(self.kernel.clone(), id)
    }

    /// Gives addresses a name, for [`Runtime::resolve`]; in place of any before.
    pub fn name(&self, name: &str, addresses: &[IpAddr]) {
        let names = &mut self.kernel.world().names;
        names.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        names.push((name.to_owned(), addresses.to_vec()));
    }

    /// Runs `future`, and the tasks beside it, until it is done, but for no more than `limit`
    /// simulated microseconds; time that the process was [suspended](Faults::suspend) for
    /// does not count. Tasks that go on do so in the next run.
    pub fn run<F: Future>(&self, future: F, limit: u64) -> Outcome<F::Output> {
        let mut future = pin!(future);
        let mut course = self.course(limit);
        loop {
            if let Some(outcome) = course.turn(future.as_mut()) {
                return outcome;
            }
        }
    }

    /// [Runs](Self::run) `future` within another runtime, which has a turn after every few of the
    /// simulation's: what happens is the same for the same seed, whatever runs it.
    ///
    /// ```
    /// use blazeio_driver::sim::Simulation;
    ///
    /// let ready = async { 1 };
    /// let sim = Simulation::new(1);
    /// assert_eq!(futures::executor::block_on(sim.host(ready, 1_000)).unwrap(), 1);
    /// ```
    pub async fn host<F: Future>(&self, future: F, limit: u64) -> Outcome<F::Output> {
        /// Turns of the simulation in one of its host's.
        const TURNS: usize = 16;
        let mut future = pin!(future);
        let mut course = self.course(limit);
        poll_fn(|cx| {
            for _ in 0..TURNS {
                if let Some(outcome) = course.turn(future.as_mut()) {
                    return Poll::Ready(outcome);
                }
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    fn course(&self, limit: u64) -> Course<'_> {
        self.kernel.main.begin();
        self.kernel.main.list();
        let waker = Waker::from(self.kernel.main.clone());
        Course {
            kernel: &self.kernel,
            begin: self.begin(),
            limit,
            waker,
            wakers: Wakers::default(),
        }
    }

    /// Runs the tasks until all have ended, but for no more than `limit` simulated
    /// microseconds, as [`run`](Self::run) does.
    pub fn finish(&self, limit: u64) -> Outcome<()> {
        let (begin, mut wakers) = (self.begin(), Wakers::default());
        while self.tasks() > 0 {
            match self.kernel.next(begin, limit, &mut wakers) {
                Next::Main => {}
                Next::Task(turn) => self.kernel.poll(turn),
                Next::Halt(halt) => return halt.into(),
            }
        }
        Outcome::Done(())
    }

    #[cfg(test)]
    pub(super) fn kernel(&self) -> Arc<Kernel> {
        self.kernel.clone()
    }

    fn begin(&self) -> u64 {
        let mut world = self.kernel.world();
        world.polls_at_once = 0;
        world.env.now - world.env.slept
    }

    /// How many tasks have not ended.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.kernel.world().tasks.live()
    }

    /// Both ends of every connection so far.
    #[must_use]
    pub fn probes(&self) -> Vec<(Probe, Probe)> {
        let count = self.kernel.world().connections.len() as u32;
        let probe = |id, end| Probe::new(self.kernel.clone(), id, end);
        (0..count).map(|id| (probe(id, 0), probe(id, 1))).collect()
    }

    /// What happened so far.
    #[must_use]
    pub fn histogram(&self) -> Histogram {
        let world = self.kernel.world();
        let micros = world.env.now - world.env.origin;
        Histogram { micros, wakes: self.kernel.ready.wakes(), ..world.env.histogram.clone() }
    }

    /// A number that all that happened so far determines: the same for the same seed, faults
    /// and scenario.
    #[must_use]
    pub fn trace_hash(&self) -> u64 {
        self.kernel.world().env.trace.hash
    }

    /// Prints to stderr, from now on, a line for all that happens: for a seed that failed.
    pub fn print_trace(&self) {
        self.kernel.world().env.trace.is_printed = true;
    }

    /// How many polls there may be without time moving; 100,000 at first.
    pub fn livelock_after(&self, polls: u64) {
        self.kernel.livelock.store(polls, Ordering::Relaxed);
    }
}

/// A run under way.
struct Course<'a> {
    kernel: &'a Arc<Kernel>,
    begin: u64,
    limit: u64,
    /// The main future's.
    waker: Waker,
    wakers: Wakers,
}

impl Course<'_> {
    /// Whatever comes next; how it ended, if it did.
    fn turn<F: Future>(&mut self, future: Pin<&mut F>) -> Option<Outcome<F::Output>> {
        match self.kernel.next(self.begin, self.limit, &mut self.wakers) {
            Next::Main => match future.poll(&mut Context::from_waker(&self.waker)) {
                Poll::Ready(output) => return Some(Outcome::Done(output)),
                Poll::Pending => {}
            },
            Next::Task(turn) => self.kernel.poll(turn),
            Next::Halt(halt) => return Some(halt.into()),
        }
        None
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.kernel.end();
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}
