//! Byte streams that a connection runs over.
//!
//! Decides what is asked of one: two halves, an end in order, an abort. Leaves to it how long a
//! peer may be silent that owes nothing but acknowledgements, and what a flush waits for.

use embedded_io_async::{Error, Read, Write};

/// A byte stream of two directions: a TCP socket, a session of TLS, a serial line.
///
/// Reading and writing go on at the same time, so there are two halves. Their futures are not
/// dropped before they are ready, but at the connection's end: `read` and `write` need not be
/// safe to cancel, nor `flush` unless [`CAN_DROP_FLUSH`](Self::CAN_DROP_FLUSH) says that it is.
///
/// A peer that vanishes must be noticed by the transport, which fails then: no deadline of HTTP
/// ends a `flush` that waits for it. A `TcpSocket` of embassy-net waits without bound, unless
/// `set_timeout` and `set_keep_alive` were called.
pub trait Transport {
    /// What reading and writing may fail with.
    type Error: Error;

    /// Whether a `flush` of the half that writes may be dropped before it is ready, and begun
    /// again. Where it may, output that is queued meanwhile is written at once; else only after
    /// the flush, which is slow if that waits for the peer.
    ///
    /// It may where a flush does no more than wait, as that of a TCP socket. It must not where it
    /// writes what it would lose, as that of a TLS session does.
    const CAN_DROP_FLUSH: bool = false;

    /// The half that reads, and the one that writes. Called again after [`end`](Self::end).
    fn split(&mut self) -> (impl Read<Error = Self::Error>, impl Write<Error = Self::Error>);

    /// Ends the direction that writes, in order (FIN); the other stays open. What was written
    /// before is still sent. Called at most twice.
    fn end(&mut self);

    /// Ends both directions at once, so that the peer takes nothing for complete (RST). Where
    /// there is no such thing: as [`end`](Self::end).
    fn abort(&mut self);
}

impl<T: Transport> Transport for &mut T {
    type Error = T::Error;

    const CAN_DROP_FLUSH: bool = T::CAN_DROP_FLUSH;

    fn split(&mut self) -> (impl Read<Error = Self::Error>, impl Write<Error = Self::Error>) {
        T::split(self)
    }

    fn end(&mut self) {
        T::end(self);
    }

    fn abort(&mut self) {
        T::abort(self);
    }
}
