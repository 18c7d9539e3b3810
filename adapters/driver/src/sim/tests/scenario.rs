//! Calls as futures, and an echo.

use crate::sim::{Outcome, Simulation, Socket};
use crate::transport::Transport;
use std::future::{Future, pending, poll_fn};
use std::io::{self, ErrorKind, IoSlice};
use std::task::{Context, Poll};

/// An hour.
pub(super) const LONG: u64 = 3_600_000_000;

/// Makes a call until it is done.
pub(super) fn again<T>(
    cx: &mut Context<'_>,
    mut call: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
) -> Poll<io::Result<T>> {
    loop {
        match call(cx) {
            Poll::Ready(Err(error)) if error.kind() == ErrorKind::Interrupted => {}
            Poll::Ready(Err(error)) if error.kind() == ErrorKind::WouldBlock => {
                return Poll::Pending;
            }
            poll => return poll,
        }
    }
}

pub(super) async fn write(socket: &mut Socket, bytes: &[u8]) -> io::Result<usize> {
    // Three slices: a short write may end in any of them.
    let (first, rest) = bytes.split_at(bytes.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    let slices = [first, second, third].map(IoSlice::new);
    poll_fn(|cx| again(cx, |cx| socket.poll_write(cx, &slices))).await
}

pub(super) async fn flush(socket: &mut Socket) -> io::Result<()> {
    poll_fn(|cx| again(cx, |cx| socket.poll_flush(cx))).await
}

pub(super) async fn shutdown(socket: &mut Socket) -> io::Result<()> {
    poll_fn(|cx| again(cx, |cx| socket.poll_shutdown(cx))).await
}

pub(super) async fn lost(socket: &mut Socket) -> io::Error {
    poll_fn(|cx| socket.poll_lost(cx)).await
}

pub(super) async fn write_all(socket: &mut Socket, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match write(socket, bytes).await? {
            0 => return Err(ErrorKind::WriteZero.into()),
            n => bytes = &bytes[n..],
        }
    }
    flush(socket).await
}

pub(super) async fn read(socket: &mut Socket, room: &mut [u8]) -> io::Result<usize> {
    poll_fn(|cx| again(cx, |cx| socket.poll_read(cx, room))).await
}

/// What was read before the end, and the error that was the end, if it was one.
pub(super) async fn read_all(socket: &mut Socket) -> (Vec<u8>, Option<io::Error>) {
    let (mut all, mut room) = (Vec::new(), [0; 1024]);
    loop {
        match read(socket, &mut room).await {
            Ok(0) => return (all, None),
            Ok(n) => all.extend_from_slice(&room[..n]),
            Err(error) => return (all, Some(error)),
        }
    }
}

pub(super) async fn echo(mut socket: Socket) -> io::Result<()> {
    let mut room = [0; 1024];
    loop {
        match read(&mut socket, &mut room).await? {
            0 => return Ok(()),
            n => write_all(&mut socket, &room[..n]).await?,
        }
    }
}

/// What came back, and why no more did.
///
/// Reads and writes at once: an echo that waits for us to read does not read either.
pub(super) async fn ask(mut socket: Socket, mut question: &[u8]) -> (Vec<u8>, Option<io::Error>) {
    let (mut answer, mut is_shut) = (Vec::new(), false);
    let done = poll_fn(|cx| {
        let mut room = [0; 1024];
        loop {
            let slices = [IoSlice::new(question)];
            let wrote = match question {
                [] if is_shut => Poll::Pending,
                [] => again(cx, |cx| socket.poll_shutdown(cx)).map_ok(|()| is_shut = true),
                _ => again(cx, |cx| socket.poll_write(cx, &slices)).map(|result| match result? {
                    0 => Err(ErrorKind::WriteZero.into()),
                    n => {
                        question = &question[n..];
                        Ok(())
                    }
                }),
            };
            let read = again(cx, |cx| socket.poll_read(cx, &mut room));
            match (wrote, read) {
                (Poll::Ready(Err(error)), _) | (_, Poll::Ready(Err(error))) => {
                    return Poll::Ready(Some(error));
                }
                (_, Poll::Ready(Ok(0))) if is_shut => return Poll::Ready(None),
                (_, Poll::Ready(Ok(0))) => {
                    return Poll::Ready(Some(ErrorKind::UnexpectedEof.into()));
                }
                (_, Poll::Ready(Ok(n))) => answer.extend_from_slice(&room[..n]),
                (Poll::Ready(Ok(())), Poll::Pending) => {}
                (Poll::Pending, Poll::Pending) => return Poll::Pending,
            }
        }
    })
    .await;
    (answer, done)
}

/// Bytes that are no use to anybody in another order.
pub(super) fn question(sim: &Simulation, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    sim.dice().fill(&mut bytes);
    bytes
}

/// Lets all happen that happens without anybody doing anything.
pub(super) fn settle(sim: &Simulation) {
    assert_eq!(sim.run(pending::<()>(), LONG), Outcome::Stuck);
}

/// Makes a call that is done once nothing hinders it.
#[track_caller]
pub(super) fn now<T>(sim: &Simulation, future: impl Future<Output = T>) -> T {
    sim.run(future, LONG).unwrap()
}
