//! A runtime and its sockets, as little of them as tests need.

use crate::support::clock::{Only, Time};
use blazeio_driver::{Runtime, Timer, Transport};
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// A socket.
pub struct Socket(pub TcpStream);

impl Transport for Socket {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(room);
        let done = Pin::new(&mut self.0).poll_read(cx, &mut room);
        done.map_ok(|()| room.filled().len())
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn socket(&self) -> Option<socket2::SockRef<'_>> {
        Some((&self.0).into())
    }
}

/// Real time.
struct Real(Instant);

struct Alarm {
    birth: Instant,
    sleep: Option<(u64, Pin<Box<Sleep>>)>,
}

impl Timer for Alarm {
    fn poll(&mut self, cx: &mut Context<'_>, at: u64) -> Poll<()> {
        let birth = self.birth;
        let arm = || Box::pin(sleep_until(birth + Duration::from_micros(at)));
        let (armed, sleep) = self.sleep.get_or_insert_with(|| (at, arm()));
        if *armed != at {
            (*armed, *sleep) = (at, arm());
        }
        sleep.as_mut().poll(cx)
    }
}

impl Time for Real {
    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap()
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(Alarm { birth: self.0, sleep: None })
    }
}

/// Tokio's time.
pub fn runtime() -> Arc<dyn Runtime> {
    Arc::new(Only(Real(Instant::now())))
}
