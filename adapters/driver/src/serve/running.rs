//! A server that runs, as its tasks and its handle share it.
//!
//! Decides who is woken when a connection ends: whoever waits to accept another, and whoever
//! waits for the last.

use super::report::Report;
use crate::environment::Environment;
use crate::handshake::Handshake;
use crate::keepalive::Keepalive;
use crate::link::Shared;
use crate::service::Service;
use crate::waiters::{Waiter, Waiters};
use blazeio::Server;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Context;

/// A running server.
pub(crate) struct Running<S: Service> {
    pub(crate) service: Arc<S>,
    pub(crate) handshakes: Vec<Arc<dyn Handshake>>,
    pub(crate) report: Arc<dyn Fn(Report<'_>) + Send + Sync>,
    pub(crate) keepalive: Option<Keepalive>,
    pub(crate) slots: Slots<S>,
    pub(crate) state: State,
}

/// Where a handler lives, while there is one.
pub(crate) type Slot<S> = Pin<Box<Option<<S as Service>::Answer>>>;

/// Slots that are free.
pub(crate) struct Slots<S: Service>(Mutex<Vec<Slot<S>>>);

impl<S: Service> Slots<S> {
    /// So many bytes of free slots are kept.
    const KEPT: usize = 1 << 20;
}

impl<S: Service> Default for Slots<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: Service> Running<S> {
    /// A slot with `answer` in it.
    pub(crate) fn slot(&self, answer: S::Answer) -> Slot<S> {
        let free = lock(&self.slots.0).pop();
        let mut slot = free.unwrap_or_else(|| Box::pin(None));
        slot.set(Some(answer));
        slot
    }

    /// Drops what is in `slot`, which is free then.
    pub(crate) fn give_back(&self, mut slot: Slot<S>) {
        slot.set(None);
        let most = Slots::<S>::KEPT / size_of::<Option<S::Answer>>().max(1);
        let mut free = lock(&self.slots.0);
        if free.len() < most {
            free.push(slot);
        }
    }
}

/// What its handle needs of it.
pub(crate) trait IsRunning: Send + Sync {
    fn state(&self) -> &State;
}

impl<S: Service> IsRunning for Running<S> {
    fn state(&self) -> &State {
        &self.state
    }
}

/// Connections and those who wait for them.
pub(crate) struct State {
    pub(crate) environment: Arc<Environment>,
    most: usize,
    /// Connections, handshakes included.
    active: AtomicUsize,
    /// Listeners whose task was not polled yet.
    unready: AtomicUsize,
    /// Listeners whose task is not over.
    accepting: AtomicUsize,
    is_stopping: AtomicBool,
    is_aborted: AtomicBool,
    /// Connections that were given up since the grace of an exit was over.
    cut: AtomicUsize,
    /// Accepting pauses: what a connection frees when it ends may be what is missing.
    is_troubled: AtomicBool,
    connections: Mutex<HashMap<u64, Weak<Shared<Server>>>>,
    /// Handshakes that wait.
    handshakes: Waiters,
    waiters: Waiters,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(crate) fn new(environment: Arc<Environment>, listeners: usize, most: usize) -> Self {
        Self {
            environment,
            most,
            active: AtomicUsize::new(0),
            unready: AtomicUsize::new(listeners),
            accepting: AtomicUsize::new(listeners),
            is_stopping: AtomicBool::new(false),
            is_aborted: AtomicBool::new(false),
            cut: AtomicUsize::new(0),
            is_troubled: AtomicBool::new(false),
            connections: Mutex::default(),
            handshakes: Waiters::default(),
            waiters: Waiters::default(),
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Whether nobody may go on.
    pub(crate) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Acquire)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.active.load(Ordering::Acquire) >= self.most
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.unready.load(Ordering::Acquire) == 0
    }

    /// Whether no connection is left, none will come, and what they left behind has ended.
    pub(crate) fn is_over(&self) -> bool {
        let is_left = self.accepting.load(Ordering::Acquire) > 0 || self.active() > 0;
        !is_left && self.environment.background.is_empty()
    }

    /// Accepting failed, and tries again after a pause, or when a connection has ended.
    pub(crate) fn is_in_trouble(&self) {
        self.is_troubled.store(true, Ordering::Release);
    }

    /// Whether a connection has ended since.
    pub(crate) fn is_relieved(&self) -> bool {
        !self.is_troubled.load(Ordering::Acquire)
    }

