//! Functions that handle an exchange.
//!
//! Decides nothing: an `async fn(&mut Exchange) -> impl IntoReply` is a handler, and so is an
//! async closure that captures nothing (what a handler needs beside its exchange is the
//! application's [state](crate::App::state)), and so is a [`Reply`] that is always the same.

use crate::abort::Abort;
use crate::exchange::Exchange;
use crate::into_reply::IntoReply;
use crate::reply::Reply;
use blazeio_driver::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// An exchange being answered, from its first middleware to its last: the one allocation of a
/// request.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A handler, whatever its type was.
pub(crate) type Handle = Arc<dyn Fn(Exchange) -> Answering + Send + Sync>;

/// A function from an exchange to a future of `T`. Implemented for every
/// `async fn(&mut Exchange) -> T`; not to be implemented otherwise.
pub trait Call<'a, T>: Send + Sync {
    /// The future.
    type Future: Future<Output = T> + Send + 'a;

    /// Calls it.
    fn call(&self, exchange: &'a mut Exchange) -> Self::Future;
}

impl<'a, T, F, A> Call<'a, T> for F
where
    F: Fn(&'a mut Exchange) -> A + Send + Sync,
    A: Future<Output = T> + Send + 'a,
{
    type Future = A;

    fn call(&self, exchange: &'a mut Exchange) -> A {
        self(exchange)
    }
}

/// Handles exchanges: an async function of an [`Exchange`], or a [`Reply`] that is always the
/// same. `M` tells the kinds of handlers apart, and is always inferred.
pub trait Handler<M>: Send + 'static {
    #[doc(hidden)]
    fn into_handle(self) -> Handle;
}

/// Of an async function whose output is `T`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Function<T>(std::marker::PhantomData<fn() -> T>);

impl<T, F> Handler<Function<T>> for F
where
    F: for<'a> Call<'a, T> + 'static,
    T: IntoReply + 'static,
{
    fn into_handle(self) -> Handle {
        let function = Arc::new(self);
        Arc::new(move |mut exchange| {
            let function = Arc::clone(&function);
            Box::pin(async move {
                if let Some(reply) = exchange.pass_before().await {
                    return exchange.conclude(reply).await;
                }
                let reply = match exchange.deadline() {
                    None => function.call(&mut exchange).await.into_reply(),
                    Some(mut deadline) => {
                        let done = deadline.hold(function.call(&mut exchange)).await;
                        done.map_or_else(|| TooLong.into_reply(), IntoReply::into_reply)
                    }
                };
                exchange.conclude(reply).await
            })
        })
    }
}

/// A handler took longer than allowed.
#[derive(Debug)]
struct TooLong;

impl IntoReply for TooLong {
    fn into_reply(self) -> Reply {
        Abort::from(self).with_status(503).into_reply()
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler took longer than allowed")
    }
}

impl std::error::Error for TooLong {}

/// Of a reply that is always the same.
#[doc(hidden)]
#[derive(Debug)]
pub struct Constant;

impl Handler<Constant> for Reply {
    /// # Panics
    /// When the reply is a stream, which could be sent once only, or tells of a failure.
    fn into_handle(self) -> Handle {
        let fixed = self.into_fixed().expect("such a reply is to be made in a function");
        Arc::new(move |exchange| answer_with(exchange, Reply::from(&fixed)))
    }
}

/// Answers by `reply`, unless middleware does.
pub(crate) fn answer_with(mut exchange: Exchange, reply: Reply) -> Answering {
    Box::pin(async move {
        let reply = exchange.pass_before().await.unwrap_or(reply);
        exchange.conclude(reply).await
    })
}
