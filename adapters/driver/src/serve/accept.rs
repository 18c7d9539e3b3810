//! Accepting, from one listener (ACPT).
//!
//! Decides when to accept: not while the cap of connections is reached, not any more once the
//! server stops, and while there is trouble not before a pause is over or a connection has ended.

use super::backoff::Backoff;
use super::connection::Connection;
use super::report::Report;
use super::running::Running;
use crate::listener::{Accepted, Listener};
use crate::runtime::Timer;
use crate::service::Service;
use crate::waiters::Waiter;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

/// So many connections are accepted in one poll, then other tasks have theirs.
const BATCH: usize = 32;

/// Accepts until the server stops. A task that is dropped unpolled closes the listener, too.
pub(crate) fn accept<S: Service>(
    running: Arc<Running<S>>,
    listener: Box<dyn Listener>,
) -> impl Future<Output = ()> + Send {
    // Dropped in this order: the listener, then what says that it is closed.
    let ending = Ending(running);
    let listening = (listener, ending);
    async move {
        let (listener, ending) = listening;
        let running = &ending.0;
        let timer = running.state.environment.runtime.timer();
        running.state.ready();
        let mut accepting = Accepting {
            running,
            waiter: running.state.join(),
            listener,
            held: None,
            timer,
            backoff: Backoff::default(),
            paused_until: None,
        };
        poll_fn(|cx| accepting.poll(cx)).await;
        drop(accepting);
        drop(ending);
    }
}

/// Says that a listener is closed, however its task ends.
struct Ending<S: Service>(Arc<Running<S>>);

impl<S: Service> Drop for Ending<S> {
    fn drop(&mut self) {
        self.0.state.listener_closed();
    }
}

struct Accepting<'a, S: Service> {
    running: &'a Arc<Running<S>>,
    waiter: Waiter<'a>,
    listener: Box<dyn Listener>,
    /// A connection for which another listener's has taken the last place.
    held: Option<Accepted>,
    timer: Box<dyn Timer>,
    backoff: Backoff,
    paused_until: Option<u64>,
}

impl<S: Service> Accepting<'_, S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let state = &self.running.state;
        for _ in 0..BATCH {
            self.waiter.wait(cx);
            if state.is_stopping() {
                return Poll::Ready(());
            }
            if state.is_full() || !self.begin_held() {
                return Poll::Pending;
            }
            if let Some(until) = self.paused_until.filter(|_| !state.is_relieved()) {
                std::task::ready!(self.timer.poll(cx, until));
            }
            self.paused_until = None;
            match std::task::ready!(self.listener.poll_accept(cx)) {
                Ok(accepted) => {
                    self.backoff.clear();
                    self.held = Some(accepted);
                    if !self.begin_held() {
                        return Poll::Pending;
                    }
                }
                Err(error) => {
                    let now = state.environment.runtime.now();
                    let advice = self.backoff.after(&error, now);
                    if advice.is_news {
                        (self.running.report)(Report::Accept(&error));
                    }
                    if advice.pause > 0 {
                        state.is_in_trouble();
                        self.paused_until = Some(now.saturating_add(advice.pause));
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Begins to serve what was accepted. Whether no connection is held any more.
    fn begin_held(&mut self) -> bool {
        if self.held.is_none() {
            return true;
        }
        let is_in = self.running.state.enter();
        if let Some(accepted) = self.held.take_if(|_| is_in) {
            let connection = Connection::new(Arc::clone(self.running), accepted);
            self.running.state.environment.runtime.spawn(Box::pin(connection));
        }
        is_in
    }
}
