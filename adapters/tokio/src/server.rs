//! A server on tokio: the driver's, with what only a runtime can add.
//!
//! Decides where it runs: in the runtime that is there, in one of its own with as many
//! threads as there are processors, or in one single-threaded runtime for each of them, which
//! share a port by SO_REUSEPORT and nothing else.

use crate::runtime::Tokio;
use blazeio_driver::{Address, Exit, Handle, Runtime, Serve, Service, bind};
use std::future::Future;
use std::io;
use std::net::ToSocketAddrs;
use std::sync::Arc;

/// A server of `service` at `address`: an IP address or a name with a port, or `unix:/path`.
///
/// ```no_run
/// use blazeio::{Response, Server};
/// use blazeio_driver::{Error, Exchange};
///
/// async fn greet(mut exchange: Exchange<Server>) -> Result<(), Error> {
///     exchange.send(&Response::new(200), b"Hello\n").await
/// }
///
/// fn main() -> std::io::Result<()> {
///     blazeio_tokio::serve("127.0.0.1:8080", greet).run().map(drop)
/// }
/// ```
pub fn serve<S: Service>(address: &str, service: S) -> Server<S> {
    Server { serve: blazeio_driver::serve(service), addresses: vec![address.to_owned()] }
}

/// A server that is not started: see [`serve`].
#[must_use = "a server does nothing before it is started"]
#[derive(Debug)]
pub struct Server<S> {
    serve: Serve<S>,
    addresses: Vec<String>,
}

impl<S: Service> Server<S> {
    /// Listens at `address`, too.
    pub fn listen(mut self, address: &str) -> Self {
        self.addresses.push(address.to_owned());
        self
    }

    /// Changes what the driver has to be told: limits, caps, handshakes, reports.
    pub fn configure(self, change: impl FnOnce(Serve<S>) -> Serve<S>) -> Self {
        Self { serve: change(self.serve), ..self }
    }

    /// The driver's server, which listens already.
    fn bound(self) -> io::Result<Serve<S>> {
        let mut serve = self.serve;
        for text in &self.addresses {
            let listener = bind_first(text, |address| bind(address, serve.listen_options()))?;
            serve = serve.bound(listener);
        }
        Ok(serve)
    }

    /// Begins to serve in the runtime that this is called in.
    ///
    /// # Errors
    /// An address is none, or cannot be listened at.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(self) -> io::Result<Handle> {
        let runtime: Arc<dyn Runtime> = Arc::new(Tokio::current());
        self.bound()?.start(&runtime)
    }

    /// Serves until `stop` ends, then exits in order, within
    /// [`Serve::grace`](blazeio_driver::Serve::grace); how that went. Dropped while it waits,
    /// it leaves the server running.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn until<T>(self, stop: impl Future<Output = T>) -> io::Result<Exit> {
        let handle = self.start()?;
        stop.await;
        Ok(handle.exit().await)
    }

    /// Serves in a runtime of its own, with as many threads as there are processors, until
    /// SIGINT or SIGTERM (elsewhere than on Unix: Ctrl-C); blocks until then, and until
    /// connections are finished, within the grace. Not from within a runtime.
    ///
    /// # Errors
    /// As [`start`](Self::start); the runtime cannot be made.
    ///
    /// # Panics
    /// Within a tokio runtime.
    #[cfg(feature = "run")]
    pub fn run(self) -> io::Result<Exit> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async { self.until(crate::signal::stop_signal()?).await })
    }

    /// As [`run`](Self::run), in `cores` threads, each with a runtime, listeners and
    /// connections of its own: what a connection needs stays on one processor. The system
    /// spreads connections over them (SO_REUSEPORT), by their addresses and not by load. When one
    /// of them fails the others stop in order, too.
    ///
    /// # Errors
    /// As [`run`](Self::run), of the first that failed; `InvalidInput` for a Unix socket, which cannot be shared so.
    #[cfg(feature = "run")]
    pub fn run_per_core(self, cores: std::num::NonZeroUsize) -> io::Result<Exit> {
        let shards = self.shards(cores.get())?;
        let servers = shards.into_iter().map(|shard| {
            move |stopped: crate::cores::Stopped| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(shard.until(stopped.wait()))
            }
        });
        crate::cores::run_all(servers, async {
            crate::signal::stop_signal()?.await;
            Ok(())
        })
    }

    /// The server as `count` servers that share its addresses, service, memory and limits,
    /// for as many runtimes: what [`run_per_core`](Self::run_per_core) runs.
    ///
    /// # Errors
    /// As [`start`](Self::start); `InvalidInput` for a Unix socket, which cannot be shared so.
    pub fn shards(self, count: usize) -> io::Result<Vec<Self>> {
        let mut serve = self.serve;
        for text in &self.addresses {
            // One that is free now is shared below.
            let at = bind_first(text, |address| bind(address, serve.listen_options()))?;
            serve = serve.listen(at.local_address()?);
        }
        let shards = serve.shards(count)?;
        Ok(shards.into_iter().map(|serve| Self { serve, addresses: Vec::new() }).collect())
    }
}

/// What `bind` makes of the first address in `text` that it takes.
fn bind_first<T>(text: &str, bind: impl Fn(&Address) -> io::Result<T>) -> io::Result<T> {
    if let Ok(address) = text.parse::<Address>() {
        return bind(&address);
    }
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, format!("{text:?} is no address"));
    let resolved = text.to_socket_addrs();
    let resolved =
        resolved.map_err(|error| io::Error::new(error.kind(), format!("{text:?}: {error}")))?;
    for address in resolved {
        match bind(&address.into()) {
            Ok(bound) => return Ok(bound),
            Err(error) => last = error,
        }
    }
    Err(last)
}
