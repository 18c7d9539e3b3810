//! The subject in another network: names and connections are the test's, all else is its own.

use crate::subject::Subject;
use blazeio_driver::{Address, BoundListener, Listener, Runtime, Task, Timer, Transport, Wait};
use std::io;
use std::net::SocketAddr;

type Resolve = dyn Fn(&str) -> Vec<SocketAddr> + Send + Sync;
type Connect = dyn Fn(&Address) -> Wait<Box<dyn Transport>> + Send + Sync;

/// A network of a test's own.
pub struct Network {
    subject: Subject,
    resolve: Box<Resolve>,
    connect: Option<Box<Connect>>,
}

impl Network {
    /// One in which `resolve` knows the addresses of each host.
    pub fn new(resolve: impl Fn(&str) -> Vec<SocketAddr> + Send + Sync + 'static) -> Self {
        Self { subject: Subject::current(), resolve: Box::new(resolve), connect: None }
    }

    /// And in which connections are made by `connect`.
    pub fn connecting(
        self,
        connect: impl Fn(&Address) -> Wait<Box<dyn Transport>> + Send + Sync + 'static,
    ) -> Self {
        Self { connect: Some(Box::new(connect)), ..self }
    }
}

impl Runtime for Network {
    fn now(&self) -> u64 {
        self.subject.now()
    }

    fn timer(&self) -> Box<dyn Timer> {
        self.subject.timer()
    }

    fn spawn(&self, task: Task) {
        self.subject.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.subject.spawn_blocking(work);
    }

    fn resolve(&self, host: &str, _: u16) -> Wait<Vec<SocketAddr>> {
        let addresses = (self.resolve)(host);
        Box::pin(async move { Ok(addresses) })
    }

    fn connect(&self, address: &Address) -> Wait<Box<dyn Transport>> {
        match &self.connect {
            Some(connect) => connect(address),
            None => self.subject.connect(address),
        }
    }

    fn adopt(&self, listener: BoundListener) -> io::Result<Box<dyn Listener>> {
        self.subject.adopt(listener)
    }
}
