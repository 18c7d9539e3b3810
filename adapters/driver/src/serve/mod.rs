//! A server: its listeners, its connections, its end.
//!
//! Decides when to accept and when to stop. Accepting survives every error, and pauses while
//! there is trouble (ACPT); it waits while the cap of connections is reached. Each connection
//! is a task of its own. An exit closes idle connections, lets busy ones finish their
//! exchange and say `Connection: close`, gives up on the rest after a grace, and says how
//! many that were (SHUT).
//!
//! ```text
//! serve(service) ── listen ── start(runtime) ──► Handle ── stop ──► exit ──► Exit
//!                                  │ a task for each listener
//!                                  └─► a task for each connection
//! ```

mod accept;
mod backoff;
mod connection;
mod handle;
mod report;
mod running;

pub use handle::{Exit, Handle};
pub use report::Report;

use crate::address::Address;
use crate::bind::{ListenOptions, bind};
use crate::environment::Environment;
use crate::handshake::Handshake;
use crate::listener::Listener;
use crate::memory::Memory;
use crate::runtime::{BoundListener, Runtime};
use crate::service::Service;
use blazeio::Limits;
use running::Running;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A server of `service`, to be told where to listen and then started.
///
/// ```
/// use blazeio::{Limits, Response, Server, Timeout, Timeouts};
/// use blazeio_driver::{Address, Error, Exchange, Runtime, serve};
/// use std::{future::Future, io, sync::Arc, time::Duration};
///
/// async fn greet(mut exchange: Exchange<Server>) -> Result<(), Error> {
///     exchange.send(&Response::new(200), b"Hello\n").await
/// }
///
/// async fn run(runtime: Arc<dyn Runtime>, stop: impl Future<Output = ()>) -> io::Result<()> {
///     let timeouts = Timeouts { idle: Timeout::secs(15), ..Timeouts::DEFAULT };
///     let server = serve(greet)
///         .listen("127.0.0.1:8080".parse::<Address>().map_err(io::Error::other)?)
///         .limits(Limits { content: 1 << 20, timeouts, ..Limits::DEFAULT })
///         .connections(10_000)
///         .grace(Duration::from_secs(5))
///         .report(|report| eprintln!("{report}"))
///         .start(&runtime)?;
///     stop.await;
///     let exit = server.exit().await;
///     println!("{} connections were cut", exit.cut);
///     Ok(())
/// }
/// ```
pub fn serve<S: Service>(service: S) -> Serve<S> {
    Serve {
        service: Arc::new(service),
        sources: Vec::new(),
        options: ListenOptions::DEFAULT,
        limits: Arc::new(Limits::DEFAULT),
        memory: None,
        connections: usize::MAX,
        read_size: crate::input::MOST as u32,
        grace: Duration::from_secs(30),
        end_drops: false,
        handshakes: Vec::new(),
        report: Arc::new(|_| {}),
    }
}

/// Where connections come from.
enum Source {
    Address(Address),
    Bound(BoundListener),
    Listener(Box<dyn Listener>),
}

/// A server that is not started: see [`serve`].
#[must_use = "a server does nothing before it is started"]
pub struct Serve<S> {
    service: Arc<S>,
    sources: Vec<Source>,
    options: ListenOptions,
    limits: Arc<Limits>,
    memory: Option<Arc<Memory>>,
    connections: usize,
    read_size: u32,
    grace: Duration,
    end_drops: bool,
    handshakes: Vec<Arc<dyn Handshake>>,
    report: Arc<dyn Fn(Report<'_>) + Send + Sync>,
}

impl<S: Service> Serve<S> {
    /// Listens at `address`, too.
    pub fn listen(mut self, address: impl Into<Address>) -> Self {
        self.sources.push(Source::Address(address.into()));
        self
    }

    /// Listens by a socket that was made elsewhere, too: inherited, or by
    /// [`bind`](crate::bind).
    pub fn bound(mut self, listener: BoundListener) -> Self {
        self.sources.push(Source::Bound(listener));
        self
    }

    /// Takes connections from `listener`, too.
    pub fn listener(mut self, listener: impl Listener) -> Self {
        self.sources.push(Source::Listener(Box::new(listener)));
        self
    }

    /// How to listen: backlog, SO_REUSEPORT, and TCP keepalive of connections.
    pub fn options(mut self, options: ListenOptions) -> Self {
        self.options = options;
        self
    }

    /// The limits and time-outs of every connection.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Arc::new(limits);
        self
    }

