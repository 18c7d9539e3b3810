//! smol's own executors as runtimes, each run as a program of smol's runs it.
//!
//! Decides where tasks run, which `blazeio_smol::Smol` leaves to whoever has an executor: on the
//! [global](Global) one, or on a [local](Local) one. All else is `Smol`'s.
#![forbid(unsafe_code)]

use blazeio_driver::{
    Address, Ambient, BoundListener, Listener, Runtime, Standalone, Stop, Task, Threads, Timer,
    Transport, Wait,
};
use blazeio_smol::Smol;
use smol::LocalExecutor;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::rc::Rc;

/// How an executor of smol's is run.
pub trait Host: Send + Sync + 'static {
    /// Runs what `make` makes to its end, in the context of the executor.
    ///
    /// # Errors
    /// No descriptors are left.
    fn run<F: Future>(make: impl FnOnce() -> F) -> io::Result<F::Output>;
}

/// The executor of `smol::spawn`, with as many threads as `SMOL_THREADS` says.
pub type Global = Hosted<OnGlobal>;

/// The local executor that was entered last on this thread.
pub type Local = Hosted<OnLocal>;

/// The [host](Host) of [`Global`].
#[derive(Debug)]
pub enum OnGlobal {}

/// The [host](Host) of [`Local`].
#[derive(Debug)]
pub enum OnLocal {}

impl Host for OnGlobal {
    fn run<F: Future>(make: impl FnOnce() -> F) -> io::Result<F::Output> {
        Ok(smol::block_on(async { make().await }))
    }
}

impl Host for OnLocal {
    fn run<F: Future>(make: impl FnOnce() -> F) -> io::Result<F::Output> {
        let executor = Rc::new(LocalExecutor::new());
        let _entered = Smol::local(&executor)?.enter();
        // Dropped first, with its tasks.
        let executor = executor;
        Ok(smol::block_on(executor.run(async { make().await })))
    }
}

/// smol on an executor that is run by `H`.
#[derive(Debug)]
pub struct Hosted<H> {
    smol: Smol,
    host: PhantomData<H>,
}

impl<H> Clone for Hosted<H> {
    fn clone(&self) -> Self {
        Self { smol: self.smol.clone(), host: PhantomData }
    }
}

impl<H> Hosted<H> {
    /// The runtime that this is called in.
    ///
    /// # Panics
    /// As [`Smol::current`].
    #[must_use]
    pub fn current() -> Self {
        Self { smol: Smol::current(), host: PhantomData }
    }
}

impl<H: Host> Runtime for Hosted<H> {
    fn now(&self) -> u64 {
        self.smol.now()
    }

    fn timer(&self) -> Box<dyn Timer> {
        self.smol.timer()
    }

    fn spawn(&self, task: Task) {
        self.smol.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.smol.spawn_blocking(work);
    }

    fn resolve(&self, host: &str, port: u16) -> Wait<Vec<SocketAddr>> {
        self.smol.resolve(host, port)
    }

    fn connect(&self, address: &Address) -> Wait<Box<dyn Transport>> {
        self.smol.connect(address)
    }

    fn adopt(&self, listener: BoundListener) -> io::Result<Box<dyn Listener>> {
        self.smol.adopt(listener)
    }
}

impl<H: Host> Ambient for Hosted<H> {
    fn current() -> Self {
        Self::current()
    }
}

impl<H: Host> Standalone for Hosted<H> {
    /// On as many threads as the host has, whatever is asked for.
    fn run<F: Future>(_: Threads, make: impl FnOnce() -> F) -> io::Result<F::Output> {
        H::run(make)
    }

    fn stop_signal() -> io::Result<Stop> {
        Smol::stop_signal()
    }
}
