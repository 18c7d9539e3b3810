//! A sans-I/O protocol of one's own, driven over a tunnel.
//!
//! Decides the order: what the protocol has to send goes first, then its deadline, then
//! bytes for it. Refuses a protocol that takes nothing of a full buffer.
//!
//! For what follows an upgrade, and, by [`raw`](crate::raw), for a connection that is
//! somebody else's from its first byte on.

use crate::exchange::Tunnel;
use crate::input::Input;
use crate::link::Side;
use crate::memory::Memory;
use crate::output::Output;
use crate::runtime::Timer;
use crate::transport::Transport;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

/// A state machine between bytes that come and bytes that go. Times are the runtime's
/// microseconds.
///
/// ```
/// use blazeio_driver::Protocol;
///
/// /// Answers each line with its length.
/// #[derive(Default)]
/// struct Lengths { answers: Vec<u8>, is_ended: bool }
///
/// impl Protocol for Lengths {
///     fn receive(&mut self, input: &[u8], _: u64) -> usize {
///         let Some(end) = input.iter().position(|&b| b == b'\n') else { return 0 };
///         self.answers.extend_from_slice(format!("{end}\n").as_bytes());
///         end + 1
///     }
///     fn end_of_input(&mut self, _: u64) {
///         self.is_ended = true;
///     }
///     fn send(&mut self, room: &mut [u8], _: u64) -> usize {
///         let n = room.len().min(self.answers.len());
///         room[..n].copy_from_slice(&self.answers[..n]);
///         self.answers.drain(..n);
///         n
///     }
///     fn is_over(&self) -> bool {
///         self.is_ended && self.answers.is_empty()
///     }
/// }
///
/// let mut lengths = Lengths::default();
/// assert_eq!(lengths.receive(b"abc\nd", 0), 4);
/// assert_eq!(lengths.send(&mut [0; 8], 0), 2);
/// ```
pub trait Protocol {
    /// Takes bytes from the front of `input`, at `now`; how many. What it does not take comes
    /// again with what follows, up to 32 KiB.
    fn receive(&mut self, input: &[u8], now: u64) -> usize;

    /// The peer's bytes are over.
    fn end_of_input(&mut self, now: u64);

    /// Writes what is to be sent next into the front of `room`; how many bytes, 0 if nothing
    /// is.
    fn send(&mut self, room: &mut [u8], now: u64) -> usize;

    /// When [`expired`](Self::expired) is to be called, if nothing happens before.
    fn deadline(&self) -> Option<u64> {
        None
    }

    /// The deadline is over.
    fn expired(&mut self, _now: u64) {}

    /// Whether nothing more is to be received: the connection is closed once all is sent.
    fn is_over(&self) -> bool;
}

/// So many steps in one poll, then other tasks have theirs.
const STEPS: usize = 32;
const ROOM: usize = 4 * 1024;

impl<R: Side> Tunnel<R> {
    /// Drives `protocol` until it is over and everything is sent; then the write direction is
    /// shut down. While the peer takes nothing, nothing is read. Dropped while it waits, it
    /// loses what was received and not taken, and what was made and not sent.
    ///
    /// # Errors
    /// The transport failed, or the protocol took nothing of 32 KiB.
    pub async fn drive(&mut self, protocol: &mut impl Protocol) -> io::Result<()> {
        let timer = self.runtime().timer();
        let mut driving = Driving {
            timer,
            memory: Arc::clone(self.memory()),
            input: Input::default(),
            output: Output::default(),
            is_ended: false,
        };
        let result = poll_fn(|cx| driving.poll(cx, self, protocol)).await;
        drop(driving);
        result?;
        self.shutdown().await
    }
}

struct Driving {
    timer: Box<dyn Timer>,
    memory: Arc<Memory>,
    input: Input,
    output: Output,
    is_ended: bool,
}

impl Drop for Driving {
    /// Also when it is not driven to its end.
    fn drop(&mut self) {
        self.input.clear(&self.memory);
        self.output.clear(&self.memory);
    }
}

impl Driving {
    fn poll<R: Side>(
        &mut self,
        cx: &mut Context<'_>,
        tunnel: &mut Tunnel<R>,
        protocol: &mut impl Protocol,
    ) -> Poll<io::Result<()>> {
        for _ in 0..STEPS {
            let moved = self.send(cx, tunnel, protocol)?;
            if protocol.is_over() {
                if self.output.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                if !moved {
                    return Poll::Pending;
                }
                continue;
            }
            let now = tunnel.runtime().now();
            let expired = match protocol.deadline() {
                Some(at) if self.timer.poll(cx, at).is_ready() => {
                    protocol.expired(now);
                    true
                }
                _ => false,
            };
            // Nothing is read while the peer takes nothing.
            let read = self.output.is_empty() && self.receive(cx, tunnel, protocol)?;
            if !(moved || expired || read) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Sends until the protocol has nothing more, or the transport takes no more. Whether
    /// anything moved.
    fn send<R: Side>(
        &mut self,
        cx: &mut Context<'_>,
        tunnel: &mut Tunnel<R>,
        protocol: &mut impl Protocol,
    ) -> io::Result<bool> {
        let mut moved = false;
        for _ in 0..STEPS {
            if self.output.is_empty() {
                let now = tunnel.runtime().now();
                let room = self.output.room(ROOM, tunnel.memory());
                let n = protocol.send(room, now);
                self.output.fill(n);
            }
            if self.output.is_empty() {
                self.output.settle(tunnel.memory());
                // What was written is passed on; the tunnel wakes if that has to wait.
                let _ = tunnel.poll_flush(cx)?;
                return Ok(moved);
            }
            match tunnel.poll_write(cx, &[IoSlice::new(self.output.queued())])? {
                Poll::Pending => return Ok(moved),
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(n) => self.output.consume(n),
            }
            moved = true;
        }
        Ok(moved)
    }

    /// Gives the protocol what is there, and reads once. Whether anything moved.
    fn receive<R: Side>(
        &mut self,
        cx: &mut Context<'_>,
        tunnel: &mut Tunnel<R>,
        protocol: &mut impl Protocol,
    ) -> io::Result<bool> {
        let now = tunnel.runtime().now();
        if !self.input.is_empty() {
            let taken = protocol.receive(self.input.filled(), now);
            self.input.consume(taken);
            if taken > 0 {
                return Ok(true);
            }
        }
        if self.is_ended {
            return Ok(false);
        }
        let memory = &self.memory;
        let Poll::Ready(room) = self.input.poll_room(cx, memory, crate::input::MOST) else {
            return Ok(false);
        };
        if room.is_empty() {
            return Err(io::Error::other("the protocol takes nothing of a full buffer"));
        }
        match tunnel.poll_read(cx, room)? {
            Poll::Pending => {
                self.input.settle(memory);
                return Ok(false);
            }
            Poll::Ready(0) => {
                self.is_ended = true;
                self.input.settle(memory);
                protocol.end_of_input(now);
            }
            Poll::Ready(n) => self.input.fill(n),
        }
        Ok(true)
    }
}
