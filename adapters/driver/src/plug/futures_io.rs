//! Streams of futures' traits.
//!
//! Decides nothing: their vectored write falls back by itself to the first slice that is not
//! empty. Their close is the shutdown of the write direction; one that ends reading, too,
//! makes a poor transport, since answers are closed before what is left is read (EARLY).
//! Such a stream has no socket to set options of, and tells of a loss only by reading or
//! writing.

use crate::transport::Transport;
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A stream of futures' traits, as a [`Transport`].
///
/// ```
/// use blazeio_driver::{FuturesIo, Transport};
/// use futures::io::Cursor;
/// use std::future::poll_fn;
///
/// # futures::executor::block_on(async {
/// let mut stream = FuturesIo::new(Cursor::new(b"Hello".to_vec()));
/// let mut room = [0; 16];
/// let n = poll_fn(|cx| stream.poll_read(cx, &mut room)).await?;
/// assert_eq!(room.get(..n), Some(&b"Hello"[..]));
/// # Ok::<(), std::io::Error>(()) })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FuturesIo<T>(T);

impl<T> FuturesIo<T> {
    /// Uses `stream`.
    pub const fn new(stream: T) -> Self {
        Self(stream)
    }

    /// The stream.
    pub const fn get_ref(&self) -> &T {
        &self.0
    }

    /// The stream, to change it. Reading or writing it directly takes bytes away from the
    /// connection.
    pub const fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    /// The stream back. Nothing is held here: no byte is lost.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for FuturesIo<T> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, room)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;
    use std::future::poll_fn;

    /// A stream that takes one slice at a time, ready at every second call; then it is closed.
    #[derive(Default)]
    struct Halting {
        written: Vec<u8>,
        calls: usize,
        flushed: usize,
        closed: bool,
    }

    impl Halting {
        fn turn(&mut self, cx: &Context<'_>) -> Poll<()> {
            self.calls += 1;
            if self.calls.is_multiple_of(2) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }

    impl AsyncRead for Halting {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            room: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            self.turn(cx).map(|()| {
                room.fill(b'r');
                Ok(room.len())
            })
        }
    }

    impl AsyncWrite for Halting {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            if self.closed {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            self.turn(cx).map(|()| {
                self.written.extend_from_slice(bytes);
                Ok(bytes.len())
            })
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.turn(cx).map(|()| {
                self.flushed = self.written.len();
                Ok(())
            })
        }

        fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.turn(cx).map(|()| {
                self.closed = true;
                Ok(())
            })
        }
    }

    #[test]
    fn io_the_end_of_a_stream_is_zero_and_stays_so() {
        block_on(async {
            let mut stream = FuturesIo::new(Cursor::new(b"abc".to_vec()));
            let mut room = [0; 2];
            for (n, front) in [(2, b'a'), (1, b'c'), (0, b'c'), (0, b'c')] {
                assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut room)).await.unwrap(), n);
                assert_eq!(room[0], front);
            }
        });
    }

    #[test]
    fn io_pending_wakes_in_every_call_and_slices_go_one_by_one() {
        block_on(async {
            let mut stream = FuturesIo::new(Halting::default());
            let mut room = [0; 3];
            assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut room)).await.unwrap(), 3);
            assert_eq!(&room, b"rrr");
            let slices = [IoSlice::new(b""), IoSlice::new(b"ab"), IoSlice::new(b"cd")];
            assert_eq!(poll_fn(|cx| stream.poll_write(cx, &slices)).await.unwrap(), 2);
            poll_fn(|cx| stream.poll_flush(cx)).await.unwrap();
            assert_eq!((stream.get_ref().flushed, stream.get_ref().closed), (2, false));
            poll_fn(|cx| stream.poll_shutdown(cx)).await.unwrap();
            let error = poll_fn(|cx| stream.poll_write(cx, &slices)).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
            assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut room)).await.unwrap(), 3);
            assert_eq!(stream.into_inner().written, b"ab");
        });
    }

    #[test]
    fn io_slices_go_in_one_write_where_the_stream_can() {
        block_on(async {
            let mut stream = FuturesIo::new(Cursor::new(vec![0; 8]));
            let slices = [IoSlice::new(b"ab"), IoSlice::new(b"cd")];
            assert_eq!(poll_fn(|cx| stream.poll_write(cx, &slices)).await.unwrap(), 4);
            assert!(stream.socket().is_none());
            assert_eq!(stream.get_mut().get_ref(), b"abcd\0\0\0\0");
        });
    }
}
