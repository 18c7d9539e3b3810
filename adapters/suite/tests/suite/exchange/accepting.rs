//! Accepting from several listeners (ACPT).

use crate::stories::spread;
use crate::suite::exchange::near::{read_until, until};
use blazeio::{Response, Server};
use blazeio_driver::{Accepted, Address, Exchange, Listener, TokioIo};
use macro_rules_attribute::apply;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

/// Gives one connection: once the other one is asked, too, or is asked for nothing in a while, where
/// one thread asks both.
struct Together {
    asked: Arc<AtomicUsize>,
    connection: Option<DuplexStream>,
}

impl Listener for Together {
    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let Some(connection) = self.connection.take() else { return Poll::Pending };
        self.asked.fetch_add(1, SeqCst);
        let late = Instant::now() + Duration::from_millis(100);
        while self.asked.load(SeqCst) < 2 && Instant::now() < late {
            std::hint::spin_loop();
        }
        Poll::Ready(Ok((Box::new(TokioIo::new(connection)), Address::Unnamed)))
    }

    fn local_address(&self) -> io::Result<Address> {
        Ok(Address::Unnamed)
    }
}

#[apply(spread!)]
async fn acpt_two_listeners_keep_the_cap_together() {
    let asked = Arc::<AtomicUsize>::default();
    let (mut clients, mut listeners) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let (client, connection) = duplex(4096);
        clients.push(client);
        listeners.push(Together { asked: Arc::clone(&asked), connection: Some(connection) });
    }
    let hello = |mut exchange: Exchange<Server>| async move {
        exchange.send(&Response::new(200).close(), b"Hello").await
    };
    let serve = blazeio_driver::serve(hello).connections(1);
    let serve = listeners.into_iter().fold(serve, |serve, listener| serve.listener(listener));
    let handle = serve.start(&crate::suite::on::runtime()).unwrap();
    until(|| handle.statistics().active > 0).await;
    crate::suite::on::sleep(Duration::from_millis(150)).await;
    assert_eq!(handle.statistics().active, 1);
    // The other waits until that one is gone, and is not lost.
    let serving = clients.into_iter().map(|mut client| {
        crate::suite::on::spawn(async move {
            client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
            read_until(&mut client, "Hello").await
        })
    });
    for served in serving.collect::<Vec<_>>() {
        assert!(served.await.unwrap().starts_with("HTTP/1.1 200 "));
    }
    assert_eq!(handle.statistics().requests, 2);
}
