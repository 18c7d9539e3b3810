//! smol as the runtime of connections.
//!
//! Decides which runtime is the current one: the one that was entered last on this thread, then
//! smol's global executor, if that is asked for.

use crate::listener::Acceptor;
use crate::reactor::{Pollable, Reactor, Watched};
use crate::sleep::{micros_since, timer};
use crate::spawner::{self, Spawner};
use async_executor::{Executor, LocalExecutor};
use async_io::Async;
use blazeio_driver::socket::SocketTransport;
use blazeio_driver::{
    Address, Ambient, BoundListener, Connector, Listener, Runtime, Task, Timer, Transport, Wait,
};
use blocking::unblock;
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// An executor of smol's kind, with a reactor for its sockets.
///
/// Any number of them may be in a program, and on one executor. It can be used from any thread.
///
/// ```
/// use blazeio_driver::{Address, ListenOptions, Runtime, bind};
/// use blazeio_smol::Smol;
/// use std::future::poll_fn;
/// use std::sync::Arc;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let executor = Arc::new(smol::Executor::new());
/// let runtime = Smol::on(&executor)?;
/// smol::block_on(executor.run(async {
///     let mut listener = runtime.adopt(bind(&"127.0.0.1:0".parse()?, &ListenOptions::DEFAULT)?)?;
///     let mut near = runtime.connect(&listener.local_address()?).await?;
///     let (mut far, _peer) = poll_fn(|cx| listener.poll_accept(cx)).await?;
///     poll_fn(|cx| near.poll_write(cx, &[std::io::IoSlice::new(b"Hello")])).await?;
///     let mut room = [0; 16];
///     let n = poll_fn(|cx| far.poll_read(cx, &mut room)).await?;
///     assert_eq!(room.get(..n), Some(&b"Hello"[..]));
///     Ok(())
/// }))
/// # }
/// ```
#[derive(Clone)]
pub struct Smol {
    reactor: Arc<Reactor>,
    spawner: Spawner,
    birth: Instant,
}

thread_local! {
    static CURRENT: RefCell<Option<Smol>> = const { RefCell::new(None) };
}

impl Smol {
    /// The runtime that this thread has [entered](Self::enter) last; else, with the feature
    /// `global`, smol's global executor.
    ///
    /// # Panics
    /// There is none, or no descriptor left for it.
    #[must_use]
    #[track_caller]
    pub fn current() -> Self {
        match CURRENT.with_borrow(Clone::clone).or_else(global) {
            Some(runtime) => runtime,
            None => panic!("no runtime was entered on this thread"),
        }
    }

    /// `executor`, which has to be run by others, and is not kept.
    ///
    /// # Errors
    /// No descriptors are left.
    pub fn on(executor: &Arc<Executor<'static>>) -> io::Result<Self> {
        Self::by(spawner::on(executor))
    }

    /// `executor`, which has to be run by others, and is not kept. Every task stays on its thread,
    /// whichever spawns it.
    ///
    /// # Errors
    /// No descriptors are left.
    pub fn local(executor: &Rc<LocalExecutor<'static>>) -> io::Result<Self> {
        Self::by(spawner::local(executor))
    }

    /// Whatever runs the tasks that `spawn` is given, on any thread.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = blazeio_smol::Smol::spawning(|task| smol::spawn(task).detach())?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// No descriptors are left.
    pub fn spawning(spawn: impl Fn(Task) + Send + Sync + 'static) -> io::Result<Self> {
        Self::by(Arc::new(spawn))
    }

    /// With a reactor that a task drives.
    fn by(spawner: Spawner) -> io::Result<Self> {
        let reactor = Reactor::new()?;
        if let Some(task) = reactor.task()? {
            spawner(task);
        }
        Ok(Self::new(reactor, spawner))
    }

    /// With a reactor that somebody drives. Time begins now.
    pub(crate) fn new(reactor: Arc<Reactor>, spawner: Spawner) -> Self {
        Self { reactor, spawner, birth: Instant::now() }
    }

