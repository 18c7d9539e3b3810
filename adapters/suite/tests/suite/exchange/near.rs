//! A server whose connections are made in memory.

use crate::subject::Subject;
use blazeio_driver::{
    Accepted, Address, ClientConnection, Handle, Listener, Runtime, Serve, Service, TokioIo,
    Transport, serve,
};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What nothing here may take, on a machine that is busy.
pub const LONG: Duration = Duration::from_secs(10);

/// A server in this runtime.
pub struct Near {
    pub handle: Handle,
    accept: UnboundedSender<Box<dyn Transport>>,
}

struct Pipes(UnboundedReceiver<Box<dyn Transport>>);

impl Listener for Pipes {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        match ready!(self.0.poll_recv(cx)) {
            Some(transport) => Poll::Ready(Ok((transport, Address::Unnamed))),
            None => Poll::Pending,
        }
    }

    fn local_address(&self) -> io::Result<Address> {
        Ok(Address::Unnamed)
    }
}

/// A server of `service`, as `change` has it.
pub fn near_with<S: Service>(service: S, change: impl FnOnce(Serve<S>) -> Serve<S>) -> Near {
    let (accept, accepted) = unbounded_channel();
    let runtime: Arc<dyn Runtime> = Arc::new(Subject::current());
    let handle = change(serve(service).listener(Pipes(accepted))).start(&runtime).unwrap();
    Near { handle, accept }
}

/// A server of `service`.
pub fn near<S: Service>(service: S) -> Near {
    near_with(service, |serve| serve)
}

impl Near {
    /// The client's end of a connection.
    pub fn connect(&self) -> DuplexStream {
        self.connect_by(64 * 1024, TokioIo::new)
    }

    /// The client's end of a connection that holds `size` bytes each way, whose other end is
    /// used as `make` has it.
    pub fn connect_by<T: Transport>(
        &self,
        size: usize,
        make: impl FnOnce(DuplexStream) -> T,
    ) -> DuplexStream {
        let (ours, theirs) = duplex(size);
        assert!(self.accept.send(Box::new(make(theirs))).is_ok());
        ours
    }

    /// A client's connection.
    pub async fn client(&self) -> ClientConnection {
        client(self.connect()).await
    }
}

/// A client's connection over `stream`.
pub async fn client(stream: DuplexStream) -> ClientConnection {
    crate::subject::connector().over(TokioIo::new(stream), Address::Unnamed).await.unwrap()
}

/// Reads up to `end`, and not a byte more.
pub async fn read_until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        text.push(char::from(within(stream.read_u8()).await.unwrap()));
    }
    text
}

/// Everything until the end of input.
pub async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = String::new();
    within(stream.read_to_string(&mut text)).await.unwrap();
    text
}

/// What `future` ends with, which must not take long.
#[track_caller]
pub fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        match crate::suite::on::timeout(LONG, future).await {
            Ok(done) => done,
            Err(_) => panic!("{place}: takes longer than {LONG:?}"),
        }
    }
}

/// Lets others have their turns until `is_so`, which must not take long.
#[track_caller]
pub fn until(is_so: impl Fn() -> bool) -> impl Future<Output = ()> {
    within(async move {
        while !is_so() {
            crate::suite::on::yield_now().await;
        }
    })
}

/// Whether `future` is still not done after a moment.
pub async fn waits<F: Future>(future: F) -> bool {
    crate::suite::on::timeout(Duration::from_millis(50), future).await.is_err()
}
