//! Runs futures as a strict runtime would: each poll has a waker of its own, and only the last
//! one counts. A wake that is lost, or left with an earlier waker, fails the test at once; so
//! does a future that wakes itself for ever.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A future that a test runs.
pub type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// More polls than any test needs.
const MOST: u64 = 5_000_000;

#[derive(Default)]
struct Turn {
    /// The poll whose waker counts.
    current: AtomicU64,
    /// The last poll whose waker was used.
    woken: AtomicU64,
}

struct OneWaker {
    turn: Arc<Turn>,
    poll: u64,
}

impl Wake for OneWaker {
    fn wake(self: Arc<Self>) {
        self.turn.woken.fetch_max(self.poll, Ordering::SeqCst);
    }
}

struct Running<'a> {
    task: Task<'a>,
    turn: Arc<Turn>,
}

impl Running<'_> {
    fn is_woken(&self) -> bool {
        self.turn.woken.load(Ordering::SeqCst) == self.turn.current.load(Ordering::SeqCst)
    }

    fn poll(&mut self) -> Poll<()> {
        let poll = self.turn.current.fetch_add(1, Ordering::SeqCst) + 1;
        let waker = Waker::from(Arc::new(OneWaker { turn: Arc::clone(&self.turn), poll }));
        self.task.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

/// Tasks that were begun.
#[derive(Default)]
pub struct Tasks<'a> {
    running: Vec<Running<'a>>,
    /// Polls so far.
    pub polls: u64,
}

impl<'a> Tasks<'a> {
    /// Adds a task, which counts as woken.
    pub fn begin(&mut self, task: impl Future<Output = ()> + 'a) {
        self.running.push(Running { task: Box::pin(task), turn: Arc::default() });
    }

    /// Polls what is woken until nothing is; the number of tasks that are not done.
    pub fn settle(&mut self) -> usize {
        while self.running.iter().any(Running::is_woken) {
            self.running.retain_mut(|running| {
                if !running.is_woken() {
                    return true;
                }
                self.polls += 1;
                assert!(self.polls < MOST, "tasks that wake themselves for ever");
                running.poll().is_pending()
            });
        }
        self.running.len()
    }

    /// Polls until all tasks are done.
    pub fn finish(&mut self) {
        assert_eq!(self.settle(), 0, "tasks that nobody will wake");
    }
}
