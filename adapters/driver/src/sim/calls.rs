//! The calls of a socket.
//!
//! Decides what each call of [`Transport`](crate::Transport) gives: as much as there is, or
//! by a fault less, later, or nothing yet.

use crate::sim::connection::Connection;
use crate::sim::end::{HELD, LOST, READ, WRITE};
use crate::sim::environment::{Environment, Note};
use crate::sim::faults::Fault;
use crate::sim::slot::Answer;
use std::io::{self, IoSlice};
use std::task::{Poll, Waker};

impl Connection {
    pub(super) fn poll_read(
        &mut self,
        env: &mut Environment,
        end: usize,
        waker: &Waker,
        room: &mut [u8],
    ) -> Answer<usize> {
        debug_assert!(!room.is_empty(), "a read into no room is no end of input");
        let name = self.name(end);
        let incoming = &mut self.directions[1 - end];
        let this = &mut self.ends[end];
        let has_ended = incoming.has_ended() || this.lost.is_some();
        let is_ready = incoming.unread() > 0 || has_ended;
        if let Some(answer) = this.slots[READ].pass(env, waker, is_ready, Fault::Pending) {
            return answer;
        }
        let most = incoming.unread().min(room.len());
        if most == 0 {
            env.note(Note::Read, name, 0);
            return Answer::Done(this.read_at_end(env));
        }
        let n = shorten(env, most, Fault::ShortRead);
        incoming.take(&mut room[..n]);
        env.note(Note::Read, name, n as u64);
        // There is room again for who writes at the other end.
        self.ends[1 - end].slots[WRITE].wake(env);
        Answer::Done(Ok(n))
    }

    pub(super) fn poll_write(
        &mut self,
        env: &mut Environment,
        end: usize,
        waker: &Waker,
        slices: &[IoSlice<'_>],
    ) -> Answer<usize> {
        if self.ends[end].held.len() >= HELD {
            self.pass_on(env, end);
        }
        let room = match self.ends[end].is_buffered {
            true => HELD.saturating_sub(self.ends[end].held.len()),
            false => self.room(end),
        };
        let this = &mut self.ends[end];
        let is_ready = room > 0 || this.is_shut || this.lost.is_some();
        if let Some(answer) = this.slots[WRITE].pass(env, waker, is_ready, Fault::Pending) {
            return answer;
        }
        if let Some(error) = this.write_error() {
            return Answer::Done(Err(error));
        }
        let most = slices.iter().map(|slice| slice.len()).sum::<usize>().min(room);
        if most == 0 || self.takes_nothing(env, end) {
            return Answer::Done(Ok(0));
        }
        let n = shorten(env, most, Fault::ShortWrite);
        self.ends[end].taken += n as u64;
        match self.ends[end].is_buffered {
            true => hold(&mut self.ends[end].held, slices, n),
            false => self.send(env, end, slices, n),
        }
        Answer::Done(Ok(n))
    }

    pub(super) fn poll_flush(
        &mut self,
        env: &mut Environment,
        end: usize,
        waker: &Waker,
    ) -> Answer<()> {
        self.poll_drain(env, end, waker, Fault::SlowFlush).unwrap_or(Answer::Done(Ok(())))
    }

    pub(super) fn poll_shutdown(
        &mut self,
        env: &mut Environment,
        end: usize,
        waker: &Waker,
    ) -> Answer<()> {
        if self.ends[end].is_shut && self.ends[end].lost.is_none() {
            return Answer::Done(Ok(()));
        }
        if let Some(answer) = self.poll_drain(env, end, waker, Fault::SlowShutdown) {
            return answer;
        }
        if self.ends[end].lost.is_some() {
            return Answer::fail(io::ErrorKind::NotConnected);
        }
        self.ends[end].is_shut = true;
        self.send_fin(env, end);
        Answer::Done(Ok(()))
    }

    /// Passes on what is held back. `None` once nothing is.
    fn poll_drain(
        &mut self,
        env: &mut Environment,
        end: usize,
        waker: &Waker,
        slow: Fault,
    ) -> Option<Answer<()>> {
        self.pass_on(env, end);
        let this = &mut self.ends[end];
        let is_ready = !this.is_holding() || this.lost.is_some();
        if let Some(answer) = this.slots[WRITE].pass(env, waker, is_ready, slow) {
            return Some(answer);
        }
        if this.is_holding() {
            // Lost with the connection.
            return this.write_error().map(|error| Answer::Done(Err(error)));
        }
        None
    }

    pub(super) fn poll_lost(
        &mut self,
        env: &mut Environment,
        end: usize,
        waker: &Waker,
    ) -> Poll<io::Error> {
        let this = &mut self.ends[end];
        let slot = &mut this.slots[LOST];
        if this.is_deaf {
            Poll::Pending
        } else if this.lost.is_none() {
            slot.wait_long(env, waker);
            Poll::Pending
        } else if slot.may_stumble() && env.inject(Fault::Pending) {
            slot.put_off(env, waker);
            Poll::Pending
        } else {
            Poll::Ready(io::ErrorKind::ConnectionReset.into())
        }
    }
}

/// `most`, or by a fault less, but something.
fn shorten(env: &mut Environment, most: usize, fault: Fault) -> usize {
    match most > 1 && env.inject(fault) {
        true => env.dice.spread(1..=most as u64 - 1) as usize,
        false => most,
    }
}

fn hold(held: &mut Vec<u8>, slices: &[IoSlice<'_>], n: usize) {
    let mut left = n;
    for slice in slices {
        let piece = &slice[..slice.len().min(left)];
        held.extend_from_slice(piece);
        left -= piece.len();
    }
}
