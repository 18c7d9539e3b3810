//! A connection that is not HTTP, or is none any more: bytes in, bytes out.
//!
//! Decides nothing: the transport itself, under the same lock, counters and close.

use super::receive::wait;
use super::turn::again;
use super::{Link, Phase, Side};
use crate::error::{Error, Failure};
use crate::fan_out::Party;
use crate::input::Input;
use blazeio::{Connection, Event, Step, UsageError};
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

impl<R: Side> Link<R> {
    /// The connection is a tunnel from here on.
    fn begin_tunnel(&mut self) {
        self.phase = Phase::Tunnel;
        self.is_sending = false;
        self.is_reading = false;
    }

    /// The connection is a tunnel, and somebody has it.
    pub(crate) fn be_tunnel(&mut self) {
        self.begin_tunnel();
        self.has_tunnel = true;
    }

    /// What the halves of an exchange leave behind that became a tunnel, and that nobody took.
    pub(crate) fn leave_tunnel(&mut self) {
        if self.phase == Phase::Tunnel && !self.has_tunnel {
            self.abort();
        }
    }

    /// The bytes that came before whoever has the tunnel reads.
    fn leftover(&mut self) -> Input {
        self.input.forget();
        std::mem::take(&mut self.input)
    }

    /// Opens the tunnel once everything before it is sent; the bytes that came behind the
    /// head.
    pub(crate) fn poll_open_tunnel(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
    ) -> Poll<Result<Input, Error>> {
        loop {
            self.check_writer(generation)?;
            if self.phase != Phase::Tunnel && !self.core.is_tunnel() {
                return Poll::Ready(Err(UsageError::InvalidUpgrade.into()));
            }
            let is_open = self.phase == Phase::Tunnel;
            if is_open && self.output.is_empty() {
                self.has_tunnel = true;
                return Poll::Ready(Ok(self.leftover()));
            }
            if !is_open && matches!(self.step(), Some(Step { event: Event::Tunnel, .. })) {
                self.begin_tunnel();
            } else if !self.turn(cx, Party::Writer, false) {
                wait(&mut self.writer, cx);
                return Poll::Pending;
            }
        }
    }

    /// Takes the connection away from HTTP once everything before the exchange is sent; the bytes
    /// that came behind its head.
    pub(crate) fn poll_take_raw(
        &mut self,
        cx: &mut Context<'_>,
        generation: u32,
    ) -> Poll<Result<Input, Error>> {
        loop {
            self.check_writer(generation)?;
            if self.is_begun || self.phase != Phase::Http {
                return Poll::Ready(Err(UsageError::InvalidUpgrade.into()));
            }
            if self.output.is_empty() && self.unflushed == 0 {
                break;
            }
            if !self.turn(cx, Party::Writer, false) {
                wait(&mut self.writer, cx);
                return Poll::Pending;
            }
        }
        // What the message lacks, and how long it takes, counts no more.
        self.core = Connection::new(Arc::clone(&self.environment.limits), self.now());
        self.is_held = false;
        self.be_tunnel();
        Poll::Ready(Ok(self.leftover()))
    }

    /// Closing will be a reset.
    pub(crate) fn reset_on_close(&mut self) {
        if let Some(transport) = &mut self.transport {
            transport.reset();
        }
    }

    fn check_tunnel(&self) -> io::Result<()> {
        match (self.phase, self.found()) {
            (Phase::Tunnel, _) => Ok(()),
            (_, Some(Failure::Closed(reason))) => {
                Err(io::Error::new(io::ErrorKind::NotConnected, reason.to_string()))
            }
            (_, Some(failure)) => Err(match Error::from(failure) {
                Error::Io(error) => error,
                error => io::Error::other(error),
            }),
            (_, None) => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Reads into `room`, which is not empty; 0 is the end.
    pub(crate) fn poll_tunnel_read(
        &mut self,
        cx: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.check_tunnel()?;
        if self.is_ended {
            return Poll::Ready(Ok(0));
        }
        let Some(transport) = &mut self.transport else { return Poll::Ready(Ok(0)) };
        let driver = self.driver.as_ref();
        let read = self
            .read_fan
            .poll(cx, Party::Reader, driver, |cx| again(cx, |cx| transport.poll_read(cx, room)));
        wait(&mut self.reader, cx);
        match std::task::ready!(read) {
            Ok(0) => {
                self.is_ended = true;
                self.wake_watchers();
                Poll::Ready(Ok(0))
            }
            Ok(n) => {
                self.environment.statistics.received(n);
                Poll::Ready(Ok(n))
            }
            Err(error) => self.tunnel_failed(error),
        }
    }

    /// Writes from the front of `slices`.
    pub(crate) fn poll_tunnel_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check_tunnel()?;
        let Some(transport) = &mut self.transport else { return Poll::Ready(Ok(0)) };
        let driver = self.driver.as_ref();
        let write = self
            .write_fan
            .poll(cx, Party::Writer, driver, |cx| again(cx, |cx| transport.poll_write(cx, slices)));
        wait(&mut self.writer, cx);
        match std::task::ready!(write) {
            Ok(n) => {
                self.environment.statistics.sent(n);
                Poll::Ready(Ok(n))
            }
            Err(error) => self.tunnel_failed(error),
        }
    }

    /// Passes on what was written; with `ends` also ends the write direction.
    pub(crate) fn poll_tunnel_flush(
        &mut self,
        cx: &mut Context<'_>,
        ends: bool,
    ) -> Poll<io::Result<()>> {
        self.check_tunnel()?;
        let Some(transport) = &mut self.transport else { return Poll::Ready(Ok(())) };
        let driver = self.driver.as_ref();
        let flush = self.write_fan.poll(cx, Party::Writer, driver, |cx| {
            again(
                cx,
                |cx| if ends { transport.poll_shutdown(cx) } else { transport.poll_flush(cx) },
            )
        });
        wait(&mut self.writer, cx);
        match std::task::ready!(flush) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => self.tunnel_failed(error),
        }
    }

    fn tunnel_failed<T>(&mut self, error: io::Error) -> Poll<io::Result<T>> {
        self.lost(&error);
        Poll::Ready(Err(error))
    }

    /// The tunnel is dropped: the transport is closed.
    pub(crate) fn end_tunnel(&mut self) {
        self.has_tunnel = false;
        if self.phase == Phase::Tunnel {
            self.core.abort();
            self.close_transport();
        }
    }
}
