//! A TLS session over a transport: itself a transport.
//!
//! Decides when the two meet: what is written is encrypted only once all earlier records are
//! out, so a slow peer makes the writer wait and memory stays as it is; what is read is
//! decrypted only once the caller took all before it. Each call does bounded work, then lets
//! others go first.

use super::opening::Opening;
use super::quota::Quota;
use super::wakers::{Side, Wakers};
use super::wire::Wire;
use crate::transport::Transport;
use rustls::Connection;
use rustls::pki_types::CertificateDer;
use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

/// Content that one write takes at most, in bytes: two records. rustls has twice as much by
/// default; with half of it, writes still cost the socket little, and 10,000 slow readers less.
const HELD: usize = 32 * 1024;

/// Reads, or writes, of the transport in one call at most: four times what a record needs.
pub(super) const BUDGET: usize = 16;

/// A TLS session, of either side, once its handshake is over.
///
/// [`TlsAcceptor`](super::TlsAcceptor) and [`TlsConnector`](super::TlsConnector) make it.
pub struct Tls<T> {
    pub(super) session: Box<Connection>,
    pub(super) transport: T,
    pub(super) opening: Opening,
    quota: Quota,
    wakers: Arc<Wakers>,
    /// [`Wakers`] as the one waker of the transport's write direction.
    shared: Waker,
    /// The transport may hold records that it took.
    is_unflushed: bool,
    /// What the peer sent was no TLS, or a fatal alert; the session keeps the error.
    pub(super) is_broken: bool,
    ending: Ending,
    /// What ended the write direction, for the caller who writes next.
    write_failure: Option<io::Error>,
}

/// How far the end of the write direction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Open,
    /// close_notify is among the records, the last of them.
    Said,
    /// So is the transport's own.
    Over,
}

impl<T: Transport> Tls<T> {
    /// A session that is about to begin. `fragment` as its configuration says.
    pub(super) fn new(mut session: Connection, transport: T) -> Self {
        session.set_buffer_limit(Some(HELD));
        let wakers = Arc::new(Wakers::default());
        Self {
            quota: Quota::new(&session, 1),
            session: Box::new(session),
            transport,
            opening: Opening::default(),
            shared: Waker::from(Arc::clone(&wakers)),
            wakers,
            is_unflushed: false,
            is_broken: false,
            ending: Ending::Open,
            write_failure: None,
        }
    }

    /// Counts records of `fragment` bytes at most from now on.
    pub(super) fn limit_records(&mut self, fragment: usize) {
        self.quota = Quota::new(&self.session, fragment);
    }

    /// The session: version, cipher suite, server name, exported keys.
    #[must_use]
    pub fn session(&self) -> &Connection {
        &self.session
    }

    /// The transport below.
    #[must_use]
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// The protocol agreed on: `http/1.1`, or `None` if the peer said nothing about it.
    #[must_use]
    pub fn alpn(&self) -> Option<&[u8]> {
        self.session.alpn_protocol()
    }

