//! Time: milliseconds since the start, counted by the processor's SysTick.

use blazeio_embedded_io::Timer;
use core::cell::Cell;
use core::future::poll_fn;
use core::task::Poll;
use cortex_m::interrupt::{self, Mutex};

static MILLISECONDS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

/// Called each millisecond.
pub fn tick() {
    interrupt::free(|token| {
        let count = MILLISECONDS.borrow(token);
        count.set(count.get() + 1);
    });
}

/// The clock of the connections' deadlines.
pub struct Clock;

impl Timer for Clock {
    fn now(&self) -> u64 {
        interrupt::free(|token| MILLISECONDS.borrow(token).get()) * 1000
    }

    /// Looked at whenever the task is polled, which is at least at each tick.
    fn wait_until(&self, at: u64) -> impl Future<Output = ()> {
        poll_fn(move |_| if self.now() >= at { Poll::Ready(()) } else { Poll::Pending })
    }
}
