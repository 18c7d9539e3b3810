//! A socket as a transport, whoever watches it.
//!
//! Decides when a task has had enough of one socket: a peer that sends faster than it is read
//! would otherwise leave no turn to others. Refuses nothing.

use super::{Direction, Loss, end_output, is_emptied, is_filled};
use crate::transport::Transport;
use socket2::SockRef;
use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::task::{Context, Poll, ready};

/// So many transfers in a row, then other tasks have their turn. Each moves up to a buffer: this
/// is well below a millisecond's work for small ones, a few megabytes for large ones.
const ROW: u8 = 128;

/// What a transfer came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved<T> {
    /// What was moved: bytes, say, or a connection.
    pub what: T,
    /// The socket has no more, or room for no more. It is said at once when it has again.
    pub is_exhausted: bool,
}

/// A socket that can be waited for.
pub trait Watched: Send + 'static {
    /// The socket.
    type Stream: Stream;

    /// The socket.
    fn stream(&self) -> &Self::Stream;

    /// Calls `transfer` once the socket is ready for it in `direction`, mostly by
    /// [`Readiness::poll`](super::Readiness::poll). For [`Direction::Loss`] it may be pending for
    /// ever, where the system cannot tell.
    ///
    /// # Errors
    /// `transfer`'s, but for `WouldBlock`; the reactor has ended.
    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        transfer: impl FnMut(&Self::Stream) -> io::Result<Moved<T>>,
    ) -> Poll<io::Result<T>>;

    /// Nobody waits for a loss any more.
    fn forget_loss(&self) {}
}

/// A stream socket in non-blocking mode: what std's have in common, and others' like them.
pub trait Stream: Send + 'static {
    /// Reads into the front of `room`.
    ///
    /// # Errors
    /// The system's.
    fn read(&self, room: &mut [u8]) -> io::Result<usize>;

    /// Writes from the front of `slices`.
    ///
    /// # Errors
    /// The system's.
    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// The socket, for its options.
    fn as_socket(&self) -> SockRef<'_>;
}

impl<S: Send + 'static> Stream for S
where
    for<'a> &'a S: Read + Write,
    for<'a> SockRef<'a>: From<&'a S>,
{
    fn read(&self, room: &mut [u8]) -> io::Result<usize> {
        let mut stream = self;
        Read::read(&mut stream, room)
    }

    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut stream = self;
        match slices {
            [alone] => Write::write(&mut stream, alone),
            _ => stream.write_vectored(slices),
        }
    }

    fn as_socket(&self) -> SockRef<'_> {
        self.into()
    }
}

/// A socket as a [`Transport`].
///
/// It tells of a reset also while nobody reads, if it is watched by something that can, and once
/// it knows that a connection is lost, reading never ends in order.
pub struct SocketTransport<W> {
    watched: W,
    loss: Loss,
    /// Transfers since it was last waited for.
    row: u8,
}

impl<W: Watched> SocketTransport<W> {
    /// Uses the socket, with the options that it has.
    pub const fn new(watched: W) -> Self {
        Self { watched, loss: Loss::NONE, row: 0 }
    }

    /// The socket. Reading or writing it directly takes bytes away from the connection.
    pub fn get_ref(&self) -> &W::Stream {
        self.watched.stream()
    }

    /// What waits for the socket.
    pub const fn watched(&self) -> &W {
        &self.watched
    }

    fn poll_transfer(
        &mut self,
        cx: &mut Context<'_>,
        direction: Direction,
        transfer: impl FnMut(&W::Stream) -> io::Result<Moved<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.row >= ROW {
            self.row = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let moved = self.watched.poll(cx, direction, transfer);
        self.row = if moved.is_ready() { self.row + 1 } else { 0 };
        moved
    }
}

impl<W: Watched> Transport for SocketTransport<W> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let read = ready!(self.poll_transfer(cx, Direction::Read, |stream| {
            let n = stream.read(room)?;
            Ok(Moved { what: n, is_exhausted: is_emptied(n, room.len()) })
        }));
        Poll::Ready(self.loss.read(read))
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.poll_transfer(cx, Direction::Write, |stream| {
            let n = stream.write(slices)?;
            Ok(Moved { what: n, is_exhausted: is_filled(n, slices) })
        }));
        Poll::Ready(self.loss.transferred(written))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(end_output(&self.watched.stream().as_socket()))
    }

    fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if let Some(error) = self.loss.error() {
            return Poll::Ready(error);
        }
        let found = ready!(self.watched.poll(cx, Direction::Loss, |stream| {
            // Without an error the readiness is gone, or waiting would spin.
            let error = stream.as_socket().take_error()?.ok_or(ErrorKind::WouldBlock)?;
            Ok(Moved { what: error, is_exhausted: true })
        }));
        Poll::Ready(self.loss.found(found.unwrap_or_else(|error| error)))
    }

    fn release(&mut self) {
        self.watched.forget_loss();
    }

    fn socket(&self) -> Option<SockRef<'_>> {
        Some(self.watched.stream().as_socket())
    }
}

