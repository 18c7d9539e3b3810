//! How an exchange ends.
//!
//! Decides when before-middleware runs, whether a reply may still be sent, and what is told of in
//! the end, once.

use super::{Exchange, text};
use crate::abort::Abort;
use crate::into_reply::IntoReply;
use crate::outcome::{Ending, Outcome};
use crate::reply::Reply;
use blazeio::Method;
use blazeio_driver::{Address, Error, Runtime, Timer};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// An exchange that was given away.
pub(super) struct Given {
    method: Vec<u8>,
    target: String,
    peer: Address,
    runtime: Arc<dyn Runtime>,
}

impl Given {
    pub(super) fn of(inner: &super::Inner) -> Self {
        let request = inner.request();
        Self {
            method: request.method().as_bytes().to_vec(),
            target: text(request.raw_target()).to_owned(),
            peer: inner.peer().clone(),
            runtime: Arc::clone(inner.runtime()),
        }
    }
}

impl Exchange {
    /// Ends when a handler has taken as long as it may, if there is a limit.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let allowed = self.place.scope.deadline?;
        let runtime = self.runtime();
        let allowed = u64::try_from(allowed.as_micros()).unwrap_or(u64::MAX);
        Some(Deadline { timer: runtime.timer(), at: runtime.now().saturating_add(allowed) })
    }

    /// Runs the middleware that comes before; the reply of the one that stopped.
    pub(crate) async fn pass_before(&mut self) -> Option<Reply> {
        let scope = Arc::clone(&self.place.scope);
        if let Some(bytes) = scope.content_limit {
            if let Err(error) = self.set_content_limit(bytes) {
                return Some(Abort::from(error).into_reply());
            }
        }
        for step in &scope.before {
            if let Some(reply) = step.pass(self).await {
                return Some(reply);
            }
        }
        None
    }

    /// Sends the reply, unless the handler has answered, and tells of the outcome.
    pub(crate) async fn conclude(mut self, mut reply: Reply) -> Result<(), Error> {
        let failure = reply.failure.take();
        let result = match failure {
            Some(failure) => return self.fail(reply, failure).await,
            None if self.inner.is_none() => Ok(()),
            None if self.inner_mut().split().1.is_finished() => Ok(()),
            None if self.status.is_none() => self.reply(reply).await,
            None => return self.fail(reply, Abort::from(Unfinished)).await,
        };
        match result {
            Ok(()) => self.tell(Ending::Answered),
            // What cannot be sent is the handler's failure.
            Err(error @ Error::Usage(_)) => {
                let reply = Abort::new(500).into_reply();
                return self.fail(reply, Abort::from(error)).await;
            }
            Err(error) => {
                self.tell(Ending::Lost(&error));
                return Err(error);
            }
        }
        Ok(())
    }

    async fn fail(mut self, mut reply: Reply, failure: Abort) -> Result<(), Error> {
        if failure.of_a_connection().is_some() {
            // Of one that was given away nobody can say whose it was.
            let lost = match self.inner.is_some() {
                true => self.lost().await,
                false => return self.lose(failure.into_driver()),
            };
            // The driver has said what could be said on this one.
            if lost.is_some() {
                return self.lose(lost);
            }
            reply = failure.of_a_gateway(reply);
        }
        tracing::error!(status = reply.status, error = %failure, "a handler failed");
        // A response that was begun is cut off, by dropping the exchange; so is what was given
        // away.
        let result = match self.status.is_some() || self.inner.is_none() {
            true => Ok(()),
            false => self.reply_to_failure(reply).await,
        };
        self.tell(Ending::Failed(&failure));
        result
    }

    fn lose(&mut self, error: Option<Error>) -> Result<(), Error> {
        let Some(error) = error else { return Ok(()) };
        self.tell(Ending::Lost(&error));
        Err(error)
    }

    /// Why this connection carries no answer any more, if it does not.
    async fn lost(&mut self) -> Option<Error> {
        let mut flush = pin!(self.inner.as_mut()?.flush());
        // Asked once: what is on its way need not be waited for.
        poll_fn(|cx| match flush.as_mut().poll(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Some(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Sends `reply`; where that cannot be sent either, a bare 500 without what was added on the way.
    async fn reply_to_failure(&mut self, reply: Reply) -> Result<(), Error> {
        match self.reply(reply).await {
            Err(Error::Usage(_)) if self.status.is_none() => {
                self.fields.clear();
                self.reply(Abort::new(500).into_reply()).await
            }
            result => result,
        }
    }

    /// The status by which the driver answers what nobody did.
    fn status_of(&self, ending: &Ending<'_>) -> Option<u16> {
        match ending {
            Ending::Lost(Error::Peer(error)) => Some(error.status()),
            Ending::Panicked if self.inner.is_some() => Some(500),
            _ => None,
        }
    }

    /// Tells of the outcome, once.
    fn tell(&mut self, ending: Ending<'_>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let scope = Arc::clone(&self.place.scope);
        let (method, target, peer, now) = match (&self.inner, &self.given) {
            (Some(inner), _) => {
                let request = inner.request();
                let target = text(request.raw_target());
                (request.method(), target, inner.peer(), inner.runtime().now())
            }
            (None, Some(given)) => {
                let Some(method) = Method::from_bytes(&given.method) else { return };
                (method, &*given.target, &given.peer, given.runtime.now())
            }
            (None, None) => return,
        };
        let outcome = Outcome {
            method,
            target,
            route: self.place.route,
            peer,
            status: self.status.or_else(|| self.status_of(&ending)),
            received: self.received,
            sent: self.sent,
            duration: Duration::from_micros(now.saturating_sub(self.began)),
            ending,
            data: &self.data,
        };
        for step in &scope.after {
            // One that panics takes no other with it; nor the process, which a second panic would
            // while the first unwinds.
            if catch_unwind(AssertUnwindSafe(|| step(&outcome))).is_err() {
                tracing::error!(target = outcome.target, "middleware after a handler panicked");
            }
        }
    }
}

/// A handler began a response, and ended before that did.
#[derive(Debug)]
struct Unfinished;

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler has not finished its response")
    }
}

impl std::error::Error for Unfinished {}

impl Drop for Exchange {
    fn drop(&mut self) {
        let ending = if std::thread::panicking() { Ending::Panicked } else { Ending::Dropped };
        self.tell(ending);
    }
}

/// When a handler is to be dropped.
pub(crate) struct Deadline {
    timer: Box<dyn Timer>,
    at: u64,
}

impl Deadline {
    /// What `future` ends with, unless that takes too long.
    pub(crate) async fn hold<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.timer.poll(cx, self.at).map(|()| None),
        })
        .await
    }
}
