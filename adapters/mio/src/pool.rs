//! Threads for work that may block.
//!
//! Decides how many there are: one more whenever all are busy, up to a bound; beyond it work
//! waits. A thread that had nothing to do for a while ends, so a program without such work has
//! none. Work that panics takes no thread with it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Threads at once.
const MOST: usize = 64;

/// How long a thread waits for more work before it ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something that may block.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// The threads, and what waits for them.
pub(crate) struct Pool {
    state: Mutex<State>,
    is_wanted: Condvar,
    patience: Duration,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    threads: usize,
    idle: usize,
    is_over: bool,
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(PATIENCE)
    }
}

impl Pool {
    fn new(patience: Duration) -> Self {
        Self { state: Mutex::default(), is_wanted: Condvar::new(), patience }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on one of the threads. It is dropped instead when the pool has ended, or
    /// when there is no thread and none can be made.
    pub(crate) fn run(self: &Arc<Self>, work: Work) {
        let mut state = self.lock();
        if state.is_over {
            drop(state);
            return drop(work);
        }
        state.waiting.push_back(work);
        if state.idle >= state.waiting.len() {
            return self.is_wanted.notify_one();
        }
        if state.threads >= MOST {
            return;
        }
        let pool = Arc::clone(self);
        let made = thread::Builder::new().name("blazeio-mio".to_owned()).spawn(move || pool.work());
        match made {
            Ok(_) => state.threads += 1,
            Err(_) if state.threads == 0 => {
                let work = state.waiting.pop_back();
                drop(state);
                drop(work);
            }
            Err(_) => {}
        }
    }

    /// A thread's life.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.waiting.pop_front() {
                drop(state);
                // The panic hook has told of it.
                let _ = catch_unwind(AssertUnwindSafe(work));
                state = self.lock();
                continue;
            }
            if state.is_over {
                break;
            }
            state.idle += 1;
            let waited = self.is_wanted.wait_timeout_while(state, self.patience, |state| {
                state.waiting.is_empty() && !state.is_over
            });
            let (back, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = back;
            state.idle -= 1;
            if timeout.timed_out() && state.waiting.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }

    /// Takes no more work, and drops what was not begun. Nobody waits for the rest.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.is_over = true;
        let waiting = std::mem::take(&mut state.waiting);
        self.is_wanted.notify_all();
        drop(state);
        drop(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};

    /// Nothing here takes this long, unless it hangs.
    const FOREVER: Duration = Duration::from_secs(60);

    fn threads(pool: &Pool) -> usize {
        pool.lock().threads
    }

    fn patient() -> Arc<Pool> {
        Arc::new(Pool::new(FOREVER))
    }

    /// Work that says when it runs, and ends once it is let go.
    fn held(pool: &Arc<Pool>) -> (Receiver<()>, std::sync::mpsc::Sender<()>) {
        let (begun, begins) = channel();
        let (let_go, waits) = channel::<()>();
        pool.run(Box::new(move || {
            begun.send(()).unwrap();
            let _ = waits.recv();
        }));
        (begins, let_go)
    }

    #[test]
    fn what_waits_has_a_thread_of_its_own_and_an_idle_one_is_used_again() {
        let pool = patient();
        let held: Vec<_> = (0..4).map(|_| held(&pool)).collect();
        for (begins, _) in &held {
            begins.recv_timeout(FOREVER).unwrap();
        }
        assert_eq!(threads(&pool), 4);
        drop(held);
        for _ in 0..100 {
            while pool.lock().idle < 4 {
                thread::yield_now();
            }
            let (done, ends) = channel();
            pool.run(Box::new(move || done.send(()).unwrap()));
            ends.recv_timeout(FOREVER).unwrap();
        }
        assert_eq!(threads(&pool), 4);
    }

    #[test]
    fn work_beyond_the_bound_waits_and_is_done_in_its_order() {
        let pool = patient();
        let held: Vec<_> = (0..MOST).map(|_| held(&pool)).collect();
        for (begins, _) in &held {
            begins.recv_timeout(FOREVER).unwrap();
        }
        let (done, ends) = channel();
        for number in 0..10 {
            let done = done.clone();
            pool.run(Box::new(move || done.send(number).unwrap()));
        }
        assert_eq!((threads(&pool), pool.lock().waiting.len()), (MOST, 10));
        assert!(ends.try_recv().is_err());
        // One thread is free then, and does them all.
        let mut held = held.into_iter();
        drop(held.next());
        let order: Vec<_> = (0..10).map(|_| ends.recv_timeout(FOREVER).unwrap()).collect();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn panic_in_work_takes_no_thread_with_it() {
        let pool = patient();
        let (done, ends) = channel();
        pool.run(Box::new(|| panic!("on purpose")));
        pool.run(Box::new(move || done.send(()).unwrap()));
        ends.recv_timeout(FOREVER).unwrap();
        let is_working = || {
            let state = pool.lock();
            state.idle < state.threads
        };
        while is_working() {
            thread::yield_now();
        }
        assert!((1..=2).contains(&threads(&pool)));
    }

    #[test]
    fn threads_end_when_they_are_idle() {
        let pool = Arc::new(Pool::new(Duration::from_millis(1)));
        for _ in 0..3 {
            let (done, ends) = channel();
            pool.run(Box::new(move || done.send(()).unwrap()));
            ends.recv_timeout(FOREVER).unwrap();
            while threads(&pool) > 0 {
                thread::yield_now();
            }
            assert_eq!(pool.lock().idle, 0);
        }
    }

    #[test]
    fn what_was_not_begun_at_the_end_is_dropped_and_so_is_what_comes_after() {
        let pool = patient();
        let held: Vec<_> = (0..MOST).map(|_| held(&pool)).collect();
        for (begins, _) in &held {
            begins.recv_timeout(FOREVER).unwrap();
        }
        let dropped = Arc::new(());
        for ends_first in [false, true] {
            if ends_first {
                pool.end();
            }
            let witness = Arc::clone(&dropped);
            pool.run(Box::new(move || unreachable!("{witness:?} was not begun")));
        }
        assert_eq!(Arc::strong_count(&dropped), 1);
        drop(held);
        while threads(&pool) > 0 {
            thread::yield_now();
        }
    }
}
