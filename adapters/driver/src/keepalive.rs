//! TCP keepalive: how a peer that vanished without a word is found out.
//!
//! Decides when the system asks a silent peer for a sign of life, and how often before the
//! connection is lost. It holds also where no deadline of ours runs: inside an exchange that
//! is quiet on purpose. Unix sockets need none: their peers cannot vanish.

use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::time::Duration;

/// When a silent peer is asked, and how often. Whole seconds; systems round the rest.
///
/// A vanished peer is gone after `idle + retries * interval`: 90 s by default.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keepalive {
    /// Silence before the first question. 60 s.
    pub idle: Duration,
    /// Between two questions. 10 s. Not every system can change it.
    pub interval: Duration,
    /// Questions without an answer until the connection is lost. 3. Not every system can
    /// change it.
    pub retries: u32,
}

impl Keepalive {
    /// The defaults, as the fields name them.
    pub const DEFAULT: Self =
        Self { idle: Duration::from_secs(60), interval: Duration::from_secs(10), retries: 3 };

    /// Turns keepalive on for `socket`, a TCP socket.
    ///
    /// # Errors
    /// The system's: not a TCP socket, a length it cannot have, a connection that is gone.
    pub fn apply(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_keepalive(&self.parameters())
    }

    fn parameters(&self) -> TcpKeepalive {
        let parameters = TcpKeepalive::new().with_time(self.idle);
        #[cfg(any(
            target_vendor = "apple",
            target_os = "android",
            target_os = "dragonfly",
            target_os = "freebsd",
            target_os = "illumos",
            target_os = "linux",
            target_os = "netbsd",
            target_os = "windows",
        ))]
        let parameters = parameters.with_interval(self.interval).with_retries(self.retries);
        parameters
    }
}

impl Default for Keepalive {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn keepalive_is_set_as_asked() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = SockRef::from(&stream);
        assert!(!socket.keepalive().unwrap());
        let asked = Keepalive {
            idle: Duration::from_secs(7),
            interval: Duration::from_secs(2),
            retries: 4,
        };
        asked.apply(&socket).unwrap();
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), asked.idle);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), asked.interval);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), asked.retries);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn keepalive_on_a_socket_that_is_not_tcp_is_an_error_and_no_panic() {
        let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(Keepalive::DEFAULT.apply(&SockRef::from(&one)).is_err());
    }
}
