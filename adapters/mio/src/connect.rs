//! Connections to others, and the addresses of names.
//!
//! Decides when a connection is made: once the socket can be written to, has no error, and
//! knows its peer. Names are looked up by the system, on a thread that may block.

use crate::shared::Shared;
use crate::watched::Watched;
use blazeio_driver::socket::{Direction, Moved, SocketTransport};
use blazeio_driver::{Address, Transport};
use mio::net::TcpStream;
#[cfg(unix)]
use mio::net::UnixStream;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// Connects to `address`.
///
/// # Errors
/// The system's; `InvalidInput` for an address without a place.
pub(crate) async fn connect(
    address: Address,
    shared: Arc<Shared>,
) -> io::Result<Box<dyn Transport>> {
    match address {
        Address::Tcp(address) => {
            let stream = Watched::new(TcpStream::connect(address)?, shared)?;
            let is_connected = |stream: &TcpStream| {
                if let Some(error) = stream.take_error()? {
                    return Err(error);
                }
                match stream.peer_addr() {
                    Err(error) if error.kind() == ErrorKind::NotConnected => {
                        Err(ErrorKind::WouldBlock.into())
                    }
                    known => known.map(|_| Moved { what: (), is_exhausted: false }),
                }
            };
            poll_fn(|cx| stream.poll_transfer(cx, Direction::Write, is_connected)).await?;
            stream.get().set_nodelay(true)?;
            Ok(Box::new(SocketTransport::new(stream)))
        }
        #[cfg(unix)]
        Address::Unix(Some(path)) => {
            // Connected at once, or not at all.
            let stream = Watched::new(UnixStream::connect(path)?, shared)?;
            Ok(Box::new(SocketTransport::new(stream)))
        }
        #[cfg(not(unix))]
        Address::Unix(Some(_)) => Err(ErrorKind::Unsupported.into()),
        _ => Err(ErrorKind::InvalidInput.into()),
    }
}

/// The addresses of `host`, each with `port`.
///
/// # Errors
/// The system's: no such name, no answer.
pub(crate) async fn resolve(
    host: String,
    port: u16,
    shared: Arc<Shared>,
) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let answer = Arc::<Mutex<Answer>>::default();
    let asking = Asking(Arc::clone(&answer));
    shared.pool.run(Box::new(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        asking.answer(found);
    }));
    poll_fn(|cx| {
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.found.take() {
            Some(found) => Poll::Ready(found),
            None => {
                answer.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

/// What a look-up found, and who waits for that.
#[derive(Default)]
struct Answer {
    found: Option<io::Result<Vec<SocketAddr>>>,
    waker: Option<Waker>,
}

/// A look-up. One that is dropped before it is over is answered all the same.
struct Asking(Arc<Mutex<Answer>>);

impl Asking {
    fn answer(&self, found: io::Result<Vec<SocketAddr>>) {
        let mut answer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answer.found.get_or_insert(found);
        let waker = answer.waker.take();
        drop(answer);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.answer(Err(io::Error::other("no thread is left to look it up")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mio;
    use crate::reactor::tests::run;
    use blazeio_driver::Runtime;
    use std::net::TcpListener;

    #[test]
    fn a_name_is_looked_up_and_an_address_is_itself() {
        run(async {
            let runtime = Mio::current();
            for (host, is_loopback) in [("127.0.0.1", true), ("localhost", true), ("::2", false)] {
                let found = runtime.resolve(host, 80).await.unwrap();
                assert!(!found.is_empty());
                for address in found {
                    assert_eq!((address.port(), address.ip().is_loopback()), (80, is_loopback));
                }
            }
            assert!(runtime.resolve("no name at all", 80).await.is_err());
        });
    }

    #[test]
    fn io_a_refused_connection_is_an_error() {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = Address::Tcp(listener.local_addr().unwrap());
            let runtime = Mio::current();
            assert!(runtime.connect(&address).await.is_ok());
            drop(listener);
            let Err(error) = runtime.connect(&address).await else { panic!("it is refused") };
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        });
    }

    /// The reactor ends while the look-up waits for a thread: nobody hangs.
    #[test]
    fn shut_a_look_up_that_is_not_begun_is_answered() {
        let waiting = run(async { Mio::current() }).resolve("localhost", 80);
        assert!(run(waiting).is_err());
    }
}
