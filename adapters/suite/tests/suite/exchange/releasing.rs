//! What watching for a loss needs is kept while it is of use, and no longer (RST).

use crate::stories::jumping;
use crate::suite::exchange::near::{Near, near, read_until};
use crate::suite::on::sleep;
use blazeio::{Response, Server};
use blazeio_driver::{Error, Exchange, TokioIo, Transport};
use macro_rules_attribute::apply;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, DuplexStream};

/// Counts how often watching begins, and how often what it needs is released.
struct Watched {
    pipe: TokioIo<DuplexStream>,
    is_watched: bool,
    counts: Arc<[AtomicUsize; 2]>,
}

impl Transport for Watched {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        self.pipe.poll_read(cx, room)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_write(cx, slices)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe.poll_shutdown(cx)
    }

    fn poll_lost(&mut self, _: &mut Context<'_>) -> Poll<io::Error> {
        if !std::mem::replace(&mut self.is_watched, true) {
            self.counts[0].fetch_add(1, SeqCst);
        }
        Poll::Pending
    }

    fn release(&mut self) {
        self.is_watched = false;
        self.counts[1].fetch_add(1, SeqCst);
    }
}

/// Waits as long as the target says, in milliseconds.
async fn answer(mut exchange: Exchange<Server>) -> Result<(), Error> {
    let text = String::from_utf8_lossy(exchange.request().raw_target()).into_owned();
    match text.trim_start_matches('/').parse() {
        Ok(0) | Err(_) => {}
        Ok(millis) => sleep(Duration::from_millis(millis)).await,
    }
    exchange.send(&Response::new(200), b"done").await
}

/// A connection, and how often it was watched and released.
fn connect(near: &Near) -> (DuplexStream, impl Fn() -> [usize; 2]) {
    let counts = Arc::<[AtomicUsize; 2]>::default();
    let given = Arc::clone(&counts);
    let client = near.connect_by(4096, |pipe| Watched {
        pipe: TokioIo::new(pipe),
        is_watched: false,
        counts: given,
    });
    (client, move || [0, 1].map(|at: usize| counts[at].load(SeqCst)))
}

async fn ask(client: &mut DuplexStream, millis: u64) {
    let request = format!("GET /{millis} HTTP/1.1\r\nHost: a\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    read_until(client, "done").await;
}

#[apply(jumping!)]
async fn rst_a_watch_outlives_exchanges_that_follow_each_other_and_not_a_pause() {
    let near = near(answer);
    let (mut client, counts) = connect(&near);
    for _ in 0..20 {
        ask(&mut client, 200).await;
        sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(counts(), [1, 0], "each within a second of the last");
    sleep(Duration::from_millis(1000)).await;
    assert_eq!(counts(), [1, 1]);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(counts(), [1, 1]);
    // Again, and once more after an exchange that was longer than the pause.
    ask(&mut client, 200).await;
    assert_eq!(counts(), [2, 1]);
    ask(&mut client, 5000).await;
    assert_eq!(counts(), [2, 2]);
    ask(&mut client, 0).await;
    assert_eq!(near.handle.statistics().active, 1);
}

#[apply(jumping!)]
async fn rst_a_handler_that_does_not_wait_needs_no_watch() {
    let near = near(answer);
    let (mut client, counts) = connect(&near);
    for _ in 0..20 {
        ask(&mut client, 0).await;
        sleep(Duration::from_millis(1500)).await;
    }
    assert_eq!(counts(), [0, 0]);
}
