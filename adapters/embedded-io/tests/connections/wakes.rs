//! A connection's task is polled when it was woken and never else, as an executor does it: what
//! is waited for has to wake it.

use crate::LIMITS;
use blazeio::web::route::{Route, Routes};
use blazeio::{CloseReason, Method, Response};
use blazeio_embedded_io::{Buffers, Call, Error, Exchange, Server, Service, Timer, Transport};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Time passes only while the task sleeps: up to the next moment that somebody waits for.
#[derive(Default)]
struct World {
    now: Cell<u64>,
    sleepers: RefCell<Vec<(u64, Waker)>>,
    /// What is still to be read.
    input: RefCell<Vec<u8>>,
    output: RefCell<Vec<u8>>,
    /// Each flush takes this long, in microseconds.
    flush: Cell<u64>,
    /// When each write was, with its last line, and each flush was over.
    activity: RefCell<Vec<(u64, String)>>,
}

/// Whether the task is to be polled.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl World {
    /// Runs until `future` is ready; `None` if it sleeps and nothing would wake it.
    fn run<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Some(done);
            }
            while !woken.0.swap(false, Ordering::Relaxed) {
                let next = self.sleepers.borrow().iter().map(|(at, _)| *at).min()?;
                self.now.set(next.max(self.now.get()));
                let due = |sleeper: &mut (u64, Waker)| sleeper.0 <= next;
                let due: Vec<_> = self.sleepers.borrow_mut().extract_if(.., due).collect();
                due.into_iter().for_each(|(_, waker)| waker.wake());
            }
        }
    }

    fn serve<const CAN_DROP_FLUSH: bool>(&self) -> Option<CloseReason> {
        let (mut input, mut landing, mut output) = ([0; 512], [0; 64], [0; 300]);
        let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
        let (service, wire) = (Asks(self), Wire::<CAN_DROP_FLUSH>(self));
        self.run(Server::new(&service, &self, &LIMITS).serve(wire, buffers, pending()))
    }

    fn sent(&self) -> String {
        String::from_utf8(self.output.borrow().clone()).unwrap()
    }
}

enum Page {
    Late,
    Twice,
}

static TABLE: [Route<'static, Page>; 2] =
    [Route::new(Method::Post, "/late", Page::Late), Route::new(Method::Get, "/twice", Page::Twice)];

/// Its handlers wait a second for something that is not the connection's.
struct Asks<'w>(&'w World);

impl Service for Asks<'_> {
    type Page = Page;

    fn routes(&self) -> Routes<'_, Page> {
        static ROUTES: Routes<'static, Page> = Routes::checked(&TABLE);
        ROUTES
    }

    async fn answer(
        &self,
        call: Call<'_, Page>,
        exchange: &mut Exchange<'_, '_>,
    ) -> Result<(), Error> {
        match call.page {
            Page::Late => {
                self.0.wait_until(SECOND).await;
                while exchange.read().await?.is_some() {}
                exchange.send(&Response::new(200), b"").await
            }
            Page::Twice => {
                exchange.respond(&Response::new(200).sized(2)).await?;
                exchange.write(b"a").await?;
                self.0.wait_until(SECOND).await;
                exchange.write(b"b").await
            }
        }
    }
}

const SECOND: u64 = 1_000_000;

impl Timer for &World {
    fn now(&self) -> u64 {
        self.now.get()
    }

    /// Only a poll puts the waker down.
    fn wait_until(&self, at: u64) -> impl Future<Output = ()> {
        poll_fn(move |cx| {
            if self.now.get() >= at {
                return Poll::Ready(());
            }
            self.sleepers.borrow_mut().push((at, cx.waker().clone()));
            Poll::Pending
        })
    }
}

struct Wire<'w, const CAN_DROP_FLUSH: bool>(&'w World);

struct Half<'w>(&'w World);

impl<const CAN_DROP_FLUSH: bool> Transport for Wire<'_, CAN_DROP_FLUSH> {
    type Error = ErrorKind;

    const CAN_DROP_FLUSH: bool = CAN_DROP_FLUSH;

    fn split(&mut self) -> (impl Read<Error = ErrorKind>, impl Write<Error = ErrorKind>) {
        (Half(self.0), Half(self.0))
    }

    fn end(&mut self) {}

    fn abort(&mut self) {}
}

impl ErrorType for Half<'_> {
    type Error = ErrorKind;
}

impl Read for Half<'_> {
    async fn read(&mut self, room: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.0.input.borrow().is_empty() {
            pending::<()>().await;
        }
        let mut input = self.0.input.borrow_mut();
        let n = input.len().min(room.len());
        room.iter_mut().zip(input.drain(..n)).for_each(|(place, byte)| *place = byte);
        Ok(n)
    }
}

impl Write for Half<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let text = std::str::from_utf8(bytes).unwrap();
        let last = text.rsplit('\n').next().unwrap_or_default();
        self.0.activity.borrow_mut().push((self.0.now.get(), last.to_owned()));
        self.0.output.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.wait_until(self.0.now.get() + self.0.flush.get()).await;
        self.0.activity.borrow_mut().push((self.0.now.get(), "flushed".to_owned()));
        Ok(())
    }
}

#[test]
fn slow_a_peer_that_sends_nothing_loses_its_place() {
    let world = World::default();
    assert!(world.serve::<true>().is_some(), "no timer was asked");
    assert_eq!(world.sent(), "");
}

#[test]
fn slow_content_is_late_although_the_handler_asks_for_it_later() {
    let world = World::default();
    *world.input.borrow_mut() =
        b"POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n".to_vec();
    assert!(world.serve::<true>().is_some(), "no timer was asked");
    assert!(world.sent().starts_with("HTTP/1.1 408 "), "{}", world.sent());
    assert!(world.now.get() > SECOND);
}

/// When each part of a response was written, and flushed, where a flush takes three seconds.
fn activity<const CAN_DROP_FLUSH: bool>() -> Vec<(u64, String)> {
    let world = World::default();
    *world.input.borrow_mut() = b"GET /twice HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    world.flush.set(3 * SECOND);
    assert!(world.serve::<CAN_DROP_FLUSH>().is_some());
    assert!(world.sent().ends_with("\r\n\r\nab"), "{}", world.sent());
    world.activity.take()
}

#[test]
fn what_is_written_does_not_wait_for_the_flush_of_what_was() {
    let [a, b] = [(0, "a".to_owned()), (SECOND, "b".to_owned())];
    assert_eq!(activity::<true>(), [a, b, (4 * SECOND, "flushed".to_owned())]);
}

#[test]
fn canc_a_flush_that_must_not_be_dropped_is_waited_for() {
    let [a, b] = [(0, "a".to_owned()), (3 * SECOND, "b".to_owned())];
    let flushed = |at| (at, "flushed".to_owned());
    assert_eq!(activity::<false>(), [a, flushed(3 * SECOND), b, flushed(6 * SECOND)]);
}
