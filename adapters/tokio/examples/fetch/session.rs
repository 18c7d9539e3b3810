//! Connections: one is kept for the next URL.
//!
//! Decides when it may be used again: same host and port, an exchange that was completed on
//! both sides, and a server that neither closed nor sent anything since (REUSE). A request
//! that a kept connection did not answer by a single byte is sent once more over a new one,
//! if its method is idempotent (RETRY).

use crate::exchange::{Receiver, exchange};
use crate::failure::Failure;
use crate::origin::Origin;
use crate::upload::{Data, Upload};
use blazeio::{Client, Field, Limits, Method, Request};
use blazeio_tokio::{Error, Input, Link};
use std::io;
use std::sync::Arc;
use tokio::net::{TcpStream, lookup_host};
use url::Host;

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
        link: &mut Link<Client, TcpStream>,
        input: &mut Input,
        receiver: &mut impl Receiver,
    ) -> Result<(), Failure> {
        let mut upload = match &self.data {
            None => Upload::none(),
            Some(data) => Upload::open(data, self.chunked).await.map_err(Failure::Data)?,
        };
        let mut fields: Vec<_> = self.fields.iter().map(|(n, v)| Field::new(n, v)).collect();
        if !fields.iter().any(|field| field.is("user-agent")) {
            fields.push(Field::new("User-Agent", "blazeio-fetch"));
        }
        let method = Method::from_bytes(self.method.as_bytes());
        // The core refuses what is no token.
        let method = method.unwrap_or(Method::Extension(self.method.as_bytes()));
        let mut request = Request::new(method, &origin.target, &origin.authority).fields(&fields);
        if self.expect {
            request = request.expect_continue();
        }
        exchange(link, input, &request, &mut upload, receiver).await
    }
}

struct Kept {
    host: Host<String>,
    port: u16,
    link: Link<Client, TcpStream>,
    input: Input,
}

impl Kept {
    fn is_of(&self, origin: &Origin) -> bool {
        (&self.host, self.port) == origin.key()
    }
}

/// The connection that may be used again.
pub struct Session {
    limits: Arc<Limits>,
    kept: Option<Kept>,
}

impl Session {
    /// No connection yet.
    pub fn new() -> Self {
        Self { limits: Arc::new(Limits::DEFAULT), kept: None }
    }

    /// One exchange.
    pub async fn fetch(
        &mut self,
        origin: &Origin,
        ask: &Ask,
        receiver: &mut impl Receiver,
    ) -> Result<(), Failure> {
        if let Some(kept) = self.reuse(origin).await {
            let before = kept.link.core().bytes_received();
            match self.ask(kept, origin, ask, receiver).await {
                Err((failure, end)) if end == before && may_repeat(&failure, &ask.method) => {}
                done => return done.map_err(|(failure, _)| failure),
            }
        }
        let stream = connect(origin).await.map_err(Failure::Connect)?;
        let link = Link::new(stream, Arc::clone(&self.limits));
        let (host, port) = (origin.host.clone(), origin.port);
        let fresh = Kept { host, port, link, input: Input::new() };
        self.ask(fresh, origin, ask, receiver).await.map_err(|(failure, _)| failure)
    }

    /// The kept connection, if it is to `origin` and fit for another exchange.
    async fn reuse(&mut self, origin: &Origin) -> Option<Kept> {
        let mut kept = self.kept.take().filter(|kept| kept.is_of(origin))?;
        if kept.link.is_reusable(&mut kept.input).await { Some(kept) } else { None }
    }

    /// One exchange over `kept`. A failure comes with the bytes received until then.
    async fn ask(
        &mut self,
        mut kept: Kept,
        origin: &Origin,
        ask: &Ask,
        receiver: &mut impl Receiver,
    ) -> Result<(), (Failure, u64)> {
        let Kept { link, input, .. } = &mut kept;
        match ask.send(origin, link, input, receiver).await {
            Ok(()) => {
                self.kept = Some(kept);
                Ok(())
            }
            Err(failure) => {
                let received = link.core().bytes_received() + input.filled().len() as u64;
                Err((failure, received))
            }
        }
    }
}

/// Whether another connection may have more luck with the same request (RFC 9110 §9.2.2).
fn may_repeat(failure: &Failure, method: &str) -> bool {
    matches!(failure, Failure::Link(Error::Peer(_) | Error::Io(_)))
        && Method::from_bytes(method.as_bytes()).is_some_and(|method| method.is_idempotent())
}

/// Connects to the first address that answers.
async fn connect(origin: &Origin) -> io::Result<TcpStream> {
    let stream = match &origin.host {
        Host::Ipv4(address) => TcpStream::connect((*address, origin.port)).await?,
        Host::Ipv6(address) => TcpStream::connect((*address, origin.port)).await?,
        Host::Domain(name) => connect_to_any(name, origin.port).await?,
    };
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn connect_to_any(name: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host((name, port)).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
