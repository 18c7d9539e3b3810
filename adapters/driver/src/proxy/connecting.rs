//! A connection through a tunnel.
//!
//! Decides the order: the proxy's address, CONNECT, the connector's handshakes inside the
//! tunnel. A proxy that answered is not asked a second time by another of its addresses: what
//! it said is what its user is told.

use super::Proxy;
use crate::connector::{ClientConnection, Connector};
use std::io;

impl Connector {
    /// Connects to `host`, a name or an IP address, through a tunnel that `proxy` opens. The
    /// connector's handshakes are taken inside the tunnel: TLS with the origin is one.
    /// [`ClientConnection::peer`] is the proxy.
    ///
    /// The proxy looks up `host`: [`allow`](Self::allow) is asked about the addresses of the
    /// proxy, never about the origin's.
    ///
    /// # Errors
    /// As [`connect_to`](Self::connect_to) for the proxy, which the error names; as
    /// [`TunnelTo::open`](super::TunnelTo::open), a [`Refusal`](super::Refusal) among them; a
    /// handshake's.
    pub async fn connect_through(
        &self,
        proxy: &Proxy,
        host: &str,
        port: u16,
    ) -> io::Result<ClientConnection> {
        let reached = self.reach_to(proxy.host(), proxy.port()).await;
        let (transport, peer) = reached.map_err(|error| {
            let why = format!("the proxy {}: {error}", proxy.host().escape_debug());
            io::Error::new(error.kind(), why)
        })?;
        let tunnel = proxy.tunnel_to(host, port);
        let transport = tunnel.open(transport, &self.environment.runtime).await?;
        self.over(transport, peer).await
    }
}
