//! The signals that stop a server.
//!
//! Decides which: SIGINT, as from Ctrl-C, and SIGTERM, as from whoever supervises it. They come by
//! a pipe, which is read only when there is something in it: whoever waits for them beside other
//! things is polled often.

use async_signal::{Signal, Signals};
use futures_lite::StreamExt;
use std::future::{Future, poll_fn};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Ends at the next SIGINT or SIGTERM. Signals count from this call on, on any executor.
///
/// # Errors
/// The signal cannot be listened to.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    let mut signals = Signals::new([Signal::Int, Signal::Term])?;
    Ok(when_woken(async move {
        // The pipe that they come by does not fail; if it did, none would come.
        if signals.next().await.is_none_or(|signal| signal.is_err()) {
            std::future::pending::<()>().await;
        }
    }))
}

/// Who waits, and whether anything happened since the future was polled.
struct Bell {
    is_rung: AtomicBool,
    waiting: Mutex<Option<Waker>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.is_rung.store(true, SeqCst);
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// `future`, which is polled at first and whenever it was woken itself, and at no other time.
async fn when_woken(future: impl Future<Output = ()> + Send) {
    let bell = Arc::new(Bell { is_rung: AtomicBool::new(true), waiting: Mutex::default() });
    let own = Waker::from(Arc::clone(&bell));
    let mut future = std::pin::pin!(future);
    poll_fn(|cx| {
        let waker = cx.waker().clone();
        let before = bell.waiting.lock().unwrap_or_else(PoisonError::into_inner).replace(waker);
        drop(before);
        // After the waker is there: who rings from now on wakes it.
        if bell.is_rung.swap(false, SeqCst) {
            future.as_mut().poll(&mut Context::from_waker(&own))
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::FutureExt;
    use futures_lite::future::{block_on, yield_now};
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn wake_what_waits_for_a_signal_is_polled_only_when_there_may_be_one() {
        let polls = AtomicUsize::new(0);
        let own = Mutex::new(None);
        let waits = when_woken(poll_fn(|cx| {
            *own.lock().unwrap() = Some(cx.waker().clone());
            if polls.fetch_add(1, SeqCst) == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        let others = async {
            for poll in 1..3 {
                for _ in 0..100 {
                    yield_now().await;
                    assert_eq!(polls.load(SeqCst), poll);
                }
                let own = own.lock().unwrap().take();
                own.unwrap().wake();
                yield_now().await;
            }
            panic!("it is over by now");
        };
        block_on(waits.or(others));
    }
}
