//! What a connection needs of its transport beside reading and writing.
//!
//! Decides nothing. TCP can reset a connection, and tells of a reset while nobody reads;
//! other transports may do neither.

use std::future::{Future, pending};
use std::io;
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::net::TcpStream;

/// A byte stream that a [`Link`](crate::Link) can use.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {
    /// Makes closing a reset, so that what was cut off cannot pass for complete.
    fn reset(&self) {}

    /// Ends when the connection is lost, even if nobody reads; may never do so. The end of
    /// input is no loss: a peer may send it and still read.
    fn lost(&self) -> impl Future<Output = io::Error> + Send {
        pending()
    }
}

impl Transport for TcpStream {
    fn reset(&self) {
        // A socket that cannot be told is closed in order: nothing better is left to do.
        let _ = self.set_zero_linger();
    }

    async fn lost(&self) -> io::Error {
        match self.ready(Interest::ERROR).await {
            Ok(_) => match self.take_error() {
                Ok(Some(error)) | Err(error) => error,
                Ok(None) => io::ErrorKind::ConnectionReset.into(),
            },
            Err(error) => error,
        }
    }
}