    pub(crate) fn active(&self) -> usize {
        self.active.load(Ordering::Acquire)
    }

    /// One that may wait for a change of connections and listeners.
    pub(crate) fn join(&self) -> Waiter<'_> {
        self.waiters.join(self.environment.next_key())
    }

    fn changed(&self) {
        self.waiters.wake();
    }

    pub(crate) fn ready(&self) {
        self.unready.fetch_sub(1, Ordering::AcqRel);
        self.changed();
    }

    pub(crate) fn listener_closed(&self) {
        self.accepting.fetch_sub(1, Ordering::AcqRel);
        self.changed();
    }

    /// Takes a place for a connection, which counts until its [`Place`] is dropped, unless none is
    /// free.
    pub(crate) fn enter(&self) -> bool {
        let more = |n| (n < self.most).then_some(n + 1);
        let is_in = self.active.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok();
        if is_in {
            self.environment.statistics.accepted();
        }
        is_in
    }

    fn leave(&self) {
        self.environment.statistics.closed();
        let was_full = self.active.fetch_sub(1, Ordering::AcqRel) == self.most;
        let was_troubled = self.is_troubled.swap(false, Ordering::AcqRel);
        if was_full || was_troubled || self.is_stopping() {
            self.changed();
        }
    }

    fn register(&self, shared: &Arc<Shared<Server>>) -> u64 {
        let key = shared.lock().key;
        lock(&self.connections).insert(key, Arc::downgrade(shared));
        // Whoever stops the server either finds it there, or was before and is seen here.
        if self.is_aborted() {
            shared.lock().abort();
        } else if self.is_stopping() {
            shared.lock().stop();
        }
        key
    }

    /// In the order of their arrival, so that a simulated server ends the same way every time.
    fn each(&self, act: impl FnMut(&Shared<Server>)) {
        let upgrade =
            |(key, shared): (&u64, &Weak<Shared<Server>>)| Some((*key, shared.upgrade()?));
        let mut all: Vec<_> = lock(&self.connections).iter().filter_map(upgrade).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all.iter().map(|(_, shared)| &**shared).for_each(act);
    }

    /// No connection is accepted any more; idle ones close, and those that are not past their
    /// handshakes; busy ones finish.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
        // Listeners first: who sees a connection close finds nobody to connect to.
        self.changed();
        self.each(|shared| shared.lock().stop());
        self.handshakes.wake();
    }

    /// The grace of an exit is over: gives up on what is left. One of several exits counts it.
    pub(crate) fn cut(&self) {
        let mut lingering = 0;
        self.each(|shared| lingering += usize::from(shared.lock().is_lingering()));
        let cut = self.active().saturating_sub(lingering);
        let _ = self.cut.compare_exchange(0, cut, Ordering::AcqRel, Ordering::Acquire);
        self.abort();
    }

    pub(crate) fn cut_so_far(&self) -> usize {
        self.cut.load(Ordering::Acquire)
    }

    /// Gives up on every connection, and on handlers that outlive theirs.
    pub(crate) fn abort(&self) {
        self.is_aborted.store(true, Ordering::Release);
        self.environment.background.abort();
        self.each(|shared| {
            let mut link = shared.lock();
            link.abort();
            link.wake_driver();
        });
    }

    /// Whether the server stops, and the handshake `key` with it; else the task is woken when
    /// it does.
    pub(crate) fn ends_handshake(&self, key: u64, cx: &Context<'_>) -> bool {
        self.handshakes.wait(key, cx);
        self.is_stopping()
    }

    /// The handshake `key` is over.
    pub(crate) fn handshake_over(&self, key: u64) {
        self.handshakes.leave(key);
    }
}

/// A connection's place among the others, as long as its task lives.
pub(crate) struct Place<S: Service> {
    running: Arc<Running<S>>,
    key: Option<u64>,
}

impl<S: Service> Place<S> {
    /// The place of a connection that was [entered](State::enter).
    pub(crate) fn new(running: Arc<Running<S>>) -> Self {
        Self { running, key: None }
    }

    pub(crate) fn running(&self) -> &Running<S> {
        &self.running
    }

    /// The connection is past its handshakes.
    pub(crate) fn register(&mut self, shared: &Arc<Shared<Server>>) {
        self.key = Some(self.running.state.register(shared));
    }
}

impl<S: Service> Drop for Place<S> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            lock(&self.running.state.connections).remove(&key);
        }
        self.running.state.leave();
    }
}
