//! Servers on reactors: the driver's.
//!
//! Decides nothing but what a runtime of their own is: one reactor, on the thread that runs it.

use crate::runtime::Mio;
use blazeio_driver::Service;

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
///     blazeio_mio::serve("127.0.0.1:8080", greet).run().map(drop)
/// }
/// ```
pub fn serve<S: Service>(address: &str, service: S) -> Server<S> {
    Server::new(address, service)
}

/// A server that is not started: see [`serve`]. What it can do is the driver's
/// [`Server`](blazeio_driver::Server), which starts on the reactor that it is called in, and
/// panics outside of one. Its `run` and `run_per_core` make reactors of their own, and need the
/// feature `run`. A reactor is of one thread: `run` has one, `run_per_core` has one for each core.
pub type Server<S> = blazeio_driver::Server<S, Mio>;

#[cfg(feature = "run")]
mod own {
    use crate::{Mio, Reactor};
    use blazeio_driver::{Standalone, Stop, Threads};
    use std::future::Future;
    use std::io;

    impl Standalone for Mio {
        /// Of any number of `threads`, one: a reactor moves no task to another.
        fn run<F: Future>(_threads: Threads, make: impl FnOnce() -> F) -> io::Result<F::Output> {
            Ok(Reactor::new()?.block_on(async { make().await }))
        }

        fn stop_signal() -> io::Result<Stop> {
            Ok(Box::pin(crate::signal::stop_signal()?))
        }
    }
}
