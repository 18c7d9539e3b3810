//! Accepting, from one listener (ACPT).
//!
//! Decides when to accept: not while the cap of connections is reached, not any more once the
//! server stops, and while there is trouble not before a pause is over or a connection has ended.

use super::backoff::Backoff;
use super::connection::Connection;
use super::report::Report;
use super::running::Running;
use crate::listener::Listener;
use crate::runtime::Timer;
use crate::service::Service;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

/// So many connections are accepted in one poll, then other tasks have theirs.
const BATCH: usize = 32;

/// Accepts until the server stops.
pub(crate) async fn accept<S: Service>(running: Arc<Running<S>>, listener: Box<dyn Listener>) {
    let timer = running.state.environment.runtime.timer();
    let ending = Ending(&running);
    running.state.ready();
    let mut accepting = Accepting {
        running: &running,
        listener,
        timer,
        backoff: Backoff::default(),
        paused_until: None,
    };
    poll_fn(|cx| accepting.poll(cx)).await;
    drop(accepting);
    drop(ending);
}

/// Says that a listener is closed, however its task ends.
struct Ending<'a, S: Service>(&'a Running<S>);

impl<S: Service> Drop for Ending<'_, S> {
    fn drop(&mut self) {
        self.0.state.listener_closed();
    }
}

struct Accepting<'a, S: Service> {
    running: &'a Arc<Running<S>>,
    listener: Box<dyn Listener>,
    timer: Box<dyn Timer>,
    backoff: Backoff,
    paused_until: Option<u64>,
}

impl<S: Service> Accepting<'_, S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let state = &self.running.state;
        for _ in 0..BATCH {
            state.wait(cx);
            if state.is_stopping() {
                return Poll::Ready(());
            }
            if state.is_full() {
                return Poll::Pending;
            }
            if let Some(until) = self.paused_until.filter(|_| !state.is_relieved()) {
                std::task::ready!(self.timer.poll(cx, until));
            }
            self.paused_until = None;
            match std::task::ready!(self.listener.poll_accept(cx)) {
                Ok(accepted) => {
                    self.backoff.clear();
                    state.enter();
                    let running = Arc::clone(self.running);
                    let connection = Connection::new(running, accepted);
                    state.environment.runtime.spawn(Box::pin(connection));
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
}
