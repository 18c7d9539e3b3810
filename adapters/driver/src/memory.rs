//! The buffers that connections read into and write from, under one cap.
//!
//! Decides who gets memory: idle connections hold none; whoever reads takes a buffer and
//! gives it back when nothing came. While the cap is reached, reads wait: what was read is
//! answered first, which frees memory. Output never waits here, since it is bounded by its
//! own marks and sending it is what frees the rest.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The smallest buffer, and the least that is taken.
pub(crate) const SMALLEST: usize = 4 * 1024;
/// Sizes double from [`SMALLEST`] on, this many of them: up to 64 KiB.
const CLASSES: usize = 5;
/// Free buffers beyond this many bytes are given back to the system.
const RETAINED: usize = 1 << 20;
/// So many readers that wait are woken for each buffer that comes back.
const WOKEN: usize = 32;

/// A bounded pool of buffers, shared by the connections of one server or client.
///
/// ```
/// use blazeio_driver::Memory;
///
/// let memory = Memory::new(64 << 20);
/// assert_eq!((memory.cap(), memory.used()), (64 << 20, 0));
/// ```
pub struct Memory {
    cap: usize,
    used: AtomicUsize,
    free: Mutex<Free>,
}

#[derive(Default)]
struct Free {
    buffers: [Vec<Box<[u8]>>; CLASSES],
    bytes: usize,
    waiting: Vec<Waker>,
}

impl Memory {
    /// 256 MiB.
    pub const DEFAULT_CAP: usize = 256 << 20;

    /// A pool that lends readers no more than `cap` bytes at once, output included. Whoever
    /// reads needs 4 KiB at least, and a head of the largest size 64: a smaller cap makes them
    /// wait until a deadline.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { cap, used: AtomicUsize::new(0), free: Mutex::default() }
    }

    /// The cap in bytes.
    #[must_use]
    pub fn cap(&self) -> usize {
        self.cap
    }

    /// Bytes that connections hold now.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A buffer of at least `size` bytes, once the cap allows.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, size: usize) -> Poll<Box<[u8]>> {
        let size = rounded(size);
        if self.used() + size <= self.cap {
            return Poll::Ready(self.take(size));
        }
        let mut free = self.free();
        // A buffer may have come back meanwhile, and have woken nobody.
        if self.used() + size <= self.cap {
            drop(free);
            return Poll::Ready(self.take(size));
        }
        if !free.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            free.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// A task waits no more, since its connection is over: it would take a wake from another.
    pub(crate) fn forget(&self, task: &Waker) {
        let mut free = self.free();
        let gone: Vec<Waker> = free.waiting.extract_if(.., |waker| waker.will_wake(task)).collect();
        // To drop a waker may be to drop a task, which gives its buffers back.
        drop(free);
        drop(gone);
    }

    /// Whether `size` bytes more stay within the cap.
    pub(crate) fn allows(&self, size: usize) -> bool {
        self.used() + rounded(size) <= self.cap
    }

    /// A buffer of at least `size` bytes, whatever the cap.
    pub(crate) fn take(&self, size: usize) -> Box<[u8]> {
        let size = rounded(size);
        self.used.fetch_add(size, Ordering::Relaxed);
        let reused = class(size).and_then(|class| {
            let mut free = self.free();
            let buffer = free.buffers[class].pop()?;
            free.bytes -= size;
            Some(buffer)
        });
        reused.unwrap_or_else(|| vec![0; size].into_boxed_slice())
    }

    /// Takes back a buffer. One of no bytes is none.
    pub(crate) fn give(&self, buffer: Box<[u8]>) {
        let size = buffer.len();
        if size == 0 {
            return;
        }
        let mut free = self.free();
        self.used.fetch_sub(size, Ordering::Relaxed);
        let class = class(size).filter(|_| free.bytes + size <= RETAINED);
        let surplus = match class {
            Some(class) => {
                free.bytes += size;
                free.buffers[class].push(buffer);
                None
            }
            None => Some(buffer),
        };
        if free.waiting.is_empty() {
            return;
        }
        // Some of those that wait may do so no more; once half is free everybody may look again.
        let all = free.waiting.len();
        let woken = if self.used() <= self.cap / 2 { all } else { all.min(WOKEN) };
        let woken: Vec<Waker> = free.waiting.drain(..woken).collect();
        drop(free);
        drop(surplus);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAP)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("cap", &self.cap).field("used", &self.used()).finish()
    }
}

