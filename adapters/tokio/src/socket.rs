//! Sockets as transports, of whichever family.
//!
//! Decides when the system is asked:
//!
//! - After a transfer that [tells](blazeio_driver::socket) that the socket has no more, the next
//!   one waits for the system's word instead of asking for a refusal. That holds where readiness
//!   is told at its edges (epoll, kqueue), and nowhere else.
//! - A loss is awaited only while somebody asks for it: until then, and after
//!   [`release`](Transport::release), nothing is held but the stream itself.

use blazeio_driver::Transport;
use blazeio_driver::socket::{Loss, end_output, is_emptied, is_filled};
use socket2::SockRef;
use std::fmt;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{Interest, Ready};

/// Whether a short read or write tells that the socket has no more: as tokio has it.
#[allow(unexpected_cfgs, reason = "mio's own, set for the whole build")]
const IS_EDGE_TRIGGERED: bool = cfg!(all(
    not(mio_unsupported_force_poll_poll),
    any(
        target_os = "android",
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "illumos",
        target_os = "ios",
        target_os = "linux",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd",
        target_os = "redox",
        target_os = "tvos",
        target_os = "visionos",
        target_os = "watchos",
    )
));

/// A socket of tokio, `TcpStream` or `UnixStream`, as a [`Transport`].
///
/// It tells of a reset also while nobody reads, and once it knows that a connection is lost,
/// reading never ends in order.
pub struct SocketTransport<S> {
    stream: Stream<S>,
    loss: Loss,
}

impl<S> SocketTransport<S> {
    /// Uses `stream`, with the options that it has.
    pub const fn new(stream: S) -> Self {
        Self { stream: Stream::Alone(stream), loss: Loss::NONE }
    }

    /// The socket. Reading or writing it directly takes bytes away from the connection.
    pub fn get_ref(&self) -> &S {
        self.stream.get()
    }
}

impl<S> From<S> for SocketTransport<S> {
    fn from(stream: S) -> Self {
        Self::new(stream)
    }
}

impl<S: fmt::Debug> fmt::Debug for SocketTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SocketTransport").field(self.get_ref()).finish()
    }
}

impl<S: Socket> Transport for SocketTransport<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let size = room.len();
        let read = ready!(self.stream.get().poll_ready_for(cx, Interest::READABLE, |stream| {
            let n = stream.try_read(room)?;
            Ok((n, is_emptied(n, size)))
        }));
        Poll::Ready(self.loss.read(read))
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.stream.get().poll_ready_for(cx, Interest::WRITABLE, |stream| {
            let n = match slices {
                [alone] => stream.try_write(alone)?,
                _ => stream.try_write_vectored(slices)?,
            };
            Ok((n, is_filled(n, slices)))
        }));
        Poll::Ready(self.loss.transferred(written))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(end_output(&self.stream.get().as_socket()))
    }

    fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if let Some(error) = self.loss.error() {
            return Poll::Ready(error);
        }
        let error = ready!(self.stream.watch().as_mut().poll(cx));
        self.stream.release();
        Poll::Ready(self.loss.found(error))
    }

    fn release(&mut self) {
        self.stream.release();
    }

    fn socket(&self) -> Option<SockRef<'_>> {
        Some(self.stream.get().as_socket())
    }
}

/// What the sockets of tokio have in common, though no trait of theirs says so.
pub(crate) trait Socket: Send + Sync + Sized + 'static {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn ready(&self, interest: Interest) -> impl Future<Output = io::Result<Ready>> + Send;
    fn try_io<R>(&self, of: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    fn try_read(&self, room: &mut [u8]) -> io::Result<usize>;
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
    fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
    fn as_socket(&self) -> SockRef<'_>;

    /// Calls `transfer` once the socket is ready for it. It gives how many bytes it moved, and
    /// whether the socket has no more, or room for no more, after them.
    fn poll_ready_for(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut transfer: impl FnMut(&Self) -> io::Result<(usize, bool)>,
    ) -> Poll<io::Result<usize>> {
        loop {
            if interest.is_readable() {
                ready!(self.poll_read_ready(cx))?;
            } else {
                ready!(self.poll_write_ready(cx))?;
            }
            let mut moved = None;
            // A refusal clears the readiness that was seen before the transfer, and no other:
            // what arrives meanwhile is an event of its own, and stays.
            let refused = self.try_io(interest, || {
                let (n, is_exhausted) = transfer(self)?;
                moved = Some(n);
                if is_exhausted && IS_EDGE_TRIGGERED {
                    return Err(ErrorKind::WouldBlock.into());
                }
                Ok(())
            });
            match (moved, refused) {
                (Some(n), _) => return Poll::Ready(Ok(n)),
                (None, Err(error)) if error.kind() != ErrorKind::WouldBlock => {
                    return Poll::Ready(Err(error));
                }
                (None, _) => {}
            }
        }
    }
}

