//! Futures that are dropped while they wait (CANC).
//!
//! Decides when: right after a poll that was `Pending`, or when it was woken and is about to
//! be polled again, which is what an unlucky `select` does.

use crate::sim::dice::Dice;
use crate::sim::faults::Fault;
use crate::sim::kernel::Kernel;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// How often in a row [`Canceller::retry`] drops a future.
const DROPS: u32 = 16;

/// Polls `future` to its end, or, half the time, drops it while it is pending.
///
/// `None` if it was dropped: after one poll at least, each of which was `Pending`. A future
/// that is ready at once is never dropped, so that what it did is never lost unseen.
///
/// ```
/// use blazeio_driver::sim::{Dice, Simulation, maybe_cancel};
/// use std::future::{pending, ready};
///
/// let sim = Simulation::new(1);
/// let mut dice = Dice::new(1);
/// sim.run(
///     async {
///         assert_eq!(maybe_cancel(&mut dice, ready(1)).await, Some(1));
///     },
///     1_000_000,
/// )
/// .unwrap();
/// # let _ = pending::<()>();
/// ```
pub async fn maybe_cancel<F: Future>(dice: &mut Dice, future: F) -> Option<F::Output> {
    match dice.chance(0.5) {
        true => cancel(dice, future).await,
        false => Some(future.await),
    }
}

/// Drops `future` after one or more polls, unless it is done before.
async fn cancel<F: Future>(dice: &mut Dice, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    // Most often early: few futures wait more than once or twice.
    let mut polls = if dice.chance(0.5) { 1 } else { dice.spread(2..=8) };
    let is_woken_first = dice.chance(0.5);
    poll_fn(move |cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls == 0 && !is_woken_first => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// [`maybe_cancel`] at the [rate](crate::sim::Faults::cancel) of a simulation, counted in its
/// histogram; [`Simulation::canceller`](crate::sim::Simulation::canceller) makes one.
pub struct Canceller {
    kernel: Arc<Kernel>,
    dice: Dice,
}

impl Canceller {
    pub(super) fn new(kernel: Arc<Kernel>) -> Self {
        let dice = kernel.world().env.dice.fork();
        Self { kernel, dice }
    }

    /// Polls `future` to its end, or drops it while it is pending: `None`.
    pub async fn maybe<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let rate = self.kernel.world().env.faults.cancel;
        if !self.dice.chance(rate) {
            return Some(future.await);
        }
        let output = cancel(&mut self.dice, future).await;
        if output.is_none() {
            self.kernel.world().env.hit(Fault::Cancel);
        }
        output
    }

    /// Makes futures by `make` until one of them gets to its end; at most 16 are dropped.
    ///
    /// Futures that borrow from what `make` captures need a loop around
    /// [`maybe`](Self::maybe) instead.
    pub async fn retry<F: Future>(&mut self, mut make: impl FnMut() -> F) -> F::Output {
        for _ in 0..DROPS {
            if let Some(output) = self.maybe(make()).await {
                return output;
            }
        }
        make().await
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller").field("dice", &self.dice).finish_non_exhaustive()
    }
}
