//! Bounded work in each poll (IO).

use crate::stories::story;
use crate::suite::exchange::near::{client, near, waits, within};
use blazeio::{Method, Request, Response, Server};
use blazeio_driver::{Address, Error, Exchange, Reader, Transport, Tunnel, Writer};
use macro_rules_attribute::apply;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncWriteExt, duplex};

/// Is always interrupted when it is read, and takes one byte of each write.
struct Grains;

impl Transport for Grains {
    fn poll_read(&mut self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::Interrupted.into()))
    }

    fn poll_write(&mut self, _: &mut Context<'_>, _: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(1))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[apply(story!)]
async fn io_interruptions_and_small_writes_without_end_leave_others_their_turn() {
    let connector = crate::subject::connector();
    let mut connection = connector.over(Grains, Address::Unnamed).await.unwrap();
    let request = Request::new(Method::Post, "/", "a").streamed();
    let mut exchange = connection.open(&request).await.unwrap();
    let content = vec![b'x'; 1 << 20];
    {
        let mut write = pin!(exchange.write(&content));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(write.as_mut().poll(&mut cx).is_pending());
        within(write).await.unwrap();
    }
    exchange.finish().await.unwrap();
    assert!(waits(exchange.head()).await);
    exchange.abort();
}

#[apply(story!)]
async fn what_changes_time_outs_may_use_its_exchange() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        exchange.set_timeouts(|timeouts| {
            timeouts.idle = timeouts.head;
            exchange.set_read_size(4096);
        });
        exchange.send(&Response::new(200), b"Hello").await
    });
    let mut stream = near.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert!(
        crate::suite::exchange::near::read_until(&mut stream, "Hello")
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}

/// Everything may go to another thread while it waits.
#[apply(story!)]
async fn futures_and_what_they_hold_are_send() {
    fn is_send<T: Send>(_: &T) {}
    fn all_send<T: Send>() {}
    all_send::<(Tunnel<Server>, Reader<Server>, Writer<Server>, Error)>();
    let (ours, _server) = duplex(64);
    let mut connection = client(ours).await;
    let request = Request::new(Method::Post, "/", "a").streamed();
    {
        is_send(&connection.send(&request));
    }
    let mut exchange = connection.open(&request).await.unwrap();
    is_send(&exchange);
    {
        is_send(&exchange.head());
    }
    {
        is_send(&exchange.interim());
    }
    {
        is_send(&exchange.read());
    }
    {
        is_send(&exchange.write(b""));
    }
    {
        is_send(&exchange.flush());
    }
    {
        is_send(&exchange.finish());
    }
    is_send(&exchange.closed());
    is_send(&exchange.into_tunnel());
}
