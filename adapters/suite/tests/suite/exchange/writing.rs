//! Content that waits for its reader (MEMW).

use crate::stories::story;
use crate::suite::exchange::gate::Gate;
use crate::suite::exchange::near::{near, read_all, waits, within};
use blazeio::{Response, Server};
use blazeio_driver::{Exchange, TokioIo};
use macro_rules_attribute::apply;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::unbounded_channel;

const PIPE: usize = 4096;

#[apply(story!)]
async fn memw_content_waits_while_its_bound_is_queued() {
    for (piece, high) in [(100, None), (100, Some(1000)), (2048, None), (30_000, None)] {
        let taken = Arc::new(AtomicUsize::new(0));
        let (told, mut hears) = unbounded_channel();
        let counted = Arc::clone(&taken);
        let near = near(move |mut exchange: Exchange<Server>| {
            let (taken, told) = (Arc::clone(&counted), told.clone());
            async move {
                if let Some(high) = high {
                    exchange.set_watermarks(high / 4, high);
                }
                exchange.respond(&Response::new(200).streamed()).await?;
                let content = vec![b'x'; piece];
                while taken.load(Ordering::Relaxed) < 500_000 {
                    exchange.write(&content).await?;
                    taken.fetch_add(piece, Ordering::Relaxed);
                }
                exchange.finish().await?;
                told.send(()).unwrap();
                Ok(())
            }
        });
        let mut client = near.connect_by(PIPE, TokioIo::new);
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        assert!(waits(hears.recv()).await);
        let most = high.unwrap_or(64 * 1024) as usize + PIPE + piece;
        assert!(taken.load(Ordering::Relaxed) <= most, "{}", taken.load(Ordering::Relaxed));
        // What is queued and a little room for framing; whole buffers are counted.
        let used = near.handle.memory_used();
        assert!(used <= 2 * (high.unwrap_or(64 * 1024) as usize).max(4096) + 4096, "{used}");
        let response = read_all(&mut client).await;
        let content = response.bytes().filter(|&byte| byte == b'x').count();
        assert_eq!(content, taken.load(Ordering::Relaxed));
        assert!(response.ends_with("\r\n0\r\n\r\n"));
        within(hears.recv()).await.unwrap();
    }
}

#[apply(story!)]
async fn slow_a_write_waits_for_its_reader_and_goes_on_with_it() {
    for (pipe, size) in [(1, 10_000), (100, 1 << 20), (64 * 1024, 1 << 20)] {
        let near = near(move |mut exchange: Exchange<Server>| async move {
            exchange.send(&Response::new(200), &vec![b'x'; size]).await
        });
        let mut client = near.connect_by(pipe, TokioIo::new);
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        let response = read_all(&mut client).await;
        assert_eq!(response.split_once("\r\n\r\n").unwrap().1.len(), size);
    }
}

/// From the high mark on a write waits, and not until there is a little room, but until less
/// than the low mark is left.
#[apply(story!)]
async fn memw_a_write_that_waited_goes_on_below_the_low_mark() {
    let gate = Gate::of(0);
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let near = near(move |mut exchange: Exchange<Server>| {
        let taken = Arc::clone(&counted);
        async move {
            exchange.set_watermarks(2_000, 10_000);
            exchange.respond(&Response::new(200).sized(100_000)).await?;
            for _ in 0..100 {
                exchange.write(&[b'x'; 1_000]).await?;
                taken.fetch_add(1_000, Ordering::Relaxed);
            }
            exchange.finish().await
        }
    });
    let mut client = near.connect_by(1 << 20, |pipe| gate.before(pipe));
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let settled = async || {
        crate::suite::on::sleep(std::time::Duration::from_millis(30)).await;
        taken.load(Ordering::Relaxed)
    };
    let first = settled().await;
    assert!((9_000..=10_000).contains(&first), "{first}");
    // Above the low mark still.
    gate.open(7_000);
    assert_eq!(settled().await, first);
    gate.open(2_000);
    let then = settled().await;
    assert!((first + 7_000..=first + 10_000).contains(&then), "{then}");
    gate.open(1 << 20);
    let response = read_all(&mut client).await;
    assert_eq!(response.bytes().filter(|&byte| byte == b'x').count(), 100_000);
}

/// No transport holds up who writes what is not sent.
#[apply(story!)]
async fn io_writing_content_that_is_not_sent_does_bounded_work() {
    const ALL: usize = 1_000_000;
    for piece in [1, 10_000] {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&taken);
        let near = near(move |mut exchange: Exchange<Server>| {
            let taken = Arc::clone(&counted);
            async move {
                exchange.respond(&Response::new(200).streamed()).await?;
                let content = vec![b'x'; piece];
                while taken.fetch_add(1, Ordering::Relaxed) < ALL {
                    exchange.write(&content).await?;
                }
                exchange.finish().await
            }
        });
        let mut client = near.connect_by(PIPE, TokioIo::new);
        client.write_all(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut room = [0; 4096];
        assert!(within(client.read(&mut room)).await.unwrap() > 0, "a head, while it is written");
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken < ALL, "nobody had a turn");
    }
}
