//! Simulated listeners.
//!
//! Decides what accepting meets: connections in their order, and trouble.

use crate::address::Address;
use crate::listener::{Accepted, Listener};
use crate::sim::agenda::SlotKey;
use crate::sim::connection::Connection;
use crate::sim::environment::{Environment, Note};
use crate::sim::faults::Fault;
use crate::sim::kernel::Kernel;
use crate::sim::slot::{Answer, Slot};
use crate::sim::socket::Socket;
use crate::sim::world::World;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Which end of a connection was accepted.
pub(super) const ACCEPTED: usize = 1;

/// Connections that wait for being accepted.
#[derive(Debug)]
pub(super) struct Backlog {
    id: u32,
    pub(super) address: Address,
    pub(super) is_open: bool,
    /// Connections, and from where.
    queue: VecDeque<(u32, Address)>,
    pub(super) slot: Slot,
    /// Until when there are no descriptors.
    full_until: u64,
}

impl Backlog {
    pub(super) const fn new(id: u32, address: Address) -> Self {
        let slot = Slot::new(SlotKey::Listener(id));
        Self { id, address, is_open: true, queue: VecDeque::new(), slot, full_until: 0 }
    }

    /// A connection comes in.
    pub(super) fn add(&mut self, env: &mut Environment, connection: u32, peer: Address) {
        env.note(Note::Connect, connection.into(), self.id.into());
        env.count_event();
        self.queue.push_back((connection, peer));
        self.slot.wake(env);
    }

    fn poll_accept(
        &mut self,
        env: &mut Environment,
        connections: &mut [Connection],
        waker: &Waker,
    ) -> Answer<(u32, Address)> {
        let is_ready = !self.queue.is_empty();
        if let Some(answer) = self.slot.pass(env, waker, is_ready, Fault::Pending) {
            return answer;
        }
        if env.now < self.full_until {
            return Answer::Done(Err(emfile()));
        }
        if env.inject(Fault::Emfile) {
            self.full_until = env.now + env.dice.spread(0..=200_000);
            return Answer::Done(Err(emfile()));
        }
        let Some((id, peer)) = self.queue.pop_front() else { return Answer::Pending };
        if env.inject(Fault::Aborted) {
            abort(env, connections, id);
            return Answer::fail(io::ErrorKind::ConnectionAborted);
        }
        env.note(Note::Accept, id.into(), self.id.into());
        Answer::Done(Ok((id, peer)))
    }

    fn close(&mut self, env: &mut Environment, connections: &mut [Connection]) {
        self.is_open = false;
        self.slot.forget(env);
        while let Some((id, _)) = self.queue.pop_front() {
            abort(env, connections, id);
        }
    }
}

/// Nobody will ever hold the accepted end.
fn abort(env: &mut Environment, connections: &mut [Connection], id: u32) {
    let connection = &mut connections[id as usize];
    connection.harm.get_or_insert(Fault::Aborted);
    connection.ends[ACCEPTED].resets = true;
    connection.close(env, ACCEPTED);
}

fn emfile() -> io::Error {
    io::Error::from_raw_os_error(if cfg!(windows) { 10_024 } else { 24 })
}

/// A simulated listener; [`Simulation::listener`](crate::sim::Simulation::listener) makes
/// one. When it is dropped, connections that nobody accepted are reset, and later ones
/// refused.
pub struct SimListener {
    kernel: Arc<Kernel>,
    id: u32,
}

impl SimListener {
    pub(super) const fn new(kernel: Arc<Kernel>, id: u32) -> Self {
        Self { kernel, id }
    }
}

impl Listener for SimListener {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let answer = {
            let World { env, backlogs, connections, .. } = &mut *self.kernel.world();
            env.count_call();
            if env.is_over {
                return Poll::Pending;
            }
            backlogs[self.id as usize].poll_accept(env, connections, cx.waker())
        };
        answer.say(cx.waker()).map_ok(|(connection, peer)| {
            let socket = Socket::new(self.kernel.clone(), connection, ACCEPTED);
            (Box::new(socket) as _, peer)
        })
    }

    fn local_address(&self) -> io::Result<Address> {
        Ok(self.kernel.world().backlogs[self.id as usize].address.clone())
    }
}

impl Drop for SimListener {
    fn drop(&mut self) {
        let World { env, backlogs, connections, .. } = &mut *self.kernel.world();
        backlogs[self.id as usize].close(env, connections);
    }
}

impl fmt::Debug for SimListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimListener").field("id", &self.id).finish_non_exhaustive()
    }
}
