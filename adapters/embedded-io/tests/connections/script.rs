//! A transport whose input is written down, cut where the test says, on a clock that jumps.

use crate::pages::Pages;
use blazeio::{CloseReason, Limits};
use blazeio_embedded_io::{Buffers, Server, Timer, Transport};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The other end, as a script.
#[derive(Default)]
pub struct Script {
    /// What each read gives; then the end, or nothing more.
    pub input: RefCell<VecDeque<Vec<u8>>>,
    pub ends: bool,
    /// The end is a reset.
    pub resets: bool,
    /// Each write takes this much at most.
    pub write: usize,
    pub output: RefCell<Vec<u8>>,
    /// The size of the server's landing buffer.
    pub landing: usize,
    /// `end` and `abort`, in order.
    pub fate: RefCell<Vec<&'static str>>,
    pub time: Cell<u64>,
    /// How many reads and writes there were.
    pub activity: Cell<usize>,
    /// Nothing is read before a whole head was written.
    pub is_asked: bool,
    /// Reads and writes wait before each.
    pub stutters: bool,
}

impl Script {
    pub fn new<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, write: usize) -> Self {
        let input = pieces.into_iter().filter(|p| !p.is_empty()).map(<[u8]>::to_vec).collect();
        Self { input: RefCell::new(input), write, landing: 64, stutters: true, ..Self::default() }
    }

    /// Serves it until nothing moves, in time neither.
    pub fn serve(&self, pages: &Pages, limits: &'static Limits) -> Option<CloseReason> {
        self.serve_until(pages, limits, pending())
    }

    /// Serves it, and stops when `stop` is ready.
    pub fn serve_until(
        &self,
        pages: &Pages,
        limits: &'static Limits,
        stop: impl Future<Output = ()>,
    ) -> Option<CloseReason> {
        let (mut input, mut landing, mut output) = ([0; 512], vec![0; self.landing], [0; 400]);
        let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
        let server = Server::new(pages, &self, limits);
        self.run(server.serve(self, buffers, stop))
    }

    /// Polls until it is ready or nothing can wake it; the clock jumps to each deadline.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..100_000 {
            if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return Some(done);
            }
        }
        None
    }

    pub fn sent(&self) -> String {
        String::from_utf8(self.output.borrow().clone()).unwrap()
    }
}

pub struct Half<'s>(&'s Script);

impl Transport for &Script {
    type Error = ErrorKind;

    fn split(&mut self) -> (impl Read<Error = ErrorKind>, impl Write<Error = ErrorKind>) {
        (Half(self), Half(self))
    }

    fn end(&mut self) {
        self.fate.borrow_mut().push("end");
    }

    fn abort(&mut self) {
        self.fate.borrow_mut().push("abort");
    }
}

impl ErrorType for Half<'_> {
    type Error = ErrorKind;
}

impl Half<'_> {
    /// Not at once, so that every wait is met.
    async fn stutter(&self) {
        self.0.activity.set(self.0.activity.get() + 1);
        if self.0.stutters {
            futures_lite::future::yield_now().await;
        }
    }
}

impl Read for Half<'_> {
    async fn read(&mut self, room: &mut [u8]) -> Result<usize, ErrorKind> {
        self.stutter().await;
        let is_head = |output: &[u8]| output.windows(4).any(|end| end == b"\r\n\r\n");
        while self.0.is_asked && !is_head(&self.0.output.borrow()) {
            futures_lite::future::yield_now().await;
        }
        let next = poll_fn(|_| match self.0.input.borrow_mut().pop_front() {
            None if !self.0.ends => Poll::Pending,
            piece => Poll::Ready(piece),
        });
        let Some(mut piece) = next.await else {
            return if self.0.resets { Err(ErrorKind::ConnectionReset) } else { Ok(0) };
        };
        let n = piece.len().min(room.len());
        room[..n].copy_from_slice(&piece[..n]);
        let rest = piece.split_off(n);
        if !rest.is_empty() {
            self.0.input.borrow_mut().push_front(rest);
        }
        Ok(n)
    }
}

impl Write for Half<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.stutter().await;
        let n = bytes.len().min(self.0.write);
        self.0.output.borrow_mut().extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.stutter().await;
        Ok(())
    }
}

impl Timer for &Script {
    fn now(&self) -> u64 {
        self.time.get()
    }

    /// Time passes when nothing has moved for a while.
    async fn wait_until(&self, at: u64) {
        let (mut polls, mut activity) = (0, self.activity.get());
        poll_fn(|_| {
            polls += 1;
            if core::mem::replace(&mut activity, self.activity.get()) != self.activity.get() {
                polls = 0;
            }
            if polls < 50 {
                return Poll::Pending;
            }
            self.time.set(at);
            Poll::Ready(())
        })
        .await;
    }
}
