//! A client's connections: made, kept open, used for one exchange after another.
//!
//! Decides when a connection may be used again: the last exchange is over on both sides, the
//! server did not close, and not a byte came that nobody asked for (REUSE). Each connection
//! has a task of its own, which hears of the server's close while nobody uses it. Refuses
//! addresses that its user does not allow, before it connects to them; and gives up on one that
//! does not answer in time, so that the next has its turn.

use crate::address::Address;
use crate::deadline::Deadline;
use crate::environment::Environment;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::handshake::Handshake;
use crate::input::MOST;
use crate::keepalive::Keepalive;
use crate::link::Shared;
use crate::listener::Accepted;
use crate::memory::Memory;
use crate::runtime::Runtime;
use crate::statistics::Statistics;
use crate::transport::Transport;
use crate::watch::Closed;
use blazeio::{Client, Limits, Request};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// What connecting to one address may take, as a rule.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

type Allow = dyn Fn(SocketAddr) -> bool + Send + Sync;

/// Makes connections, all with the same limits, memory and handshakes.
///
/// ```no_run
/// # async fn get(runtime: std::sync::Arc<dyn blazeio_driver::Runtime>) -> Result<(), Box<dyn std::error::Error>> {
/// use blazeio::{Method, Request};
/// use blazeio_driver::Connector;
///
/// let connector = Connector::new(runtime);
/// let mut connection = connector.connect_to("example.com", 80).await?;
/// let mut exchange = connection.send(&Request::new(Method::Get, "/", "example.com")).await?;
/// println!("{}", exchange.head().await?.status());
/// while let Some(piece) = exchange.read().await? {
///     println!("{} bytes", piece.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connector {
    pub(crate) environment: Arc<Environment>,
    keepalive: Option<Keepalive>,
    handshakes: Vec<Arc<dyn Handshake>>,
    allow: Option<Arc<Allow>>,
    connect_timeout: Duration,
}

