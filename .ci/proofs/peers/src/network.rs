//! What edge-http asks of its network, and of its clock.

use crate::socket::Socket;
use blazeio_proofs::opaque;
use core::future::{Future, poll_fn, ready};
use core::net::SocketAddr;
use core::task::{Poll, Waker};
use embedded_io_async::ErrorKind;

type Done = Result<(), ErrorKind>;

impl edge_nal::Readable for Socket {
    fn readable(&mut self) -> impl Future<Output = Done> {
        poll_fn(|_| if opaque(true) { Poll::Ready(Ok(())) } else { Poll::Pending })
    }
}

impl edge_nal::Readable for &Socket {
    fn readable(&mut self) -> impl Future<Output = Done> {
        poll_fn(|_| if opaque(true) { Poll::Ready(Ok(())) } else { Poll::Pending })
    }
}

impl edge_nal::TcpShutdown for Socket {
    fn close(&mut self, _: edge_nal::Close) -> impl Future<Output = Done> {
        ready(opaque(Ok(())))
    }

    fn abort(&mut self) -> impl Future<Output = Done> {
        ready(opaque(Ok(())))
    }
}

impl edge_nal::TcpSplit for Socket {
    type Read<'a> = &'a Socket;
    type Write<'a> = &'a Socket;

    fn split(&mut self) -> (&Socket, &Socket) {
        (self, self)
    }
}

#[allow(dead_code, reason = "for the client")]
pub struct Network;

impl edge_nal::TcpConnect for Network {
    type Error = ErrorKind;
    type Socket<'a> = Socket;

    fn connect(&self, _: SocketAddr) -> impl Future<Output = Result<Socket, ErrorKind>> {
        ready(opaque(Ok(Socket)))
    }
}

struct Clock;

impl embassy_time_driver::Driver for Clock {
    fn now(&self) -> u64 {
        opaque(0)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        opaque((at, waker));
    }
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock);
