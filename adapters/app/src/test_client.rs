//! A client that drives an application without a socket, for tests of it.
//!
//! Decides nothing: bytes go through memory instead of the system, and all else is what it is
//! over a socket: the same core, the same driver, the same limits and deadlines.

use crate::door::Door;
use crate::pipe::pipe;
use blazeio::{Client, Field, Method, Request};
use blazeio_driver::{
    Address, ClientConnection, Connector, Error, Handle, Reader, Runtime, Serve, Service,
};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;

/// The name that requests are for.
const HOST: &str = "test.example";

/// A client of a server in memory.
///
/// ```
/// use blazeio_app::{App, IntoReply, TestClient};
/// use blazeio_tokio::Tokio;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::new().get("/", "Hello".into_reply());
/// let client = TestClient::new(app, Tokio::current())?;
/// let response = client.get("/").await?;
/// assert_eq!((response.status(), response.text()), (200, "Hello"));
/// assert_eq!(response.field("content-type"), Some("text/plain; charset=utf-8"));
/// # Ok(()) }
/// ```
pub struct TestClient {
    connector: Connector,
    door: Door,
    handle: Handle,
}

impl TestClient {
    /// A client of `service` on `runtime`.
    ///
    /// # Errors
    /// The server cannot be started.
    pub fn new(service: impl Service, runtime: impl Runtime) -> io::Result<Self> {
        Self::with(blazeio_driver::serve(service), Arc::new(runtime))
    }

    /// A client of a server that was configured: limits, memory, reports. It needs no listener.
    ///
    /// # Errors
    /// The server cannot be started.
    pub fn with(serve: Serve<impl Service>, runtime: Arc<dyn Runtime>) -> io::Result<Self> {
        let door = Door::default();
        let handle = serve.listener(door.clone()).start(&runtime)?;
        Ok(Self { connector: Connector::new(runtime), door, handle })
    }

    /// The server's handle.
    #[must_use]
    pub const fn server(&self) -> &Handle {
        &self.handle
    }

    /// A connection: for what needs one exchange after another, or the driver's verbs.
    ///
    /// # Errors
    /// None that a pipe has.
    pub async fn connect(&self) -> io::Result<ClientConnection> {
        let (near, far) = pipe();
        self.door.enter(far, Address::Unnamed);
        self.connector.over(near, Address::Unnamed).await
    }

    /// The response to GET.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn get(&self, target: &str) -> Result<TestResponse, Error> {
        self.send(Method::Get, target, &[], &[]).await
    }

    /// The response to POST with content of a media type.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn post(
        &self,
        target: &str,
        media_type: &str,
        content: impl AsRef<[u8]>,
    ) -> Result<TestResponse, Error> {
        let fields = [Field::new("Content-Type", media_type)];
        self.send(Method::Post, target, &fields, content.as_ref()).await
    }

    /// The response to any request, over a connection of its own. It is for `test.example`, unless
    /// the target is absolute.
    ///
    /// # Errors
    /// The request cannot be sent, or its response is not complete.
    pub async fn send(
        &self,
        method: Method<'_>,
        target: &str,
        fields: &[Field<'_>],
        content: &[u8],
    ) -> Result<TestResponse, Error> {
        let mut connection = self.connect().await?;
        // RFC 9112 §3.2.2: an absolute target's authority is its Host, too.
        let own = blazeio::Target::parse(target.as_bytes(), method).ok();
        let own = own.and_then(|target| target.authority()).map(|authority| authority.as_bytes());
        let host = own.and_then(|own| std::str::from_utf8(own).ok()).unwrap_or(HOST);
        let request = Request::new(method, target, host).fields(fields);
        let request =
            if content.is_empty() { request } else { request.sized(content.len() as u64) };
        let mut exchange = connection.open(&request).await?;
        let (reader, writer) = exchange.split();
        let mut receiving = pin!(receive(reader));
        // A server may answer without reading it all: what counts is the response.
        let mut sending = pin!(async {
            let _ = writer.write(content).await;
            let _ = writer.finish().await;
        });
        let mut is_sent = false;
        // At once: a handler may answer while it reads.
        poll_fn(|cx| {
            is_sent = is_sent || sending.as_mut().poll(cx).is_ready();
            receiving.as_mut().poll(cx)
        })
        .await
    }
}

async fn receive(reader: &mut Reader<Client>) -> Result<TestResponse, Error> {
    let head = reader.head().await?;
    let status = head.status();
    let field = |field: Field<'_>| (lossy(field.name), lossy(field.value));
    let fields = head.fields().map(field).collect();
    let mut content = Vec::new();
    while let Some(piece) = reader.read().await? {
        content.extend_from_slice(piece);
    }
    Ok(TestResponse { status, fields, content })
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient").field("server", &self.handle).finish_non_exhaustive()
    }
}

/// A whole response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestResponse {
    status: u16,
    fields: Vec<(String, String)>,
    content: Vec<u8>,
}

impl TestResponse {
    /// Its status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The value of the first field called `name`, without regard to case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let is = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(name);
        self.fields.iter().find(is).map(|(_, value)| value.as_str())
    }

    /// Its field lines, in order.
    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// Its content.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Its content as a text.
    ///
    /// # Panics
    /// When it is no UTF-8.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.content).expect("the content is UTF-8")
    }

    /// Its content as a value in JSON.
    ///
    /// # Panics
    /// When it does not mean a `T`.
    #[must_use]
    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.content).expect("the content is JSON of this type")
    }
}
