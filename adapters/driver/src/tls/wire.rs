//! A transport as rustls reads and writes it.
//!
//! Decides that what would wait is `WouldBlock`: the waker is in the transport by then.

use super::opening::Opening;
use crate::transport::Transport;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

/// A transport and the waker of the call at hand.
pub(super) struct Wire<'a, 'c, T> {
    pub(super) transport: &'a mut T,
    pub(super) cx: &'a mut Context<'c>,
    /// Notes how the peer began.
    pub(super) opening: &'a mut Opening,
}

/// What a poll function says, as a blocking one says it.
fn blocking<R>(poll: Poll<io::Result<R>>) -> io::Result<R> {
    match poll {
        Poll::Ready(done) => done,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl<T: Transport> io::Read for Wire<'_, '_, T> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = blocking(self.transport.poll_read(self.cx, room))?;
        self.opening.note(room.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<T: Transport> io::Write for Wire<'_, '_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match blocking(self.transport.poll_write(self.cx, slices))? {
            0 => Err(io::ErrorKind::WriteZero.into()),
            written => Ok(written),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
