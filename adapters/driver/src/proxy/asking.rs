//! CONNECT on its way, and its answer.
//!
//! Decides nothing that is HTTP: the core writes the request and reads the answer, and says
//! where the tunnel begins. A request that the proxy does not take is no reason not to read why.
//!
//! ```text
//! sending ──► flushed ──► receiving ──► 2xx: the leftover
//!    └─ failed ──────────────┘  └─────► else: refused, broken, ended
//! ```

use super::refusal::Refusal;
use crate::transport::Transport;
use blazeio::{
    Client, Connection, Event, Field, Limits, Method, PeerError, PeerErrorKind, Request, UsageError,
};
use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

/// What an answer may have: of a head, the default.
static LIMITS: Limits = Limits::DEFAULT;

/// Room for a request's head, in bytes, unless it needs more.
const HEAD: usize = 512;

/// Read at once, in bytes: most answers, and what the origin says first.
const PIECE: usize = 1024;

/// Writes, and reads, of the transport in one poll at most.
const BUDGET: usize = 16;

/// One CONNECT.
pub(super) struct Asking {
    core: Connection<Client>,
    output: Vec<u8>,
    written: usize,
    /// The request is out, or cannot be got out.
    is_over: bool,
    /// Why it is not out.
    failure: Option<io::Error>,
    received: Vec<u8>,
}

impl Asking {
    /// Asks for a tunnel to `authority`, which is host and port.
    ///
    /// # Errors
    /// `InvalidInput` if the core does not send such a request.
    pub(super) fn new(authority: &str, fields: &[Field<'_>]) -> io::Result<Self> {
        let mut core = Connection::new(&LIMITS, 0);
        let request = Request::new(Method::Connect, authority, authority).fields(fields);
        let output = head(&mut core, &request).map_err(unsendable)?;
        // No content, whose end is no byte.
        core.send_end(&[], &mut []).map(drop).map_err(unsendable)?;
        let received = Vec::new();
        Ok(Self { core, output, written: 0, is_over: false, failure: None, received })
    }

    /// Asks, and waits for the answer: what was received behind it.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut impl Transport,
    ) -> Poll<io::Result<Vec<u8>>> {
        ready!(self.poll_send(cx, transport));
        for _ in 0..BUDGET {
            let mut piece = [0; PIECE];
            match ready!(transport.poll_read(cx, &mut piece)) {
                Ok(0) => self.core.end_of_input(),
                Ok(read) => self.received.extend(piece.iter().take(read)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(self.failure.take().unwrap_or(error))),
            }
            if let Some(answer) = self.answer().transpose() {
                return Poll::Ready(answer);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready once the request is out, or cannot be got out.
    fn poll_send(&mut self, cx: &mut Context<'_>, transport: &mut impl Transport) -> Poll<()> {
        for _ in 0..BUDGET {
            if self.is_over {
                return Poll::Ready(());
            }
            match ready!(self.poll_send_some(cx, transport)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => (self.failure, self.is_over) = (Some(error), true),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// One call of the transport.
    fn poll_send_some(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut impl Transport,
    ) -> Poll<io::Result<()>> {
        let rest = self.output.get(self.written..).unwrap_or_default();
        if rest.is_empty() {
            ready!(transport.poll_flush(cx))?;
            self.core.sent(self.written, 0);
            self.is_over = true;
            return Poll::Ready(Ok(()));
        }
        match ready!(transport.poll_write(cx, &[IoSlice::new(rest)]))? {
            0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => {
                self.written += written;
                Poll::Ready(Ok(()))
            }
        }
    }

    /// What was received, read: `None` while the answer is not whole.
    fn answer(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let step = match self.core.receive(&mut self.received, 0) {
                Ok(step) => step,
                Err(error) => return Err(self.failure.take().unwrap_or_else(|| broken(error))),
            };
            let head: Vec<u8> = self.received.drain(..step.consumed).collect();
            match step.event {
                Event::NeedInput => return Ok(None),
                Event::Response(span) if !self.core.is_tunnel() => {
                    return Err(Refusal { bytes: head.into(), span }.into());
                }
                Event::Tunnel => {
                    let leftover = std::mem::take(&mut self.received);
                    return self.failure.take().map_or(Ok(Some(leftover)), Err);
                }
                // The head of a 2xx.
                Event::Interim(_) | Event::Response(_) => {}
                // Unreachable: CONNECT has no content, and its answer ends in one of these.
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }
}

/// The request's head. No buffer is too small for it.
fn head(core: &mut Connection<Client>, request: &Request<'_>) -> Result<Vec<u8>, UsageError> {
    let mut output = vec![0; HEAD];
    loop {
        match core.send_head(request, &mut output) {
            Ok(done) => {
                output.truncate(done.written);
                return Ok(output);
            }
            Err(UsageError::OutputTooSmall { needed }) => output.resize(needed, 0),
            Err(error) => return Err(error),
        }
    }
}

fn unsendable(error: UsageError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("CONNECT: {error}"))
}

fn broken(error: PeerError) -> io::Error {
    let (kind, why) = match error.kind() {
        PeerErrorKind::NoResponse => (
            io::ErrorKind::UnexpectedEof,
            "the proxy ended the connection without an answer to CONNECT".to_owned(),
        ),
        PeerErrorKind::TruncatedHead => {
            (io::ErrorKind::UnexpectedEof, format!("the proxy's answer to CONNECT: {error}"))
        }
        _ => (io::ErrorKind::InvalidData, format!("the proxy's answer to CONNECT: {error}")),
    };
    io::Error::new(kind, why)
}
