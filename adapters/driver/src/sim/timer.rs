//! Timers on the simulated clock.
//!
//! Decides when a timer's waker is woken: in time, late or also too early. Whoever polls once
//! its time has come finds it ready in any case.

use crate::runtime::{Runtime, Timer};
use crate::sim::agenda::Event;
use crate::sim::environment::Environment;
use crate::sim::faults::Fault;
use crate::sim::kernel::Kernel;
use crate::sim::world::World;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A timer's place in the world.
#[derive(Default, Debug)]
pub(super) struct Alarm {
    waker: Option<Waker>,
    at: u64,
    /// The event on the agenda, and its number: of others nothing is heard.
    event: Option<u64>,
    is_early: bool,
    generation: u32,
}

impl Alarm {
    pub(super) fn poll(
        &mut self,
        env: &mut Environment,
        id: u32,
        waker: &Waker,
        at: u64,
    ) -> Poll<()> {
        if env.now >= at {
            self.rest(env);
            return Poll::Ready(());
        }
        if env.is_over || at == u64::MAX {
            self.rest(env);
            return Poll::Pending;
        }
        if !self.waker.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            env.garbage.extend(self.waker.replace(waker.clone()));
        }
        if self.at != at || self.event.is_none() {
            self.at = at;
            // An event that comes before puts itself off.
            if self.event.is_none_or(|event| event > at) {
                self.schedule(env, id);
            }
        }
        Poll::Pending
    }

    fn schedule(&mut self, env: &mut Environment, id: u32) {
        // The clock may have jumped over its time since.
        let left = self.at.saturating_sub(env.now);
        self.is_early = left > 0 && env.inject(Fault::EarlyTimer);
        let fires = if self.is_early {
            env.now + 1 + env.dice.below(left)
        } else if env.inject(Fault::LateTimer) {
            self.at.saturating_add(env.dice.spread(1..=5_000))
        } else {
            self.at
        };
        self.generation = self.generation.wrapping_add(1);
        self.event = Some(fires);
        env.schedule(fires, Event::Timer { id, generation: self.generation });
    }

    /// Waits for nothing.
    fn rest(&mut self, env: &mut Environment) {
        env.garbage.extend(self.waker.take());
        self.at = 0;
    }

    /// Whether nothing happens at this event.
    pub(super) fn is_stale(&self, generation: u32) -> bool {
        generation != self.generation || self.waker.is_none() || self.has_moved()
    }

    /// Whether its time was moved away since the event was scheduled.
    fn has_moved(&self) -> bool {
        !self.is_early && self.event.is_some_and(|event| event < self.at)
    }

    /// A stale event was taken off the agenda.
    pub(super) fn skip(&mut self, env: &mut Environment, id: u32, generation: u32) {
        if generation == self.generation {
            let has_moved = self.has_moved() && self.waker.is_some();
            self.event = None;
            if has_moved {
                self.schedule(env, id);
            }
        }
    }

    /// The event is due.
    pub(super) fn fire(&mut self, env: &mut Environment) {
        self.event = None;
        if let Some(waker) = self.waker.take() {
            env.count_event();
            env.wakes.push(waker);
        }
    }

    pub(super) fn forget(&mut self, env: &mut Environment) {
        self.generation = self.generation.wrapping_add(1);
        self.event = None;
        self.rest(env);
    }
}

/// A timer of a simulation.
pub(super) struct SimTimer {
    kernel: Arc<Kernel>,
    id: u32,
}

impl SimTimer {
    pub(super) fn new(kernel: Arc<Kernel>) -> Self {
        let id = kernel.world().add_alarm();
        Self { kernel, id }
    }
}

impl Timer for SimTimer {
    fn poll(&mut self, cx: &mut Context<'_>, at: u64) -> Poll<()> {
        let World { env, alarms, .. } = &mut *self.kernel.world();
        alarms[self.id as usize].poll(env, self.id, cx.waker(), at)
    }
}

impl Drop for SimTimer {
    fn drop(&mut self) {
        self.kernel.world().drop_alarm(self.id);
    }
}

/// Sleeps for `micros` of the clock of `runtime`.
///
/// ```
/// use blazeio_driver::sim::{self, Simulation};
///
/// let sim = Simulation::new(1);
/// let runtime = sim.runtime();
/// let begin = runtime.now();
/// sim.run(sim::sleep(&*runtime, 500), 1_000_000).unwrap();
/// assert!(runtime.now() - begin >= 500);
/// ```
pub fn sleep(runtime: &dyn Runtime, micros: u64) -> impl Future<Output = ()> + Send + use<> {
    let at = runtime.now().saturating_add(micros);
    let mut timer = runtime.timer();
    poll_fn(move |cx| timer.poll(cx, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::dice::Dice;
    use crate::sim::faults::Faults;

    #[test]
    fn clock_a_timer_that_was_moved_and_jumped_over_still_fires() {
        let mut env = Environment::new(Dice::new(1), Faults::NONE);
        env.now = 1_000;
        let mut alarm = Alarm::default();
        assert!(alarm.poll(&mut env, 0, Waker::noop(), 1_010).is_pending());
        assert!(alarm.poll(&mut env, 0, Waker::noop(), 1_020).is_pending());
        let generation = alarm.generation;
        // The process slept beyond both, and from here on every timer would be early.
        env.now = 2_000;
        env.faults.early_timer = 1.0;
        assert!(alarm.is_stale(generation));
        alarm.skip(&mut env, 0, generation);
        assert_eq!(alarm.event, Some(1_020), "due at once");
        assert!(!alarm.is_stale(alarm.generation));
        alarm.fire(&mut env);
        assert_eq!(env.wakes.len(), 1);
    }
}
