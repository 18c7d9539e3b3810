//! How sessions end, in order and otherwise.

use crate::certificates::VERSIONS;
use crate::handshakes::ALL_MANNERS;
use crate::pairs::{open_session, records, session};
use crate::support::pipe::Manners;
use crate::support::tasks::Tasks;
use blazeio_driver::Transport;
use blazeio_driver::tls::rustls::{ProtocolVersion, SupportedProtocolVersion, version};
use std::io::{ErrorKind, IoSlice};
use std::task::{Context, Poll, Waker};

/// A close_notify as it looks from outside: the type of record, and its length.
fn close_notify(version: &SupportedProtocolVersion) -> (u8, usize) {
    match version.version {
        // Encrypted as content is: two bytes, the type, the tag.
        ProtocolVersion::TLSv1_3 => (23, 19),
        _ => (21, 26),
    }
}

#[test]
fn tls_the_end_is_flush_close_notify_flush_then_fin_and_reading_goes_on() {
    let late = vec![7; 35_000];
    for version in VERSIONS {
        for manners in ALL_MANNERS {
            let (server, client, log) = session(version, manners);
            let mut tasks = Tasks::default();
            tasks.begin(async {
                server.write_all(b"goodbye").await.unwrap();
                server.shutdown().await.unwrap();
                let (wire, is_ended) = log.first();
                assert!(is_ended);
                let records = records(&wire);
                assert_eq!(records.last(), Some(&close_notify(version)));
                assert_eq!(records.iter().filter(|it| **it == close_notify(version)).count(), 1);
                // What is said after that is still heard.
                assert!(server.read_length(late.len()).await.unwrap() == late);
                assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
                // Ended is ended.
                server.shutdown().await.unwrap();
                let error = server.write_all(b"once more").await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::BrokenPipe);
                assert_eq!(log.first().0.len(), wire.len());
            });
            tasks.begin(async {
                assert_eq!(client.read_length(100).await.unwrap(), b"goodbye");
                assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "an end stays one");
                client.write_all(&late).await.unwrap();
                client.shutdown().await.unwrap();
            });
            tasks.finish();
        }
    }
}

#[test]
fn tls_a_fin_without_close_notify_is_an_error_behind_what_was_read() {
    for version in VERSIONS {
        for manners in ALL_MANNERS {
            let (server, client, wire, _) = open_session(version, manners);
            let mut tasks = Tasks::default();
            tasks.begin(async {
                client.write_all(b"all there is").await.unwrap();
                wire.shutdown().await.unwrap();
            });
            tasks.begin(async {
                assert_eq!(server.read_length(12).await.unwrap(), b"all there is");
                for _ in 0..2 {
                    let error = server.read(&mut [0; 100]).await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                    assert!(error.to_string().contains("without close_notify"), "{error}");
                }
            });
            tasks.finish();
        }
    }
}

#[test]
fn tls_rubbish_is_an_error_behind_what_was_read_and_told_to_the_peer() {
    for version in VERSIONS {
        for manners in ALL_MANNERS {
            let (server, client, wire, log) = open_session(version, manners);
            let mut tasks = Tasks::default();
            tasks.begin(async {
                client.write_all(b"all there is").await.unwrap();
                wire.write_all(b"\x17\x03\x03\x00\x20 thirty-two bytes, but no record.")
                    .await
                    .unwrap();
            });
            tasks.begin(async {
                assert_eq!(server.read_length(12).await.unwrap(), b"all there is");
                for _ in 0..2 {
                    let error = server.read(&mut [0; 100]).await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidData);
                    assert!(error.to_string().contains("decrypt"), "{error}");
                    if manners.chop > 1 && manners.room > 100 && !manners.is_stormy {
                        // The reader itself has sent it: nobody else has to.
                        let wire = log.first().0;
                        assert_eq!(records(&wire).last(), Some(&close_notify(version)));
                    }
                }
                let error = server.write_all(b"never mind").await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidData);
                // What of the alert did not go at once goes with the end.
                server.shutdown().await.unwrap();
            });
            tasks.begin(async {
                let error = client.read(&mut [0; 100]).await.unwrap_err();
                assert!(error.to_string().contains("BadRecordMac"), "{error}");
            });
            tasks.finish();
            let (wire, _) = log.first();
            assert_eq!(records(&wire).last(), Some(&close_notify(version)), "an alert, as long");
        }
    }
}

#[test]
fn io_a_failed_write_does_not_keep_what_came_from_being_read() {
    for version in VERSIONS {
        let (server, client, _) = session(version, Manners::GOOD);
        let mut tasks = Tasks::default();
        tasks.begin(async {
            client.write_all(b"last words").await.unwrap();
            client.shutdown().await.unwrap();
        });
        tasks.finish();
        drop(tasks);
        drop(client);
        let mut tasks = Tasks::default();
        tasks.begin(async {
            for _ in 0..2 {
                let error = server.write_all(b"too late").await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::BrokenPipe);
                assert!(server.shutdown().await.is_err());
            }
            assert_eq!(server.read_length(100).await.unwrap(), b"last words");
        });
        tasks.finish();
    }
}

#[test]
fn tls_both_ends_may_end_at_once() {
    let (server, client, log) =
        session(&version::TLS13, Manners { room: 1, chop: 1, ..Manners::GOOD });
    let mut tasks = Tasks::default();
    for end in [&server, &client] {
        tasks.begin(async { end.shutdown().await.unwrap() });
        tasks.begin(async { assert_eq!(end.read(&mut [0; 9]).await.unwrap(), 0) });
    }
    tasks.finish();
    assert!(log.first().1 && log.second().1);
}

#[test]
fn tls_nothing_is_taken_once_the_end_is_on_its_way() {
    let (server, client, _) = session(&version::TLS12, Manners { room: 900, ..Manners::GOOD });
    let mut cx = Context::from_waker(Waker::noop());
    server.with(|server| {
        let slices = [IoSlice::new(&[1; 5000])];
        assert!(matches!(server.poll_write(&mut cx, &slices), Poll::Ready(Ok(5000))));
        assert!(server.poll_shutdown(&mut cx).is_pending());
        let late = server.poll_write(&mut cx, &slices);
        assert!(matches!(late, Poll::Ready(Err(error)) if error.kind() == ErrorKind::BrokenPipe));
    });
    let mut tasks = Tasks::default();
    tasks.begin(async { server.shutdown().await.unwrap() });
    tasks.begin(async { assert_eq!(client.read_length(6000).await.unwrap().len(), 5000) });
    tasks.finish();
}
