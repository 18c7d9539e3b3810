//! What one socket is ready for, and who waits for it.
//!
//! Decides who is woken: for each direction whoever asked last, once. Readiness is told by the
//! system at its edges, so it is kept here until a transfer takes it; whoever finds that there
//! was more puts it back.
//!
//! ```text
//!            event                        taken
//! not ready ───────► ready, waker woken ───────► the system is asked
//!     ▲                   ▲                          │ there may be more: put back
//!     │                   └──────────────────────────┤
//!     └──────────────────────────────────────────────┘ it is exhausted
//! ```
//!
//! It is taken *before* the system is asked. So an event that falls into a transfer, seen by
//! another thread, is one of its own and stays, whatever that transfer finds.

use super::Moved;
use std::io::{self, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

/// What may be waited for. Each has one waker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Bytes, their end, or a connection to accept.
    Read,
    /// Room for bytes, or that a connection is made.
    Write,
    /// An error of the socket, though nobody reads or writes.
    Loss,
}

impl Direction {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Loss];

    const fn index(self) -> usize {
        match self {
            Self::Read => 0,
            Self::Write => 1,
            Self::Loss => 2,
        }
    }

    /// It is ready, until that is taken.
    const fn once(self) -> u8 {
        1 << self.index()
    }

    /// It is ready for good, since it has ended: there will be no other event.
    const fn ended(self) -> u8 {
        1 << (self.index() + Self::ALL.len())
    }
}

/// What one event of the system says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ready(u8);

impl Ready {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// And this direction is ready, if `is` says so.
    #[must_use]
    pub const fn and(self, direction: Direction, is: bool) -> Self {
        if is { Self(self.0 | direction.once()) } else { self }
    }

    /// And this direction has ended, if `has` says so: it stays ready, without another event.
    #[must_use]
    pub const fn and_end(self, direction: Direction, has: bool) -> Self {
        if has { Self(self.0 | direction.ended()) } else { self }
    }

    const fn has(self, direction: Direction) -> bool {
        self.0 & (direction.once() | direction.ended()) != 0
    }
}

/// The readiness of one socket.
#[derive(Default, Debug)]
pub struct Readiness(Mutex<State>);

#[derive(Default, Debug)]
struct State {
    ready: Ready,
    /// The reactor is gone: there will be no event at all.
    is_over: bool,
    wakers: [Option<Waker>; 3],
}

impl Readiness {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes `ready`, and adds whoever waits for it to `woken`. They are not woken here: the
    /// caller may hold a lock.
    pub(super) fn tell(&self, ready: Ready, woken: &mut Vec<Waker>) {
        let mut state = self.lock();
        state.ready.0 |= ready.0;
        for direction in Direction::ALL {
            if ready.has(direction) {
                woken.extend(state.wakers[direction.index()].take());
            }
        }
    }

    /// There will be no more events. Adds all who wait to `woken`.
    pub(super) fn end(&self, woken: &mut Vec<Waker>) {
        let mut state = self.lock();
        state.is_over = true;
        woken.extend(state.wakers.iter_mut().filter_map(Option::take));
    }

    /// Calls `transfer` once the socket is ready for it in `direction`, and again whenever it is
    /// refused; else wakes the task then.
    ///
    /// # Errors
    /// `transfer`'s, but for `WouldBlock`; the reactor has ended.
    pub fn poll<T>(
        &self,
        cx: &Context<'_>,
        direction: Direction,
        mut transfer: impl FnMut() -> io::Result<Moved<T>>,
    ) -> Poll<io::Result<T>> {
        loop {
            ready!(self.poll_take(cx, direction))?;
            let moved = transfer();
            match moved {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.refused(direction),
                Ok(Moved { what, is_exhausted: true }) => return Poll::Ready(Ok(what)),
                moved => {
                    self.put_back(direction);
                    return Poll::Ready(moved.map(|moved| moved.what));
                }
            }
        }
    }

    /// Takes the readiness for `direction`; else wakes the task once it is there.
    fn poll_take(&self, cx: &Context<'_>, direction: Direction) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        if state.ready.has(direction) {
            state.ready.0 &= !direction.once();
            return Poll::Ready(Ok(()));
        }
        if state.is_over {
            return Poll::Ready(Err(io::Error::other("the reactor of this socket has ended")));
        }
        let waker = &mut state.wakers[direction.index()];
        if waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        let before = waker.replace(cx.waker().clone());
        // What goes with a waker may be a task, and all that it has: not under the lock.
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// It is still ready for `direction`, as far as anybody knows.
    fn put_back(&self, direction: Direction) {
        self.lock().ready.0 |= direction.once();
    }

    /// The system refused a transfer though the readiness was taken: what was said to have
    /// ended has not. One look more is due then, for an event that came meanwhile.
    fn refused(&self, direction: Direction) {
        let mut state = self.lock();
        if state.ready.0 & direction.ended() != 0 {
            state.ready.0 &= !direction.ended();
            state.ready.0 |= direction.once();
        }
    }

