//! What goes on beside a handler: reading, writing, waiting for the deadline, for the stop.
//!
//! Each pump is a future that never ends, so that it has no state in which it must not be polled,
//! and its reads, writes and waits are not dropped before the connection ends, or half-closes:
//! behind that nothing is written, and what is read is dropped. `turns` polls them until nothing
//! moves: therefore a pump that waits for another part needs no waker.

use crate::link::Link;
use crate::timer::Timer;
use crate::transport::Transport;
use blazeio::{CloseReason, Role};
use core::convert::Infallible;
use core::future::{pending, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use embedded_io_async::{Error as _, ErrorKind, Read, Write};

/// So many turns in a row, then other tasks have theirs.
const TURNS: usize = 32;

/// Why a connection's pumps are to stop.
pub(crate) enum End {
    /// The transport's write direction is to be ended; reading goes on.
    HalfClose,
    /// The connection is over.
    Close(CloseReason, Reset),
}

/// Whether a connection is cut off.
pub(crate) type Reset = bool;

impl<R: Role> Link<'_, R> {
    /// Polls the pumps until nothing moves. Ready when the connection is to end. The first pump
    /// sets the clock.
    pub(crate) fn turns(
        &self,
        cx: &mut Context<'_>,
        poll_pumps: &mut dyn FnMut(&mut Context<'_>),
    ) -> Poll<End> {
        for _ in 0..TURNS {
            self.moved.set(false);
            poll_pumps(cx);
            if let Some(end) = self.obey() {
                return Poll::Ready(end);
            }
            if !self.moved.get() && !self.stop_between() {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Does what the core's signals say. The half-close waits for a handler that is at work, and
    /// a client's close for whoever uses it.
    fn obey(&self) -> Option<End> {
        let signals = self.with(|core, now| core.signals(now))?;
        self.arm(signals.deadline.map_or(u64::MAX, |deadline| deadline.at));
        if !R::IS_SERVER {
            let is_cut_off = signals.close == Some(CloseReason::Aborted);
            let is_over = is_cut_off || self.is_sent() || self.failure().is_some();
            let end = End::Close(CloseReason::LocalClose, is_cut_off);
            return (is_over && !self.is_busy.get()).then_some(end);
        }
        if let Some(reason) = signals.close {
            return Some(End::Close(reason, signals.reset));
        }
        let may_end = signals.half_close && !self.is_busy.get() && self.is_sent();
        may_end.then_some(End::HalfClose)
    }
}

/// Reads whenever the landing buffer is empty: so a loss is heard of while nobody asks.
pub(crate) fn read<R: Role>(
    link: &Link<'_, R>,
    mut reader: impl Read,
) -> impl Future<Output = Infallible> {
    async move {
        loop {
            let landing = poll_fn(|_| ready(link.landing.take_empty())).await;
            let read = reader.read(landing).await;
            link.landing.give(landing, *read.as_ref().unwrap_or(&0));
            link.moved.set(true);
            match read {
                Ok(0) => link.set_end(Ok(())),
                Ok(_) => continue,
                Err(error) => link.set_end(Err(error.kind())),
            }
            pending::<()>().await;
        }
    }
}

/// Writes whatever is queued, and flushes when nothing follows at once. What is queued during a
/// flush ends that, if it may be dropped, and is flushed with the rest.
pub(crate) fn write<R: Role, T: Transport>(
    link: &Link<'_, R>,
    mut writer: impl Write,
) -> impl Future<Output = Infallible> {
    async move {
        loop {
            let output = poll_fn(|_| ready(link.output.take_filled())).await;
            let mut failure = None;
            while !link.output.is_empty() && failure.is_none() {
                match writer.write(link.output.filled(output)).await {
                    Ok(0) => failure = Some(ErrorKind::WriteZero),
                    Ok(n) => {
                        link.output.consume(n);
                        link.with(|core, now| core.sent(n, now));
                    }
                    Err(error) => failure = Some(error.kind()),
                }
            }
            link.output.give(output, 0);
            link.moved.set(true);
            // Whoever waited for room goes first.
            let mut is_next = false;
            poll_fn(|_| {
                if core::mem::replace(&mut is_next, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            if failure.is_none() && link.is_queue_empty() {
                let mut flush = pin!(writer.flush());
                let flushed = poll_fn(move |cx| {
                    if T::CAN_DROP_FLUSH && !link.is_queue_empty() {
                        return Poll::Ready(Ok(()));
                    }
                    flush.as_mut().poll(cx)
                });
                failure = flushed.await.err().map(|error| error.kind());
                link.is_flushed.set(link.is_queue_empty());
                link.moved.set(true);
            }
            if let Some(kind) = failure {
                link.write_failed(kind);
                pending::<()>().await;
            }
        }
    }
}

/// Keeps the clock, and meets the deadline.
pub(crate) fn tick<R: Role>(
    link: &Link<'_, R>,
    timer: &impl Timer,
) -> impl Future<Output = Infallible> {
    async move {
        loop {
            let at = poll_fn(|_| {
                link.set_now(timer.now());
                ready(Some(link.armed()).filter(|at| *at != u64::MAX))
            })
            .await;
            link.is_earlier.set(false);
            let mut wait = pin!(timer.wait_until(at));
            poll_fn(move |cx| {
                let now = timer.now();
                link.set_now(now);
                if link.is_earlier.get() || now >= link.armed() {
                    Poll::Ready(())
                } else {
                    wait.as_mut().poll(cx)
                }
            })
            .await;
            if timer.now() >= link.armed() {
                link.expire();
            }
        }
    }
}

/// Closes the connection in order when `stop` is ready, once.
pub(crate) fn poll_stop<R: Role>(
    link: &Link<'_, R>,
    stop: &mut Option<Pin<&mut impl Future<Output = ()>>>,
    cx: &mut Context<'_>,
) {
    if stop.as_mut().is_some_and(|stop| stop.as_mut().poll(cx).is_ready()) {
        *stop = None;
        link.stop();
    }
}

fn ready<T>(value: Option<T>) -> Poll<T> {
    value.map_or(Poll::Pending, Poll::Ready)
}

/// Polls what never ends.
pub(crate) fn poll(pump: &mut Pin<&mut impl Future<Output = Infallible>>, cx: &mut Context<'_>) {
    // Infallible: there is no answer but to wait.
    let _ = pump.as_mut().poll(cx);
}
