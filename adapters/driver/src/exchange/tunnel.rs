//! A connection that is not HTTP any more, or never was.
//!
//! Decides nothing about its bytes. What was received behind the head comes first. Refuses
//! nothing but use after its end.
//!
//! A [`Tunnel`] is a [`Transport`]: whatever runs over one runs in a tunnel. With the
//! features `tokio-io` and `futures-io` it is the `AsyncRead` and `AsyncWrite` of either.

use super::Exchange;
use crate::address::Address;
use crate::error::Error;
use crate::input::Input;
use crate::link::{Link, Shared, Side};
use crate::memory::Memory;
use crate::runtime::Runtime;
use crate::transport::Transport;
use crate::watch::{Closed, Stopping};
use blazeio::Server;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

/// Bytes both ways. Dropping it closes the connection.
///
/// It is a [`Transport`], and with the features `tokio-io` and `futures-io` the `AsyncRead`
/// and `AsyncWrite` of either: whatever runs over one of those runs here. No limit or time-out
/// of HTTP counts any more; TCP keepalive does.
pub struct Tunnel<R: Side> {
    shared: Arc<Shared<R>>,
    leftover: Input,
}

/// Opens a tunnel: ready with what came behind the head.
type PollOpen<R> = fn(&mut Link<R>, &mut Context<'_>, u32) -> Poll<Result<Input, Error>>;

impl<R: Side> Exchange<R> {
    /// The tunnel that the exchange has become: after 101, or after a 2xx to CONNECT. A
    /// server's is there once that response is sent.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is no tunnel, and then, as on every other error, the
    /// connection is given up.
    pub async fn into_tunnel(self) -> Result<Tunnel<R>, Error> {
        self.become_tunnel(Link::poll_open_tunnel).await
    }

    /// The tunnel whose first bytes `open` gives.
    async fn become_tunnel(mut self, open: PollOpen<R>) -> Result<Tunnel<R>, Error> {
        let generation = self.reader.generation;
        let shared = Arc::clone(self.shared());
        let leftover = poll_fn(|cx| {
            let mut link = shared.lock();
            if link.generation == generation {
                // What came behind the head is there still.
                self.reader.give_back(&mut link);
            }
            open(&mut link, cx, generation)
        })
        .await?;
        self.writer.is_finished = true;
        Ok(Tunnel { shared, leftover })
    }
}

impl Exchange<Server> {
    /// Takes the connection away from HTTP, unanswered, and for good: no other request is read from
    /// it. What comes of the tunnel is all that came behind the request's head, as it was sent:
    /// content in its framing, and whatever follows. All that goes back is the caller's to write, the
    /// response too if there is to be one. For protocols that begin like HTTP and are none; for what
    /// a client asks for by Upgrade or CONNECT there is [`upgrade`](Self::upgrade).
    ///
    /// The responses to requests before it are sent first. Keep what is needed of the
    /// [head](Self::request): it goes with the exchange.
    ///
    /// # Errors
    /// [`Error::Usage`] ([`UsageError::InvalidUpgrade`]) if content was asked for, or anything sent.
    /// On every error the exchange is dropped, unanswered.
    ///
    /// [`UsageError::InvalidUpgrade`]: blazeio::UsageError::InvalidUpgrade
    pub async fn into_raw(self) -> Result<Tunnel<Server>, Error> {
        self.become_tunnel(Link::poll_take_raw).await
    }
}

impl<R: Side> Tunnel<R> {
    /// A connection that is a tunnel from its first byte on.
    pub(crate) fn new(shared: Arc<Shared<R>>) -> Self {
        shared.lock().be_tunnel();
        Self { shared, leftover: Input::default() }
    }

    /// Reads some bytes; 0 is the end. Dropped while it waits it loses nothing.
    ///
    /// # Errors
    /// The transport failed.
    pub async fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read(cx, room)).await
    }

    /// Writes all of `bytes`. Dropped while it waits, some of them may be written.
    ///
    /// # Errors
    /// The transport failed.
    pub async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = poll_fn(|cx| self.poll_write(cx, &[IoSlice::new(bytes)])).await?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[n..];
        }
        Ok(())
    }

    /// Passes on what was written.
    ///
    /// # Errors
    /// The transport failed.
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Ends the write direction; reading goes on.
    ///
    /// # Errors
    /// The transport failed.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_shutdown(cx)).await
    }

    /// Ends when the peer is lost, or has ended its input and that was read.
    pub fn closed(&self) -> Closed<R> {
        Closed::new(Arc::clone(&self.shared))
    }

    /// As [`Exchange::stopping`]: nothing else tells a tunnel that its server stops.
    pub fn stopping(&self) -> Stopping<R> {
        Stopping::new(Arc::clone(&self.shared))
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> &Address {
        &self.shared.peer
    }

    /// The runtime that the connection lives on.
    #[must_use]
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.shared.environment.runtime
    }

    pub(crate) fn memory(&self) -> &Arc<Memory> {
        &self.shared.environment.memory
    }

    /// Leftover bytes first.
    fn poll_read_all(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        if room.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let left = self.leftover.filled();
        if left.is_empty() {
            return self.shared.lock().poll_tunnel_read(cx, room);
        }
        let n = left.len().min(room.len());
        room[..n].copy_from_slice(&left[..n]);
        self.leftover.consume(n);
        self.leftover.settle(&self.shared.environment.memory);
        Poll::Ready(Ok(n))
    }
}

