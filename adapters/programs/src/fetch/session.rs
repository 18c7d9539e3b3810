//! Connections: one is kept for the next URL.
//!
//! Decides when it may be used again: same far end, which is scheme, host and port of the origin,
//! or the proxy that forwards; an exchange that was completed on both sides; and a server that
//! neither closed nor sent anything since (REUSE).
//! A request that a kept connection did not answer by a single byte is sent once more over a
//! new one, if its method is idempotent (RETRY).

use crate::fetch::exchange::{Receiver, exchange};
use crate::fetch::failure::Failure;
use crate::fetch::origin::Origin;
use crate::fetch::trust::Trust;
use crate::fetch::upload::{Data, Upload};
use crate::fetch::way::{End, Proxies, Way};
use crate::timing::yield_now;
use blazeio::{CloseReason, Field, Method, Request};
use blazeio_driver::{ClientConnection, Connector, Error, Runtime};
use std::io;
use std::sync::Arc;

/// What is asked of every URL.
pub struct Ask {
    /// The method, a token.
    pub method: String,
    /// Field lines.
    pub fields: Vec<(String, String)>,
    /// Content.
    pub data: Option<Data>,
    /// Content goes chunked.
    pub chunked: bool,
    /// Content waits for 100 (Continue).
    pub expect: bool,
}

impl Ask {
    /// Sends the request for `origin`, and gives its response to `receiver`.
    async fn send(
        &self,
        origin: &Origin,
        session: &Session,
        connection: &mut ClientConnection,
        receiver: &mut impl Receiver,
    ) -> Result<(), Failure> {
        let runtime = &session.runtime;
        let mut upload = match &self.data {
            None => Upload::none(),
            Some(data) => Upload::open(data, self.chunked, runtime).await.map_err(Failure::Data)?,
        };
        let way = session.way(origin);
        let mut fields: Vec<_> = self.fields.iter().map(|(n, v)| Field::new(n, v)).collect();
        fields.extend(way.authorization().map(|value| Field::new("Proxy-Authorization", value)));
        if !fields.iter().any(|field| field.is("user-agent")) {
            fields.push(Field::new("User-Agent", "blazeio-fetch"));
        }
        let method = Method::from_bytes(self.method.as_bytes());
        // The core refuses what is no token.
        let method = method.unwrap_or(Method::Extension(self.method.as_bytes()));
        let target = way.target(origin);
        let mut request = Request::new(method, &target, &origin.authority).fields(&fields);
        if self.expect {
            request = request.expect_continue();
        }
        exchange(runtime, connection, &request, &mut upload, receiver).await
    }
}

struct Kept {
    end: End,
    connection: ClientConnection,
}

/// The connection that may be used again.
pub struct Session {
    runtime: Arc<dyn Runtime>,
    connector: Connector,
    trust: Trust,
    proxies: Option<Proxies>,
    kept: Option<Kept>,
}

impl Session {
    /// No connection yet. They are made on `runtime`.
    pub fn new(runtime: &Arc<dyn Runtime>, trust: Trust, proxies: Option<Proxies>) -> Self {
        let connector = Connector::new(Arc::clone(runtime));
        Self { runtime: Arc::clone(runtime), connector, trust, proxies, kept: None }
    }

    /// How `origin` is asked.
    fn way(&self, origin: &Origin) -> Way<'_> {
        self.proxies.as_ref().map_or(Way::Straight, |proxies| proxies.way(origin))
    }

    /// One exchange.
    pub async fn fetch(
        &mut self,
        origin: &Origin,
        ask: &Ask,
        receiver: &mut impl Receiver,
    ) -> Result<(), Failure> {
        if let Some(kept) = self.reuse(origin).await {
            let before = kept.connection.bytes_received();
            match self.ask(kept, origin, ask, receiver).await {
                // Nothing was sent.
                Err((Failure::Stale(_), _)) => {}
                Err((failure, end)) if end == before && may_repeat(&failure, &ask.method) => {}
                done => return done.map_err(|(failure, _)| failure),
            }
        }
        let connection = self.connect(origin).await.map_err(Failure::Connect)?;
        let fresh = Kept { end: self.way(origin).end(origin), connection };
        self.ask(fresh, origin, ask, receiver).await.map_err(|(failure, _)| failure)
    }

    /// Closes the connection that was kept, in order.
    pub async fn close(self) {
        if let Some(kept) = self.kept {
            kept.connection.close().await;
        }
    }

    /// The kept connection, if it is one for `origin` and fit for another exchange.
    async fn reuse(&mut self, origin: &Origin) -> Option<Kept> {
        let kept = self.kept.take()?;
        if kept.end != self.way(origin).end(origin) {
            return None;
        }
        // Lets the runtime hear of what came since the last exchange.
        yield_now().await;
        kept.connection.is_idle().then_some(kept)
    }

    /// One exchange over `kept`. A failure comes with the bytes received until then.
    async fn ask(
        &mut self,
        mut kept: Kept,
        origin: &Origin,
        ask: &Ask,
        receiver: &mut impl Receiver,
    ) -> Result<(), (Failure, u64)> {
        match ask.send(origin, self, &mut kept.connection, receiver).await {
            Ok(()) => {
                self.kept = Some(kept);
                Ok(())
            }
            Err(failure) => Err((failure, kept.connection.bytes_received())),
        }
    }

    /// Connects to the first address that answers, and by TLS if the URL asks for it.
    async fn connect(&mut self, origin: &Origin) -> io::Result<ClientConnection> {
        let host = origin.name();
        let mut connector = self.connector.clone();
        if origin.is_secure {
            connector = connector.handshake(self.trust.connector()?.to(&host));
        }
        match self.way(origin) {
            Way::Straight => connector.connect_to(&host, origin.port).await,
            Way::Forwarded(proxy) => connector.connect_to(proxy.host(), proxy.port()).await,
            Way::Tunnel(proxy) => connector.connect_through(proxy, &host, origin.port).await,
        }
    }
}

/// Whether another connection may have more luck with the same request (RFC 9110 §9.2.2).
fn may_repeat(failure: &Failure, method: &str) -> bool {
    let is_lost = matches!(
        failure,
        Failure::Link(Error::Peer(_) | Error::Io(_) | Error::Closed(CloseReason::PeerClosed))
    );
    is_lost && Method::from_bytes(method.as_bytes()).is_some_and(|method| method.is_idempotent())
}
