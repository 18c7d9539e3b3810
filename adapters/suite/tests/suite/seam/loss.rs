//! A loss is heard of though nobody reads; an end of input is none (RST, HALF).

use crate::subject::TcpTransport;
use crate::suite::on::on_each;
use crate::suite::seam::{Wakes, is_read_pending, lost, pair, read, reset, write};
use blazeio_driver::Transport;
use socket2::SockRef;
use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Long enough for the system to tell of something, were there something to tell of: a pause where
/// nothing comes.
const WHILE: Duration = Duration::from_millis(30);

/// Lets others have their turns until `is_so`.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        crate::suite::on::sleep(Duration::from_millis(1)).await;
    }
}

/// Lets others have their turns until the socket `is_so`.
async fn socket_until(transport: &mut TcpTransport, is_so: fn(&SockRef<'_>) -> bool) {
    while !is_so(&transport.socket().unwrap()) {
        crate::suite::on::sleep(Duration::from_millis(1)).await;
    }
}

/// Ends once the reset of the peer is here, and its runtime has asked the system for events since.
async fn is_reset(transport: &mut TcpTransport) {
    socket_until(transport, |socket| socket.peer_addr().is_err()).await;
    // A timer does not end before that.
    crate::suite::on::sleep(Duration::from_millis(1)).await;
}

async fn is_lost_pending(transport: &mut dyn Transport) -> bool {
    poll_fn(|cx| Poll::Ready(transport.poll_lost(cx).is_pending())).await
}

#[test]
fn rst_is_told_of_while_bytes_are_unread_and_stays_an_error() {
    on_each(|| async {
        let (mut near, mut far) = pair();
        assert!(is_lost_pending(&mut near).await);
        far.write_all(b"unread").unwrap();
        let has_bytes = |socket: &SockRef<'_>| socket.peek(&mut [MaybeUninit::uninit(); 8]).is_ok();
        socket_until(&mut near, has_bytes).await;
        crate::suite::on::sleep(WHILE).await;
        assert!(is_lost_pending(&mut near).await, "bytes are no loss");
        reset(far);
        assert_eq!(lost(&mut near).await.kind(), ErrorKind::ConnectionReset);
        assert_eq!(lost(&mut near).await.kind(), ErrorKind::ConnectionReset);
        // Whatever the system still gives, it never ends in order.
        let error = loop {
            match read(&mut near, 4).await {
                Ok(bytes) => assert!(!bytes.is_empty(), "a reset passed for the end of input"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(write(&mut near, b"x").await.is_err());
    });
}

#[test]
fn rst_before_the_first_question_is_told_of_at_once() {
    on_each(|| async {
        let (mut near, far) = pair();
        reset(far);
        is_reset(&mut near).await;
        assert_eq!(lost(&mut near).await.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn rst_that_a_read_or_a_write_took_is_never_an_end_of_input_after() {
    on_each(|| async {
        let (mut near, far) = pair();
        reset(far);
        for _ in 0..3 {
            let error = read(&mut near, 4).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        assert_eq!(lost(&mut near).await.kind(), ErrorKind::ConnectionReset);

        let (mut near, far) = pair();
        reset(far);
        is_reset(&mut near).await;
        let error = write(&mut near, b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let error = read(&mut near, 4).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(lost(&mut near).await.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn half_the_end_of_input_is_no_loss() {
    on_each(|| async {
        let (mut near, far) = pair();
        assert!(is_lost_pending(&mut near).await);
        far.shutdown(std::net::Shutdown::Write).unwrap();
        let waited = crate::suite::on::timeout(WHILE, lost(&mut near)).await;
        assert!(waited.is_err(), "{waited:?}");
        assert_eq!(read(&mut near, 4).await.unwrap(), b"");
        write(&mut near, b"answer").await.unwrap();
        poll_fn(|cx| near.poll_shutdown(cx)).await.unwrap();
        assert!(is_lost_pending(&mut near).await, "both ends in order are no loss");
        let mut answer = String::new();
        (&far).read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "answer");
    });
}

#[test]
fn half_a_peer_that_closed_and_then_refuses_our_bytes_is_lost_yet_ended_in_order() {
    on_each(|| async {
        let (mut near, far) = pair();
        assert!(is_lost_pending(&mut near).await);
        drop(far);
        assert_eq!(read(&mut near, 4).await.unwrap(), b"");
        write(&mut near, b"to nobody").await.unwrap();
        let kind = lost(&mut near).await.kind();
        assert!(matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{kind}");
        #[cfg(target_os = "linux")]
        assert_eq!(read(&mut near, 4).await.unwrap(), b"", "the end was told, and stays");
    });
}

#[test]
fn io_each_direction_has_a_waker_of_its_own() {
    on_each(|| async {
        let (mut near, mut far) = pair();
        let [reading, losing] = [Arc::new(Wakes::default()), Arc::new(Wakes::default())];
        let [reader, loser] = [&reading, &losing].map(|wakes| Waker::from(Arc::clone(wakes)));
        let mut room = [0; 8];
        assert!(near.poll_read(&mut Context::from_waker(&reader), &mut room).is_pending());
        assert!(near.poll_lost(&mut Context::from_waker(&loser)).is_pending());
        far.write_all(b"abc").unwrap();
        until(|| reading.count() > 0).await;
        crate::suite::on::sleep(WHILE).await;
        assert_eq!((reading.count(), losing.count()), (1, 0));
        assert_eq!(read(&mut near, 8).await.unwrap(), b"abc");
        reset(far);
        until(|| losing.count() > 0).await;
        crate::suite::on::sleep(WHILE).await;
        assert_eq!(losing.count(), 1);
        assert!(near.poll_lost(&mut Context::from_waker(&loser)).is_ready());
    });
}

#[test]
fn io_error_readiness_without_an_error_waits_on_and_does_not_spin() {
    on_each(|| async {
        let (mut near, far) = pair();
        reset(far);
        is_reset(&mut near).await;
        // Somebody else takes the error: what is left is readiness for nothing.
        assert!(near.socket().unwrap().take_error().unwrap().is_some());
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(Arc::clone(&wakes));
        for _ in 0..3 {
            assert!(near.poll_lost(&mut Context::from_waker(&waker)).is_pending());
            crate::suite::on::sleep(WHILE).await;
        }
        assert_eq!(wakes.count(), 0);
    });
}

#[test]
fn io_what_was_released_hears_of_a_loss_again() {
    on_each(|| async {
        let (mut near, mut far) = pair();
        near.release();
        for _ in 0..3 {
            assert!(is_lost_pending(&mut near).await);
            near.release();
            far.write_all(b"abc").unwrap();
            assert_eq!(read(&mut near, 8).await.unwrap(), b"abc");
            assert!(is_read_pending(&mut near).await);
        }
        assert!(is_lost_pending(&mut near).await);
        reset(far);
        assert_eq!(lost(&mut near).await.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn rst_a_reset_of_ours_reaches_the_peer() {
    on_each(|| async {
        let (mut near, mut far) = pair();
        write(&mut near, b"half an answ").await.unwrap();
        near.reset();
        drop(near);
        let error = far.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}
