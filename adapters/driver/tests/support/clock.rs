//! A runtime of which tests need only the time, and may say what it is.

use blazeio_driver::{Address, BoundListener, Listener, Runtime, Task, Timer, Transport, Wait};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A clock that goes when it is told to.
#[derive(Clone, Default)]
pub struct Clock(Arc<Face>);

#[derive(Default)]
struct Face {
    now: AtomicU64,
    waiting: Mutex<Vec<Waker>>,
}

impl Clock {
    /// The clock as a runtime.
    pub fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(Only(self.clone()))
    }

    /// Lets `time` go by.
    pub fn advance(&self, time: Duration) {
        self.0.now.fetch_add(u64::try_from(time.as_micros()).unwrap(), Ordering::SeqCst);
        let waiting = std::mem::take(&mut *self.0.waiting.lock().unwrap());
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Timer for Clock {
    fn poll(&mut self, cx: &mut Context<'_>, at: u64) -> Poll<()> {
        if self.0.now.load(Ordering::SeqCst) >= at {
            return Poll::Ready(());
        }
        self.0.waiting.lock().unwrap().push(cx.waker().clone());
        Poll::Pending
    }
}

impl Time for Clock {
    fn now(&self) -> u64 {
        self.0.now.load(Ordering::SeqCst)
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(self.clone())
    }
}

/// What a runtime knows of time.
pub trait Time: Send + Sync + 'static {
    /// See [`Runtime::now`].
    fn now(&self) -> u64;

    /// See [`Runtime::timer`].
    fn timer(&self) -> Box<dyn Timer>;
}

/// A runtime that has nothing but time.
pub struct Only<T>(pub T);

impl<T: Time> Runtime for Only<T> {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn timer(&self) -> Box<dyn Timer> {
        self.0.timer()
    }

    fn spawn(&self, _: Task) {
        unreachable!("nothing here spawns")
    }

    fn spawn_blocking(&self, _: Box<dyn FnOnce() + Send>) {
        unreachable!("nothing here blocks")
    }

    fn resolve(&self, _: &str, _: u16) -> Wait<Vec<SocketAddr>> {
        unreachable!("nothing here has a name")
    }

    fn connect(&self, _: &Address) -> Wait<Box<dyn Transport>> {
        unreachable!("nothing here connects")
    }

    fn adopt(&self, _: BoundListener) -> io::Result<Box<dyn Listener>> {
        unreachable!("nothing here listens")
    }
}