    /// The memory that connections share. [`Memory::DEFAULT_CAP`] of its own, unless given.
    pub fn memory(mut self, memory: Arc<Memory>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// How many connections there may be at once, handshakes included; others wait to be
    /// accepted. No limit. 0 counts as 1.
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most.max(1);
        self
    }

    /// How many bytes a connection reads at once, 4 KiB to 32 KiB, which is the default.
    /// Reading begins with 4 KiB, and more while that is filled.
    pub fn read_size(mut self, bytes: u32) -> Self {
        self.read_size = bytes;
        self
    }

    /// How long busy connections have to finish once an exit was asked for. 30 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Drops a handler when its peer ends its input, too, not only when it is lost. Off: a
    /// peer may end its input and still wait for its response.
    pub fn end_drops(mut self, drops: bool) -> Self {
        self.end_drops = drops;
        self
    }

    /// Takes `handshake` on every connection before HTTP, after those given before.
    pub fn handshake(mut self, handshake: impl Handshake) -> Self {
        self.handshakes.push(Arc::new(handshake));
        self
    }

    /// Tells `report` of what went wrong: at most once for each handler, once for each
    /// connection's end if it was none that is usual, and once for each trouble in accepting. It
    /// is called within the connection's task and must not block. Nobody is told, unless given.
    pub fn report(mut self, report: impl Fn(Report<'_>) + Send + Sync + 'static) -> Self {
        self.report = Arc::new(report);
        self
    }

    /// How it will listen.
    #[must_use]
    pub fn listen_options(&self) -> &ListenOptions {
        &self.options
    }

    /// `count` servers of the same service with the same settings and memory, each for a
    /// runtime of its own, which listen at the same ports by SO_REUSEPORT. The cap of
    /// connections is split among them.
    ///
    /// # Errors
    /// `InvalidInput` if listeners were given already, or an address that cannot be shared.
    pub fn shards(self, count: usize) -> io::Result<Vec<Self>> {
        let count = count.max(1);
        let options = ListenOptions { reuse_port: true, ..self.options };
        let memory = self.memory.unwrap_or_default();
        let shard = |_| Self {
            service: Arc::clone(&self.service),
            sources: Vec::new(),
            options,
            limits: Arc::clone(&self.limits),
            memory: Some(Arc::clone(&memory)),
            connections: self.connections.div_ceil(count),
            handshakes: self.handshakes.clone(),
            report: Arc::clone(&self.report),
            ..self
        };
        let mut shards: Vec<_> = (0..count).map(shard).collect();
        for source in &self.sources {
            let Source::Address(Address::Tcp(at)) = source else {
                let error = "only an IP address and port can be listened at by several";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
            };
            let mut at = *at;
            for shard in &mut shards {
                let listener = bind(&at.into(), &options)?;
                // Port 0 is the same free port for all of them.
                if let Some(bound) = listener.local_address()?.as_tcp() {
                    at.set_port(bound.port());
                }
                shard.sources.push(Source::Bound(listener));
            }
        }
        Ok(shards)
    }

    /// Begins to listen, and to serve.
    ///
    /// # Errors
    /// An address cannot be listened at; then none is.
    pub fn start(self, runtime: &Arc<dyn Runtime>) -> io::Result<Handle> {
        let adopt = |source| {
            let listener = match source {
                Source::Listener(listener) => return Ok(listener),
                Source::Bound(listener) => listener,
                Source::Address(address) => bind(&address, &self.options)?,
            };
            runtime.adopt(listener)
        };
        let listeners =
            self.sources.into_iter().map(adopt).collect::<io::Result<Vec<Box<dyn Listener>>>>()?;
        let addresses =
            listeners.iter().map(|l| l.local_address()).collect::<io::Result<Vec<_>>>()?;
        let environment = Arc::new(Environment::new(
            Arc::clone(runtime),
            self.memory.unwrap_or_default(),
            self.limits,
            self.read_size,
            self.end_drops,
        ));
        let running = Arc::new(Running {
            service: self.service,
            handshakes: self.handshakes,
            report: self.report,
            keepalive: self.options.keepalive,
            slots: running::Slots::default(),
            state: running::State::new(environment, listeners.len(), self.connections),
        });
        for listener in listeners {
            runtime.spawn(Box::pin(accept::accept(Arc::clone(&running), listener)));
        }
        Ok(Handle::new(running, addresses, self.grace))
    }
}

impl<S> fmt::Debug for Serve<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("limits", &self.limits).finish_non_exhaustive()
    }
}
