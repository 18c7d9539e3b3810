//! One sleep of the runtime: for all deadlines of a server or client, and for the pauses and
//! handshakes that have one of their own.
//!
//! Decides when the runtime's sleep is touched: only to make it end earlier, or when it ended
//! too early. Deadlines mostly move away from now, so most waits touch nothing (CLOCK).
//!
//! Memory counts: nothing is kept beside the sleep, whose end is the only record of what is
//! armed.

use crate::runtime::Timer;
use std::task::{Context, Poll};

/// What a runtime has to wait for a point in time by. All of it in [`Runtime::now`]'s
/// microseconds.
///
/// [`Runtime::now`]: crate::Runtime::now
pub trait Sleep: Send + 'static {
    /// The time, as the runtime's own clock has it.
    fn now(&self) -> u64;

    /// When it ends; may be in the past.
    fn end(&self) -> u64;

    /// Ends at `end` from now on, no further away than [`LazyTimer::LONGEST`]. Whoever waits
    /// polls again.
    fn reset(&mut self, end: u64);

    /// Ready once it has ended, early or late; else leaves the waker to be woken then.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// A [`Timer`] of a [`Sleep`] that is moved as rarely as can be.
#[derive(Debug)]
pub struct LazyTimer<S>(S);

impl<S> LazyTimer<S> {
    /// 30 days, in microseconds. Longer waits are cut to this, which every runtime's timer can
    /// hold; then they begin anew.
    pub const LONGEST: u64 = 30 * 24 * 3600 * 1_000_000;

    /// A timer of `sleep`, which may end whenever it does: best [far](Self::LONGEST) away.
    pub const fn new(sleep: S) -> Self {
        Self(sleep)
    }
}

