//! A client that asks through a proxy: one made of our own server and client, one of hyper's, and
//! hostile ones.
//!
//! A proxy here says what it was asked, and by whom; what its origins see, they say themselves.

mod connecting;
mod fetching;
mod forwarder;
mod hostile;
mod hypers;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// A request line's beginning, and the value of Proxy-Authorization.
type Line = (String, Option<String>);

/// What a proxy was asked.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<Line>>>);

impl Asked {
    /// Takes down one request.
    fn note(&self, method: &str, target: &str, authorization: Option<&[u8]>) {
        let authorization = authorization.map(|value| value.escape_ascii().to_string());
        self.0.lock().unwrap().push((format!("{method} {target}"), authorization));
    }

    /// All of it.
    fn all(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }

    /// Without who it was.
    fn lines(&self) -> Vec<String> {
        self.all().into_iter().map(|(line, _)| line).collect()
    }
}

/// A proxy that runs elsewhere until it is dropped.
struct Proxy {
    address: SocketAddr,
    asked: Asked,
    /// How many connections were made to it so far.
    connections: Box<dyn Fn() -> u64>,
    /// What it runs on.
    _runtime: Box<dyn std::any::Any>,
}

impl Proxy {
    /// As it is given to a client, with `userinfo` if it asks for credentials.
    fn uri(&self, userinfo: &str) -> String {
        format!("http://{userinfo}{}", self.address)
    }
}

/// What `user` and `secret` read as.
const CREDENTIALS: &str = "Basic dXNlcjpzZWNyZXQ=";

/// What a proxy sends who has none that it takes.
const CHALLENGE: &str = "Basic realm=\"test\"";

/// Both, that take everybody if `credentials` is `None`.
fn both(credentials: Option<&'static str>) -> [Proxy; 2] {
    [forwarder::start(credentials), hypers::start(credentials)]
}
