//! A connection, and the lock that its tasks share it under.
//!
//! Decides when whoever is to look again is woken: once the lock is free. Refuses nothing.

use super::wake::{Wakes, Woken};
use super::{Link, Side};
use crate::address::Address;
use crate::environment::Environment;
use crate::transport::Transport;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A connection, as all its tasks hold it.
pub(crate) struct Shared<R: Side> {
    pub(crate) peer: Address,
    pub(crate) environment: Arc<Environment>,
    link: Mutex<Link<R>>,
}

impl<R: Side> Shared<R> {
    /// A connection that was just accepted or made.
    pub(crate) fn new(
        transport: Box<dyn Transport>,
        peer: Address,
        environment: Arc<Environment>,
    ) -> Self {
        let link = Mutex::new(Link::new(transport, Arc::clone(&environment)));
        Self { peer, environment, link }
    }

    /// The lock, for as long as one poll takes.
    pub(crate) fn lock(&self) -> Held<'_, R> {
        // Nothing here panics while it holds the lock; a handler's panic is not held.
        let link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        Held { link, woken: None }
    }
}

/// A connection under its lock. Who is to look at it again is woken once it is unlocked: to
/// wake a task may be to drop it, and with it a half that locks the connection in its turn.
///
/// Only the connection's own tasks are woken so. Whoever waits for memory or for a timer is
/// woken under the lock, and is another connection's.
pub(crate) struct Held<'a, R: Side> {
    // Unlocked before anybody is woken: fields are dropped in this order.
    link: MutexGuard<'a, Link<R>>,
    woken: Option<Woken>,
}

impl<R: Side> Deref for Held<'_, R> {
    type Target = Link<R>;

    fn deref(&self) -> &Link<R> {
        &self.link
    }
}

impl<R: Side> DerefMut for Held<'_, R> {
    fn deref_mut(&mut self) -> &mut Link<R> {
        &mut self.link
    }
}

impl<R: Side> Drop for Held<'_, R> {
    fn drop(&mut self) {
        // Most of the time there is nobody.
        if self.link.wakes != Wakes::NOBODY {
            self.woken = Some(self.link.woken());
        }
    }
}
