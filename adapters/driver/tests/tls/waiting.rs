//! Who waits, for what, and who is woken.

use crate::certificates::VERSIONS;
use crate::pairs::{open_session, records, session};
use crate::support::pipe::Manners;
use crate::support::tasks::Tasks;
use blazeio_driver::Transport;
use blazeio_driver::tls::rustls::version;
use std::io::{ErrorKind, IoSlice};
use std::task::{Context, Poll, Waker};

#[test]
fn io_a_slow_peer_makes_the_writer_wait_and_memory_stays() {
    let room = 10_000;
    for version in VERSIONS {
        let (server, client, log) = session(version, Manners { room, ..Manners::GOOD });
        let mut idle = Tasks::default();
        idle.begin(async {
            // The tickets, where there are some.
            let _ = client.read(&mut [0]).await;
        });
        idle.settle();
        drop(idle);
        let block = vec![1; 1 << 20];
        let mut cx = Context::from_waker(Waker::noop());
        let mut taken = 0;
        while let Poll::Ready(written) =
            server.with(|server| server.poll_write(&mut cx, &[IoSlice::new(&block)]))
        {
            taken += written.unwrap();
            assert!(taken <= room + 32 * 1024, "{taken} bytes taken");
        }
        assert!(taken >= room, "{taken} bytes taken");
        let mut tasks = Tasks::default();
        tasks.begin(async { server.flush().await.unwrap() });
        tasks.begin(async { assert!(client.read_length(taken).await.unwrap() == block[..taken]) });
        tasks.finish();
        records(&log.first().0);
    }
}

#[test]
fn io_a_readers_alert_does_not_take_the_writers_place() {
    for version in VERSIONS {
        let manners = Manners { room: 2000, ..Manners::GOOD };
        let (server, client, wire, log) = open_session(version, manners);
        let (mut written, mut read) = (None, None);
        {
            let block = vec![1; 100_000];
            let mut tasks = Tasks::default();
            tasks.begin(async {
                written = Some(server.write_all(&block).await);
                server.shutdown().await.unwrap();
            });
            assert_eq!(tasks.settle(), 1, "the writer waits");
            tasks.begin(async { read = Some(server.read(&mut [0; 100]).await) });
            assert_eq!(tasks.settle(), 2, "the reader waits");
            tasks.begin(async {
                wire.write_all(b"\x17\x03\x03\x00\x20 thirty-two bytes, but no record.")
                    .await
                    .unwrap();
            });
            // The reader fails and its alert has to wait; then the wire is read, and whoever
            // waits has to be woken by that alone.
            assert_eq!(tasks.settle(), 1, "the writer waits");
            tasks.begin(async { while client.read(&mut [0; 5000]).await.is_ok() {} });
            tasks.finish();
        }
        assert_eq!(read.unwrap().unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(written.unwrap().unwrap_err().kind(), ErrorKind::InvalidData);
        let records = records(&log.first().0);
        assert!(records.len() > 3, "all that was taken came, and the alert");
    }
}

#[test]
fn io_a_reader_alone_sends_what_is_left_of_the_handshake() {
    let manners = Manners { room: 1, chop: 1, ..Manners::GOOD };
    let (server, client, log) = session(&version::TLS13, manners);
    assert!(server.with(|server| server.session().wants_write()), "tickets wait");
    let mut tasks = Tasks::default();
    for end in [&server, &client] {
        tasks.begin(async {
            let _ = end.read(&mut [0]).await;
        });
    }
    assert_eq!(tasks.settle(), 2);
    assert!(!server.with(|server| server.session().wants_write()));
    records(&log.first().0);
}

#[test]
fn io_a_reader_that_waits_asks_once() {
    for version in VERSIONS {
        let (server, client, _) = session(version, Manners::GOOD);
        let mut tasks = Tasks::default();
        tasks.begin(async { assert_eq!(server.read_length(4).await.unwrap(), b"ping") });
        tasks.settle();
        let polls = tasks.polls;
        assert!(polls <= 2, "{polls}");
        tasks.begin(async { client.write_all(b"ping").await.unwrap() });
        tasks.finish();
        assert!(tasks.polls <= polls + 3, "{}", tasks.polls);
    }
}

#[test]
fn canc_calls_that_were_given_up_lose_nothing() {
    for version in VERSIONS {
        let (server, client, _) = session(version, Manners { room: 900, ..Manners::GOOD });
        let (mut taken, mut received) = (Vec::new(), Vec::new());
        for turn in 0..300u32 {
            // One poll each, whose waker nobody will use: the caller changed its mind.
            let mut cx = Context::from_waker(Waker::noop());
            let piece = [turn as u8; 700];
            let written = server.with(|server| {
                let _ = server.poll_read(&mut cx, &mut [0; 10]);
                if turn % 7 == 0 {
                    let _ = server.poll_flush(&mut cx);
                }
                server.poll_write(&mut cx, &[IoSlice::new(&piece)])
            });
            if let Poll::Ready(written) = written {
                taken.extend_from_slice(&piece[..written.unwrap()]);
            }
            if turn % 3 == 0 {
                let mut room = [0; 611];
                let read = client.with(|client| client.poll_read(&mut cx, &mut room));
                if let Poll::Ready(read) = read {
                    received.extend_from_slice(&room[..read.unwrap()]);
                }
            }
        }
        assert!(taken.len() > 20_000, "{}", taken.len());
        let mut tasks = Tasks::default();
        tasks.begin(async { server.flush().await.unwrap() });
        let left = taken.len() - received.len();
        tasks.begin(async { received.extend(client.read_length(left).await.unwrap()) });
        tasks.finish();
        drop(tasks);
        assert!(received == taken);
    }
}

#[test]
fn io_each_call_does_bounded_work() {
    for version in VERSIONS {
        let (server, client, _) = session(version, Manners { chop: 1, ..Manners::GOOD });
        let calls = || server.with(|server| server.transport().calls());
        let mut cx = Context::from_waker(Waker::noop());
        let mut tasks = Tasks::default();
        tasks.begin(async { client.write_all(&[1; 1000]).await.unwrap() });
        tasks.begin(async { server.flush().await.unwrap() });
        tasks.finish();
        let before = calls();
        let read = server.with(|server| server.poll_read(&mut cx, &mut [0; 1000]));
        assert!(read.is_pending(), "a record, byte by byte, in one call");
        let written = server.with(|server| server.poll_write(&mut cx, &[IoSlice::new(&[1; 1000])]));
        assert!(written.is_ready());
        let flushed = server.with(|server| server.poll_flush(&mut cx));
        assert!(flushed.is_pending(), "a record, byte by byte, in one call");
        for (before, after) in before.into_iter().zip(calls()) {
            assert!((16..=64).contains(&(after - before)), "{} calls", after - before);
        }
    }
}
