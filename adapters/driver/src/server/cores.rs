//! Servers in threads of their own, which stop together.
//!
//! Decides when: at the word of whoever started them, or when one of them ends by itself, since
//! a server that lacks a part of its connections is better started again than left.

use crate::serve::Exit;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// Whether all are to stop, and who waits for that.
#[derive(Default)]
struct Word {
    is_said: bool,
    waiting: Vec<Waker>,
}

fn lock(word: &Mutex<Word>) -> MutexGuard<'_, Word> {
    word.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the threads are told.
#[derive(Clone)]
pub(super) struct Stopped(Arc<Mutex<Word>>);

impl Stopped {
    /// Ends when all are to stop.
    pub(super) async fn wait(self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    /// Ends when all are to stop, or `other` ends.
    pub(super) async fn or(self, other: impl Future<Output = ()>) {
        let mut other = pin!(other);
        poll_fn(|cx| match other.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => self.poll(cx),
        })
        .await;
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut word = lock(&self.0);
        if word.is_said {
            return Poll::Ready(());
        }
        if !word.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            word.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Tells all to stop when it is dropped: also by a failure, and by a panic.
struct Stopping(Arc<Mutex<Word>>);

impl Drop for Stopping {
    fn drop(&mut self) {
        let waiting = {
            let mut word = lock(&self.0);
            word.is_said = true;
            std::mem::take(&mut word.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Runs each of `servers` in a thread of its own, until `wait` returns, which is to do so when
/// one of them has ended, too; then all of them have stopped, and how that went.
///
/// # Errors
/// Of the first that failed; of `wait`.
///
/// # Panics
/// When a server does.
pub(super) fn run_all<S>(
    servers: impl IntoIterator<Item = S>,
    wait: impl FnOnce(Stopped) -> io::Result<()>,
) -> io::Result<Exit>
where
    S: FnOnce(Stopped) -> io::Result<Exit> + Send + 'static,
{
    let word = Arc::new(Mutex::new(Word::default()));
    let stopping = Stopping(Arc::clone(&word));
    let (done, exits) = channel();
    let mut threads = Vec::new();
    for server in servers {
        let (ended, done) = (Stopping(Arc::clone(&word)), done.clone());
        let stopped = Stopped(Arc::clone(&word));
        threads.push(thread::spawn(move || {
            // Told before the others stop, so that the first failure is the first here.
            let _ = done.send(server(stopped));
            drop(ended);
        }));
    }
    drop(done);
    let asked = wait(Stopped(word));
    drop(stopping);
    for thread in threads {
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
    let mut all = Exit::default();
    for exit in exits {
        let exit = exit?;
        all.cut += exit.cut;
        all.dropped += exit.dropped;
    }
    asked.map(|()| all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use std::future::{pending, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    /// Runs until told, and counts that it was.
    fn wait(stopped: Stopped, count: &AtomicUsize) -> io::Result<Exit> {
        block_on(stopped.wait());
        count.fetch_add(1, SeqCst);
        Ok(Exit { cut: 2, dropped: 1 })
    }

    /// Three servers, of which the second does as `second` has it.
    fn three(
        second: fn() -> io::Result<Exit>,
        stop: impl FnOnce(Stopped) -> io::Result<()>,
    ) -> (io::Result<Exit>, usize) {
        let count = Arc::new(AtomicUsize::new(0));
        let servers = (0..3).map(|number| {
            let count = Arc::clone(&count);
            move |stopped: Stopped| match number {
                1 => second().and_then(|_| wait(stopped, &count)),
                _ => wait(stopped, &count),
            }
        });
        let exit = run_all(servers, stop);
        (exit, count.load(SeqCst))
    }

    /// Nobody asks: only an end of one of them stops the others.
    fn never(stopped: Stopped) -> io::Result<()> {
        block_on(stopped.or(pending()));
        Ok(())
    }

    #[test]
    fn shut_all_stop_when_asked_and_what_was_cut_is_added_up() {
        let asked = |stopped: Stopped| {
            block_on(stopped.or(ready(())));
            Ok(())
        };
        let (exit, stopped) = three(|| Ok(Exit::default()), asked);
        assert_eq!((exit.unwrap(), stopped), (Exit { cut: 6, dropped: 3 }, 3));
    }

    #[test]
    fn shut_the_first_that_fails_stops_the_others_and_is_told() {
        let (exit, stopped) = three(|| Err(io::Error::other("no descriptors")), never);
        assert_eq!((exit.unwrap_err().to_string(), stopped), ("no descriptors".to_owned(), 2));
    }

    #[test]
    fn shut_a_signal_that_cannot_be_waited_for_stops_all() {
        let fails = |_| Err(io::Error::other("no signals"));
        let (exit, stopped) = three(|| Ok(Exit::default()), fails);
        assert_eq!((exit.unwrap_err().to_string(), stopped), ("no signals".to_owned(), 3));
    }

    #[test]
    fn panic_one_that_panics_stops_the_others_and_is_heard_of() {
        let panicked = catch_unwind(AssertUnwindSafe(|| three(|| panic!("on purpose"), never)));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"on purpose"));
    }
}
