//! Middleware that every application may want, each by one line.
//!
//! Decides nothing that is not asked for: an application has none of it until it is added.
//!
//! | | |
//! |---|---|
//! | [`App::access_log`] | one line of `tracing` for each exchange |
//! | [`App::content_limit`] | how much content a request may have (BODYL) |
//! | [`App::timeouts`] | how long a client may take (SLOW) |
//! | [`App::allow_hosts`] | which names requests may be for (HOST) |
//! | [`App::deadline`] | how long a handler may take |
//! | [`App::request_ids`] | a name for each request |
//! | [`App::trust_proxies`] | whom a request came from |
//!
//! A handler that panics gets its client 500, and takes no other with it: that is the driver's
//! ([`blazeio_driver::Service`]), and needs no middleware.

mod client;
mod request_id;

pub use request_id::RequestId;

use crate::abort::Abort;
use crate::app::App;
use crate::outcome::{Ending, Outcome};
use blazeio::Timeouts;

impl App {
    /// Logs each exchange by `tracing`, at the level INFO, or WARN where it did not go well, with
    /// the target `blazeio_app::access`.
    #[must_use]
    pub fn access_log(self) -> Self {
        self.after(log)
    }

    /// How much content each request may have, in bytes: more is answered 413, at once, before
    /// any middleware, where the head already says so. Of two limits, one of a mounted or merged
    /// application, the inner one counts. Without any it is that of the server's
    /// [`Limits`](blazeio::Limits).
    #[must_use]
    pub fn content_limit(self, bytes: u64) -> Self {
        self.scoped(|scope| scope.content_limit = Some(bytes))
    }

    /// Changes the time-outs of each exchange.
    #[must_use]
    pub fn timeouts(self, change: impl Fn(&mut Timeouts) + Send + Sync + 'static) -> Self {
        self.check(move |exchange| exchange.set_timeouts(&change))
    }

    /// Answers 421 (Misdirected Request) to a request for another host than these: a name, or
    /// an address (IPv6 in brackets), without port, without regard to case. Without it every Host is
    /// served, also one that an attacker had a browser look up (DNS rebinding).
    #[must_use]
    pub fn allow_hosts<T: Into<String>>(self, hosts: impl IntoIterator<Item = T>) -> Self {
        let hosts: Vec<String> = hosts.into_iter().map(Into::into).collect();
        self.check(move |exchange| {
            let request = exchange.request();
            let host = request.authority().map(|authority| authority.host()).unwrap_or_default();
            let is_allowed = hosts.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(host));
            (!is_allowed).then(|| Abort::new(421))
        })
    }
}

fn log(outcome: &Outcome<'_>) {
    let method = String::from_utf8_lossy(outcome.method.as_bytes());
    let (target, peer, status) = (outcome.target, outcome.peer, outcome.status.unwrap_or(0));
    let (received, sent) = (outcome.received, outcome.sent);
    let id = outcome.data.get::<RequestId>().map(RequestId::as_str);
    let micros = u64::try_from(outcome.duration.as_micros()).unwrap_or(u64::MAX);
    let error = match &outcome.ending {
        Ending::Answered => {
            tracing::info!(target: "blazeio_app::access", %peer, %method, target, status, received, sent, micros, id);
            return;
        }
        Ending::Failed(abort) => abort.to_string(),
        Ending::Lost(error) => error.to_string(),
        Ending::Panicked => "the handler panicked".to_owned(),
        Ending::Dropped => "the handler was dropped".to_owned(),
    };
    tracing::warn!(target: "blazeio_app::access", %peer, %method, target, status, received, sent, micros, id, error);
}