impl Connector {
    /// Connections on `runtime`, with the default limits and memory of their own.
    #[must_use]
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        let limits = Arc::new(Limits::DEFAULT);
        let environment = Environment::new(runtime, Arc::default(), limits, MOST as u32, false);
        Self {
            environment: Arc::new(environment),
            keepalive: Some(Keepalive::DEFAULT),
            handshakes: Vec::new(),
            allow: None,
            connect_timeout: CONNECT_TIMEOUT,
        }
    }

    fn with(self, limits: Arc<Limits>, memory: Arc<Memory>, read_size: u32) -> Self {
        let runtime = Arc::clone(&self.environment.runtime);
        let environment = Arc::new(Environment::new(runtime, memory, limits, read_size, false));
        Self { environment, ..self }
    }

    /// The limits and time-outs of every connection.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        let (memory, size) = (Arc::clone(&self.environment.memory), self.environment.read_size);
        self.with(Arc::new(limits), memory, size)
    }

    /// The memory that connections share.
    #[must_use]
    pub fn memory(self, memory: Arc<Memory>) -> Self {
        let (limits, size) = (Arc::clone(&self.environment.limits), self.environment.read_size);
        self.with(limits, memory, size)
    }

    /// How many bytes a connection reads at once, 4 KiB to 32 KiB, which is the default.
    #[must_use]
    pub fn read_size(self, bytes: u32) -> Self {
        let limits = Arc::clone(&self.environment.limits);
        let memory = Arc::clone(&self.environment.memory);
        self.with(limits, memory, bytes)
    }

    /// TCP keepalive of connections; on, unless told otherwise.
    #[must_use]
    pub fn keepalive(self, keepalive: Option<Keepalive>) -> Self {
        Self { keepalive, ..self }
    }

    /// Takes `handshake` on every connection before HTTP, after those given before.
    #[must_use]
    pub fn handshake(mut self, handshake: impl Handshake) -> Self {
        self.handshakes.push(Arc::new(handshake));
        self
    }

    /// Asks `allow` about each IP address, given or what a name resolves to, before connecting
    /// to it (SSRF). Nobody is asked about Unix sockets, and transports given to
    /// [`over`](Self::over). Through a proxy it is asked about the proxy's addresses alone: where
    /// the origin is, only the proxy finds out, and the rule for that has to be the proxy's.
    #[must_use]
    pub fn allow(self, allow: impl Fn(SocketAddr) -> bool + Send + Sync + 'static) -> Self {
        Self { allow: Some(Arc::new(allow)), ..self }
    }

    /// How long connecting to one address may take; 30 s, unless told otherwise. Handshakes are
    /// not part of it: they have limits of their own.
    #[must_use]
    pub fn connect_timeout(self, allowed: Duration) -> Self {
        Self { connect_timeout: allowed, ..self }
    }

    /// What its connections went through so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.environment.statistics.read()
    }

    /// Connects to `address`. Dropping the future gives it up.
    ///
    /// # Errors
    /// The system's; `PermissionDenied` if the address is not allowed; `TimedOut`, which names
    /// the address, if it did not answer in time; a handshake's.
    pub async fn connect(&self, address: &Address) -> io::Result<ClientConnection> {
        let transport = self.reach(address).await?;
        self.over(transport, address.clone()).await
    }

    /// A transport to `address`, if that is allowed, within the time that it may take.
    async fn reach(&self, address: &Address) -> io::Result<Box<dyn Transport>> {
        if let (Some(at), Some(allow)) = (address.as_tcp(), &self.allow) {
            if !allow(at) {
                let error = format!("connecting to {at} is not allowed");
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, error));
            }
        }
        let runtime = &self.environment.runtime;
        let allowed = self.connect_timeout;
        let mut connecting = runtime.connect(address);
        let mut deadline = Deadline::new(Arc::clone(runtime), allowed);
        match deadline.bound(|cx| connecting.as_mut().poll(cx)).await {
            Some(connected) => connected,
            None => {
                let error = format!("{address} did not answer within {allowed:?}");
                Err(io::Error::new(io::ErrorKind::TimedOut, error))
            }
        }
    }

    /// Connects to the first address of `host` that answers; they are tried in turn. `host` is
    /// a name or an IP address, without brackets.
    ///
    /// # Errors
    /// Of the last address tried; `NotFound` if there is none.
    pub async fn connect_to(&self, host: &str, port: u16) -> io::Result<ClientConnection> {
        self.first_of(host, port, |address| async move { self.connect(&address).await }).await
    }

    /// A transport to the first address of `host` that answers, without handshakes.
    #[cfg(feature = "proxy")]
    pub(crate) async fn reach_to(&self, host: &str, port: u16) -> io::Result<Accepted> {
        let reach = |address| async move { Ok((self.reach(&address).await?, address)) };
        self.first_of(host, port, reach).await
    }

    /// What `attempt` comes to with the first address of `host` that it succeeds with.
    async fn first_of<T, F: Future<Output = io::Result<T>>>(
        &self,
        host: &str,
        port: u16,
        attempt: impl Fn(Address) -> F,
    ) -> io::Result<T> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"));
        for address in self.environment.runtime.resolve(host, port).await? {
            match attempt(Address::Tcp(address)).await {
                Ok(done) => return Ok(done),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A connection over `transport`, which is connected to `peer`.
    ///
    /// # Errors
    /// A handshake's.
    pub async fn over(
        &self,
        transport: impl Transport,
        peer: Address,
    ) -> io::Result<ClientConnection> {
        if let Some(socket) = transport.socket() {
            // Sockets that are not TCP refuse both.
            let _ = socket.set_tcp_nodelay(true);
            if let Some(keepalive) = &self.keepalive {
                let _ = keepalive.apply(&socket);
            }
        }
        let mut accepted: Accepted = (Box::new(transport), peer);
        for handshake in &self.handshakes {
            accepted = handshake.take(accepted, &self.environment.runtime).await?;
        }
        let (transport, peer) = accepted;
        let environment = Arc::clone(&self.environment);
        environment.statistics.accepted();
        let shared = Arc::new(Shared::new(transport, peer, environment));
        let driven = Driving(Arc::clone(&shared));
        self.environment.runtime.spawn(Box::pin(async move {
            poll_fn(|cx| driven.0.lock().poll_drive(cx, false).map(drop)).await;
        }));
        Ok(ClientConnection { shared })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("limits", &self.environment.limits)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}

/// A connection that is driven. It is closed if its task is dropped.
struct Driving(Arc<Shared<Client>>);

impl Drop for Driving {
    fn drop(&mut self) {
        self.0.lock().shut();
    }
}

/// A client's connection. Dropping it closes it once its last exchange is over.
pub struct ClientConnection {
    shared: Arc<Shared<Client>>,
}

impl ClientConnection {
    /// Begins an exchange whose content, and its end, are to be written. The request's head
    /// goes out with the first of them, or as soon as the task waits.
    ///
    /// # Errors
    /// [`Error::Usage`] if the request cannot be sent, or the last exchange is not over;
    /// [`Error::Closed`] if the connection cannot be used any more.
    pub async fn open(&mut self, request: &Request<'_>) -> Result<Exchange<Client>, Error> {
        let exchange = self.begin(request).await?;
        self.shared.lock().wake_driver();
        Ok(exchange)
    }

    /// Sends a request without content.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::Usage`] if the request has content.
    pub async fn send(&mut self, request: &Request<'_>) -> Result<Exchange<Client>, Error> {
        let mut exchange = self.begin(request).await?;
        exchange.finish().await?;
        Ok(exchange)
    }

    async fn begin(&mut self, request: &Request<'_>) -> Result<Exchange<Client>, Error> {
        let generation = poll_fn(|cx| Poll::Ready(self.shared.lock().open(cx, request))).await?;
        Ok(Exchange::opened(Arc::clone(&self.shared), generation))
    }

    /// Whether another exchange may begin once the last one is over. What the server sent
    /// since, a close among it, is seen only when its task had its turn.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.shared.lock().is_open()
    }

    /// Whether another exchange may begin now.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let link = self.shared.lock();
        link.is_open() && link.core.is_idle()
    }

    /// Bytes received so far: tells whether a request was answered by a single byte.
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        let link = self.shared.lock();
        link.core.bytes_received() + link.input.filled().len() as u64
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> &Address {
        &self.shared.peer
    }

    /// Closes the connection in order once its last exchange is over, and waits for that: over
    /// TLS the server has been told of the end then. Dropped while it waits, the connection
    /// closes as if it had been dropped itself.
    ///
    /// One whose last exchange is not over waits for its end: drop that first, or
    /// [`abort`](Self::abort).
    pub async fn close(self) {
        let shared = Arc::clone(&self.shared);
        drop(self);
        Closed::over(shared).await;
    }

    /// Gives up at once, with the exchange in hand.
    pub fn abort(&self) {
        self.shared.lock().abort();
    }
}

impl Drop for ClientConnection {
    fn drop(&mut self) {
        self.shared.lock().stop();
    }
}

impl fmt::Debug for ClientConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConnection")
            .field("peer", self.peer())
            .field("is_open", &self.is_open())
            .finish_non_exhaustive()
    }
}
