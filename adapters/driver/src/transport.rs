//! What a connection needs of its byte stream.
//!
//! Decides nothing: poll functions over one byte stream, which the loop calls under its own
//! lock. They are no async functions, since code that is generic over a trait with async
//! functions cannot be spawned on a runtime that moves tasks between threads.

use std::io::{self, IoSlice};
use std::task::{Context, Poll};

/// A byte stream in both directions. Dropping it closes it.
///
/// An implementation is a few lines around a socket. What it must hold to:
///
/// - [`Poll::Pending`] leaves the waker of this call, and of this call only, to be woken once
///   the same call may go on. Each direction keeps one waker, that of its last call: reading
///   one, [`poll_write`](Self::poll_write), [`poll_flush`](Self::poll_flush) and
///   [`poll_shutdown`](Self::poll_shutdown) one together; [`poll_lost`](Self::poll_lost) has
///   another.
/// - `Interrupted` and `WouldBlock` need not be hidden: the loop calls again after the first,
///   and takes the second, from a transport that cannot do better, for `Pending` *with* a
///   waker that was left.
/// - Reads and writes may be short. A read of 0 is the end of input, and stays so. A write
///   of 0 is an error.
/// - No call blocks: the connection's lock is held during it. A waker may be woken within the
///   call that was given it.
///
/// ```
/// use blazeio_driver::Transport;
/// use std::io::{self, IoSlice};
/// use std::task::{Context, Poll};
///
/// /// Says one thing, and hears nothing.
/// struct Monologue(&'static [u8]);
///
/// impl Transport for Monologue {
///     fn poll_read(&mut self, _: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
///         Poll::Ready(io::Read::read(&mut self.0, room))
///     }
///     fn poll_write(
///         &mut self,
///         _: &mut Context<'_>,
///         bytes: &[IoSlice<'_>],
///     ) -> Poll<io::Result<usize>> {
///         Poll::Ready(Ok(bytes.iter().map(|slice| slice.len()).sum()))
///     }
///     fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
/// }
/// ```
pub trait Transport: Send + 'static {
    /// Reads into the front of `room`, which is never empty. 0 is the end of input.
    ///
    /// # Errors
    /// Whatever ended reading, for good but for `Interrupted` and `WouldBlock`.
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Writes from the front of `slices`, one after the other, in one call to the system
    /// where it has one for that. At least one slice is not empty.
    ///
    /// # Errors
    /// Whatever ended writing, for good but for `Interrupted` and `WouldBlock`.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// Passes on what was written and is still held: a TLS session's records, say.
    ///
    /// # Errors
    /// As [`poll_write`](Self::poll_write).
    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Ends the write direction, after flushing; reading goes on. With TLS: close_notify, then
    /// the shutdown of the socket's write direction.
    ///
    /// # Errors
    /// As [`poll_write`](Self::poll_write).
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready when the connection was lost, though nobody reads: a reset, not an end of input.
    /// A transport that cannot tell is never ready; then the next write tells, or a deadline.
    fn poll_lost(&mut self, _cx: &mut Context<'_>) -> Poll<io::Error> {
        Poll::Pending
    }

    /// Frees what only [`poll_lost`](Self::poll_lost) needs, whose last waker is forgotten; the
    /// next call of it begins anew. For a connection that has been between two exchanges for a
    /// while: it reads, and so hears of a loss by reading.
    fn release(&mut self) {}

    /// The socket, for its options: TCP_NODELAY, keepalive, a close that resets. `None` where
    /// there is none.
    fn socket(&self) -> Option<socket2::SockRef<'_>> {
        None
    }

    /// Makes closing a reset, so that what was cut off cannot pass for complete.
    fn reset(&mut self) {
        if let Some(socket) = self.socket() {
            // A socket that cannot be told is closed in order: nothing better is left to do.
            let _ = socket.set_linger(Some(std::time::Duration::ZERO));
        }
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        (**self).poll_read(cx, room)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        (**self).poll_write(cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_shutdown(cx)
    }

    fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        (**self).poll_lost(cx)
    }

    fn release(&mut self) {
        (**self).release();
    }

    fn socket(&self) -> Option<socket2::SockRef<'_>> {
        (**self).socket()
    }

    fn reset(&mut self) {
        (**self).reset();
    }
}
