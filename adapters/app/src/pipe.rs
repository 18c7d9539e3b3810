//! Two transports, joined in memory.
//!
//! Decides how much is on its way at most: then writing waits. An end that is dropped is a
//! connection that is lost for the other, after the bytes that were on their way.

use blazeio_driver::Transport;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Bytes on their way in one direction at most.
const ROOM: usize = 64 << 10;

/// One direction.
#[derive(Default)]
struct Lane {
    bytes: VecDeque<u8>,
    /// Nothing follows.
    is_ended: bool,
    /// Nobody reads any more.
    is_deaf: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

type Shared = Arc<Mutex<Lane>>;

fn lock(lane: &Shared) -> MutexGuard<'_, Lane> {
    lane.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One end.
pub(crate) struct Pipe {
    incoming: Shared,
    outgoing: Shared,
}

/// Both ends.
pub(crate) fn pipe() -> (Pipe, Pipe) {
    let (one, other) = (Shared::default(), Shared::default());
    let near = Pipe { incoming: Arc::clone(&one), outgoing: Arc::clone(&other) };
    (near, Pipe { incoming: other, outgoing: one })
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl Transport for Pipe {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut lane = lock(&self.incoming);
        if lane.bytes.is_empty() && !lane.is_ended {
            lane.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let n = room.len().min(lane.bytes.len());
        for (place, byte) in room.iter_mut().zip(lane.bytes.drain(..n)) {
            *place = byte;
        }
        wake(&mut lane.writer);
        Poll::Ready(Ok(n))
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut lane = lock(&self.outgoing);
        if lane.is_deaf || lane.is_ended {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        let room = ROOM.saturating_sub(lane.bytes.len());
        if room == 0 {
            lane.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let before = lane.bytes.len();
        lane.bytes.extend(slices.iter().flat_map(|slice| slice.iter().copied()).take(room));
        wake(&mut lane.reader);
        Poll::Ready(Ok(lane.bytes.len() - before))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut lane = lock(&self.outgoing);
        lane.is_ended = true;
        wake(&mut lane.reader);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut outgoing = lock(&self.outgoing);
        outgoing.is_ended = true;
        wake(&mut outgoing.reader);
        drop(outgoing);
        let mut incoming = lock(&self.incoming);
        incoming.is_deaf = true;
        wake(&mut incoming.writer);
    }
}
