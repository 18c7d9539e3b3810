//! The clock that deadlines are kept by.
//!
//! Decides what is asked of one: that it does not go back, and that a wait wakes its task. Leaves
//! to it how exactly.

/// A monotonic clock, and a wait until it shows a time.
pub trait Timer {
    /// Microseconds since any moment that stays the same.
    fn now(&self) -> u64;

    /// Waits until [`now`](Self::now) is `at` or later. Dropped and begun anew when an earlier
    /// deadline comes.
    fn wait_until(&self, at: u64) -> impl Future<Output = ()>;
}

impl<T: Timer> Timer for &T {
    fn now(&self) -> u64 {
        T::now(self)
    }

    fn wait_until(&self, at: u64) -> impl Future<Output = ()> {
        T::wait_until(self, at)
    }
}
