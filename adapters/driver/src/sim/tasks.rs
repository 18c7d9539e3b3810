//! Tasks, and which of them may run.
//!
//! Decides which runs next: any that was woken, by the dice. A wake only adds a number to a
//! list, so that wakers may be called from anywhere.

use crate::runtime::Task;
use crate::sim::dice::Dice;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// The number of the future that a run waits for.
pub(super) const MAIN: u32 = u32::MAX;

/// The tasks that were woken.
#[derive(Default, Debug)]
pub(super) struct Ready {
    list: Mutex<Vec<u32>>,
    wakes: AtomicU64,
}

impl Ready {
    /// Any of them, and how many there were.
    pub(super) fn pick(&self, dice: &mut Dice) -> Option<(u32, usize)> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let count = list.len();
        match count {
            0 => None,
            1 => list.pop().map(|id| (id, 1)),
            _ => Some((list.swap_remove(dice.below(count as u64) as usize), count)),
        }
    }

    /// It was picked, and is to be picked again.
    pub(super) fn put_back(&self, id: u32) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push(id);
    }

    pub(super) fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::Relaxed)
    }
}

/// What wakes a task.
#[derive(Debug)]
pub(super) struct Handle {
    id: u32,
    is_listed: AtomicBool,
    ready: Arc<Ready>,
}

impl Handle {
    pub(super) fn new(id: u32, ready: Arc<Ready>) -> Arc<Self> {
        Arc::new(Self { id, is_listed: AtomicBool::new(false), ready })
    }

    /// It is about to be polled: a wake from now on counts anew.
    pub(super) fn begin(&self) {
        self.is_listed.store(false, Ordering::Release);
    }

    /// It may run, though nobody woke it.
    pub(super) fn list(&self) {
        if !self.is_listed.swap(true, Ordering::AcqRel) {
            self.ready.put_back(self.id);
        }
    }
}

impl Wake for Handle {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.wakes.fetch_add(1, Ordering::Relaxed);
        self.list();
    }
}

/// A task that has not ended.
struct Live {
    /// `None` while it is polled.
    future: Option<Task>,
    handle: Arc<Handle>,
    waker: Waker,
}

/// A task to poll.
pub(super) struct Turn {
    pub(super) id: u32,
    pub(super) future: Task,
    pub(super) waker: Waker,
}

/// Every task that was spawned.
#[derive(Default)]
pub(super) struct Tasks {
    tasks: Vec<Option<Live>>,
    live: usize,
}

impl Tasks {
    pub(super) fn add(&mut self, future: Task, ready: &Arc<Ready>) -> u32 {
        let id = self.tasks.len() as u32;
        let handle = Handle::new(id, ready.clone());
        let waker = handle.clone().into();
        self.tasks.push(Some(Live { future: Some(future), handle, waker }));
        self.live += 1;
        id
    }

    /// Lets a task run for the first time.
    pub(super) fn begin(&self, id: u32) {
        if let Some(Some(task)) = self.tasks.get(id as usize) {
            task.handle.list();
        }
    }

    /// Takes a task out to be polled, if it has not ended and is not polled already.
    pub(super) fn take(&mut self, id: u32) -> Option<Turn> {
        let task = self.tasks.get_mut(id as usize)?.as_mut()?;
        let future = task.future.take()?;
        task.handle.begin();
        Some(Turn { id, future, waker: task.waker.clone() })
    }

    /// Any number, of tasks that ended too.
    pub(super) fn any_or_main(&self, dice: &mut Dice) -> u32 {
        let count = self.tasks.len() as u64;
        match dice.below(count + 1) {
            id if id < count => id as u32,
            _ => MAIN,
        }
    }

    /// It was polled and goes on. Given back if there is no such task any more.
    pub(super) fn put_back(&mut self, turn: Turn) -> Option<Turn> {
        match self.tasks.get_mut(turn.id as usize) {
            Some(Some(task)) => {
                task.future = Some(turn.future);
                None
            }
            _ => Some(turn),
        }
    }

    /// It was polled and ended.
    pub(super) fn end(&mut self, id: u32) {
        if self.tasks.get_mut(id as usize).is_some_and(|task| task.take().is_some()) {
            self.live -= 1;
        }
    }

    pub(super) const fn live(&self) -> usize {
        self.live
    }

    /// The futures of all tasks, to be dropped without the lock.
    pub(super) fn clear(&mut self) -> Vec<Task> {
        self.live = 0;
        self.tasks.drain(..).flatten().filter_map(|task| task.future).collect()
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("live", &self.live).finish_non_exhaustive()
    }
}
