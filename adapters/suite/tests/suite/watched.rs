//! Sockets that are waited for by their readiness, as a reactor that is told of it keeps it.

use blazeio_driver::socket::{Direction, Moved, SocketTransport, Watched};
use std::task::{Context, Waker};

/// Whether the next read would ask the system: without readiness it does not.
pub fn would_read(transport: &SocketTransport<impl Watched>) -> bool {
    would_ask(transport, Direction::Read)
}

/// Whether the next write would ask the system.
pub fn would_write(transport: &SocketTransport<impl Watched>) -> bool {
    would_ask(transport, Direction::Write)
}

fn would_ask(transport: &SocketTransport<impl Watched>, direction: Direction) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    let asking = |_: &_| Ok(Moved { what: (), is_exhausted: false });
    transport.watched().poll(&mut cx, direction, asking).is_ready()
}
