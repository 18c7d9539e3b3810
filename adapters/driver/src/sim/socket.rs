//! Simulated sockets: one end of a connection each.
//!
//! Decides nothing; the [connection](super::connection) does, under the world's lock.

use crate::sim::connection::Connection;
use crate::sim::environment::Environment;
use crate::sim::kernel::Kernel;
use crate::sim::probe::Probe;
use crate::sim::slot::Answer;
use crate::sim::world::World;
use crate::transport::Transport;
use std::fmt;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

/// One end of a simulated connection: a transport that does what sockets do on bad days.
///
/// Dropping it is a full close: the other end reads what is under way, then 0; or meets a
/// reset, if bytes were left unread here, or after [`reset`](Transport::reset). Once its
/// simulation was dropped, every call fails.
pub struct Socket {
    kernel: Arc<Kernel>,
    connection: u32,
    end: usize,
}

impl Socket {
    pub(super) const fn new(kernel: Arc<Kernel>, connection: u32, end: usize) -> Self {
        Self { kernel, connection, end }
    }

    /// Tells what became of this end, also when it was dropped.
    #[must_use]
    pub fn probe(&self) -> Probe {
        Probe::new(self.kernel.clone(), self.connection, self.end)
    }

    fn call<T>(
        &self,
        cx: &mut Context<'_>,
        call: impl FnOnce(&mut Connection, &mut Environment, &mut Context<'_>) -> Answer<T>,
    ) -> Poll<io::Result<T>> {
        let answer = {
            let World { env, connections, .. } = &mut *self.kernel.world();
            env.count_call();
            match env.is_over {
                true => Answer::fail(io::ErrorKind::ConnectionAborted),
                false => call(&mut connections[self.connection as usize], env, cx),
            }
        };
        answer.say(cx.waker())
    }
}

impl Transport for Socket {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        self.call(cx, |it, env, cx| it.poll_read(env, self.end, cx.waker(), room))
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.call(cx, |it, env, cx| it.poll_write(env, self.end, cx.waker(), slices))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.call(cx, |it, env, cx| it.poll_flush(env, self.end, cx.waker()))
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.call(cx, |it, env, cx| it.poll_shutdown(env, self.end, cx.waker()))
    }

    fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let World { env, connections, .. } = &mut *self.kernel.world();
        env.count_call();
        match env.is_over {
            true => Poll::Ready(io::ErrorKind::ConnectionAborted.into()),
            false => connections[self.connection as usize].poll_lost(env, self.end, cx.waker()),
        }
    }

    fn reset(&mut self) {
        self.kernel.world().connections[self.connection as usize].ends[self.end].resets = true;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let World { env, connections, .. } = &mut *self.kernel.world();
        connections[self.connection as usize].close(env, self.end);
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("connection", &self.connection)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
