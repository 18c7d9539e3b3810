//! A stream in memory, as unpleasant as wanted: little room, short reads and writes, calls that
//! wait for no reason, and one waker per direction, the last one.

use blazeio_driver::Transport;
use std::collections::VecDeque;
use std::io::{self, IoSlice, Read};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

/// How a pipe behaves.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Bytes under way at most, each direction.
    pub room: usize,
    /// Bytes in one call at most.
    pub chop: usize,
    /// Three of four calls are for nothing.
    pub is_stormy: bool,
    /// What is written stays here until it is flushed.
    pub is_held: bool,
}

impl Manners {
    /// Plenty of room, and no surprises.
    pub const GOOD: Self = Self { room: 1 << 20, chop: 1 << 20, is_stormy: false, is_held: false };
}

#[derive(Default)]
struct Way {
    under_way: VecDeque<u8>,
    /// All that ever went this way.
    log: Vec<u8>,
    is_ended: bool,
    /// Nobody will read.
    is_deaf: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// One end of a pipe.
pub struct Pipe {
    ways: Arc<Mutex<[Way; 2]>>,
    /// The way that this end writes.
    out: usize,
    manners: Manners,
    held: VecDeque<u8>,
    /// Of each poll function: counted together, they could fall into step with the caller.
    calls: [u32; 4],
}

/// What went through a pipe, to be asked later.
#[derive(Clone)]
pub struct Log {
    ways: Arc<Mutex<[Way; 2]>>,
}

impl Log {
    /// What the first end wrote, and whether it ended.
    pub fn first(&self) -> (Vec<u8>, bool) {
        self.way(0)
    }

    /// What the second end wrote, and whether it ended.
    pub fn second(&self) -> (Vec<u8>, bool) {
        self.way(1)
    }

    fn way(&self, way: usize) -> (Vec<u8>, bool) {
        let way = &self.ways.lock().unwrap()[way];
        (way.log.clone(), way.is_ended)
    }
}

/// Two ends, and a log of both ways.
pub fn pipe(manners: Manners) -> (Pipe, Pipe, Log) {
    let ways = Arc::new(Mutex::new([Way::default(), Way::default()]));
    let end =
        |out| Pipe { ways: Arc::clone(&ways), out, manners, held: VecDeque::new(), calls: [0; 4] };
    (end(0), end(1), Log { ways: Arc::clone(&ways) })
}

impl Pipe {
    /// How often it was read, and how often written.
    pub fn calls(&self) -> [u32; 2] {
        [self.calls[0], self.calls[1]]
    }

    /// Three calls that come to nothing, before one that does something.
    fn storm(&mut self, function: usize, cx: &Context<'_>) -> Poll<io::Result<()>> {
        self.calls[function] = self.calls[function].wrapping_add(1);
        match self.calls[function] % 4 {
            _ if !self.manners.is_stormy => Poll::Ready(Ok(())),
            1 => Poll::Ready(Err(io::ErrorKind::Interrupted.into())),
            2 => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            3 => {
                cx.waker().wake_by_ref();
                Poll::Ready(Err(io::ErrorKind::WouldBlock.into()))
            }
            _ => Poll::Ready(Ok(())),
        }
    }

    fn hold(&mut self, slices: &[IoSlice<'_>], room: usize) -> usize {
        let mut left = self.manners.chop.min(room);
        let before = self.held.len();
        for slice in slices {
            let piece = &slice[..slice.len().min(left)];
            left -= piece.len();
            self.held.extend(piece);
        }
        self.held.len() - before
    }

    fn poll_release(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        let way = &mut self.ways.lock().unwrap()[self.out];
        while !self.held.is_empty() {
            if way.is_deaf || way.is_ended {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            let room = self.manners.room.saturating_sub(way.under_way.len());
            if room == 0 {
                way.writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let piece: Vec<u8> = self.held.drain(..room.min(self.held.len())).collect();
            way.log.extend(&piece);
            way.under_way.extend(piece);
            way.reader.take().into_iter().for_each(Waker::wake);
        }
        Poll::Ready(Ok(()))
    }
}

impl Transport for Pipe {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        assert!(!room.is_empty(), "a read without room");
        ready!(self.storm(0, cx))?;
        let way = &mut self.ways.lock().unwrap()[1 - self.out];
        if way.under_way.is_empty() && !way.is_ended {
            way.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let most = room.len().min(self.manners.chop);
        let read = way.under_way.read(&mut room[..most]);
        way.writer.take().into_iter().for_each(Waker::wake);
        Poll::Ready(read)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        assert!(slices.iter().any(|slice| !slice.is_empty()), "a write of nothing");
        ready!(self.storm(1, cx))?;
        if self.manners.is_held {
            return Poll::Ready(Ok(self.hold(slices, usize::MAX)));
        }
        let room = {
            let way = &mut self.ways.lock().unwrap()[self.out];
            if way.is_deaf || way.is_ended {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            let room = self.manners.room.saturating_sub(way.under_way.len());
            if room == 0 {
                way.writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            room
        };
        let written = self.hold(slices, room);
        ready!(self.poll_release(cx))?;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.storm(2, cx))?;
        self.poll_release(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.storm(3, cx))?;
        assert!(self.held.is_empty(), "an end of output before it was flushed");
        let way = &mut self.ways.lock().unwrap()[self.out];
        assert!(!way.is_ended, "a second end of output");
        way.is_ended = true;
        way.reader.take().into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let ways = &mut *self.ways.lock().unwrap();
        ways[self.out].is_ended = true;
        ways[1 - self.out].is_deaf = true;
        for way in ways {
            way.reader.take().into_iter().for_each(Waker::wake);
            way.writer.take().into_iter().for_each(Waker::wake);
        }
    }
}
