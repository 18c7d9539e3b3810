//! The smallest executor: one task, polled after every interrupt. The tick comes each
//! millisecond, so no waker is needed; between interrupts the processor sleeps.

use core::convert::Infallible;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// Runs a task that never ends.
pub fn run(task: impl Future<Output = Infallible>) -> ! {
    let mut task = pin!(task);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(never) = task.as_mut().poll(&mut context) {
            match never {}
        }
        cortex_m::asm::wfi();
    }
}
