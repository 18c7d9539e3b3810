//! What answers a server's connections.
//!
//! Decides nothing: a function from an exchange to a future, called for one request after
//! another of a connection; or, for a protocol that is not HTTP, from a whole connection.

use crate::error::Error;
use crate::exchange::{Exchange, Tunnel};
use blazeio::Server;
use std::future::Future;

/// Answers the requests of a server.
///
/// ```
/// use blazeio::{Response, Server};
/// use blazeio_driver::{Error, Exchange, Service};
///
/// async fn greet(mut exchange: Exchange<Server>) -> Result<(), Error> {
///     exchange.send(&Response::new(200), b"Hello\n").await
/// }
///
/// fn is_service(_: impl Service) {}
/// is_service(greet);
/// ```
pub trait Service: Send + Sync + 'static {
    /// What answers one request.
    type Answer: Future<Output = Result<(), Error>> + Send + 'static;

    /// Answers one request. Runs in the connection's own task: until it ends, no other
    /// request of the connection begins. It is dropped when the peer is lost before the
    /// response is finished, once it was polled again to hear of that.
    ///
    /// A wrong use is reported, and so is what befell the connection, once; what was not answered gets 500, what
    /// was not finished is cut off. So does a panic.
    fn answer(&self, exchange: Exchange<Server>) -> Self::Answer;

    /// Takes a whole connection, if this service is [`raw`].
    #[doc(hidden)]
    fn take(&self, tunnel: Tunnel<Server>) -> Result<Self::Answer, Tunnel<Server>> {
        Err(tunnel)
    }

    /// Whether connections are taken whole.
    #[doc(hidden)]
    const IS_RAW: bool = false;
}

impl<F, A> Service for F
where
    F: Fn(Exchange<Server>) -> A + Send + Sync + 'static,
    A: Future<Output = Result<(), Error>> + Send + 'static,
{
    type Answer = A;

    fn answer(&self, exchange: Exchange<Server>) -> A {
        self(exchange)
    }
}

/// A service for connections that are not HTTP from their first byte on: see [`raw`].
#[derive(Clone, Copy, Debug)]
pub struct Raw<F>(F);

/// Makes a service of `take`, which is given each connection as a [`Tunnel`]: for a protocol
/// of one's own under the same listeners, handshakes, cap, statistics and graceful exit. What
/// a sans-I/O protocol needs beside that [`Protocol`](crate::Protocol) has. No limit or
/// time-out of HTTP counts there, and a stop of the server waits for it within the grace.
///
/// ```
/// use blazeio::Server;
/// use blazeio_driver::{Error, Tunnel, raw, serve};
///
/// /// Sends back whatever comes, until the peer ends.
/// async fn echo(mut tunnel: Tunnel<Server>) -> Result<(), Error> {
///     let mut room = [0; 4096];
///     loop {
///         match tunnel.read(&mut room).await? {
///             0 => return Ok(tunnel.shutdown().await?),
///             n => tunnel.write(&room[..n]).await?,
///         }
///     }
/// }
///
/// let server = serve(raw(echo));
/// # drop(server);
/// ```
pub fn raw<F, A>(take: F) -> Raw<F>
where
    F: Fn(Tunnel<Server>) -> A + Send + Sync + 'static,
    A: Future<Output = Result<(), Error>> + Send + 'static,
{
    Raw(take)
}

impl<F, A> Service for Raw<F>
where
    F: Fn(Tunnel<Server>) -> A + Send + Sync + 'static,
    A: Future<Output = Result<(), Error>> + Send + 'static,
{
    type Answer = A;

    const IS_RAW: bool = true;

    fn answer(&self, _: Exchange<Server>) -> A {
        unreachable!("a connection that is taken whole has no exchanges")
    }

    fn take(&self, tunnel: Tunnel<Server>) -> Result<A, Tunnel<Server>> {
        Ok((self.0)(tunnel))
    }
}