    /// Nobody waits for `direction` any more.
    pub fn forget(&self, direction: Direction) {
        let before = self.lock().wakers[direction.index()].take();
        drop(before);
    }
}

#[cfg(test)]
mod tests {
    use super::Direction::{Loss, Read, Write};
    use super::*;
    use std::sync::Arc;
    use std::task::Wake;

    struct Nobody;

    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }

    /// Whether `direction` is ready, for a task of its own; its waker.
    fn take(readiness: &Readiness, direction: Direction) -> (bool, Waker) {
        let waker = Waker::from(Arc::new(Nobody));
        let taken = readiness.poll_take(&Context::from_waker(&waker), direction);
        (taken.is_ready(), waker)
    }

    fn is_taken(readiness: &Readiness, direction: Direction) -> bool {
        take(readiness, direction).0
    }

    /// Who is woken by an event.
    fn tell(readiness: &Readiness, event: Ready) -> Vec<Waker> {
        let mut woken = Vec::new();
        readiness.tell(event, &mut woken);
        woken
    }

    fn once(directions: &[Direction]) -> Ready {
        directions.iter().fold(Ready::NONE, |ready, direction| ready.and(*direction, true))
    }

    /// A transfer that moves nothing: whether the socket was asked for it.
    fn transfer(readiness: &Readiness, moved: io::Result<bool>) -> Poll<io::Result<()>> {
        let mut moved = Some(moved.map(|is_exhausted| Moved { what: (), is_exhausted }));
        readiness.poll(&Context::from_waker(Waker::noop()), Read, || moved.take().unwrap())
    }

    #[test]
    fn io_the_system_is_asked_again_only_if_there_may_be_more() {
        let readiness = Readiness::default();
        assert!(transfer(&readiness, Ok(true)).is_pending());
        tell(&readiness, once(&[Read]));
        for _ in 0..3 {
            assert!(transfer(&readiness, Ok(false)).is_ready());
        }
        assert!(transfer(&readiness, Err(ErrorKind::Interrupted.into())).is_ready());
        assert!(transfer(&readiness, Ok(true)).is_ready());
        assert!(transfer(&readiness, Ok(true)).is_pending());
        tell(&readiness, once(&[Read]));
        assert!(transfer(&readiness, Err(ErrorKind::WouldBlock.into())).is_pending());
    }

    #[test]
    fn io_an_event_that_falls_into_a_transfer_outlives_it() {
        for is_refused in [false, true] {
            let readiness = Readiness::default();
            tell(&readiness, once(&[Read]));
            let mut calls = 0;
            let polled = readiness.poll(&Context::from_waker(Waker::noop()), Read, || {
                calls += 1;
                if calls == 1 {
                    tell(&readiness, once(&[Read]));
                    if is_refused {
                        return Err(ErrorKind::WouldBlock.into());
                    }
                }
                Ok(Moved { what: (), is_exhausted: true })
            });
            assert!(polled.is_ready());
            assert_eq!(
                (calls, is_taken(&readiness, Read)),
                (1 + u8::from(is_refused), !is_refused)
            );
        }
    }

    #[test]
    fn io_who_asked_last_is_woken_and_each_direction_has_its_own() {
        let readiness = Readiness::default();
        let (_, before) = take(&readiness, Read);
        let (_, reader) = take(&readiness, Read);
        let (_, writer) = take(&readiness, Write);
        let woken = tell(&readiness, once(&[Read, Loss]));
        assert_eq!(woken.len(), 1);
        assert!(woken[0].will_wake(&reader) && !woken[0].will_wake(&before));
        let woken = tell(&readiness, once(&[Read, Write]));
        assert!(woken.len() == 1 && woken[0].will_wake(&writer), "one wake for each wait");
    }

    #[test]
    fn io_an_end_stays_until_the_system_refuses() {
        let readiness = Readiness::default();
        tell(&readiness, Ready::NONE.and_end(Read, true).and_end(Write, false));
        assert!(!is_taken(&readiness, Write));
        for _ in 0..3 {
            assert!(is_taken(&readiness, Read));
        }
        // It was none: one look more, and then it waits.
        readiness.refused(Read);
        assert!(is_taken(&readiness, Read));
        readiness.refused(Read);
        assert!(!is_taken(&readiness, Read));
    }

    #[test]
    fn wake_who_was_forgotten_is_not_woken() {
        let readiness = Readiness::default();
        take(&readiness, Loss);
        readiness.forget(Loss);
        assert!(tell(&readiness, once(&[Loss])).is_empty());
    }

    #[test]
    fn shut_at_the_end_all_are_woken_and_an_error_is_read() {
        let readiness = Readiness::default();
        for direction in Direction::ALL {
            assert!(!is_taken(&readiness, direction));
        }
        let mut woken = Vec::new();
        readiness.end(&mut woken);
        assert_eq!(woken.len(), 3);
        let cx = Context::from_waker(Waker::noop());
        for direction in Direction::ALL {
            assert!(matches!(readiness.poll_take(&cx, direction), Poll::Ready(Err(_))));
        }
    }
}