    #[cfg(test)]
    pub(crate) fn reactor(&self) -> &Arc<Reactor> {
        &self.reactor
    }

    /// Makes this the current runtime of the thread, until what is returned is dropped.
    #[must_use = "it is the current one until this is dropped"]
    pub fn enter(&self) -> Entered {
        Entered { before: CURRENT.replace(Some(self.clone())), here: PhantomData }
    }

    /// Watches `stream`, a stream socket with the options that it has, for a
    /// [`SocketTransport`]; sets it non-blocking.
    ///
    /// # Errors
    /// The system cannot watch it; the executor is gone.
    pub fn watch<S: Pollable>(&self, stream: S) -> io::Result<Watched<S>> {
        Watched::new(stream, &self.reactor)
    }
}

impl fmt::Debug for Smol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smol").finish_non_exhaustive()
    }
}

/// A thread's current runtime, until it is dropped: see [`Smol::enter`].
#[derive(Debug)]
pub struct Entered {
    before: Option<Smol>,
    /// Of one thread.
    here: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let entered = CURRENT.replace(self.before.take());
        drop(entered);
    }
}

#[cfg(feature = "global")]
fn global() -> Option<Smol> {
    static GLOBAL: std::sync::OnceLock<Smol> = std::sync::OnceLock::new();
    let make = || match Smol::spawning(|task| smol::spawn(task).detach()) {
        Ok(runtime) => runtime,
        Err(error) => panic!("no descriptors are left for a runtime: {error}"),
    };
    Some(GLOBAL.get_or_init(make).clone())
}

#[cfg(not(feature = "global"))]
fn global() -> Option<Smol> {
    None
}

/// A client's connector on the [current](Smol::current) runtime.
///
/// # Panics
/// As [`Smol::current`].
#[must_use]
#[track_caller]
pub fn connector() -> Connector {
    Connector::new(Arc::new(Smol::current()))
}

impl Runtime for Smol {
    fn now(&self) -> u64 {
        micros_since(self.birth)
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(timer(self.birth))
    }

    fn spawn(&self, task: Task) {
        (self.spawner)(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        unblock(work).detach();
    }

    fn resolve(&self, host: &str, port: u16) -> Wait<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Box::pin(async move { Ok(vec![SocketAddr::new(address, port)]) });
        }
        let host = host.to_owned();
        Box::pin(unblock(move || Ok((host.as_str(), port).to_socket_addrs()?.collect())))
    }

    fn connect(&self, address: &Address) -> Wait<Box<dyn Transport>> {
        let (address, reactor) = (address.clone(), Arc::clone(&self.reactor));
        Box::pin(async move { connect(&address, &reactor).await })
    }

    fn adopt(&self, listener: BoundListener) -> io::Result<Box<dyn Listener>> {
        match listener {
            BoundListener::Tcp(listener) => {
                Ok(Box::new(Acceptor::new(listener, Arc::clone(&self.reactor))?))
            }
            BoundListener::Unix(listener) => {
                Ok(Box::new(Acceptor::new(listener, Arc::clone(&self.reactor))?))
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl Ambient for Smol {
    fn current() -> Self {
        Self::current()
    }
}

async fn connect(address: &Address, reactor: &Arc<Reactor>) -> io::Result<Box<dyn Transport>> {
    match address {
        Address::Tcp(address) => {
            let stream = Async::<TcpStream>::connect(*address).await?.into_inner()?;
            stream.set_nodelay(true)?;
            Ok(Box::new(SocketTransport::new(Watched::new(stream, reactor)?)))
        }
        Address::Unix(Some(path)) => {
            let stream = Async::<UnixStream>::connect(path).await?.into_inner()?;
            Ok(Box::new(SocketTransport::new(Watched::new(stream, reactor)?)))
        }
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}
