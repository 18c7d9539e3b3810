//! What transports over sockets of the system have in common, whichever runtime watches them.
//!
//! Decides what a read or write tells beside its bytes:
//!
//! - An error that one call took from the socket is [kept](Loss), since the socket then reads as
//!   if its input had ended in order. What was reset never passes for complete (RST, BODYX).
//! - A read that left room in the buffer emptied the socket, and a write that was cut short
//!   filled it: asking the system again would get a refusal. A runtime that knows its socket
//!   to be waited for from then on need not ask.
//!
//! And what reactors have in common that are told of readiness at its edges, as by epoll: the
//! [readiness](Readiness) of one socket, the [numbers](Sources) of all that are watched, and the
//! [transport](SocketTransport) over whatever can be [waited for](Watched).

mod readiness;
mod sources;
mod transport;

pub use readiness::{Direction, Readiness, Ready};
pub use sources::Sources;
pub use transport::{Moved, SocketTransport, Stream, Watched};

use socket2::SockRef;
use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;

/// Every system takes this many slices in one write; one that is given more may take a part.
const SURE_SLICES: usize = 16;

/// Why a socket's connection is lost, if it is known to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Loss(Option<ErrorKind>);

impl Loss {
    /// Nothing is known.
    pub const NONE: Self = Self(None);

    /// The error that the connection was lost by.
    #[must_use]
    pub fn error(self) -> Option<io::Error> {
        self.0.map(Into::into)
    }

    /// Keeps the error that the socket was found to have, and gives it back.
    pub fn found(&mut self, error: io::Error) -> io::Error {
        self.0 = Some(error.kind());
        error
    }

    /// What a read or write comes to: its error is kept, unless it says nothing of the
    /// connection or only of one direction.
    ///
    /// # Errors
    /// That of `moved`.
    pub fn transferred(&mut self, moved: io::Result<usize>) -> io::Result<usize> {
        moved.map_err(|error| match error.kind() {
            ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::BrokenPipe => error,
            _ => self.found(error),
        })
    }

    /// What a read comes to, as [`transferred`](Self::transferred) has it; but one of 0 bytes is
    /// the end of input only if no error was taken from the socket before. A peer that refuses
    /// what we write has ended its input in order, if it has.
    ///
    /// # Errors
    /// That of `read`, or the one that was kept.
    pub fn read(&mut self, read: io::Result<usize>) -> io::Result<usize> {
        match (read, self.0) {
            (Ok(0), Some(kind)) if kind != ErrorKind::BrokenPipe => Err(kind.into()),
            (read, _) => self.transferred(read),
        }
    }
}

/// Whether a read of `n` bytes into `room` bytes left the socket empty. The end of input does not
/// count: it can be read again and again.
#[must_use]
pub const fn is_emptied(n: usize, room: usize) -> bool {
    n > 0 && n < room
}

/// Whether a write of `n` bytes of `slices` left the socket full.
#[must_use]
pub fn is_filled(n: usize, slices: &[IoSlice<'_>]) -> bool {
    let all = slices.iter().fold(0_usize, |sum, slice| sum.saturating_add(slice.len()));
    n > 0 && n < all && slices.len() <= SURE_SLICES
}

/// Ends the write direction of `socket`.
///
/// # Errors
/// The system's; none where both directions have ended already, and nothing is left to end.
pub fn end_output(socket: &SockRef<'_>) -> io::Result<()> {
    match socket.shutdown(Shutdown::Write) {
        Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: ErrorKind) -> io::Result<usize> {
        Err(kind.into())
    }

    #[test]
    fn rst_an_error_that_a_call_took_is_no_end_of_input_after() {
        let mut loss = Loss::NONE;
        assert_eq!(loss.read(Ok(0)).unwrap(), 0);
        assert!(loss.transferred(failed(ErrorKind::ConnectionReset)).is_err());
        assert_eq!(loss.read(Ok(3)).unwrap(), 3, "bytes that came before are read");
        for _ in 0..2 {
            assert_eq!(loss.read(Ok(0)).unwrap_err().kind(), ErrorKind::ConnectionReset);
        }
        assert_eq!(loss.error().unwrap().kind(), ErrorKind::ConnectionReset);
    }

    #[test]
    fn half_what_says_nothing_of_the_connection_is_not_kept() {
        let mut loss = Loss::NONE;
        for kind in [ErrorKind::Interrupted, ErrorKind::WouldBlock, ErrorKind::BrokenPipe] {
            assert_eq!(loss.transferred(failed(kind)).unwrap_err().kind(), kind);
            assert_eq!(loss.read(failed(kind)).unwrap_err().kind(), kind);
            assert_eq!(loss, Loss::NONE);
        }
        loss.found(ErrorKind::BrokenPipe.into());
        assert_eq!(loss.error().unwrap().kind(), ErrorKind::BrokenPipe);
        assert_eq!(loss.read(Ok(0)).unwrap(), 0, "refused bytes are no end of the peer's");
    }

    #[test]
    fn io_short_transfers_tell_and_others_do_not() {
        assert_eq!([0, 1, 7, 8].map(|n| is_emptied(n, 8)), [false, true, true, false]);
        let slices = [IoSlice::new(b"abc"), IoSlice::new(b""), IoSlice::new(b"de")];
        assert_eq!([0, 1, 4, 5].map(|n| is_filled(n, &slices)), [false, true, true, false]);
        let many = [IoSlice::new(b"ab"); SURE_SLICES + 1];
        assert!(!is_filled(3, &many), "a system may take fewer slices");
        assert!(is_filled(3, &many[1..]));
    }

    #[test]
    fn shut_what_has_ended_already_ends_again() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let far = listener.accept().unwrap().0;
        far.shutdown(Shutdown::Both).unwrap();
        for _ in 0..3 {
            end_output(&SockRef::from(&near)).unwrap();
        }
        drop((near, far));
        let unconnected = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        end_output(&SockRef::from(&unconnected.unwrap())).unwrap();
    }
}
