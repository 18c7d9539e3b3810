//! From a transport to a session.
//!
//! Decides how long a handshake may take, and how one that failed is told to the peer: alert,
//! end of output, then a second's linger. A socket that is closed with bytes unread is reset,
//! and a reset may take the alert away from the peer before it is read.

use super::session::{BUDGET, Tls};
use crate::deadline::Deadline;
use crate::runtime::Runtime;
use crate::transport::Transport;
use rustls::{Connection, ProtocolVersion};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What a handshake may take from its first byte to its last, unless set otherwise.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// What a failed handshake may linger.
const LINGER: Duration = Duration::from_secs(1);

/// What it reads meanwhile, in bytes.
const LINGER_BYTES: usize = 64 * 1024;

/// Content of a record at most, in bytes.
const FRAGMENT: usize = 16 * 1024;

/// A record's header, which rustls counts into `max_fragment_size`, in bytes.
const HEADER: usize = 5;

/// What a configuration's `max_fragment_size` leaves of content in a record.
pub(super) fn fragment(max_fragment_size: Option<usize>) -> usize {
    max_fragment_size.map_or(FRAGMENT, |size| size.saturating_sub(HEADER))
}

/// Brings `session` up over `transport`, or says why not. Its records hold `fragment` bytes.
pub(super) async fn handshake<T: Transport>(
    session: Connection,
    transport: T,
    runtime: Arc<dyn Runtime>,
    allowed: Duration,
    fragment: usize,
) -> io::Result<Tls<T>> {
    let mut deadline = Deadline::new(runtime, allowed);
    let mut tls = Tls::new(session, transport);
    match deadline.bound(|cx| tls.poll_handshake(cx)).await {
        Some(Ok(())) => {
            tls.limit_records(fragment);
            Ok(tls)
        }
        Some(Err(error)) => {
            if tls.is_broken {
                deadline.shorten(LINGER);
                let mut left = LINGER_BYTES;
                // Passed or not, nothing more is done for this peer.
                let _ = deadline.bound(|cx| tls.poll_farewell(cx, &mut left)).await;
            }
            Err(tls.explain(error))
        }
        None => {
            let why = format!("the TLS handshake was not over within {allowed:?}");
            Err(io::Error::new(io::ErrorKind::TimedOut, why))
        }
    }
}

impl<T: Transport> Tls<T> {
    /// Ready once both sides are agreed, and ours is out. But for the tickets of TLS 1.3, which
    /// may wait as a writer's records do: a client that reads only after it has written must
    /// not hold up the handshake.
    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut flushed = self.poll_flush(cx);
        for _ in 0..BUDGET {
            let is_agreed = !self.session.is_handshaking();
            // An agreed session keeps what came before its error, and tells the reader.
            if self.is_broken && !is_agreed {
                return Poll::Ready(Err(self.broken()));
            }
            if is_agreed && self.holds_only_tickets() {
                return Poll::Ready(Ok(()));
            }
            if is_agreed || matches!(flushed, Poll::Ready(Err(_))) {
                return flushed;
            }
            // Even while records wait: a peer that writes before it reads has to be read.
            ready!(self.poll_receive(cx))?;
            if flushed.is_ready() {
                flushed = self.poll_flush(cx);
            }
            // Content needs the handshake: what ends here can only be an end.
            if !self.is_broken && self.session.is_handshaking() {
                if let Some(ended) = self.received(&mut [0]) {
                    return Poll::Ready(ended.and(Err(io::ErrorKind::UnexpectedEof.into())));
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Whether what an agreed session has to send is no part of the handshake.
    fn holds_only_tickets(&self) -> bool {
        let is_tls13 = self.session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        is_tls13 && matches!(*self.session, Connection::Server(_))
    }

    /// Sends the alert and the end, and reads what still comes, `left` bytes at most: a peer
    /// may have to be heard out before it listens.
    fn poll_farewell(&mut self, cx: &mut Context<'_>, left: &mut usize) -> Poll<()> {
        let told = self.poll_shutdown(cx);
        if let Poll::Ready(Err(_)) = told {
            return Poll::Ready(());
        }
        let mut room = [0; 1024];
        for _ in 0..BUDGET {
            match ready!(self.transport.poll_read(cx, &mut room)) {
                Ok(1..) if *left == 0 => return Poll::Ready(()),
                Ok(read @ 1..) => {
                    // One byte is enough to be no TLS; to be told what it is takes more.
                    self.opening.note(room.get(..read).unwrap_or_default());
                    *left = left.saturating_sub(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Ok(_) | Err(_) => return told.map(drop),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// `error`, and what was going on.
    fn explain(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        if kind == io::ErrorKind::UnexpectedEof {
            return io::Error::new(kind, "the connection ended during the TLS handshake");
        }
        match self.opening.spoken() {
            Some(spoken) if self.is_broken => io::Error::new(kind, spoken),
            _ => io::Error::new(kind, format!("the TLS handshake failed: {error}")),
        }
    }
}
