//! Work that blocks, waited for by a task.
//!
//! Decides nothing: the runtime has a place for work that blocks, and here a task gets its result.
//! Work that panics, or is dropped undone as at the end of the runtime, is an error.

use blazeio_driver::Runtime;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What became of the work.
enum State<T> {
    Running(Option<Waker>),
    Done(T),
    /// It panicked, or was dropped, or its result was taken.
    Gone,
}

struct Slot<T>(Mutex<State<T>>);

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that works.
struct Worker<T>(Arc<Slot<T>>);

impl<T> Worker<T> {
    fn end(&self, with: State<T>) {
        let mut state = self.0.lock();
        let State::Running(waker) = &mut *state else { return };
        let waker = waker.take();
        *state = with;
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.end(State::Gone);
    }
}

/// The result of work that may still run: see [`Exchange::blocking`](crate::Exchange::blocking).
/// Dropped, the work goes on and its result is dropped.
pub struct Working<T>(Arc<Slot<T>>);

/// Runs `work` where it may block.
pub(crate) fn run<T: Send + 'static>(
    runtime: &Arc<dyn Runtime>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Working<T> {
    let slot = Arc::new(Slot(Mutex::new(State::Running(None))));
    let worker = Worker(Arc::clone(&slot));
    runtime.spawn_blocking(Box::new(move || worker.end(State::Done(work()))));
    Working(slot)
}

impl<T> Future for Working<T> {
    type Output = io::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let mut state = self.0.lock();
        match std::mem::replace(&mut *state, State::Gone) {
            State::Running(_) => {
                *state = State::Running(Some(cx.waker().clone()));
                Poll::Pending
            }
            State::Done(result) => Poll::Ready(Ok(result)),
            State::Gone => Poll::Ready(Err(io::Error::other("the work was not done"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blazeio_tokio::Tokio;

    #[tokio::test]
    async fn the_result_of_work_comes_back_and_that_of_a_panic_is_an_error() {
        let runtime: Arc<dyn Runtime> = Arc::new(Tokio::current());
        assert_eq!(run(&runtime, || 1 + 1).await.unwrap(), 2);
        assert!(run(&runtime, || -> u8 { panic!("on purpose") }).await.is_err());
    }
}
