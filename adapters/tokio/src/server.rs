//! The accept loop.
//!
//! Decides when to accept and when to stop: accepting survives every error (ACPT), each
//! connection is a task of its own, and a stop closes idle connections, lets busy ones
//! finish their exchange, and gives up on the rest after a grace (SHUT).

use crate::backoff::Backoff;
use crate::link::Link;
use blazeio::{Limits, Server};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Accepts connections and gives each to `handler` in a task of its own, until `stop` ends;
/// then for `grace` at most until the last of them is closed.
///
/// `report` is told of an error of accepting that makes it pause, once each time the
/// trouble begins.
pub async fn serve<H, F>(
    listener: TcpListener,
    limits: Arc<Limits>,
    stop: impl Future<Output = ()>,
    grace: Duration,
    report: impl Fn(io::Error),
    handler: H,
) where
    H: Fn(Link<Server, TcpStream>, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut stop = pin!(stop);
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut backoff = Backoff::default();
    loop {
        tokio::select! {
            (stream, peer) = accept(&listener, &mut backoff, &report) => {
                let mut link = Link::new(stream, Arc::clone(&limits));
                link.close_when(until(stopped.clone()));
                connections.spawn(handler(link, peer));
            }
            Some(_) = connections.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    // Those that are not done by then are dropped with the set.
    let _ = tokio::time::timeout(grace, all).await;
}

/// The next connection, whatever happens before it.
async fn accept(
    listener: &TcpListener,
    backoff: &mut Backoff,
    report: &impl Fn(io::Error),
) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                backoff.clear();
                // Responses are written whole; waiting for more to send would only delay.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                let advice = backoff.after(&error);
                if advice.is_news {
                    report(error);
                }
                tokio::time::sleep(advice.pause).await;
            }
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error is the sender's end: the accept loop itself was dropped.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
