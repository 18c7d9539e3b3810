//! tokio as the runtime of connections.
//!
//! Decides nothing: clock, timers, tasks and sockets are tokio's. All that needs the context
//! of a runtime enters it by itself, so that a [`Tokio`] works from any thread.

use crate::listener::Acceptor;
use crate::sleep::{micros_since, timer};
use crate::socket::SocketTransport;
use blazeio_driver::{
    Address, Ambient, BoundListener, Connector, Listener, Runtime, Task, Timer, Transport, Wait,
};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::Instant;

/// A tokio runtime of either flavor, with I/O and time enabled.
///
/// ```
/// use blazeio_driver::{Address, ListenOptions, Runtime, bind};
/// use blazeio_tokio::Tokio;
/// use std::future::poll_fn;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Tokio::current();
/// let mut listener = runtime.adopt(bind(&"127.0.0.1:0".parse()?, &ListenOptions::DEFAULT)?)?;
/// let mut near = runtime.connect(&listener.local_address()?).await?;
/// let (mut far, _peer) = poll_fn(|cx| listener.poll_accept(cx)).await?;
/// poll_fn(|cx| near.poll_write(cx, &[std::io::IoSlice::new(b"Hello")])).await?;
/// let mut room = [0; 16];
/// let n = poll_fn(|cx| far.poll_read(cx, &mut room)).await?;
/// assert_eq!(room.get(..n), Some(&b"Hello"[..]));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Tokio {
    handle: Handle,
    birth: Instant,
}

impl Tokio {
    /// The runtime that this is called in.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    #[track_caller]
    pub fn current() -> Self {
        Self::new(Handle::current())
    }

    /// The runtime that `handle` leads to. Time begins now.
    #[must_use]
    pub fn new(handle: Handle) -> Self {
        let birth = {
            // A paused clock is seen in its own runtime only.
            let _context = handle.enter();
            Instant::now()
        };
        Self { handle, birth }
    }

    fn within<T>(&self, future: impl Future<Output = io::Result<T>> + Send + 'static) -> Wait<T> {
        Box::pin(Within { handle: self.handle.clone(), future: Box::pin(future) })
    }
}

/// A client's connector on the runtime that this is called in.
///
/// # Panics
/// Outside of a tokio runtime.
#[must_use]
#[track_caller]
pub fn connector() -> Connector {
    Connector::new(Arc::new(Tokio::current()))
}

impl Runtime for Tokio {
    fn now(&self) -> u64 {
        micros_since(self.birth)
    }

    fn timer(&self) -> Box<dyn Timer> {
        let _context = self.handle.enter();
        Box::new(timer(self.birth))
    }

    fn spawn(&self, task: Task) {
        self.handle.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.handle.spawn_blocking(work);
    }

    fn resolve(&self, host: &str, port: u16) -> Wait<Vec<SocketAddr>> {
        let host = host.to_owned();
        self.within(
            async move { Ok(tokio::net::lookup_host((host.as_str(), port)).await?.collect()) },
        )
    }

    fn connect(&self, address: &Address) -> Wait<Box<dyn Transport>> {
        let address = address.clone();
        self.within(async move { connect(&address).await })
    }

    fn adopt(&self, listener: BoundListener) -> io::Result<Box<dyn Listener>> {
        let _context = self.handle.enter();
        let runtime = self.handle.clone();
        match listener {
            BoundListener::Tcp(listener) => {
                // One that was not made by `bind` may block, and then all would wait for it.
                listener.set_nonblocking(true)?;
                let listener = TcpListener::from_std(listener)?;
                Ok(Box::new(Acceptor { listener, runtime }))
            }
            #[cfg(unix)]
            BoundListener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                let listener = tokio::net::UnixListener::from_std(listener)?;
                Ok(Box::new(Acceptor { listener, runtime }))
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl Ambient for Tokio {
    fn current() -> Self {
        Self::current()
    }
}

async fn connect(address: &Address) -> io::Result<Box<dyn Transport>> {
    match address {
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(SocketTransport::new(stream)))
        }
        #[cfg(unix)]
        Address::Unix(Some(path)) => {
            let stream = tokio::net::UnixStream::connect(path).await?;
            Ok(Box::new(SocketTransport::new(stream)))
        }
        #[cfg(not(unix))]
        Address::Unix(Some(_)) => Err(io::ErrorKind::Unsupported.into()),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// A future that is polled in the context of its runtime, wherever it is awaited.
struct Within<F: ?Sized> {
    handle: Handle,
    future: Pin<Box<F>>,
}

impl<F: Future + ?Sized> Future for Within<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let _context = this.handle.enter();
        this.future.as_mut().poll(cx)
    }
}
