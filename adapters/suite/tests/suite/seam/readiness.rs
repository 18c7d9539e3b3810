//! No call to the system too many, and none too few: readiness and its edges (IO).

use crate::stories::story;
use crate::subject::{would_read, would_write};
use crate::suite::on::FOREVER;
use crate::suite::on::on_each;
use crate::suite::seam::{Numbers, is_read_pending, pair, read, write};
use blazeio_driver::Transport;
use macro_rules_attribute::apply;
use std::future::poll_fn;
use std::io::{IoSlice, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

#[cfg(target_os = "linux")]
#[test]
fn io_after_a_short_read_the_system_is_not_asked_again_and_no_edge_is_lost() {
    on_each(|| async {
        let (mut near, mut far) = pair();
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        let mut room = [0; 64];
        for turn in 0..50_000_u32 {
            let size = 1 + numbers.below(room.len() - 1);
            let byte = turn.to_le_bytes()[0];
            far.write_all(&vec![byte; size]).unwrap();
            let mut left = size;
            while left > 0 {
                let n = poll_fn(|cx| near.poll_read(cx, &mut room)).await.unwrap();
                assert!(room[..n].iter().all(|&b| b == byte));
                left -= n;
            }
            assert!(!would_read(&near), "asks again in turn {turn}");
            assert!(is_read_pending(&mut near).await);
        }
    });
}

#[test]
fn io_a_read_that_fills_its_room_is_followed_by_another() {
    on_each(|| async {
        let (mut near, mut far) = pair();
        far.write_all(b"abcdefgh").unwrap();
        assert_eq!(read(&mut near, 4).await.unwrap(), b"abcd");
        assert_eq!(read(&mut near, 4).await.unwrap(), b"efgh");
        assert!(is_read_pending(&mut near).await);
        assert!(!would_read(&near));
    });
}

#[test]
fn io_the_end_of_input_is_read_again_and_again() {
    on_each(|| async {
        let (mut near, mut far) = pair();
        far.write_all(b"abc").unwrap();
        drop(far);
        assert_eq!(read(&mut near, 64).await.unwrap(), b"abc");
        for _ in 0..3 {
            assert_eq!(read(&mut near, 64).await.unwrap(), b"");
            assert!(would_read(&near), "the end stays readable");
        }
    });
}

/// A writer on a thread of its own, as fast as it can, against reads of any size: every edge
/// falls somewhere between a read and the clearing after it.
#[test]
fn io_no_wake_up_is_lost_to_a_writer_on_another_thread() {
    const MESSAGES: usize = 100_000;
    on_each(|| async {
        let (mut near, mut far) = pair();
        let writer = std::thread::spawn(move || {
            far.set_write_timeout(Some(FOREVER)).unwrap();
            let (mut numbers, mut next, mut total) = (Numbers(7), 0_u8, 0);
            for _ in 0..MESSAGES {
                let message: Vec<u8> = (0..=numbers.below(24))
                    .map(|_| {
                        next = next.wrapping_add(1);
                        next
                    })
                    .collect();
                far.write_all(&message).unwrap();
                total += message.len();
                if numbers.below(16) == 0 {
                    std::thread::yield_now();
                }
            }
            total
        });
        let (mut numbers, mut next, mut total) = (Numbers(11), 0_u8, 0);
        let mut room = [0; 4096];
        loop {
            let most = if numbers.below(2) == 0 { 32 } else { room.len() };
            let end = 1 + numbers.below(most);
            let n = poll_fn(|cx| near.poll_read(cx, &mut room[..end])).await.unwrap();
            if n == 0 {
                break;
            }
            for &byte in &room[..n] {
                next = next.wrapping_add(1);
                assert_eq!(byte, next);
            }
            total += n;
        }
        assert_eq!(writer.join().unwrap(), total);
    });
}

/// In volleys: nothing more comes until all of one is read, so that an edge that fell between
/// a read and the clearing after it is made good by no later one. Every worker asks the system
/// for events after every turn, so that one does while the other reads.
#[test]
fn io_no_edge_is_lost_between_a_read_and_the_clearing_after_it() {
    const VOLLEYS: usize = 8_000;
    const LENGTH: usize = 4;
    crate::suite::on::run(crate::suite::on::SPREAD, || async {
        let (mut near, mut far) = pair();
        let received = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&received);
        let reading = crate::suite::on::spawn(async move {
            let mut room = [0; 64];
            while counter.load(Ordering::SeqCst) < VOLLEYS * LENGTH {
                let n = poll_fn(|cx| near.poll_read(cx, &mut room)).await.unwrap();
                counter.fetch_add(n, Ordering::SeqCst);
            }
        });
        let writing = crate::suite::on::spawn(async move {
            for volley in 1..=VOLLEYS {
                for _ in 0..LENGTH {
                    far.write_all(b"a").unwrap();
                    crate::suite::on::yield_now().await;
                }
                while received.load(Ordering::SeqCst) < volley * LENGTH {
                    crate::suite::on::yield_now().await;
                }
            }
        });
        let all = async { (reading.await.unwrap(), writing.await.unwrap()) };
        crate::suite::on::timeout(FOREVER, all).await.expect("hangs");
    });
}

#[test]
fn io_a_slow_reader_holds_the_writer_and_gets_every_byte() {
    const TOTAL: usize = 16 << 20;
    on_each(|| async {
        let (mut near, mut far) = pair();
        let reader = std::thread::spawn(move || {
            far.set_read_timeout(Some(FOREVER)).unwrap();
            let (mut numbers, mut room, mut total) = (Numbers(3), vec![0; 1 << 16], 0_usize);
            loop {
                let end = 1 + numbers.below(room.len());
                let n = far.read(&mut room[..end]).unwrap();
                if n == 0 {
                    return total;
                }
                for (i, &byte) in room[..n].iter().enumerate() {
                    assert_eq!(usize::from(byte), (total + i) % 251);
                }
                total += n;
            }
        });
        let bytes: Vec<u8> = (0..TOTAL).map(|i| u8::try_from(i % 251).unwrap()).collect();
        write(&mut near, &bytes).await.unwrap();
        poll_fn(|cx| near.poll_shutdown(cx)).await.unwrap();
        let total = crate::suite::on::spawn_blocking(|| reader.join().unwrap()).await.unwrap();
        assert_eq!(total, TOTAL);
    });
}

/// On one thread, so that no event falls between a write and the look after it.
#[cfg(target_os = "linux")]
#[apply(story!)]
async fn io_after_a_short_write_the_system_is_not_asked_again() {
    let (mut near, mut far) = pair();
    let bytes = vec![0; 64 << 20];
    let slices = [IoSlice::new(&bytes[..1]), IoSlice::new(&bytes)];
    let mut total = poll_fn(|cx| near.poll_write(cx, &slices)).await.unwrap();
    assert!(total < bytes.len(), "too little to fill the socket");
    assert!(!would_write(&near));
    assert!(poll_fn(|cx| Poll::Ready(near.poll_write(cx, &slices).is_pending())).await);
    // Reading makes room, and wakes.
    let reader = std::thread::spawn(move || {
        far.set_read_timeout(Some(FOREVER)).unwrap();
        std::io::copy(&mut far, &mut std::io::sink()).unwrap()
    });
    for _ in 0..8 {
        total += poll_fn(|cx| near.poll_write(cx, &slices)).await.unwrap();
    }
    drop(near);
    assert_eq!(reader.join().unwrap(), u64::try_from(total).unwrap());
}
