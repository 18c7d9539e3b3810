//! A transport of which something was read already.
//!
//! Decides that what was read comes first. Adds nothing else: every other call goes straight
//! to the transport, and once the leftover is read its memory is given back.

use crate::transport::Transport;
use std::fmt;
use std::io::{self, IoSlice, Read};
use std::task::{Context, Poll};

/// A transport that reads as if a leftover had not been taken from it yet.
///
/// ```
/// use blazeio_driver::{Prefixed, Transport};
/// use std::io::{self, IoSlice};
/// use std::task::{Context, Poll, Waker};
///
/// # struct Monologue(&'static [u8]);
/// # impl Transport for Monologue {
/// #     fn poll_read(&mut self, _: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
/// #         Poll::Ready(io::Read::read(&mut self.0, room))
/// #     }
/// #     fn poll_write(&mut self, _: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
/// #         Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()))
/// #     }
/// #     fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
/// #         Poll::Ready(Ok(()))
/// #     }
/// # }
/// let mut transport = Prefixed::new(Monologue(b" / HTTP/1.1\r\n"), b"GET".to_vec());
/// let (mut cx, mut room) = (Context::from_waker(Waker::noop()), [0; 64]);
/// assert!(matches!(transport.poll_read(&mut cx, &mut room), Poll::Ready(Ok(3))));
/// assert_eq!(&room[..3], b"GET");
/// assert!(matches!(transport.poll_read(&mut cx, &mut room), Poll::Ready(Ok(13))));
/// ```
pub struct Prefixed<T> {
    leftover: io::Cursor<Vec<u8>>,
    transport: T,
}

impl<T> Prefixed<T> {
    /// `transport`, with `leftover` before what it reads.
    #[must_use]
    pub fn new(transport: T, leftover: Vec<u8>) -> Self {
        Self { leftover: io::Cursor::new(leftover), transport }
    }

    /// What is still before the transport's own bytes.
    #[must_use]
    pub fn leftover(&self) -> &[u8] {
        let read = usize::try_from(self.leftover.position()).unwrap_or(usize::MAX);
        self.leftover.get_ref().get(read..).unwrap_or_default()
    }

    /// The transport below.
    #[must_use]
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// The leftover that was not read, and the transport.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, T) {
        (self.leftover().to_vec(), self.transport)
    }
}

impl<T: Transport> Transport for Prefixed<T> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.leftover().is_empty() {
            return self.transport.poll_read(cx, room);
        }
        let read = self.leftover.read(room);
        if self.leftover().is_empty() {
            self.leftover = io::Cursor::default();
        }
        Poll::Ready(read)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.transport.poll_write(cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.poll_shutdown(cx)
    }

    fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.transport.poll_lost(cx)
    }

    fn release(&mut self) {
        self.transport.release();
    }

    fn socket(&self) -> Option<socket2::SockRef<'_>> {
        self.transport.socket()
    }

    fn reset(&mut self) {
        self.transport.reset();
    }
}

impl<T> fmt::Debug for Prefixed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prefixed").field("leftover", &self.leftover().len()).finish_non_exhaustive()
    }
}
