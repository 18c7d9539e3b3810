//! A transport that takes as many bytes as it is told to, and counts the writes.

use blazeio_driver::{TokioIo, Transport};
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::DuplexStream;

/// One side of a pipe.
pub struct Gated {
    pipe: TokioIo<DuplexStream>,
    gate: Gate,
}

/// What its writes are let through by.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    quota: usize,
    writes: usize,
    waker: Option<Waker>,
}

impl Gate {
    /// One that lets `bytes` through.
    pub fn of(bytes: usize) -> Self {
        let gate = Self::default();
        gate.open(bytes);
        gate
    }

    /// Lets so many bytes through, from now on.
    pub fn open(&self, bytes: usize) {
        let mut state = self.0.lock().unwrap();
        state.quota = bytes;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// How many writes took anything.
    pub fn writes(&self) -> usize {
        self.0.lock().unwrap().writes
    }

    /// `pipe`, behind this gate.
    pub fn before(&self, pipe: DuplexStream) -> Gated {
        Gated { pipe: TokioIo::new(pipe), gate: self.clone() }
    }
}

impl Transport for Gated {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        self.pipe.poll_read(cx, room)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.gate.0.lock().unwrap();
        if state.quota == 0 {
            state.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let most = all.len().min(state.quota);
        let n = ready!(self.pipe.poll_write(cx, &[IoSlice::new(&all[..most])]))?;
        state.quota -= n;
        state.writes += 1;
        Poll::Ready(Ok(n))
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe.poll_shutdown(cx)
    }
}
