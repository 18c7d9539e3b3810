//! What watches sockets.
//!
//! Decides by what: by an epoll of the runtime's own where there is one, else by async-io. To test
//! the second where there is the first, build with `--cfg blazeio_smol_portable`.

#[cfg_attr(
    all(any(target_os = "linux", target_os = "android"), not(blazeio_smol_portable)),
    path = "epoll/mod.rs"
)]
#[cfg_attr(
    not(all(any(target_os = "linux", target_os = "android"), not(blazeio_smol_portable))),
    path = "portable.rs"
)]
mod system;

pub(crate) use system::Reactor;
pub use system::Watched;

use blazeio_driver::socket::{Direction, Moved, Stream};
use std::io;
use std::os::fd::AsFd;
use std::task::{Context, Poll};

/// What can be watched: a socket.
pub trait Pollable: AsFd + Send + 'static {}

impl<S: AsFd + Send + 'static> Pollable for S {}

impl<S: Pollable + Stream> blazeio_driver::socket::Watched for Watched<S> {
    type Stream = S;

    fn stream(&self) -> &S {
        self.get()
    }

    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        transfer: impl FnMut(&S) -> io::Result<Moved<T>>,
    ) -> Poll<io::Result<T>> {
        self.poll_transfer(cx, direction, transfer)
    }

    fn forget_loss(&self) {
        Self::forget_loss(self);
    }
}
