//! One connection of a server: its handshakes, then its requests, one after another.
//!
//! Decides how long a handler lives. It runs in the task that drives the connection, which
//! drives on whenever the handler waits; it is dropped when the connection ends before its
//! response was finished, after it was polled once more to hear of that. A handler that has
//! finished its response is left to its own end, or the server's. What panics is answered like what fails
//! (PANIC).

use super::report::Report;
use super::running::{Place, Running, Shaking, State};
use crate::address::Address;
use crate::error::{Error, Failure};
use crate::exchange::{Exchange, Tunnel};
use crate::link::{Driven, Shared};
use crate::listener::Accepted;
use crate::service::Service;
use crate::transport::Transport;
use blazeio::{CloseReason, Server};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

/// Serves one connection to its end.
pub(crate) async fn connection<S: Service>(
    running: Arc<Running<S>>,
    transport: Box<dyn Transport>,
    peer: Address,
) {
    let mut place = Place::new(running);
    let Some((transport, peer)) = shake_hands(place.running(), (transport, peer)).await else {
        return;
    };
    let environment = Arc::clone(&place.running().state.environment);
    let shared = Arc::new(Shared::new(transport, peer, environment));
    place.register(&shared);
    let _driven = Driving(&shared);
    if S::IS_RAW {
        let tunnel = Tunnel::new(Arc::clone(&shared));
        run(&shared, place.running(), || place.running().service.take(tunnel)).await;
    } else {
        while let Some(exchange) = next(&shared).await {
            run(&shared, place.running(), || place.running().service.answer(exchange)).await;
        }
    }
    poll_fn(|cx| shared.lock().poll_drive(cx, true).map(drop)).await;
    report_end(&shared, place.running());
}

/// A connection that is driven. It is closed if its task is dropped.
struct Driving<'a>(&'a Shared<Server>);

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        self.0.lock().shut();
    }
}

/// Sets the socket's options and takes the handshakes, unless the server stops meanwhile.
async fn shake_hands<S: Service>(running: &Running<S>, accepted: Accepted) -> Option<Accepted> {
    if let Some(socket) = accepted.0.socket() {
        // Responses are written whole; waiting for more to send would only delay. Sockets
        // that are not TCP refuse both.
        let _ = socket.set_tcp_nodelay(true);
        if let Some(keepalive) = &running.keepalive {
            let _ = keepalive.apply(&socket);
        }
    }
    let mut accepted = accepted;
    for handshake in &running.handshakes {
        let peer = accepted.1.clone();
        let shaking = Shaking::new(&running.state);
        let mut taking = handshake.take(accepted, &running.state.environment.runtime);
        let taken = poll_fn(|cx| match shaking.is_over(cx) {
            true => Poll::Ready(None),
            false => taking.as_mut().poll(cx).map(Some),
        });
        match taken.await? {
            Ok(next) => accepted = next,
            Err(error) => {
                (running.report)(Report::Handshake { peer: &peer, error: &error });
                return None;
            }
        }
    }
    Some(accepted)
}

/// The next exchange, until the connection is over.
async fn next(shared: &Arc<Shared<Server>>) -> Option<Exchange<Server>> {
    poll_fn(|cx| match shared.lock().poll_drive(cx, false) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Driven::Over) => Poll::Ready(None),
        Poll::Ready(Driven::Request(request)) => Poll::Ready(Some(request)),
    })
    .await
    .map(|request| Exchange::accept(Arc::clone(shared), request))
}

/// Runs a handler to its end, or to its connection's.
async fn run<S: Service, H: Future<Output = Result<(), Error>>>(
    shared: &Arc<Shared<Server>>,
    running: &Running<S>,
    begin: impl FnOnce() -> H,
) {
    let Ok(handler) = catch_unwind(AssertUnwindSafe(begin)) else {
        return panicked(shared, running);
    };
    let mut handler = pin!(handler);
    let mut is_told = false;
    let outcome =
        poll_fn(|cx| poll_handler(shared, &running.state, handler.as_mut(), cx, &mut is_told))
            .await;
    match outcome {
        Outcome::Panicked => panicked(shared, running),
        Outcome::Ended(Err(error @ Error::Usage(_))) => {
            (running.report)(Report::Connection { peer: &shared.peer, error: &error });
        }
        // What befell the connection is told of at its end.
        Outcome::Ended(_) | Outcome::Dropped => {}
    }
}

fn panicked<S: Service>(shared: &Shared<Server>, running: &Running<S>) {
    running.state.environment.statistics.panicked();
    (running.report)(Report::Panicked { peer: &shared.peer });
}

/// How a handler ended.
enum Outcome {
    Ended(Result<(), Error>),
    Panicked,
    Dropped,
}

fn poll_handler<H: Future<Output = Result<(), Error>>>(
    shared: &Shared<Server>,
    state: &State,
    mut handler: Pin<&mut H>,
    cx: &mut Context<'_>,
    is_told: &mut bool,
) -> Poll<Outcome> {
    loop {
        shared.lock().is_polling = true;
        let polled = catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx)));
        let mut link = shared.lock();
        link.is_polling = false;
        match polled {
            Ok(Poll::Ready(result)) => return Poll::Ready(Outcome::Ended(result)),
            Err(_) => return Poll::Ready(Outcome::Panicked),
            Ok(Poll::Pending) => {}
        }
        if link.poll_drive(cx, true).is_pending() {
            return Poll::Pending;
        }
        // The connection is over. A handler that has answered may go on.
        if !link.is_sending && !link.has_tunnel && !state.is_aborted() {
            return Poll::Pending;
        }
        if std::mem::replace(is_told, true) {
            return Poll::Ready(Outcome::Dropped);
        }
    }
}

/// Tells of the connection's end, if it was none that is usual.
fn report_end<S: Service>(shared: &Shared<Server>, running: &Running<S>) {
    let Some(failure) = shared.lock().failure else { return };
    let is_usual = match failure {
        Failure::Closed(reason) => reason != CloseReason::WriteTimeout,
        Failure::Peer(_) | Failure::Io { .. } => false,
    };
    if !is_usual {
        let error = Error::from(failure);
        (running.report)(Report::Connection { peer: &shared.peer, error: &error });
    }
}