impl<W: Watched> fmt::Debug for SocketTransport<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SocketTransport").field(&self.get_ref().as_socket()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Readiness, Ready, Sources};
    use super::*;
    use crate::counting::Count;
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::task::Waker;

    /// A socket whose events come by hand, and which counts how often the system was asked.
    struct ByHand {
        stream: TcpStream,
        readiness: Arc<Readiness>,
        asked: AtomicUsize,
    }

    impl Watched for ByHand {
        type Stream = TcpStream;

        fn stream(&self) -> &TcpStream {
            &self.stream
        }

        fn poll<T>(
            &self,
            cx: &mut Context<'_>,
            direction: Direction,
            mut transfer: impl FnMut(&TcpStream) -> io::Result<Moved<T>>,
        ) -> Poll<io::Result<T>> {
            self.readiness.poll(cx, direction, || {
                self.asked.fetch_add(1, SeqCst);
                transfer(&self.stream)
            })
        }

        fn forget_loss(&self) {
            self.readiness.forget(Direction::Loss);
        }
    }

    struct World {
        near: SocketTransport<ByHand>,
        far: TcpStream,
        sources: Sources,
        wakes: Arc<Count>,
        waker: Waker,
    }

    impl World {
        fn new() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = listener.accept().unwrap();
            let sources = Sources::default();
            let (_, readiness) = sources.insert().unwrap();
            let near = ByHand { stream, readiness, asked: AtomicUsize::new(0) };
            let wakes = Arc::<Count>::default();
            let waker = Arc::clone(&wakes).into();
            Self { near: SocketTransport::new(near), far, sources, wakes, waker }
        }

        /// How many wakes follow when the system says that it is `ready`.
        fn tell(&self, ready: Ready) -> usize {
            let mut woken = Vec::new();
            self.sources.tell([(0, ready)], &mut woken);
            woken.len()
        }

        fn read(&mut self, room: usize) -> Poll<io::Result<usize>> {
            self.near.poll_read(&mut Context::from_waker(&self.waker), &mut vec![0; room])
        }

        /// Blocks until `n` bytes wait to be read.
        fn arrived(&self, n: usize) {
            while self.near.get_ref().peek(&mut [0; 16]).unwrap() < n {}
        }

        fn asked(&self) -> usize {
            self.near.watched.asked.swap(0, SeqCst)
        }
    }

    const READABLE: Ready = Ready::NONE.and(Direction::Read, true);

    #[test]
    fn io_a_short_read_is_not_followed_by_one_that_is_refused() {
        let mut world = World::new();
        assert!(world.read(2).is_pending());
        world.far.write_all(b"abc").unwrap();
        world.arrived(3);
        assert_eq!(world.tell(READABLE), 1);
        assert!(matches!(world.read(2), Poll::Ready(Ok(2))));
        assert!(matches!(world.read(2), Poll::Ready(Ok(1))), "there may be more");
        assert!(world.read(2).is_pending());
        assert_eq!(world.asked(), 2);
        world.far.write_all(b"d").unwrap();
        world.arrived(1);
        assert_eq!(world.tell(READABLE), 1);
        assert!(matches!(world.read(2), Poll::Ready(Ok(1))));
    }

    #[test]
    fn io_a_socket_that_is_always_ready_leaves_a_turn_to_others() {
        let mut world = World::new();
        world.far.shutdown(std::net::Shutdown::Write).unwrap();
        world.tell(READABLE.and_end(Direction::Read, true));
        for turn in 1..4 {
            for _ in 0..ROW {
                assert!(matches!(world.read(2), Poll::Ready(Ok(0))));
            }
            assert!(world.read(2).is_pending());
            assert_eq!(world.wakes.of(), turn, "it goes on behind the others");
        }
    }

    #[test]
    fn rst_is_heard_of_while_nobody_reads_and_is_no_end_of_input() {
        let mut world = World::new();
        let error = Ready::NONE.and(Direction::Loss, true);
        let waker = world.waker.clone();
        let mut cx = Context::from_waker(&waker);
        assert!(world.near.poll_lost(&mut cx).is_pending());
        world.near.release();
        assert_eq!(world.tell(error), 0, "nobody waits any more");
        assert!(world.near.poll_lost(&mut cx).is_pending(), "there is no error");
        SockRef::from(&world.far).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(std::mem::replace(&mut world.far, World::new().far));
        while world.near.get_ref().peer_addr().is_ok() {}
        assert_eq!(world.tell(error.and(Direction::Read, true)), 1);
        let Poll::Ready(lost) = world.near.poll_lost(&mut cx) else { panic!("it is lost") };
        assert_eq!(lost.kind(), ErrorKind::ConnectionReset);
        let Poll::Ready(read) = world.read(2) else { panic!("it can be read") };
        assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}
