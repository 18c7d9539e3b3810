//! A peer who knows no HTTP: it sends its bytes in pieces, and hears what comes back.
//!
//! Decides, by its dice, where the pieces end, how long it sleeps between them, whether it ends
//! its direction in order, and whether it listens. Gives up after a while.

use crate::handler::race;
use blazeio_driver::sim::{Dice, sleep};
use blazeio_driver::{Runtime, Transport};
use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

/// Microseconds after which it goes away.
const PATIENCE: u64 = 400_000_000;

pub(crate) struct Raw {
    transport: Box<dyn Transport>,
    bytes: Vec<u8>,
    sent: usize,
    /// What it heard.
    pub(crate) heard: Vec<u8>,
    listens: bool,
    /// Nothing more comes.
    has_ended: bool,
    /// Nothing more can be sent.
    is_lost: bool,
}

impl Raw {
    pub(crate) fn new(transport: Box<dyn Transport>, bytes: Vec<u8>) -> Self {
        let (heard, has_ended) = (Vec::new(), false);
        Self { transport, bytes, sent: 0, heard, listens: true, has_ended, is_lost: false }
    }

    /// Says all, unless it is cut off, and hears all, unless it takes too long.
    pub(crate) async fn talk(&mut self, runtime: &Arc<dyn Runtime>, mut dice: Dice) {
        self.listens = !dice.chance(0.05);
        let patience = sleep(&**runtime, PATIENCE);
        race(self.talk_on(runtime, &mut dice), patience).await;
    }

    async fn talk_on(&mut self, runtime: &Arc<dyn Runtime>, dice: &mut Dice) {
        while self.sent < self.bytes.len() && !self.is_lost {
            let until = self.sent + dice.spread(1..=(self.bytes.len() - self.sent) as u64) as usize;
            poll_fn(|cx| {
                let _ = self.poll_hear(cx);
                self.poll_say(cx, until)
            })
            .await;
            if dice.chance(0.1) {
                sleep(&**runtime, dice.spread(0..=20_000_000)).await;
            }
        }
        if dice.chance(0.5) && !self.is_lost {
            poll_fn(|cx| {
                let _ = self.poll_hear(cx);
                again(cx, |cx| self.transport.poll_shutdown(cx)).map(drop)
            })
            .await;
        }
        if self.listens {
            poll_fn(|cx| self.poll_hear(cx)).await;
        } else {
            sleep(&**runtime, dice.spread(0..=PATIENCE)).await;
        }
    }

    /// Ready at the end.
    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut room = [0; 2048];
        while self.listens && !self.has_ended {
            match again(cx, |cx| self.transport.poll_read(cx, &mut room)) {
                Poll::Ready(Ok(n)) if n > 0 => self.heard.extend_from_slice(&room[..n]),
                Poll::Ready(_) => self.has_ended = true,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }

    /// Ready when all up to `until` is sent, or cannot be.
    fn poll_say(&mut self, cx: &mut Context<'_>, until: usize) -> Poll<()> {
        while self.sent < until {
            let slices = [IoSlice::new(&self.bytes[self.sent..until])];
            match again(cx, |cx| self.transport.poll_write(cx, &slices)) {
                Poll::Ready(Ok(n)) if n > 0 => self.sent += n,
                Poll::Ready(_) => {
                    self.is_lost = true;
                    return Poll::Ready(());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        again(cx, |cx| self.transport.poll_flush(cx)).map(|done| self.is_lost |= done.is_err())
    }
}

/// Makes a call until it is done: `Interrupted` at once again, `WouldBlock` is `Pending`.
pub(crate) fn again<T>(
    cx: &mut Context<'_>,
    mut call: impl FnMut(&mut Context<'_>) -> Poll<std::io::Result<T>>,
) -> Poll<std::io::Result<T>> {
    loop {
        match call(cx) {
            Poll::Ready(Err(e)) if e.kind() == ErrorKind::Interrupted => {}
            Poll::Ready(Err(e)) if e.kind() == ErrorKind::WouldBlock => return Poll::Pending,
            poll => return poll,
        }
    }
}
