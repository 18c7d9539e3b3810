//! Streams of tokio's traits.
//!
//! Decides how slices are written to a stream that takes one at a time: the first that is not
//! empty. Such a stream has no socket to set options of, and tells of a loss only by reading
//! or writing.

use crate::transport::Transport;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of tokio's traits, as a [`Transport`].
///
/// ```
/// use blazeio_driver::TokioIo;
/// use std::future::poll_fn;
/// use std::io::IoSlice;
/// use blazeio_driver::Transport;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let (near, far) = tokio::io::duplex(64);
/// let (mut near, mut far) = (TokioIo::new(near), TokioIo::new(far));
/// let slices = [IoSlice::new(b"Hello, "), IoSlice::new(b"world")];
/// assert_eq!(poll_fn(|cx| near.poll_write(cx, &slices)).await?, 12);
/// let mut room = [0; 16];
/// let n = poll_fn(|cx| far.poll_read(cx, &mut room)).await?;
/// assert_eq!(room.get(..n), Some(&b"Hello, world"[..]));
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TokioIo<T>(T);

impl<T> TokioIo<T> {
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

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for TokioIo<T> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(room);
        Pin::new(&mut self.0).poll_read(cx, &mut room).map_ok(|()| room.filled().len())
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.0);
        if stream.is_write_vectored() {
            return stream.poll_write_vectored(cx, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        stream.poll_write(cx, first.map_or(&[], |slice| slice))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    /// A stream that takes one slice at a time, and notes which.
    struct OneAtATime(Vec<Vec<u8>>);

    impl AsyncRead for OneAtATime {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for OneAtATime {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.0.push(bytes.to_vec());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn read(io: &mut TokioIo<DuplexStream>, size: usize) -> io::Result<Vec<u8>> {
        let mut room = vec![0; size];
        let n = poll_fn(|cx| io.poll_read(cx, &mut room)).await?;
        room.truncate(n);
        Ok(room)
    }

    #[tokio::test]
    async fn io_bytes_pass_both_ways_and_the_end_is_zero() {
        let (near, mut far) = duplex(16);
        let mut near = TokioIo::new(near);
        far.write_all(b"abcdef").await.unwrap();
        assert_eq!(read(&mut near, 4).await.unwrap(), b"abcd");
        assert_eq!(read(&mut near, 4).await.unwrap(), b"ef");
        let pending = poll_fn(|cx| Poll::Ready(near.poll_read(cx, &mut [0; 4]).is_pending()));
        assert!(pending.await);

        let slices = [IoSlice::new(b""), IoSlice::new(b"gh"), IoSlice::new(b"ij")];
        assert_eq!(poll_fn(|cx| near.poll_write(cx, &slices)).await.unwrap(), 4);
        poll_fn(|cx| near.poll_flush(cx)).await.unwrap();
        poll_fn(|cx| near.poll_shutdown(cx)).await.unwrap();
        let mut all = Vec::new();
        far.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"ghij");

        far.write_all(b"k").await.unwrap();
        drop(far);
        assert_eq!(read(&mut near, 4).await.unwrap(), b"k");
        assert_eq!(read(&mut near, 4).await.unwrap(), b"");
        assert_eq!(read(&mut near, 4).await.unwrap(), b"");
    }

    #[tokio::test]
    async fn io_a_full_pipe_is_pending_and_wakes_once_it_has_room() {
        let (near, mut far) = duplex(4);
        let mut near = TokioIo::new(near);
        let slices = [IoSlice::new(b"abc"), IoSlice::new(b"def")];
        assert_eq!(poll_fn(|cx| near.poll_write(cx, &slices)).await.unwrap(), 4);
        let writing = tokio::spawn(async move {
            poll_fn(|cx| near.poll_write(cx, &[IoSlice::new(b"ef")])).await.unwrap()
        });
        let mut six = [0; 6];
        far.read_exact(&mut six).await.unwrap();
        assert_eq!((&six, writing.await.unwrap()), (b"abcdef", 2));
    }

    #[tokio::test]
    async fn io_one_slice_at_a_time_where_the_stream_knows_no_more() {
        let mut one = TokioIo::new(OneAtATime(Vec::new()));
        let slices = [IoSlice::new(b""), IoSlice::new(b"ab"), IoSlice::new(b"cd")];
        assert_eq!(poll_fn(|cx| one.poll_write(cx, &slices)).await.unwrap(), 2);
        assert!(one.socket().is_none());
        assert_eq!(one.get_ref().0, [b"ab"]);
        one.get_mut().0.clear();
        assert!(one.into_inner().0.is_empty());
    }

    #[tokio::test]
    async fn io_a_write_to_nobody_is_an_error() {
        let (near, far) = duplex(4);
        drop(far);
        let mut near = TokioIo::new(near);
        let error = poll_fn(|cx| near.poll_write(cx, &[IoSlice::new(b"a")])).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
