//! One connection of a server: its handshakes, then its requests, one after another.
//!
//! Decides how long a handler lives. It runs in the task that drives the connection, which
//! drives on whenever the handler waits; it is dropped when the connection ends before its
//! response was finished, after it was polled once more to hear of that. A handler that has
//! finished its response is left to its own end, or the server's. What panics is answered like
//! what fails (PANIC).
//!
//! ```text
//! accepted ─► handshakes ─► between ◄──────────────┐
//!                             │  request   ended   │
//!                             ├───────► handler ───┘
//!                             └─► over
//! ```
//!
//! A handler lives in a slot of the server's, which a connection holds only while it has one:
//! so an idle connection costs no more than its own state, and a busy one allocates nothing.

use super::report::Report;
use super::running::{Place, Running, Slot, State};
use crate::address::Address;
use crate::error::{Error, Failure};
use crate::exchange::{Exchange, Tunnel};
use crate::link::{Driven, Shared};
use crate::listener::Accepted;
use crate::runtime::Wait;
use crate::service::Service;
use blazeio::{CloseReason, Server};
use socket2::SockRef;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// So many bytes may wait in the system's send buffer beside those that are on their way, and the
/// segment that they end in. That the peer takes any is seen by the system's taking more, and it
/// takes more when half of this is left.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNSENT: u32 = 16 * 1024;

/// A connection that is served to its end.
pub(crate) struct Connection<S: Service> {
    stage: Stage<S>,
    place: Place<S>,
}

enum Stage<S: Service> {
    /// Before a handshake.
    Accepted(Accepted),
    /// In the handshake of this number.
    ShakingHands(Box<Shaking>),
    Between(Arc<Shared<Server>>),
    Busy(Handling<S>),
    Over,
}

/// A handshake in hand. Boxed: connections are past theirs most of the time.
struct Shaking {
    number: usize,
    key: u64,
    peer: Address,
    wait: Wait<Accepted>,
}

/// A handler and its connection.
struct Handling<S: Service> {
    shared: Arc<Shared<Server>>,
    slot: Slot<S>,
    /// It was polled since the connection ended.
    is_told: bool,
}

impl<S: Service> Connection<S> {
    /// A connection that was just accepted, and [entered](super::running::State::enter).
    pub(crate) fn new(running: Arc<Running<S>>, accepted: Accepted) -> Self {
        if let Some(socket) = accepted.0.socket() {
            // Sockets that are not TCP refuse all of it.
            let _ = set_options(&socket);
            if let Some(keepalive) = &running.keepalive {
                let _ = keepalive.apply(&socket);
            }
        }
        Self { stage: Stage::Accepted(accepted), place: Place::new(running) }
    }

    /// Takes the handshake `number`, or begins to serve behind the last.
    fn shake_hands(&mut self, number: usize, accepted: Accepted) -> Stage<S> {
        let running = self.place.running();
        let environment = &running.state.environment;
        if let Some(handshake) = running.handshakes.get(number) {
            let peer = accepted.1.clone();
            let wait = handshake.take(accepted, &environment.runtime);
            let key = environment.next_key();
            return Stage::ShakingHands(Box::new(Shaking { number, key, peer, wait }));
        }
        let (transport, peer) = accepted;
        let shared = Arc::new(Shared::new(transport, peer, Arc::clone(environment)));
        self.place.register(&shared);
        if !S::IS_RAW {
            return Stage::Between(shared);
        }
        let tunnel = Tunnel::new(Arc::clone(&shared));
        let running = self.place.running();
        match catch_unwind(AssertUnwindSafe(|| running.service.take(tunnel))) {
            Ok(Ok(answer)) => {
                let slot = running.slot(answer);
                Stage::Busy(Handling { shared, slot, is_told: false })
            }
            Ok(Err(_)) => Stage::Between(shared),
            Err(_) => {
                running.panicked(&shared);
                Stage::Between(shared)
            }
        }
    }

    /// Begins a handler.
    fn answer(&self, shared: Arc<Shared<Server>>, exchange: Exchange<Server>) -> Stage<S> {
        let running = self.place.running();
        match catch_unwind(AssertUnwindSafe(|| running.service.answer(exchange))) {
            Ok(answer) => {
                let slot = running.slot(answer);
                Stage::Busy(Handling { shared, slot, is_told: false })
            }
            Err(_) => {
                running.panicked(&shared);
                Stage::Between(shared)
            }
        }
    }

