//! A transport's poll functions as futures, over one transport that several tasks share.

use blazeio_driver::Transport;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// A transport that tasks share, as a connection's loop and its handler do.
pub struct Shared<T>(Arc<Mutex<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Transport> Shared<T> {
    pub fn new(transport: T) -> Self {
        Self(Arc::new(Mutex::new(transport)))
    }

    pub fn with<R>(&self, ask: impl FnOnce(&mut T) -> R) -> R {
        ask(&mut self.0.lock().unwrap())
    }

    /// Calls `work` as the transport's caller does: again after `Interrupted`, later after
    /// `WouldBlock`.
    async fn patiently<R>(
        &self,
        mut work: impl FnMut(&mut T, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> io::Result<R> {
        poll_fn(|cx| {
            loop {
                match self.with(|transport| work(transport, cx)) {
                    Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                    Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                        return Poll::Pending;
                    }
                    done => return done,
                }
            }
        })
        .await
    }

    pub async fn read(&self, room: &mut [u8]) -> io::Result<usize> {
        self.patiently(|transport, cx| transport.poll_read(cx, room)).await
    }

    /// Reads `length` bytes, or fewer if they end.
    pub async fn read_length(&self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match self.read(&mut bytes[filled..]).await? {
                0 => break,
                read => filled += read,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Writes all of `bytes`, cut into slices of odd lengths, and flushes.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (first, rest) = bytes.split_at(bytes.len().min(7));
            let (second, third) = rest.split_at(rest.len().min(20_001));
            let slices = [first, &[], second, third].map(IoSlice::new);
            let written = self.patiently(|to, cx| to.poll_write(cx, &slices)).await?;
            assert!((1..=bytes.len()).contains(&written));
            bytes = &bytes[written..];
        }
        self.flush().await
    }

    pub async fn flush(&self) -> io::Result<()> {
        self.patiently(|transport, cx| transport.poll_flush(cx)).await
    }

    pub async fn shutdown(&self) -> io::Result<()> {
        self.patiently(|transport, cx| transport.poll_shutdown(cx)).await
    }
}

/// As the layer below another, to be got at from the side.
impl<T: Transport> Transport for Shared<T> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        self.with(|transport| transport.poll_read(cx, room))
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.with(|transport| transport.poll_write(cx, slices))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|transport| transport.poll_flush(cx))
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|transport| transport.poll_shutdown(cx))
    }
}
