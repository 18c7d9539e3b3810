//! Those who are to look at a connection again.
//!
//! Decides when they are woken: when the lock is released, and not under it.

use crate::watch::Watchers;
use std::task::Waker;

/// Who is to be woken.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Wakes {
    pub(super) driver: bool,
    pub(super) reader: bool,
    pub(super) writer: bool,
    pub(super) watchers: bool,
    pub(super) stop_watchers: bool,
}

impl Wakes {
    pub(super) const NOBODY: Self =
        Self { driver: false, reader: false, writer: false, watchers: false, stop_watchers: false };
}

/// Wakers that were taken; wakes when it is dropped.
pub(super) struct Woken {
    pub(super) halves: [Option<Waker>; 3],
    pub(super) watchers: [Watchers; 2],
}

impl Drop for Woken {
    fn drop(&mut self) {
        for waker in self.halves.iter_mut().filter_map(Option::take) {
            waker.wake();
        }
        self.watchers.iter_mut().for_each(Watchers::wake);
    }
}
