//! The simulated runtime.
//!
//! Decides how long names, connects and blocking work take, and whether they fail. Refuses
//! sockets of the system: nothing here waits for anything outside.

use crate::address::Address;
use crate::listener::Listener;
use crate::runtime::{BoundListener, Runtime, Task, Timer, Wait};
use crate::sim::faults::Fault;
use crate::sim::kernel::Kernel;
use crate::sim::listener::Backlog;
use crate::sim::socket::Socket;
use crate::sim::timer::{SimTimer, sleep};
use crate::transport::Transport;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) struct SimRuntime(pub(super) Arc<Kernel>);

impl SimRuntime {
    /// How long something takes that is at most `longest` microseconds slow.
    fn slowness(&self, slow: Fault, longest: u64) -> u64 {
        let env = &mut self.0.world().env;
        if env.inject(slow) { env.dice.spread(1..=longest) } else { 0 }
    }

    async fn sleep(&self, micros: u64) {
        if micros > 0 {
            sleep(self, micros).await;
        }
    }

    async fn connect_slowly(self, address: Address) -> io::Result<Box<dyn Transport>> {
        self.sleep(self.slowness(Fault::SlowConnect, 200_000)).await;
        if let Some((kind, pause)) = self.connect_failure() {
            self.sleep(pause).await;
            return Err(kind.into());
        }
        let connection = self.connect_now(&address)?;
        Ok(Box::new(Socket::new(self.0, connection, 0)))
    }

    /// Why connecting fails, and after how long.
    fn connect_failure(&self) -> Option<(io::ErrorKind, u64)> {
        let env = &mut self.0.world().env;
        env.inject(Fault::FailedConnect).then(|| match env.dice.below(3) {
            0 => (io::ErrorKind::ConnectionRefused, 0),
            1 => (io::ErrorKind::HostUnreachable, env.dice.spread(1..=3_000_000)),
            _ => (io::ErrorKind::TimedOut, env.dice.spread(1_000_000..=75_000_000)),
        })
    }

    fn connect_now(&self, address: &Address) -> io::Result<u32> {
        let mut world = self.0.world();
        if world.env.is_over {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let is_here = |it: &Backlog| it.is_open && it.address == *address;
        let Some(listener) = world.backlogs.iter().position(is_here) else {
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        let connection = world.connect();
        let peer = match address {
            Address::Tcp(_) => peer_address(connection),
            _ => Address::Unix(None),
        };
        let world = &mut *world;
        world.backlogs[listener].add(&mut world.env, connection, peer);
        Ok(connection)
    }

    async fn resolve_slowly(self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.sleep(self.slowness(Fault::SlowResolve, 5_000_000)).await;
        let mut world = self.0.world();
        if world.env.inject(Fault::FailedResolve) {
            return Err(io::Error::other("no answer to a name"));
        }
        let known = world.names.iter().find(|(name, _)| name.eq_ignore_ascii_case(&host));
        let Some((_, addresses)) = known else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "unknown name"));
        };
        Ok(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }
}

impl Runtime for SimRuntime {
    fn now(&self) -> u64 {
        self.0.world().env.now
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(SimTimer::new(self.0.clone()))
    }

    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        // Never within this call: the caller may hold what the work waits for.
        let task: Task = Box::pin(async move { work() });
        let late = self.slowness(Fault::LateBlocking, 50_000);
        self.0.spawn_late(task, late);
    }

    fn resolve(&self, host: &str, port: u16) -> Wait<Vec<SocketAddr>> {
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => Box::pin(async move { Ok(vec![SocketAddr::new(address, port)]) }),
            Err(_) => Box::pin(self.clone().resolve_slowly(host.to_owned(), port)),
        }
    }

    fn connect(&self, address: &Address) -> Wait<Box<dyn Transport>> {
        Box::pin(self.clone().connect_slowly(address.clone()))
    }

    fn adopt(&self, _: BoundListener) -> io::Result<Box<dyn Listener>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "a simulation has no sockets"))
    }
}

/// Another one for each connection.
fn peer_address(connection: u32) -> Address {
    let [_, high, middle, low] = connection.to_be_bytes();
    let port = 32_768 + (connection % 28_232) as u16;
    SocketAddr::from((Ipv4Addr::new(10, 128 | high, middle, low), port)).into()
}
