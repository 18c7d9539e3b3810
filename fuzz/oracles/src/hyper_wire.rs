//! The transport that hyper is given: bytes that are all there, then the end of input.
//!
//! Decides when hyper sees what: nothing before it has written, where it is a client, and the end
//! only once it does nothing more with the bytes, so that the end never overtakes a message.
//! Refuses no write, and forgets what is written.

use hyper::rt::{Read, ReadBufCursor, Write};
use std::cell::Cell;
use std::error::Error as _;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The bytes that come in, and what became of them.
pub(crate) struct Wire<'a> {
    input: &'a [u8],
    /// Bytes that hyper took.
    taken: Cell<usize>,
    written: Cell<usize>,
    /// Whatever else went on.
    steps: Cell<usize>,
    answers_only: bool,
    has_ended: Cell<bool>,
}

impl<'a> Wire<'a> {
    /// To a server.
    pub(crate) fn of_requests(input: &'a [u8]) -> Self {
        let (taken, written, steps) = (Cell::new(0), Cell::new(0), Cell::new(0));
        Self { input, taken, written, steps, answers_only: false, has_ended: Cell::new(false) }
    }

    /// To a client: nothing comes before it asked.
    pub(crate) fn of_responses(input: &'a [u8]) -> Self {
        Self { answers_only: true, ..Self::of_requests(input) }
    }

    /// Bytes that hyper took off the transport.
    pub(crate) fn taken(&self) -> usize {
        self.taken.get()
    }

    /// Something went on that the transport does not see.
    pub(crate) fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    /// Polls until it is ready; lets the input end when nothing else goes on. `None` if even then
    /// it waits.
    pub(crate) fn drive<T>(&self, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Option<T> {
        let mut context = Context::from_waker(Waker::noop());
        let seen = || (self.taken.get(), self.written.get(), self.steps.get());
        loop {
            let before = seen();
            if let Poll::Ready(done) = poll(&mut context) {
                return Some(done);
            }
            if before == seen() && self.has_ended.replace(true) {
                return None;
            }
        }
    }
}

/// Whether hyper failed only because the input ended: it waited for the rest of a message.
pub(crate) fn has_waited(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let is_end = source.is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof);
    error.is_incomplete_message() || is_end
}

/// Polls once what must be ready at once.
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing is waited for"),
    }
}

/// Hyper's hold of it.
pub(crate) struct Hold<'a>(pub(crate) &'a Wire<'a>);

impl Read for Hold<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.0;
        if wire.answers_only && wire.written.get() == 0 {
            return Poll::Pending;
        }
        let rest = &wire.input[wire.taken.get()..];
        if rest.is_empty() && !wire.has_ended.get() {
            return Poll::Pending;
        }
        let n = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..n]);
        wire.taken.set(wire.taken.get() + n);
        Poll::Ready(Ok(()))
    }
}

impl Write for Hold<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.written.set(self.0.written.get() + bytes.len());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