impl<S: Sleep> Timer for LazyTimer<S> {
    fn poll(&mut self, cx: &mut Context<'_>, at: u64) -> Poll<()> {
        if at == u64::MAX {
            return Poll::Pending;
        }
        loop {
            let now = self.0.now();
            if now >= at {
                return Poll::Ready(());
            }
            let end = at.min(now.saturating_add(Self::LONGEST));
            if end < self.0.end() {
                self.0.reset(end);
            }
            if self.0.poll(cx).is_pending() {
                return Poll::Pending;
            }
            // It ended too early: the deadline moved away since.
            self.0.reset(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::Count;
    use std::sync::Arc;
    use std::sync::Mutex;
    use std::task::Waker;

    const SECOND: u64 = 1_000_000;
    const LONGEST: u64 = LazyTimer::<Alarm>::LONGEST;

    /// A clock that goes by hand, with room for one sleep.
    #[derive(Default)]
    struct Clock {
        now: u64,
        end: u64,
        resets: usize,
        waker: Option<Waker>,
    }

    /// The sleep of a clock.
    struct Alarm(Arc<Mutex<Clock>>);

    impl Sleep for Alarm {
        fn now(&self) -> u64 {
            self.0.lock().unwrap().now
        }

        fn end(&self) -> u64 {
            self.0.lock().unwrap().end
        }

        fn reset(&mut self, end: u64) {
            let mut clock = self.0.lock().unwrap();
            assert!(end - clock.now <= LONGEST, "further away than a runtime's timer can hold");
            (clock.end, clock.waker) = (end, None);
            clock.resets += 1;
        }

        fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
            let mut clock = self.0.lock().unwrap();
            if clock.now >= clock.end {
                return Poll::Ready(());
            }
            clock.waker = Some(cx.waker().clone());
            Poll::Pending
        }
    }

    /// A timer, its clock, and who waits.
    struct World {
        timer: LazyTimer<Alarm>,
        clock: Arc<Mutex<Clock>>,
        wakes: Arc<Count>,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(Mutex::new(Clock { end: LONGEST, ..Clock::default() }));
            let timer = LazyTimer::new(Alarm(Arc::clone(&clock)));
            Self { timer, clock, wakes: Arc::default() }
        }

        fn poll(&mut self, at: u64) -> Poll<()> {
            let waker = Waker::from(Arc::clone(&self.wakes));
            self.timer.poll(&mut Context::from_waker(&waker), at)
        }

        fn now(&self) -> u64 {
            self.clock.lock().unwrap().now
        }

        /// Lets time go on until `now`, through every end on the way.
        fn advance(&mut self, now: u64) {
            let mut clock = self.clock.lock().unwrap();
            clock.now = now;
            if now >= clock.end {
                clock.waker.take().into_iter().for_each(Waker::wake);
            }
        }

        fn wakes(&self) -> usize {
            self.wakes.of()
        }

        /// When whoever waits is woken next.
        fn next_wake(&self) -> Option<u64> {
            let clock = self.clock.lock().unwrap();
            clock.waker.as_ref().map(|_| clock.end)
        }

        /// Waits for `at`, and counts how often it is woken on the way; `None` if that is never,
        /// or not until `latest`.
        fn wait(&mut self, at: u64, latest: u64) -> Option<usize> {
            let before = self.wakes();
            while self.poll(at).is_pending() {
                let end = self.next_wake()?;
                assert!(end > self.now(), "spins");
                if end > latest {
                    return None;
                }
                self.advance(end);
            }
            Some(self.wakes() - before)
        }
    }

    #[test]
    fn clock_a_deadline_that_moves_either_way_is_met() {
        let mut world = World::new();
        for (first, then) in [(1, 3), (9, 5), (20, 6), (7, 8)] {
            let then = then * SECOND;
            assert!(world.poll(first * SECOND).is_pending());
            world.wait(then, u64::MAX).unwrap();
            assert_eq!(world.now(), then);
        }
    }

    #[test]
    fn clock_a_deadline_that_has_passed_is_met_at_once() {
        let mut world = World::new();
        world.advance(2 * SECOND);
        for at in [0, SECOND, 2 * SECOND] {
            assert!(world.poll(at).is_ready());
        }
        // And again after a wait of its own.
        for at in [3, 3, 4] {
            world.wait(at * SECOND, u64::MAX).unwrap();
            assert_eq!(world.now(), at * SECOND);
        }
    }

    #[test]
    fn clock_the_end_of_time_neither_panics_nor_comes() {
        let year = 366 * 24 * 3600 * SECOND;
        for at in [u64::MAX, u64::MAX - 1] {
            assert_eq!(World::new().wait(at, year), None);
        }
    }

    #[test]
    fn clock_a_wait_longer_than_the_runtime_can_hold_is_met() {
        let mut world = World::new();
        let at = 3 * LONGEST + 5 * SECOND;
        assert_eq!(world.wait(at, u64::MAX), Some(4));
        assert_eq!(world.now(), at);
    }

    /// The lazy way: one early wake-up, at the first deadline, for any number of later ones.
    #[test]
    fn clock_a_deadline_that_moves_away_wakes_once_too_early() {
        let mut world = World::new();
        for at in 1..=60 {
            assert!(world.poll(at * SECOND).is_pending());
        }
        assert_eq!(world.clock.lock().unwrap().resets, 1);
        world.advance(SECOND);
        assert_eq!(world.wakes(), 1, "fires at the first deadline");
        assert!(world.poll(60 * SECOND).is_pending());
        world.advance(59 * SECOND);
        assert_eq!(world.wakes(), 1, "then only at the last");
        world.advance(60 * SECOND);
        assert_eq!(world.wakes(), 2);
        assert!(world.poll(60 * SECOND).is_ready());
        assert_eq!(world.clock.lock().unwrap().resets, 2);
    }

    #[test]
    fn memory_a_timer_is_its_sleep() {
        assert_eq!(size_of::<LazyTimer<Alarm>>(), size_of::<Alarm>());
    }
}
