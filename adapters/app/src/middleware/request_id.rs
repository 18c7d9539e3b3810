//! A name for each request, to find it again in logs.
//!
//! Decides which name: 32 hexadecimal digits that no other request of any server has, as far as
//! chance goes; for a request of a trusted peer the one that it has already. Refuses a name that
//! is longer than 64 characters or holds others than letters, digits and `-_.`: it would be
//! written to logs.

use crate::app::App;
use crate::exchange::Exchange;
use blazeio_driver::Address;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The name of a request: in [`Exchange::data`] and [`Outcome::data`](crate::Outcome::data), in
/// the field `X-Request-Id` of the response, and in the access log.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that a request brings.
    fn of(exchange: &Exchange) -> Option<Self> {
        let id = exchange.field("x-request-id")?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_id = (1..=64).contains(&id.len()) && id.bytes().all(is_name);
        is_id.then(|| Self(id.into()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives names.
struct Names {
    keys: [RandomState; 2],
    next: AtomicU64,
}

impl Names {
    fn new() -> Self {
        Self { keys: [RandomState::new(), RandomState::new()], next: AtomicU64::new(0) }
    }

    fn next(&self) -> RequestId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let [first, second] = self.keys.each_ref().map(|key| key.hash_one(number));
        RequestId(format!("{first:016x}{second:016x}").into())
    }
}

impl App {
    /// Gives each request a [`RequestId`], which its response bears as `X-Request-Id`. A request
    /// of a peer that `is_trusted` keeps the one it has.
    #[must_use]
    pub fn request_ids(
        self,
        is_trusted: impl Fn(&Address) -> bool + Send + Sync + 'static,
    ) -> Self {
        let names = Names::new();
        self.check(move |exchange| {
            let own = Some(exchange.peer()).filter(|peer| is_trusted(peer));
            let own = own.and_then(|_| RequestId::of(exchange));
            let id = own.unwrap_or_else(|| names.next());
            exchange.add_field("X-Request-Id", id.as_str().to_owned());
            exchange.data_mut().insert(id);
        })
    }
}
