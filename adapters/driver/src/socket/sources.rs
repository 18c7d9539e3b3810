//! The sockets that a reactor watches.
//!
//! Decides which number each has. A number is given again only once the events that were
//! fetched before are told: so no socket hears of what befell the one before it.

use super::{Readiness, Ready};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Every socket that is watched, by its number. One thread at a time fetches events and tells
/// them.
#[derive(Default, Debug)]
pub struct Sources(Mutex<Slots>);

#[derive(Default, Debug)]
struct Slots {
    all: Vec<Option<Arc<Readiness>>>,
    free: Vec<usize>,
    /// Free once the events in hand are told.
    freed: Vec<usize>,
    is_over: bool,
}

impl Sources {
    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket that is to be watched: its number, small, and where its readiness is kept.
    ///
    /// # Errors
    /// The reactor has [ended](Self::end).
    pub fn insert(&self) -> io::Result<(usize, Arc<Readiness>)> {
        let mut slots = self.lock();
        if slots.is_over {
            return Err(io::Error::other("the reactor has ended"));
        }
        let readiness = Arc::<Readiness>::default();
        let key = slots.free.pop().unwrap_or(slots.all.len());
        if key == slots.all.len() {
            slots.all.push(None);
        }
        slots.all[key] = Some(Arc::clone(&readiness));
        Ok((key, readiness))
    }

    /// The number `key` is watched no longer: after the system was told that.
    pub fn remove(&self, key: usize) {
        let mut slots = self.lock();
        let readiness = slots.all.get_mut(key).and_then(Option::take);
        if readiness.is_some() {
            slots.freed.push(key);
        }
        // What waits for it may be a task, and all that it has: not under the lock.
        drop(slots);
        drop(readiness);
    }

    /// Tells `events`, all that were fetched, each with the number of its socket, and adds
    /// whoever waited for them to `woken`, to be woken by the caller.
    pub fn tell(&self, events: impl IntoIterator<Item = (usize, Ready)>, woken: &mut Vec<Waker>) {
        let mut slots = self.lock();
        for (key, ready) in events {
            if let Some(Some(readiness)) = slots.all.get(key) {
                readiness.tell(ready, woken);
            }
        }
        let Slots { free, freed, .. } = &mut *slots;
        free.append(freed);
    }

    /// Watches nothing any more, since the reactor ends. Adds all who wait to `woken`.
    pub fn end(&self, woken: &mut Vec<Waker>) {
        let mut slots = self.lock();
        slots.is_over = true;
        slots.all.iter().flatten().for_each(|readiness| readiness.end(woken));
    }

    /// How many are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().all.iter().flatten().count()
    }

    /// Whether none is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Direction, Moved};
    use super::*;
    use std::task::{Context, Poll};

    const WRITABLE: Ready = Ready::NONE.and(Direction::Write, true);

    fn poll_write(readiness: &Readiness) -> Poll<io::Result<()>> {
        let cx = Context::from_waker(Waker::noop());
        readiness.poll(&cx, Direction::Write, || Ok(Moved { what: (), is_exhausted: true }))
    }

    /// A later socket has the first one's number only when no event of the first is in hand.
    #[test]
    fn io_no_socket_hears_of_what_befell_the_one_before_it() {
        let sources = Sources::default();
        let (key, _) = sources.insert().unwrap();
        let events = [(key, WRITABLE)];
        sources.remove(key);
        sources.remove(key);
        let (other, readiness) = sources.insert().unwrap();
        assert_ne!(other, key);
        sources.tell(events, &mut Vec::new());
        assert!(poll_write(&readiness).is_pending());
        assert_eq!(sources.insert().unwrap().0, key);
        assert_eq!(sources.insert().unwrap().0, 2);
        assert_eq!(sources.len(), 3);
        sources.tell([(other, WRITABLE), (7, WRITABLE)], &mut Vec::new());
        assert!(poll_write(&readiness).is_ready());
    }

    #[test]
    fn shut_at_the_end_all_who_wait_are_told_and_nothing_is_watched_any_more() {
        let sources = Sources::default();
        let (_, readiness) = sources.insert().unwrap();
        assert!(poll_write(&readiness).is_pending());
        let mut woken = Vec::new();
        sources.end(&mut woken);
        assert_eq!(woken.len(), 1);
        assert!(matches!(poll_write(&readiness), Poll::Ready(Err(_))));
        assert!(sources.insert().is_err());
    }
}
