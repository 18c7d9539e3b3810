//! Content that is made while it is sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};

/// A stream of pieces of 16 KiB, that tells how many were taken.
pub struct Count {
    pub left: usize,
    pub taken: Arc<AtomicUsize>,
    /// Behind the last.
    pub fails: bool,
}

pub const PIECE: usize = 16 << 10;

impl Count {
    pub fn of(left: usize) -> Self {
        Self { left, taken: Arc::default(), fails: false }
    }
}

impl futures_core::Stream for Count {
    type Item = Result<Vec<u8>, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == 0 {
            let failure = std::io::Error::other("no more to be had");
            return Poll::Ready(std::mem::take(&mut self.fails).then_some(Err(failure)));
        }
        self.left -= 1;
        self.taken.fetch_add(1, SeqCst);
        Poll::Ready(Some(Ok(vec![b'x'; PIECE])))
    }
}
