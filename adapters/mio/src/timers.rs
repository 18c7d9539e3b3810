//! Points in time, and who is woken at each.
//!
//! Decides the order: the earliest first, and of equal ones the one that was made first. A
//! timer has one entry at most, which is taken out when it moves or is dropped: so memory
//! does not grow with the number of moves (CLOCK).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// All timers of a reactor that are armed.
#[derive(Default)]
pub(crate) struct Timers(Mutex<Armed>);

#[derive(Default)]
struct Armed {
    /// By time, then by the number of the timer.
    all: BTreeMap<(u64, u64), Waker>,
    made: u64,
    is_over: bool,
}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, Armed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a new timer.
    pub(crate) fn number(&self) -> u64 {
        let mut armed = self.lock();
        armed.made += 1;
        armed.made
    }

    /// Wakes `waker` once it is `at`, and whoever waited for the timer `number` then no more.
    /// Whether it is newly the earliest, of which a reactor that sleeps has to be told.
    pub(crate) fn arm(&self, number: u64, at: u64, waker: &Waker) -> bool {
        let mut armed = self.lock();
        let before = armed.all.get(&(at, number));
        if armed.is_over || before.is_some_and(|before| before.will_wake(waker)) {
            return false;
        }
        let before = armed.all.insert((at, number), waker.clone());
        let is_first = armed.all.first_key_value().is_some_and(|(first, _)| *first == (at, number));
        drop(armed);
        is_first && before.is_none()
    }

    /// The timer `number` is armed for `at` no longer, if it was.
    pub(crate) fn disarm(&self, number: u64, at: u64) {
        let waker = self.lock().all.remove(&(at, number));
        drop(waker);
    }

    /// The earliest point in time.
    pub(crate) fn first(&self) -> Option<u64> {
        self.lock().all.first_key_value().map(|((at, _), _)| *at)
    }

    /// Adds whoever is to be woken at `now` or before to `woken`.
    pub(crate) fn due(&self, now: u64, woken: &mut Vec<Waker>) {
        let mut armed = self.lock();
        while let Some(first) = armed.all.first_entry() {
            if first.key().0 > now {
                return;
            }
            woken.push(first.remove());
        }
    }

    /// No timer will fire any more. Adds all wakers to `woken`.
    pub(crate) fn end(&self, woken: &mut Vec<Waker>) {
        let mut armed = self.lock();
        armed.is_over = true;
        woken.extend(std::mem::take(&mut armed.all).into_values());
    }

    /// How many are armed.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.lock().all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::task::Wake;

    struct Nobody;

    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }

    /// Wakers of different tasks.
    fn wakers() -> [Waker; 4] {
        [(); 4].map(|()| Waker::from(Arc::new(Nobody)))
    }

    /// The numbers of those that are woken at `now`.
    fn due(timers: &Timers, now: u64, wakers: &[Waker]) -> Vec<usize> {
        let mut woken = Vec::new();
        timers.due(now, &mut woken);
        let number = |woken: &Waker| wakers.iter().position(|waker| waker.will_wake(woken));
        woken.iter().filter_map(number).collect()
    }

    #[test]
    fn clock_the_earliest_is_woken_first_and_equal_ones_in_turn() {
        let (timers, wakers) = (Timers::default(), wakers());
        let [a, b, c, d] = [(); 4].map(|()| timers.number());
        for (number, at, waker) in [(b, 5, 1), (a, 5, 0), (d, 9, 3), (c, 3, 2)] {
            timers.arm(number, at, &wakers[waker]);
        }
        assert_eq!(timers.first(), Some(3));
        assert!(due(&timers, 2, &wakers).is_empty());
        assert_eq!(due(&timers, 5, &wakers), [2, 0, 1]);
        assert_eq!(timers.first(), Some(9));
        assert_eq!(due(&timers, u64::MAX, &wakers), [3]);
        assert_eq!((timers.first(), timers.count()), (None, 0));
    }

    #[test]
    fn clock_a_timer_wakes_whoever_waited_last_and_once() {
        let (timers, wakers) = (Timers::default(), wakers());
        let number = timers.number();
        for waker in [0, 1, 2] {
            timers.arm(number, 5, &wakers[waker]);
        }
        assert_eq!(timers.count(), 1);
        assert_eq!(due(&timers, 5, &wakers), [2]);
        assert!(due(&timers, 5, &wakers).is_empty());
    }

    #[test]
    fn clock_only_who_is_newly_the_earliest_is_told_of() {
        let (timers, wakers) = (Timers::default(), wakers());
        let [a, b] = [(); 2].map(|()| timers.number());
        assert!(timers.arm(a, 5, &wakers[0]));
        assert!(!timers.arm(a, 5, &wakers[0]), "nothing changed");
        assert!(!timers.arm(a, 5, &wakers[1]), "the time is the same");
        assert!(!timers.arm(b, 6, &wakers[2]), "another is earlier");
        timers.disarm(b, 6);
        assert!(timers.arm(b, 4, &wakers[2]));
        timers.disarm(b, 9);
        assert_eq!(timers.count(), 2, "it was not armed for then");
    }

    #[test]
    fn clock_after_the_end_nothing_is_held() {
        let (timers, wakers) = (Timers::default(), wakers());
        let number = timers.number();
        timers.arm(number, 5, &wakers[0]);
        let mut woken = Vec::new();
        timers.end(&mut woken);
        assert!(woken[0].will_wake(&wakers[0]));
        assert!(!timers.arm(number, 5, &wakers[0]));
        assert_eq!((woken.len(), timers.count()), (1, 0));
    }
}
