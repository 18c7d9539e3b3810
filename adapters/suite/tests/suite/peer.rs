//! Peers that are not ours: sockets of a tokio that runs in a thread of its own, whatever the
//! subject is.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::sync::LazyLock;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

static ELSEWHERE: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
});

/// Runs `future` there; its sockets can be used anywhere.
async fn elsewhere<T: Send + 'static>(
    future: impl Future<Output = io::Result<T>> + Send + 'static,
) -> io::Result<T> {
    ELSEWHERE.spawn(future).await.map_err(io::Error::other)?
}

/// A client's socket.
pub async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    elsewhere(TcpStream::connect(address)).await
}

/// A server's, at a free port of loopback.
pub async fn listen() -> io::Result<TcpListener> {
    elsewhere(TcpListener::bind("127.0.0.1:0")).await
}

/// The next connection that `listener`, which was made here, gives.
pub async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let accepted = poll_fn(|cx| {
        let _context = ELSEWHERE.enter();
        listener.poll_accept(cx)
    });
    Ok(accepted.await?.0)
}

/// The socket `stream`, which was used in blocking mode.
pub fn adopt(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    let _context = ELSEWHERE.enter();
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}
