//! The world behind its lock, and the loop that runs it.
//!
//! Decides what happens next: first all that is due, then a poll of any task that was woken;
//! only when there is none does time move, to the next event. Foreign code (wakers, and what
//! they drop) never runs under the lock.

use crate::runtime::Task;
use crate::sim::agenda::Event;
use crate::sim::environment::Note;
use crate::sim::tasks::{Handle, MAIN, Ready, Turn};
use crate::sim::world::{Choice, World};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// Polls without time moving before that is a livelock.
const LIVELOCK: u64 = 100_000;

#[derive(Debug)]
pub(super) struct Kernel {
    world: Mutex<World>,
    pub(super) ready: Arc<Ready>,
    pub(super) main: Arc<Handle>,
    pub(super) livelock: AtomicU64,
}

/// What comes next.
pub(super) enum Next {
    Main,
    Task(Turn),
    Halt(Halt),
}

/// Why nothing comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Halt {
    Stuck,
    TimedOut,
    Livelock,
}

/// Wakers that were taken out of the world.
#[derive(Default)]
pub(super) struct Wakers {
    wakes: Vec<Waker>,
    garbage: Vec<Waker>,
}

impl Kernel {
    pub(super) fn new(world: World) -> Self {
        let ready = Arc::new(Ready::default());
        let main = Handle::new(MAIN, ready.clone());
        Self { world: Mutex::new(world), ready, main, livelock: AtomicU64::new(LIVELOCK) }
    }

    /// The world, which a panic in a task leaves as it was.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `task` from the next turn on.
    pub(super) fn spawn(&self, task: Task) {
        self.spawn_late(task, 0);
    }

    /// Runs `task` from a later moment on.
    pub(super) fn spawn_late(&self, task: Task, late: u64) {
        let mut world = self.world();
        if world.env.is_over {
            drop(world);
            return drop(task);
        }
        let id = world.spawn(task, &self.ready);
        match late {
            0 => world.tasks.begin(id),
            _ => {
                let at = world.env.now + late;
                world.env.schedule(at, Event::Task(id));
            }
        }
    }

    /// What comes next, at most `limit` microseconds after `begin`; both without the time
    /// that the process slept.
    pub(super) fn next(&self, begin: u64, limit: u64, wakers: &mut Wakers) -> Next {
        loop {
            let mut world = self.world();
            world.happen();
            if !world.env.wakes.is_empty() || !world.env.garbage.is_empty() {
                wakers.swap(&mut world);
                drop(world);
                wakers.wake();
                continue;
            }
            if let Some((id, count)) = self.ready.pick(&mut world.env.dice) {
                if let Some(next) = self.poll_next(&mut world, id, count) {
                    return next;
                }
                continue;
            }
            match world.next_event() {
                None => return Next::Halt(Halt::Stuck),
                Some(at) if at - begin - world.env.slept > limit => {
                    let end = begin + world.env.slept + limit;
                    world.pass_time(end);
                    return Next::Halt(Halt::TimedOut);
                }
                Some(at) => world.pass_time(at),
            }
        }
    }

    fn poll_next(&self, world: &mut World, id: u32, count: usize) -> Option<Next> {
        world.suspend();
        if world.polls_at_once >= self.livelock.load(Ordering::Relaxed) {
            self.ready.put_back(id);
            return Some(Next::Halt(Halt::Livelock));
        }
        let next = match world.choose(&self.ready, id) {
            Choice::Ended => return None,
            Choice::Main => Next::Main,
            Choice::Task(turn) => Next::Task(turn),
        };
        let polled = if let Next::Task(turn) = &next { turn.id } else { MAIN };
        world.polls_at_once += 1;
        world.env.calls = 0;
        world.env.histogram.polls += 1;
        world.env.note(Note::Poll, polled.into(), count as u64);
        if polled == MAIN {
            self.main.begin();
        }
        Some(next)
    }

    /// Polls a task.
    pub(super) fn poll(&self, mut turn: Turn) {
        let ending = Ending { kernel: self, id: turn.id };
        let waker = turn.waker.clone();
        if turn.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            std::mem::forget(ending);
            let given_back = self.world().tasks.put_back(turn);
            drop(given_back);
        }
    }

    /// Ends everything: drops all tasks, and all wakers that something waits with.
    pub(super) fn end(&self) {
        loop {
            let mut world = self.world();
            world.env.is_over = true;
            world.forget();
            let tasks = world.tasks.clear();
            let mut wakers = Wakers::default();
            wakers.swap(&mut world);
            drop(world);
            if tasks.is_empty() && wakers.is_empty() {
                return;
            }
        }
    }
}

/// A task that has ended unless it turns out to be pending: also when it panics.
struct Ending<'a> {
    kernel: &'a Kernel,
    id: u32,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let mut world = self.kernel.world();
        world.env.note(Note::Finish, self.id.into(), 0);
        world.tasks.end(self.id);
    }
}

impl Wakers {
    fn swap(&mut self, world: &mut World) {
        std::mem::swap(&mut self.wakes, &mut world.env.wakes);
        std::mem::swap(&mut self.garbage, &mut world.env.garbage);
    }

    fn wake(&mut self) {
        self.garbage.clear();
        self.wakes.drain(..).for_each(Waker::wake);
    }

    fn is_empty(&self) -> bool {
        self.wakes.is_empty() && self.garbage.is_empty()
    }
}