/// The size that is lent for `size`: a power of two up to 64 KiB, else `size` itself.
fn rounded(size: usize) -> usize {
    if size > SMALLEST << (CLASSES - 1) { size } else { size.next_power_of_two().max(SMALLEST) }
}

fn class(size: usize) -> Option<usize> {
    (0..CLASSES).find(|class| size == SMALLEST << class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::Count;
    use std::sync::Arc;

    #[test]
    fn memw_reads_wait_at_the_cap_and_all_who_wait_are_woken() {
        let memory = Memory::new(3 * SMALLEST);
        let counts: Vec<_> = (0..100).map(|_| Arc::new(Count::default())).collect();
        let wakers: Vec<Waker> = counts.iter().map(|c| Waker::from(Arc::clone(c))).collect();
        let mut cx = Context::from_waker(&wakers[0]);
        let mut held: Vec<_> = (0..3)
            .map(|_| match memory.poll_take(&mut cx, 1) {
                Poll::Ready(buffer) => buffer,
                Poll::Pending => panic!("below the cap"),
            })
            .collect();
        for waker in wakers.iter().chain(&wakers) {
            assert!(memory.poll_take(&mut Context::from_waker(waker), 1).is_pending());
        }
        let woken = || counts.iter().map(|c| c.of()).sum::<usize>();
        memory.give(held.pop().unwrap());
        assert_eq!((woken(), memory.used()), (WOKEN, 2 * SMALLEST));
        memory.give(held.pop().unwrap());
        assert_eq!(woken(), 100);
        // Output is never refused.
        let large = memory.take(1 << 20);
        assert_eq!(large.len(), 1 << 20);
        assert!(!memory.allows(1) && memory.used() > memory.cap());
        memory.give(large);
        memory.give(held.pop().unwrap());
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn memw_who_is_gone_takes_no_wake_from_who_waits() {
        let memory = Memory::new(8 * SMALLEST);
        let counts: Vec<_> = (0..=WOKEN).map(|_| Arc::new(Count::default())).collect();
        let wakers: Vec<Waker> = counts.iter().map(|c| Waker::from(Arc::clone(c))).collect();
        let mut held: Vec<_> = (0..8).map(|_| memory.take(1)).collect();
        for waker in &wakers {
            assert!(memory.poll_take(&mut Context::from_waker(waker), 1).is_pending());
        }
        wakers.iter().take(WOKEN).for_each(|waker| memory.forget(waker));
        memory.give(held.pop().unwrap());
        let woken: Vec<_> = counts.iter().map(|c| c.of()).collect();
        assert_eq!(woken.iter().sum::<usize>(), 1);
        assert_eq!(woken[WOKEN], 1);
        held.into_iter().for_each(|buffer| memory.give(buffer));
    }

    #[test]
    fn memw_buffers_are_used_again_and_surplus_is_freed() {
        let memory = Memory::default();
        let first = memory.take(5000);
        assert_eq!(first.len(), 8192);
        let place = first.as_ptr();
        memory.give(first);
        let second = memory.take(8192);
        assert_eq!(second.as_ptr(), place);
        let many: Vec<_> = (0..100).map(|_| memory.take(32 * 1024)).collect();
        many.into_iter().for_each(|buffer| memory.give(buffer));
        assert!(memory.free().bytes <= RETAINED);
    }
}
