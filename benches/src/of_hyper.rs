//! hyper's cases: its server over memory, polled by hand, once for each request.

use bytes::Bytes;
use http_body_util::Full;
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
