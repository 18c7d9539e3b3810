//! A runtime as a program meets it: it is in one, or makes one.
//!
//! Decides nothing. [`Runtime`] is what connections need; what is here is what a
//! [`Server`](crate::Server) needs beside that to be started by one line, and each runtime has in
//! a way of its own.

use crate::runtime::Runtime;
use std::future::Future;
use std::io;
use std::num::NonZeroUsize;
use std::pin::Pin;

/// A runtime that code finds itself in.
pub trait Ambient: Runtime + Sized {
    /// The runtime that this is called in, or the one that is there for all.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    #[track_caller]
    fn current() -> Self;
}

/// A runtime that a program can make, and run in until something ends.
pub trait Standalone: Ambient {
    /// Makes a runtime, calls `make` in it, and blocks until the future that it gives has ended.
    /// Within both [`current`](Ambient::current) is this runtime; it is gone when this returns,
    /// and tasks that have not ended are dropped by then or soon after.
    ///
    /// # Errors
    /// The runtime cannot be made.
    ///
    /// # Panics
    /// When `make` or its future does; within a runtime, if this one may not block there.
    fn run<F: Future>(threads: Threads, make: impl FnOnce() -> F) -> io::Result<F::Output>;

    /// Ends at the next signal that asks the program to stop: on Unix SIGINT or SIGTERM, elsewhere
    /// Ctrl-C. Signals count from this call on.
    ///
    /// # Errors
    /// The signal cannot be listened to.
    ///
    /// # Panics
    /// Outside of the runtime, if it needs one for that.
    fn stop_signal() -> io::Result<Stop>;
}

/// Ends when the program is to stop: see [`Standalone::stop_signal`].
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How many threads a runtime's tasks are run by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Threads {
    /// The one that runs it.
    One,
    /// As many as there are processors, if the runtime moves tasks between threads; else one.
    EachProcessor,
    /// So many, if the runtime moves tasks between threads; else one.
    Many(NonZeroUsize),
}
