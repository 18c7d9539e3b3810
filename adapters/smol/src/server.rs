//! Servers on smol: the driver's.
//!
//! Decides nothing.

use crate::runtime::Smol;
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
///     blazeio_smol::serve("127.0.0.1:8080", greet).run().map(drop)
/// }
/// ```
pub fn serve<S: Service>(address: &str, service: S) -> Server<S> {
    Server::new(address, service)
}

/// A server that is not started: see [`serve`]. What it can do is the driver's
/// [`Server`](blazeio_driver::Server), which starts on the [current](Smol::current) runtime, and
/// panics where there is none. Its `run` and `run_per_core`, in runtimes of its own, need the
/// feature `run`.
pub type Server<S> = blazeio_driver::Server<S, Smol>;
