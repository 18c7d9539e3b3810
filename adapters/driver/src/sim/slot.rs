//! One waker that waits for one thing.
//!
//! Decides whether a call goes on, or is put off by a fault, and when its waker is woken.
//! As on a real runtime a slot keeps the last waker it was given and forgets it on waking:
//! who is woken polls again, or is never told again.

use crate::sim::agenda::{Event, SlotKey};
use crate::sim::environment::{Environment, Note};
use crate::sim::faults::Fault;
use std::io;
use std::task::{Poll, Waker};

/// How often in a row a call is put off at most: so that it gets through in the end.
const PUT_OFF: u8 = 3;

#[derive(Debug)]
pub(super) struct Slot {
    key: SlotKey,
    pub(super) waker: Option<Waker>,
    /// A wake of this slot is on the agenda.
    is_due: bool,
    put_off: u8,
}

/// What became of a call.
#[derive(Debug)]
pub(super) enum Answer<T> {
    Done(io::Result<T>),
    Pending,
    /// Pending, and the caller's waker is woken before that is said, without the lock.
    WakeInside,
}

impl<T> Answer<T> {
    /// Says it, without the lock.
    pub(super) fn say(self, waker: &Waker) -> Poll<io::Result<T>> {
        match self {
            Self::Done(result) => Poll::Ready(result),
            Self::Pending => Poll::Pending,
            Self::WakeInside => {
                waker.wake_by_ref();
                Poll::Pending
            }
        }
    }

    pub(super) fn fail(kind: io::ErrorKind) -> Self {
        Self::Done(Err(kind.into()))
    }
}

impl Slot {
    pub(super) const fn new(key: SlotKey) -> Self {
        Self { key, waker: None, is_due: false, put_off: 0 }
    }

    /// Keeps `waker` instead of any before.
    pub(super) fn wait(&mut self, env: &mut Environment, waker: &Waker) {
        if env.is_over || self.waker.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            return;
        }
        if let Some(old) = self.waker.replace(waker.clone()) {
            env.garbage.push(old);
        }
    }

    /// Forgets the waker.
    pub(super) fn forget(&mut self, env: &mut Environment) {
        env.garbage.extend(self.waker.take());
    }

    /// Wakes whoever waits, soon or late.
    pub(super) fn wake(&mut self, env: &mut Environment) {
        if self.waker.is_some() && !self.is_due {
            let late = if env.inject(Fault::LateWake) { env.dice.spread(1..=10_000) } else { 0 };
            self.schedule(env, late);
        }
    }

    fn schedule(&mut self, env: &mut Environment, late: u64) {
        if self.is_due {
            return;
        }
        self.is_due = true;
        match late {
            0 => env.agenda.due.push(self.key),
            _ => env.schedule(env.now + late, Event::Wake(self.key)),
        }
    }

    /// The wake on the agenda was taken off: nobody waits.
    pub(super) const fn skip(&mut self) {
        self.is_due = false;
    }

    /// The wake on the agenda is due.
    pub(super) fn deliver(&mut self, env: &mut Environment) {
        self.is_due = false;
        if let Some(waker) = self.waker.take() {
            let (whose, which) = match self.key {
                SlotKey::Listener(id) => (id, 255),
                SlotKey::Socket { connection, end, interest } => (connection, end * 16 + interest),
            };
            env.note(Note::Wake, u64::from(whose), u64::from(which));
            env.count_event();
            env.wakes.push(waker);
        }
    }

    /// `None` if the call may go on now, which is so only if it `is_ready`; `put_off` is the
    /// fault that keeps it from going on.
    pub(super) fn pass<T>(
        &mut self,
        env: &mut Environment,
        waker: &Waker,
        is_ready: bool,
        put_off: Fault,
    ) -> Option<Answer<T>> {
        if self.may_stumble() && env.inject(Fault::Interrupted) {
            self.put_off += 1;
            return Some(Answer::fail(io::ErrorKind::Interrupted));
        }
        if !is_ready {
            self.wait_long(env, waker);
        } else if self.may_stumble() && env.inject(put_off) {
            self.put_off(env, waker);
        } else if self.may_stumble() && env.inject(Fault::WakeInside) {
            self.put_off += 1;
            return Some(Answer::WakeInside);
        } else {
            self.put_off = 0;
            return None;
        }
        match env.inject(Fault::WouldBlock) {
            true => Some(Answer::fail(io::ErrorKind::WouldBlock)),
            false => Some(Answer::Pending),
        }
    }

    pub(super) const fn may_stumble(&self) -> bool {
        self.put_off < PUT_OFF
    }

    /// Keeps the waker until there is something to do, or wakes it for nothing.
    pub(super) fn wait_long(&mut self, env: &mut Environment, waker: &Waker) {
        self.wait(env, waker);
        if self.may_stumble() && env.inject(Fault::FalseWake) {
            self.put_off += 1;
            let late = env.dice.spread(0..=5_000);
            self.schedule(env, late);
        }
    }

    /// Keeps the waker for a while, though there is something to do.
    pub(super) fn put_off(&mut self, env: &mut Environment, waker: &Waker) {
        self.put_off += 1;
        self.wait(env, waker);
        let late = env.dice.spread(0..=5_000);
        self.schedule(env, late);
    }
}