macro_rules! socket {
    ($stream:ty) => {
        impl $crate::socket::Socket for $stream {
            fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                <$stream>::poll_read_ready(self, cx)
            }
            fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                <$stream>::poll_write_ready(self, cx)
            }
            fn ready(&self, of: Interest) -> impl Future<Output = io::Result<Ready>> + Send {
                <$stream>::ready(self, of)
            }
            fn try_io<R>(&self, of: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
                <$stream>::try_io(self, of, f)
            }
            fn try_read(&self, room: &mut [u8]) -> io::Result<usize> {
                <$stream>::try_read(self, room)
            }
            fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
                <$stream>::try_write(self, bytes)
            }
            fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                <$stream>::try_write_vectored(self, slices)
            }
            fn as_socket(&self) -> SockRef<'_> {
                SockRef::from(self)
            }
        }
    };
}
pub(crate) use socket;

/// Ends with the error of the socket that nobody reads.
type Watch = Pin<Box<dyn Future<Output = io::Error> + Send>>;

/// The stream, shared only while its loss is awaited: most of the time it is not, and then it
/// needs no allocation of its own.
enum Stream<S> {
    Alone(S),
    Watched(Arc<S>, Watch),
    /// On its way between the two; never to be seen.
    Moving,
}

impl<S> Stream<S> {
    fn get(&self) -> &S {
        match self {
            Self::Alone(stream) => stream,
            Self::Watched(stream, _) => stream,
            Self::Moving => unreachable!("a stream is put back by whoever took it"),
        }
    }

    fn release(&mut self) {
        match std::mem::replace(self, Self::Moving) {
            Self::Watched(stream, watch) => {
                // The watch has the only other share.
                drop(watch);
                if let Some(stream) = Arc::into_inner(stream) {
                    *self = Self::Alone(stream);
                }
            }
            other => *self = other,
        }
    }
}

impl<S: Socket> Stream<S> {
    fn watch(&mut self) -> &mut Watch {
        if let Self::Alone(_) = self {
            if let Self::Alone(stream) = std::mem::replace(self, Self::Moving) {
                let stream = Arc::new(stream);
                *self = Self::Watched(Arc::clone(&stream), Box::pin(lost(stream)));
            }
        }
        match self {
            Self::Watched(_, watch) => watch,
            Self::Alone(_) | Self::Moving => unreachable!("it was just put there"),
        }
    }
}

async fn lost<S: Socket>(stream: Arc<S>) -> io::Error {
    loop {
        if let Err(error) = stream.ready(Interest::ERROR).await {
            return error;
        }
        // Without an error the readiness is cleared, or waiting would spin.
        let taken = stream.try_io(Interest::ERROR, || match stream.as_socket().take_error()? {
            Some(error) => Ok(error),
            None => Err(ErrorKind::WouldBlock.into()),
        });
        match taken {
            Ok(error) => return error,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::task::Waker;

    /// Readiness as tokio keeps it: the number of the last event, and of the last one that was
    /// cleared. The next bytes arrive right after every transfer, before it returns.
    #[derive(Default)]
    struct Racing {
        event: AtomicUsize,
        cleared: AtomicUsize,
    }

    impl Racing {
        fn arrive(&self) {
            self.event.fetch_add(1, SeqCst);
        }

        fn poll(&self) -> Poll<io::Result<()>> {
            if self.event.load(SeqCst) > self.cleared.load(SeqCst) {
                Poll::Ready(Ok(()))
            } else {
                Poll::Pending
            }
        }
    }

    impl Socket for Racing {
        fn poll_read_ready(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.poll()
        }

        fn poll_write_ready(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.poll()
        }

        async fn ready(&self, _: Interest) -> io::Result<Ready> {
            std::future::pending().await
        }

        fn try_io<R>(&self, _: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
            let seen = self.event.load(SeqCst);
            let done = f();
            if done.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
                self.cleared.fetch_max(seen, SeqCst);
            }
            done
        }

        fn try_read(&self, room: &mut [u8]) -> io::Result<usize> {
            self.arrive();
            Ok(room.len() / 2)
        }

        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            self.try_write_vectored(&[IoSlice::new(bytes)])
        }
        fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            self.arrive();
            Ok(slices.iter().map(|slice| slice.len() / 2).sum())
        }

        fn as_socket(&self) -> SockRef<'_> {
            unreachable!("there is no socket")
        }
    }

    #[test]
    fn io_an_event_that_falls_into_a_transfer_outlives_the_clearing_after_it() {
        let mut cx = Context::from_waker(Waker::noop());
        let mut transport = SocketTransport::new(Racing::default());
        assert!(transport.poll_read(&mut cx, &mut [0; 8]).is_pending());
        transport.get_ref().arrive();
        for _ in 0..3 {
            assert!(matches!(transport.poll_read(&mut cx, &mut [0; 8]), Poll::Ready(Ok(4))));
            let slices = [IoSlice::new(b"abcd")];
            assert!(matches!(transport.poll_write(&mut cx, &slices), Poll::Ready(Ok(2))));
        }
        // Each transfer cleared what it saw, and no more.
        let cleared = transport.get_ref().cleared.load(SeqCst);
        assert_eq!(cleared, if IS_EDGE_TRIGGERED { 6 } else { 0 });
    }
}
