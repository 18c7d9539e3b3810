//! The signals that stop a server.
//!
//! Decides which: SIGINT, as from Ctrl-C, and SIGTERM, as from whoever supervises it. A signal
//! writes a byte into a socket, which the reactor watches like any other.

use std::future::Future;
use std::io;

/// Ends at the next SIGINT or SIGTERM. Signals count from this call on. Elsewhere than on Unix
/// there are none: give `Server::until` a future of your own.
///
/// # Errors
/// The signal cannot be listened to; `Unsupported` elsewhere than on Unix.
///
/// # Panics
/// Outside of a reactor.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    let mut stop = unix::Signals::new()?;
    Ok(std::future::poll_fn(move |cx| stop.poll(cx)))
}

/// There is none: give `Server::until` a future of your own.
///
/// # Errors
/// `Unsupported`, always.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    Err::<std::future::Pending<()>, _>(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
mod unix {
    use crate::{Mio, UnixTransport};
    use blazeio_driver::Transport;
    use signal_hook::SigId;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::low_level::{pipe, unregister};
    use std::io;
    use std::os::unix::net::UnixStream;
    use std::task::{Context, Poll};

    /// The end of the socket where signals arrive, and who writes into the other end.
    pub(super) struct Signals {
        arrived: UnixTransport,
        listening: Vec<SigId>,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            let (arrived, sent) = UnixStream::pair()?;
            arrived.set_nonblocking(true)?;
            let arrived = mio::net::UnixStream::from_std(arrived);
            let arrived = UnixTransport::new(Mio::current().watch(arrived)?);
            let mut signals = Self { arrived, listening: Vec::new() };
            for signal in [SIGINT, SIGTERM] {
                signals.listening.push(pipe::register(signal, sent.try_clone()?)?);
            }
            Ok(signals)
        }

        pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
            loop {
                match self.arrived.poll_read(cx, &mut [0]) {
                    Poll::Ready(Ok(_)) => return Poll::Ready(()),
                    Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                    // The reactor has ended: nothing will be heard any more.
                    Poll::Ready(Err(_)) | Poll::Pending => return Poll::Pending,
                }
            }
        }
    }

    impl Drop for Signals {
        fn drop(&mut self) {
            for id in self.listening.drain(..) {
                unregister(id);
            }
        }
    }
}
