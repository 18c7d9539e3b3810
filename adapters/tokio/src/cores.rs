//! Servers in threads of their own, which stop together.
//!
//! Decides when: at the word of whoever started them, or when one of them ends by itself, since
//! a server that lacks a part of its connections is better started again than left.

use blazeio_driver::Exit;
use std::future::Future;
use std::io;
use std::sync::mpsc::channel;
use std::thread;
use tokio::sync::watch::{Receiver, Sender};

/// What the threads are told.
pub(crate) struct Stopped(Receiver<bool>);

impl Stopped {
    /// Ends when all are to stop.
    pub(crate) async fn wait(mut self) {
        // An error is the end of whoever would say so.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}

/// Tells all to stop when it is dropped: also by a failure, and by a panic.
struct Stopping(Sender<bool>);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

/// Runs each of `servers` in a thread of its own, until `stop` ends or one of them does; then
/// all of them have stopped, and how that went.
///
/// # Errors
/// Of the first that failed; of `stop`.
///
/// # Panics
/// When a server does.
pub(crate) fn run_all<S>(
    servers: impl IntoIterator<Item = S>,
    stop: impl Future<Output = io::Result<()>>,
) -> io::Result<Exit>
where
    S: FnOnce(Stopped) -> io::Result<Exit> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sender, stopped) = tokio::sync::watch::channel(false);
    let stopping = Stopping(sender);
    let (done, exits) = channel();
    let mut threads = Vec::new();
    for server in servers {
        let (ended, done) = (Stopping(stopping.0.clone()), done.clone());
        let thread_stopped = Stopped(stopped.clone());
        threads.push(thread::spawn(move || {
            // Told before the others stop, so that the first failure is the first here.
            let _ = done.send(server(thread_stopped));
            drop(ended);
        }));
    }
    drop(done);
    let asked = runtime.block_on(async {
        tokio::select! {
            asked = stop => asked,
            () = Stopped(stopped).wait() => Ok(()),
        }
    });
    drop(stopping);
    for thread in threads {
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
    let mut all = Exit::default();
    for exit in exits {
        all.cut += exit?.cut;
    }
    asked.map(|()| all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    /// Runs until told, and counts that it was.
    fn wait(stopped: Stopped, count: &AtomicUsize) -> io::Result<Exit> {
        tokio::runtime::Builder::new_current_thread().build()?.block_on(stopped.wait());
        count.fetch_add(1, SeqCst);
        Ok(Exit { cut: 2 })
    }

    /// Three servers, of which the second does as `second` has it.
    fn three(
        second: fn() -> io::Result<Exit>,
        stop: impl Future<Output = io::Result<()>>,
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

    #[test]
    fn shut_all_stop_when_asked_and_what_was_cut_is_added_up() {
        let (exit, stopped) = three(|| Ok(Exit::default()), async { Ok(()) });
        assert_eq!((exit.unwrap().cut, stopped), (6, 3));
    }

    #[test]
    fn shut_the_first_that_fails_stops_the_others_and_is_told() {
        let (exit, stopped) = three(|| Err(io::Error::other("no descriptors")), pending());
        assert_eq!((exit.unwrap_err().to_string(), stopped), ("no descriptors".to_owned(), 2));
    }

    #[test]
    fn shut_a_signal_that_cannot_be_waited_for_stops_all() {
        let fails = async { Err(io::Error::other("no signals")) };
        let (exit, stopped) = three(|| Ok(Exit::default()), fails);
        assert_eq!((exit.unwrap_err().to_string(), stopped), ("no signals".to_owned(), 3));
    }

    #[test]
    fn panic_one_that_panics_stops_the_others_and_is_heard_of() {
        let panicked = catch_unwind(AssertUnwindSafe(|| three(|| panic!("on purpose"), pending())));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"on purpose"));
    }
}
