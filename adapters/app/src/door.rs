//! A listener in memory.
//!
//! Decides nothing: connections wait here to be accepted, in order, each with whom it is from.

use crate::pipe::Pipe;
use blazeio_driver::{Accepted, Address, Listener, Transport};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Connections that wait to be accepted, and the task that accepts.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Pipe, Address)>,
    accepting: Option<Waker>,
}

/// A listener, and whoever goes through it.
#[derive(Clone, Default)]
pub(crate) struct Door(Arc<Mutex<Queue>>);

impl Door {
    pub(crate) fn enter(&self, pipe: Pipe, from: Address) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.waiting.push_back((pipe, from));
        if let Some(waker) = queue.accepting.take() {
            waker.wake();
        }
    }
}

impl Listener for Door {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.waiting.pop_front() {
            Some((pipe, from)) => {
                let transport: Box<dyn Transport> = Box::new(pipe);
                Poll::Ready(Ok((transport, from)))
            }
            None => {
                queue.accepting = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn local_address(&self) -> io::Result<Address> {
        Ok(Address::Unnamed)
    }
}
