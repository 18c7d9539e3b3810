//! Several futures in one task, without a heap.
//!
//! Decides their order: all, whenever the task is woken. Refuses futures that end.

use core::pin::Pin;
use core::task::{Context, Poll};

/// Polls several futures that never end, such as the places of a server that serve one
/// connection after the other: each is polled whenever the task is woken.
///
/// ```
/// use blazeio_embedded_io::Together;
/// use core::pin::pin;
///
/// async fn place(number: u8) -> core::convert::Infallible {
///     loop {
///         // accept, serve, flush
///         # let _ = number;
///         core::future::pending::<()>().await;
///     }
/// }
///
/// # fn main() { let _ = async {
/// Together::new([pin!(place(1)), pin!(place(2)), pin!(place(3))]).await;
/// # }; }
/// ```
#[derive(Debug)]
pub struct Together<'f, F, const N: usize>([Pin<&'f mut F>; N]);

impl<'f, F: Future<Output = core::convert::Infallible>, const N: usize> Together<'f, F, N> {
    /// These futures.
    #[must_use]
    pub const fn new(futures: [Pin<&'f mut F>; N]) -> Self {
        Self(futures)
    }
}

impl<F: Future<Output = core::convert::Infallible>, const N: usize> Future for Together<'_, F, N> {
    type Output = core::convert::Infallible;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        for future in &mut self.0 {
            if let Poll::Ready(never) = future.as_mut().poll(cx) {
                return Poll::Ready(never);
            }
        }
        Poll::Pending
    }
}
