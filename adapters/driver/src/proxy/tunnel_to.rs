//! The handshake that makes a tunnel of a connection to a proxy (RFC 9110 §9.3.6).
//!
//! Decides what is asked, and how long the answer may take.

use super::asking::Asking;
use crate::deadline::Deadline;
use crate::handshake::Handshake;
use crate::listener::Accepted;
use crate::prefixed::Prefixed;
use crate::runtime::{Runtime, Wait};
use crate::transport::Transport;
use blazeio::Field;
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What a proxy's answer to CONNECT may take, as a rule. It connects to the origin meanwhile,
/// so it is as long as connecting itself.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The request for a tunnel. Made by [`Proxy::tunnel_to`](super::Proxy::tunnel_to), for a
/// transport that is connected to that proxy; [`Connector::connect_through`] does both.
///
/// As a [`Handshake`] it is for a proxy that is reached through another: of the connector
/// whose tunnel leads to it, before TLS.
///
/// [`Connector::connect_through`]: crate::Connector::connect_through
#[derive(Clone)]
pub struct TunnelTo {
    request: Arc<Asked>,
    allowed: Duration,
}

/// What the proxy is asked.
#[derive(Clone)]
struct Asked {
    authority: String,
    fields: Vec<(String, String)>,
}

impl TunnelTo {
    pub(super) fn new(
        host: &str,
        port: u16,
        authorization: Option<&str>,
        allowed: Duration,
    ) -> Self {
        // RFC 9110 §9.3.6: the port is always named.
        let authority = match host.contains(':') && !host.starts_with('[') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        let fields =
            authorization.map(|value| ("Proxy-Authorization".to_owned(), value.to_owned()));
        let request = Asked { authority, fields: fields.into_iter().collect() };
        Self { request: Arc::new(request), allowed }
    }

    /// Tells the proxy another field, User-Agent for one. The origin does not see it.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        Arc::make_mut(&mut self.request).fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Host and port that the tunnel leads to.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.request.authority
    }

    /// Asks the proxy at the other end of `transport`; what comes of it is the origin's. The
    /// future borrows nothing.
    ///
    /// # Errors
    /// `ConnectionRefused` if the proxy answered otherwise than by a 2xx, as
    /// [`Refusal::of`](super::Refusal::of) tells; `TimedOut`; `UnexpectedEof` if the
    /// connection ended before the answer did; `InvalidData` if that was none of HTTP, or too
    /// large; `InvalidInput` if host, port or a field cannot be sent; whatever the transport
    /// failed with.
    pub fn open<T: Transport>(
        &self,
        mut transport: T,
        runtime: &Arc<dyn Runtime>,
    ) -> impl Future<Output = io::Result<Prefixed<T>>> + Send + use<T> {
        let Self { request, allowed } = self.clone();
        let runtime = Arc::clone(runtime);
        async move {
            let mut deadline = Deadline::new(runtime, allowed);
            let mut asking = Asking::new(&request.authority, &request.fields())?;
            match deadline.bound(|cx| asking.poll(cx, &mut transport)).await {
                Some(leftover) => Ok(Prefixed::new(transport, leftover?)),
                None => {
                    let why = format!("no answer of the proxy to CONNECT within {allowed:?}");
                    Err(io::Error::new(io::ErrorKind::TimedOut, why))
                }
            }
        }
    }
}

impl Asked {
    fn fields(&self) -> Vec<Field<'_>> {
        self.fields.iter().map(|(name, value)| Field::new(name, value)).collect()
    }
}

impl Handshake for TunnelTo {
    fn take(&self, accepted: Accepted, runtime: &Arc<dyn Runtime>) -> Wait<Accepted> {
        // The peer stays the proxy: where the origin is, only that knows.
        let (transport, peer) = accepted;
        let tunnel = self.open(transport, runtime);
        Box::pin(async move { Ok((Box::new(tunnel.await?) as Box<dyn Transport>, peer)) })
    }
}

/// Without the values of fields: credentials are among them (LOG).
impl fmt::Debug for TunnelTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelTo")
            .field("authority", &self.authority())
            .field("timeout", &self.allowed)
            .finish_non_exhaustive()
    }
}