impl<R: Side> Transport for Tunnel<R> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        self.poll_read_all(cx, room)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.shared.lock().poll_tunnel_write(cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.lock().poll_tunnel_flush(cx, false)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.lock().poll_tunnel_flush(cx, true)
    }

    fn reset(&mut self) {
        self.shared.lock().reset_on_close();
    }
}

#[cfg(feature = "tokio-io")]
mod tokio_io {
    use super::{IoSlice, Side, Transport, Tunnel};
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    impl<R: Side> AsyncRead for Tunnel<R> {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            room: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let n = ready!(Transport::poll_read(self.get_mut(), cx, room.initialize_unfilled()))?;
            room.advance(n);
            Poll::Ready(Ok(()))
        }
    }

    impl<R: Side> AsyncWrite for Tunnel<R> {
        fn poll_write(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            if bytes.is_empty() {
                return Poll::Ready(Ok(0));
            }
            Transport::poll_write(self.get_mut(), cx, &[IoSlice::new(bytes)])
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            if slices.iter().all(|slice| slice.is_empty()) {
                return Poll::Ready(Ok(0));
            }
            Transport::poll_write(self.get_mut(), cx, slices)
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Transport::poll_flush(self.get_mut(), cx)
        }

        fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Transport::poll_shutdown(self.get_mut(), cx)
        }
    }
}

#[cfg(feature = "futures-io")]
mod futures_io_ {
    use super::{IoSlice, Side, Transport, Tunnel};
    use futures_io::{AsyncRead, AsyncWrite};
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    impl<R: Side> AsyncRead for Tunnel<R> {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            room: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            Transport::poll_read(self.get_mut(), cx, room)
        }
    }

    impl<R: Side> AsyncWrite for Tunnel<R> {
        fn poll_write(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            if slices.iter().all(|slice| slice.is_empty()) {
                return Poll::Ready(Ok(0));
            }
            Transport::poll_write(self.get_mut(), cx, slices)
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Transport::poll_flush(self.get_mut(), cx)
        }

        fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Transport::poll_shutdown(self.get_mut(), cx)
        }
    }
}

impl<R: Side> Drop for Tunnel<R> {
    fn drop(&mut self) {
        self.shared.lock().end_tunnel();
        self.leftover.clear(&self.shared.environment.memory);
    }
}

impl<R: Side> fmt::Debug for Tunnel<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("peer", self.peer()).finish_non_exhaustive()
    }
}
