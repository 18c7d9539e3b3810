//! Middleware and state, and to which exchanges they belong.
//!
//! Decides the order: an outer application's comes before that of the one mounted in it, and of
//! state, limits and deadlines the inner one's counts.

use crate::exchange::Exchange;
use crate::into_reply::IntoReply;
use crate::outcome::Outcome;
use crate::reply::Reply;
use crate::state::State;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What a before-middleware's future is kept as.
type Stepping<'a> = Pin<Box<dyn Future<Output = Option<Reply>> + Send + 'a>>;

pub(crate) type Check = dyn Fn(&mut Exchange) -> Option<Reply> + Send + Sync;
pub(crate) type Step = dyn for<'a> Fn(&'a mut Exchange) -> Stepping<'a> + Send + Sync;

/// Middleware that comes before.
#[derive(Clone)]
pub(crate) enum Before {
    /// Does not wait.
    Check(Arc<Check>),
    Step(Arc<Step>),
}

impl Before {
    pub(crate) async fn pass(&self, exchange: &mut Exchange) -> Option<Reply> {
        match self {
            Self::Check(check) => check(exchange),
            Self::Step(step) => step(exchange).await,
        }
    }
}

pub(crate) type After = Arc<dyn Fn(&Outcome<'_>) + Send + Sync>;

/// What a before-middleware may return: nothing goes on, a reply or an error stops.
pub trait IntoFlow: Send {
    /// The reply that stops, if there is one.
    fn into_flow(self) -> Option<Reply>;
}

impl IntoFlow for () {
    fn into_flow(self) -> Option<Reply> {
        None
    }
}

impl<T: IntoReply> IntoFlow for Option<T> {
    fn into_flow(self) -> Option<Reply> {
        self.map(IntoReply::into_reply)
    }
}

impl<E: Into<crate::Abort> + Send> IntoFlow for Result<(), E> {
    fn into_flow(self) -> Option<Reply> {
        self.err().map(|error| error.into().into_reply())
    }
}

/// The middleware and the state of one application, within that of the one it is mounted in.
#[derive(Default, Clone)]
pub(crate) struct Scope {
    pub(crate) before: Vec<Before>,
    pub(crate) after: Vec<After>,
    /// The innermost value of each type.
    pub(crate) state: State,
    /// How much content a request may have, in bytes.
    pub(crate) content_limit: Option<u64>,
    /// How long a handler may take.
    pub(crate) deadline: Option<Duration>,
}

impl Scope {
    /// This one, within `outer`.
    pub(crate) fn within(&self, outer: &Self) -> Self {
        let chain = |a: &[Before], b: &[Before]| a.iter().chain(b).cloned().collect();
        Self {
            before: chain(&outer.before, &self.before),
            after: outer.after.iter().chain(&self.after).cloned().collect(),
            state: self.state.within(&outer.state),
            content_limit: self.content_limit.or(outer.content_limit),
            deadline: self.deadline.or(outer.deadline),
        }
    }
}

/// Where an exchange was routed to.
pub(crate) struct Place {
    pub(crate) scope: Arc<Scope>,
    pub(crate) route: Option<&'static str>,
}
