//! Servers on tokio: the driver's.
//!
//! Decides nothing but what a runtime of their own is: with I/O and time, and with workers where
//! there is to be more than one thread.

use crate::runtime::Tokio;
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
///     blazeio_tokio::serve("127.0.0.1:8080", greet).run().map(drop)
/// }
/// ```
pub fn serve<S: Service>(address: &str, service: S) -> Server<S> {
    Server::new(address, service)
}

/// A server that is not started: see [`serve`]. What it can do is the driver's
/// [`Server`](blazeio_driver::Server), which starts in the runtime that it is called in, and
/// panics outside of one. Its `run` and `run_per_core`, in runtimes of its own, need the feature
/// `run`, and panic within a runtime.
pub type Server<S> = blazeio_driver::Server<S, Tokio>;

#[cfg(feature = "run")]
mod own {
    use super::Tokio;
    use blazeio_driver::{Standalone, Stop, Threads};
    use std::future::Future;
    use std::io;
    use tokio::runtime::Builder;

    impl Standalone for Tokio {
        fn run<F: Future>(threads: Threads, make: impl FnOnce() -> F) -> io::Result<F::Output> {
            let mut builder = match threads {
                Threads::One => Builder::new_current_thread(),
                Threads::EachProcessor | Threads::Many(_) => Builder::new_multi_thread(),
            };
            if let Threads::Many(count) = threads {
                builder.worker_threads(count.get());
            }
            Ok(builder.enable_all().build()?.block_on(async { make().await }))
        }

        fn stop_signal() -> io::Result<Stop> {
            Ok(Box::pin(crate::signal::stop_signal()?))
        }
    }
}