    /// The peer's certificates, its own first; `None` of a client that was not asked for one.
    #[must_use]
    pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
        self.session.peer_certificates()
    }

    /// Receives once, and has what came decrypted.
    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { session, transport, opening, .. } = self;
        match session.read_tls(&mut Wire { transport, cx, opening }) {
            Ok(_) => self.is_broken = session.process_new_packets().is_err(),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return Poll::Pending,
                io::ErrorKind::Interrupted => {}
                _ => return Poll::Ready(Err(error)),
            },
        }
        Poll::Ready(Ok(()))
    }

    /// Receives until there is something to take.
    fn poll_received(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        for _ in 0..BUDGET {
            if let Some(received) = self.received(room) {
                return Poll::Ready(received);
            }
            ready!(self.poll_receive(cx))?;
        }
        match self.received(room) {
            Some(received) => Poll::Ready(received),
            None => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// What was received and not taken yet, or how reading ended; `None` if more must come.
    pub(super) fn received(&mut self, room: &mut [u8]) -> Option<io::Result<usize>> {
        match self.session.reader().read(room) {
            Ok(read) if read > 0 => Some(Ok(read)),
            _ if self.is_broken => Some(Err(self.broken())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(Err(truncated())),
            ended => Some(ended),
        }
    }

    /// The error of a broken session, once more.
    pub(super) fn broken(&mut self) -> io::Error {
        match self.session.process_new_packets() {
            Err(error) => io::Error::new(io::ErrorKind::InvalidData, error),
            Ok(_) => io::ErrorKind::InvalidData.into(),
        }
    }

    /// Sends what reading made necessary, as far as it goes now; `waker` goes on if it does
    /// not. A failure is the next writer's: there may still be something to read.
    fn send_unasked(&mut self, waker: &Waker) {
        let has_work = self.session.wants_write() || self.is_unflushed;
        if has_work && self.write_failure.is_none() {
            self.wakers.keep(Side::Reader, waker);
            if let Poll::Ready(Err(error)) = self.poll_out() {
                self.write_failure = Some(error);
            }
        }
    }

    /// Sends all records and flushes the transport. Whoever asks has left its waker before.
    fn poll_out(&mut self) -> Poll<io::Result<()>> {
        ready!(self.poll_records())?;
        if self.is_unflushed {
            let done = self.transport.poll_flush(&mut Context::from_waker(&self.shared));
            ready!(settled(done, &self.shared))?;
            self.is_unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Hands all records to the transport.
    fn poll_records(&mut self) -> Poll<io::Result<()>> {
        for _ in 0..BUDGET {
            if !self.session.wants_write() {
                return Poll::Ready(Ok(()));
            }
            let Self { session, transport, opening, shared, .. } = self;
            let cx = &mut Context::from_waker(shared);
            match session.write_tls(&mut Wire { transport, cx, opening }) {
                Ok(_) => self.is_unflushed = true,
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return Poll::Pending,
                    io::ErrorKind::Interrupted => {}
                    _ => return Poll::Ready(Err(error)),
                },
            }
        }
        self.shared.wake_by_ref();
        Poll::Pending
    }

    /// Every call in the write direction begins with this.
    fn begin_write(&mut self, waker: &Waker) -> io::Result<()> {
        match &self.write_failure {
            Some(failure) => Err(again(failure)),
            None => {
                self.wakers.keep(Side::Writer, waker);
                Ok(())
            }
        }
    }

    /// Remembers what ends the write direction.
    fn note<R>(&mut self, done: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if let Poll::Ready(Err(error)) = &done {
            self.write_failure = Some(again(error));
        }
        done
    }

    fn take(&mut self, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        ready!(self.poll_records())?;
        let offered = slices.iter().fold(0, |sum: usize, slice| sum.saturating_add(slice.len()));
        if !self.quota.take(offered.min(HELD)) {
            return Poll::Ready(Err(io::Error::other("the keys of this TLS session are used up")));
        }
        let taken = self.session.writer().write_vectored(slices)?;
        match self.poll_records() {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // What is left waits for the next write, or for the flush.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(taken)),
        }
    }

    fn end(&mut self) -> Poll<io::Result<()>> {
        if self.ending == Ending::Over {
            return Poll::Ready(Ok(()));
        }
        // Behind the records that wait; once, however often it is asked for.
        self.session.send_close_notify();
        self.ending = Ending::Said;
        ready!(self.poll_out())?;
        let done = self.transport.poll_shutdown(&mut Context::from_waker(&self.shared));
        ready!(settled(done, &self.shared))?;
        self.ending = Ending::Over;
        Poll::Ready(Ok(()))
    }
}

impl<T: Transport> Transport for Tls<T> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let done = self.poll_received(cx, room);
        self.send_unasked(cx.waker());
        done
    }

    /// Takes 32 KiB at most, once all earlier records are out.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.ending != Ending::Open {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.begin_write(cx.waker())?;
        if self.is_broken {
            // Not the transport's failure: what of the alert is left goes with the flush.
            return Poll::Ready(Err(self.broken()));
        }
        let done = self.take(slices);
        self.note(done)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.begin_write(cx.waker())?;
        let done = self.poll_out();
        self.note(done)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.begin_write(cx.waker())?;
        let done = self.end();
        self.note(done)
    }

    fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.transport.poll_lost(cx)
    }

    fn socket(&self) -> Option<socket2::SockRef<'_>> {
        self.transport.socket()
    }

    fn reset(&mut self) {
        self.transport.reset();
    }
}

impl<T> fmt::Debug for Tls<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("version", &self.session.protocol_version())
            .field("is_broken", &self.is_broken)
            .field("ending", &self.ending)
            .finish_non_exhaustive()
    }
}

/// What the transport said, without the two errors that are none.
fn settled<R>(done: Poll<io::Result<R>>, waker: &Waker) -> Poll<io::Result<R>> {
    match done {
        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
            waker.wake_by_ref();
            Poll::Pending
        }
        done => done,
    }
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

fn truncated() -> io::Error {
    let why = "the TLS session was cut off: end of input without close_notify";
    io::Error::new(io::ErrorKind::UnexpectedEof, why)
}
