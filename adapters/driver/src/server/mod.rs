//! A server as a program starts it: the driver's [`Serve`], with what only a runtime can add.
//!
//! Decides where it runs: in the runtime that is there, in one of its own with as many threads
//! as there are processors, or in one of a single thread for each of them, which share a port
//! by SO_REUSEPORT and nothing else. Addresses are texts here, and names are resolved: to the
//! first address that can be listened at.

mod cores;

use crate::address::Address;
use crate::ambient::{Ambient, Standalone, Threads};
use crate::bind::bind;
use crate::runtime::Runtime;
use crate::serve::{Exit, Handle, Serve, serve};
use crate::service::Service;
use cores::Stopped;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::ToSocketAddrs;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A server on the runtime `R` that is not started. The crate of a runtime makes it, by its
/// `serve`.
///
/// ```
/// use blazeio::Response;
/// use blazeio_driver::{Error, Exchange, Exit, Server, Standalone};
///
/// async fn greet(mut exchange: Exchange<blazeio::Server>) -> Result<(), Error> {
///     exchange.send(&Response::new(200), b"Hello\n").await
/// }
///
/// fn greet_on<R: Standalone>() -> std::io::Result<Exit> {
///     Server::<_, R>::new("127.0.0.1:8080", greet).listen("unix:/run/greet").run()
/// }
/// ```
#[must_use = "a server does nothing before it is started"]
pub struct Server<S, R> {
    serve: Serve<S>,
    addresses: Vec<String>,
    /// The one that is there, unless another was given.
    runtime: Option<R>,
}

impl<S: Service, R: Ambient> Server<S, R> {
    /// A server of `service` at `address`: an IP address or a name with a port, or `unix:/path`.
    pub fn new(address: &str, service: S) -> Self {
        Self { serve: serve(service), addresses: vec![address.to_owned()], runtime: None }
    }

    /// Listens at `address`, too.
    pub fn listen(mut self, address: &str) -> Self {
        self.addresses.push(address.to_owned());
        self
    }

    /// Changes what the driver has to be told: limits, caps, handshakes, reports.
    pub fn configure(self, change: impl FnOnce(Serve<S>) -> Serve<S>) -> Self {
        Self { serve: change(self.serve), ..self }
    }

    /// Serves on `runtime` when it is [started](Self::start), and not on the one that it is
    /// started in. Says nothing to a server that runs in runtimes of its own.
    pub fn on(self, runtime: R) -> Self {
        Self { runtime: Some(runtime), ..self }
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

    /// Begins to serve in the runtime that this is called in, or was [given](Self::on).
    ///
    /// # Errors
    /// An address is none, or cannot be listened at.
    ///
    /// # Panics
    /// As [`Ambient::current`], unless a runtime was given.
    pub fn start(mut self) -> io::Result<Handle> {
        let runtime = self.runtime.take().unwrap_or_else(R::current);
        let runtime: Arc<dyn Runtime> = Arc::new(runtime);
        self.bound()?.start(&runtime)
    }

    /// Serves until `stop` ends, then exits in order, within [`Serve::grace`]; how that went.
    /// Dropped while it waits, it leaves the server running.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// # Panics
    /// As [`start`](Self::start).
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
    /// As [`Standalone::run`].
    pub fn run(mut self) -> io::Result<Exit>
    where
        R: Standalone,
    {
        self.runtime = None;
        R::run(Threads::EachProcessor, || async {
            let stop = R::stop_signal()?;
            self.until(stop).await
        })?
    }

    /// As [`run`](Self::run), in `cores` threads, each with a runtime, listeners and
    /// connections of its own: what a connection needs stays on one processor. The system
    /// spreads connections over them (SO_REUSEPORT), by their addresses and not by load. When one
    /// of them fails the others stop in order, too.
    ///
    /// # Errors
    /// As [`run`](Self::run), of the first that failed; `InvalidInput` for a Unix socket, which
    /// cannot be shared so.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_per_core(self, cores: NonZeroUsize) -> io::Result<Exit>
    where
        R: Standalone,
    {
        let shards = self.shards(cores.get())?;
        let servers = shards
            .into_iter()
            .map(|shard| |stopped: Stopped| R::run(Threads::One, || shard.until(stopped.wait()))?);
        cores::run_all(servers, |stopped| {
            R::run(Threads::One, || async {
                stopped.or(R::stop_signal()?).await;
                Ok(())
            })?
        })
    }

    /// The server as `count` servers that share its addresses, service, memory and limits,
    /// for as many runtimes: what [`run_per_core`](Self::run_per_core) runs. None of them is on
    /// the runtime that this one was [given](Self::on).
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
        let alone = |serve| Self { serve, addresses: Vec::new(), runtime: None };
        Ok(serve.shards(count)?.into_iter().map(alone).collect())
    }
}

impl<S, R> fmt::Debug for Server<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("serve", &self.serve)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address_of_a_name_that_can_be_bound_is_taken() {
        // Whatever `localhost` resolves to, and in whichever order: only the last can be bound.
        let all: Vec<_> = "localhost:7".to_socket_addrs().unwrap().map(Address::from).collect();
        let bound = bind_first("localhost:7", |address| match all.last() {
            Some(last) if last == address => Ok(address.clone()),
            _ => Err(io::Error::other(address.to_string())),
        });
        assert_eq!(bound.unwrap(), *all.last().unwrap());
        let refused = bind_first("localhost:7", |address| {
            Err::<(), _>(io::Error::other(address.to_string()))
        });
        assert_eq!(refused.unwrap_err().to_string(), all.last().unwrap().to_string());
    }

    #[test]
    fn a_text_that_is_no_address_is_refused_by_name() {
        for text in ["", "8080", "a b:1", "no such name.invalid:80"] {
            let refused = bind_first(text, |_| Ok(()));
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }
}
