//! One timer of the reactor, as the driver's [`LazyTimer`](blazeio_driver::LazyTimer) moves it.
//!
//! Decides when a reactor that sleeps is told: when the timer is to be the first to end.

use crate::shared::Shared;
use blazeio_driver::Sleep;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A sleep that ends at one of the reactor's microseconds. Dropping it disarms it.
pub(crate) struct Alarm {
    shared: Arc<Shared>,
    number: u64,
    end: u64,
}

impl Alarm {
    /// Never ends, before it is reset.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let number = shared.timers.number();
        Self { shared, number, end: u64::MAX }
    }
}

impl Sleep for Alarm {
    fn now(&self) -> u64 {
        self.shared.now()
    }

    fn end(&self) -> u64 {
        self.end
    }

    fn reset(&mut self, end: u64) {
        self.shared.timers.disarm(self.number, self.end);
        self.end = end;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.now() >= self.end {
            return Poll::Ready(());
        }
        if self.shared.timers.arm(self.number, self.end, cx.waker()) {
            self.shared.queue.ring();
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.shared.timers.disarm(self.number, self.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reactor::tests::{run, waker};
    use crate::{Mio, Reactor};
    use blazeio_driver::{LazyTimer, Runtime, Timer};
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::sync::mpsc::channel;
    use std::task::Waker;
    use std::thread;

    const SECOND: u64 = 1_000_000;

    fn poll(timer: &mut dyn Timer, at: u64) -> Poll<()> {
        timer.poll(&mut Context::from_waker(Waker::noop()), at)
    }

    #[test]
    fn clock_real_time_is_never_early() {
        run(async {
            let runtime = Mio::current();
            let mut timer = runtime.timer();
            for after in [3_500, 1, 20_001] {
                let at = runtime.now() + after;
                poll_fn(|cx| timer.poll(cx, at)).await;
                assert!(runtime.now() >= at);
            }
        });
    }

    #[test]
    fn clock_a_timer_that_moves_a_million_times_holds_one_entry() {
        let reactor = Reactor::new().unwrap();
        let runtime = reactor.handle();
        let timers = &runtime.shared().timers;
        let mut timer = runtime.timer();
        let far = runtime.now() + 3600 * SECOND;
        for step in 0..1_000_000 {
            // Nearer each time, which moves the entry; then further away, which does not.
            assert!(poll(&mut *timer, far - step).is_pending());
            assert!(poll(&mut *timer, far + step).is_pending());
            assert_eq!(timers.count(), 1);
        }
        drop(timer);
        assert_eq!(timers.count(), 0, "dropping it disarms it");
    }

    #[test]
    fn clock_the_end_of_time_is_not_waited_for() {
        let reactor = Reactor::new().unwrap();
        let runtime = reactor.handle();
        let timers = &runtime.shared().timers;
        let mut timer = runtime.timer();
        assert!(poll(&mut *timer, u64::MAX).is_pending());
        assert_eq!(timers.count(), 0);
        assert!(poll(&mut *timer, u64::MAX - 1).is_pending());
        let first = timers.first().unwrap();
        assert!(first <= runtime.now() + LazyTimer::<Alarm>::LONGEST, "{first}");
    }

    /// The reactor sleeps, and until much later, when another thread wants an earlier timer.
    #[test]
    fn clock_a_timer_of_another_thread_is_met_while_the_reactor_sleeps() {
        run(async {
            for _ in 0..10 {
                let runtime = Mio::current();
                let end = Arc::new(AtomicU64::new(u64::MAX));
                let (waker, (over, is_over)) = (waker().await, channel::<()>());
                let told = Arc::clone(&end);
                let other = thread::spawn(move || {
                    let mut timer = runtime.timer();
                    loop {
                        runtime.shared().queue.until_asleep();
                        // Told before the timer is armed: whoever it wakes finds it.
                        let at = runtime.now() + 2_000;
                        told.store(at, SeqCst);
                        if timer.poll(&mut Context::from_waker(&waker), at).is_pending() {
                            break;
                        }
                    }
                    // Armed until the other side has heard of it.
                    assert!(is_over.recv().is_err());
                });
                let now = || Mio::current().now();
                poll_fn(|_| match end.load(SeqCst) {
                    at if now() >= at => Poll::Ready(()),
                    _ => Poll::Pending,
                })
                .await;
                drop(over);
                other.join().unwrap();
            }
        });
    }
}