    /// The next stage.
    fn step(&mut self, cx: &mut Context<'_>) -> Poll<Stage<S>> {
        Poll::Ready(match &mut self.stage {
            Stage::Accepted(_) => match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Accepted(accepted) => self.shake_hands(0, accepted),
                other => other,
            },
            Stage::ShakingHands(shaking) => {
                let Shaking { number, key, peer, wait } = &mut **shaking;
                let (next, key) = (*number + 1, *key);
                let running = self.place.running();
                let ends = running.state.ends_handshake(key, cx);
                let taken = if ends { None } else { Some(ready!(wait.as_mut().poll(cx))) };
                running.state.handshake_over(key);
                match taken {
                    Some(Ok(accepted)) => self.shake_hands(next, accepted),
                    Some(Err(error)) => {
                        running.tell(Report::Handshake { peer, error: &error });
                        Stage::Over
                    }
                    None => Stage::Over,
                }
            }
            Stage::Between(shared) => {
                let driven = ready!(shared.lock().poll_drive(cx, false));
                let shared = Arc::clone(shared);
                match driven {
                    Driven::Request(request) => {
                        let exchange = Exchange::accept(Arc::clone(&shared), request);
                        self.answer(shared, exchange)
                    }
                    Driven::Over => {
                        self.place.running().tell_end(&shared);
                        Stage::Over
                    }
                }
            }
            Stage::Busy(handling) => {
                let outcome = ready!(handling.poll(&self.place.running().state, cx));
                self.end(outcome)
            }
            Stage::Over => Stage::Over,
        })
    }

    /// The handler has ended.
    fn end(&mut self, outcome: Outcome) -> Stage<S> {
        let handling = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Busy(handling) => handling,
            other => return other,
        };
        let Handling { shared, slot, .. } = handling;
        let running = self.place.running();
        match outcome {
            Outcome::Panicked => running.panicked(&shared),
            Outcome::Ended(Err(error @ Error::Usage(_))) => {
                running.tell(Report::Connection { peer: &shared.peer, error: &error });
            }
            // What befell the connection is told of at its end.
            Outcome::Ended(_) | Outcome::Dropped => {}
        }
        // What a handler leaves behind may panic, too.
        if catch_unwind(AssertUnwindSafe(|| running.give_back(slot))).is_err() {
            running.panicked(&shared);
        }
        Stage::Between(shared)
    }
}

impl<S: Service> Future for Connection<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // A handler is pinned in a slot of its own.
        let this = self.get_mut();
        while !matches!(this.stage, Stage::Over) {
            this.stage = ready!(this.step(cx));
        }
        Poll::Ready(())
    }
}

impl<S: Service> Drop for Connection<S> {
    /// A connection that nobody drives any more is closed.
    fn drop(&mut self) {
        match &self.stage {
            Stage::Between(shared) | Stage::Busy(Handling { shared, .. }) => shared.lock().shut(),
            Stage::ShakingHands(shaking) => {
                self.place.running().state.handshake_over(shaking.key);
            }
            Stage::Accepted(_) | Stage::Over => {}
        }
    }
}

/// Sets what every accepted socket is to have.
fn set_options(socket: &SockRef<'_>) -> io::Result<()> {
    // Responses are written whole; waiting for more to send would only delay.
    socket.set_tcp_nodelay(true)?;
    // SLOW: else a slow reader has taken nothing, for all one sees, until it has read a third of
    // a buffer of megabytes.
    #[cfg(any(target_os = "android", target_os = "linux"))]
    socket.set_tcp_notsent_lowat(UNSENT)?;
    Ok(())
}

/// How a handler ended.
enum Outcome {
    Ended(Result<(), Error>),
    Panicked,
    Dropped,
}

impl<S: Service> Handling<S> {
    fn poll(&mut self, state: &State, cx: &mut Context<'_>) -> Poll<Outcome> {
        loop {
            let Some(handler) = self.slot.as_mut().as_pin_mut() else {
                return Poll::Ready(Outcome::Dropped);
            };
            self.shared.lock().is_polling = true;
            let polled = catch_unwind(AssertUnwindSafe(|| handler.poll(cx)));
            let mut link = self.shared.lock();
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
            if std::mem::replace(&mut self.is_told, true) {
                return Poll::Ready(Outcome::Dropped);
            }
        }
    }
}

impl<S: Service> Running<S> {
    pub(super) fn tell(&self, report: Report<'_>) {
        (self.report)(report);
    }

    fn panicked(&self, shared: &Shared<Server>) {
        self.state.environment.statistics.panicked();
        self.tell(Report::Panicked { peer: &shared.peer });
    }

    /// Tells of a connection's end, if it was none that is usual.
    fn tell_end(&self, shared: &Shared<Server>) {
        let Some(failure) = shared.lock().found() else { return };
        let is_usual = match failure {
            Failure::Closed(reason) => reason != CloseReason::WriteTimeout,
            Failure::Peer(_) | Failure::Io { .. } => false,
        };
        if !is_usual {
            let error = Error::from(failure);
            self.tell(Report::Connection { peer: &shared.peer, error: &error });
        }
    }
}
