//! The runtime that a test runs on, by what every runtime has.

use crate::subject::Subject;
use blazeio_driver::{Ambient, Runtime, Standalone, Threads};
use blazeio_programs::timing;
pub use blazeio_programs::timing::yield_now;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::oneshot;

/// Two threads, where the runtime moves tasks between threads.
pub const SPREAD: Threads = Threads::Many(NonZeroUsize::MIN.saturating_add(1));

/// Nothing here takes this long, unless it hangs.
pub const FOREVER: Duration = Duration::from_secs(60);

/// Runs `test` to its end.
pub fn run<F: Future>(threads: Threads, test: impl FnOnce() -> F) -> F::Output {
    Subject::run(threads, test).expect("a runtime")
}

/// Runs `test` on one thread, and on several; as a task, so that it runs on a worker where there
/// are any.
pub fn on_each<F>(test: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    for threads in [Threads::One, SPREAD] {
        let test = test();
        run(threads, || async {
            timeout(FOREVER, spawn(test)).await.expect("hangs").expect("ends");
        });
    }
}

/// The runtime that this is called in.
pub fn runtime() -> Arc<dyn Runtime> {
    Arc::new(Subject::current())
}

/// The end of a task.
pub struct Joined<T>(oneshot::Receiver<T>);

/// The task panicked, or its runtime is gone.
#[derive(Debug)]
pub struct Lost;

impl<T> Joined<T> {
    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        !self.0.is_empty() || self.0.is_terminated()
    }
}

impl<T> Future for Joined<T> {
    type Output = Result<T, Lost>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|_| Lost)
    }
}

/// Runs `future` as a task.
pub fn spawn<F>(future: F) -> Joined<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    runtime().spawn(Box::pin(async move { drop(tell.send(future.await)) }));
    Joined(told)
}

/// Runs `work`, which blocks, on a thread for such.
pub fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Joined<T> {
    let (tell, told) = oneshot::channel();
    runtime().spawn_blocking(Box::new(move || drop(tell.send(work()))));
    Joined(told)
}

/// Ends after `pause`.
pub async fn sleep(pause: Duration) {
    timing::sleep(&runtime(), pause).await;
}

/// It took longer than allowed.
#[derive(Debug)]
pub struct Elapsed;

/// What `future` ends with, unless it takes longer than `limit`.
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    timing::timeout(&runtime(), limit, future).await.ok_or(Elapsed)
}

/// A runtime on another thread, for as long as what comes with it lives.
pub fn remote() -> (Subject, Elsewhere) {
    let (tell, told) = channel();
    let (end, ends) = oneshot::channel::<()>();
    let thread = thread::spawn(move || {
        run(Threads::One, || async move {
            tell.send(Subject::current()).unwrap();
            // Fails when the other half is dropped, which is the end.
            let _ = ends.await;
        });
    });
    let subject = told.recv().unwrap();
    (subject, Elsewhere { end: Some(end), thread: Some(thread) })
}

/// A thread with a runtime, which ends, and is awaited, when this is dropped.
pub struct Elsewhere {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        drop(self.end.take());
        self.thread.take().unwrap().join().unwrap();
    }
}
