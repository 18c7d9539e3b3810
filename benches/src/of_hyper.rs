//! hyper's cases: its server over memory, polled by hand, once for each request.

use crate::inputs;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// A transport whose peer sends one request at a time.
struct Transport<'a> {
    request: &'a [u8],
    arrived: &'a Cell<bool>,
    written: &'a Cell<usize>,
}

impl Read for Transport<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.arrived.replace(false) {
            return Poll::Pending;
        }
        buffer.put_slice(black_box(self.request));
        Poll::Ready(Ok(()))
    }
}

impl Write for Transport<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.written.set(self.written.get() + black_box(bytes).len());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    black_box(request.uri());
    Ok(Response::new(Full::new(Bytes::from_static(b"Hello, World!"))))
}

/// Request in, response with 13 bytes of content out, on one connection.
pub fn cycle(request: &[u8], times: usize) {
    let (arrived, written) = (Cell::new(false), Cell::new(0));
    let transport = Transport { request, arrived: &arrived, written: &written };
    let mut connection = pin!(http1::Builder::new().serve_connection(transport, service_fn(hello)));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        arrived.set(true);
        let before = written.get();
        assert!(connection.as_mut().poll(&mut context).is_pending());
        assert!(written.get() > before);
    }
}

/// A transport whose peer sends a head, then the same batch of chunks so many times.
struct Upload<'a> {
    head: &'a [u8],
    batch: &'a [u8],
    rest: &'a [u8],
    times: usize,
}

impl Read for Upload<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.head.is_empty() {
            buffer.put_slice(std::mem::take(&mut self.head));
            return Poll::Ready(Ok(()));
        }
        if self.rest.is_empty() {
            if self.times == 0 {
                return Poll::Pending;
            }
            self.times -= 1;
            self.rest = self.batch;
        }
        let n = self.rest.len().min(buffer.remaining());
        let (now, later) = self.rest.split_at(n);
        buffer.put_slice(black_box(now));
        self.rest = later;
        Poll::Ready(Ok(()))
    }
}

impl Write for Upload<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Chunks of `size` bytes read as frames by a service: 64 KiB of content each time. What it
/// costs to copy the bytes from the transport is counted, which the core leaves to others.
pub fn decode(size: usize, times: usize) {
    let batch = inputs::chunks(size, inputs::BATCH);
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let transport = Upload { head, batch: &batch, rest: &[], times };
    let received = Cell::new(0);
    let service = service_fn(|request: Request<Incoming>| async {
        let mut content = request.into_body();
        while let Some(Ok(frame)) = content.frame().await {
            received.set(received.get() + frame.data_ref().map_or(0, |data| black_box(data).len()));
        }
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(transport, service));
    let mut context = Context::from_waker(Waker::noop());
    while received.get() < times * inputs::BATCH {
        assert!(connection.as_mut().poll(&mut context).is_pending());
    }
}
