//! Deadlines, on embassy's clock.

use crate::LIMITS;
use crate::peer::{Raw, Served, talk_within, until};
use blazeio::{CloseReason, Limits, Timeout, Timeouts};
use embassy_time::{Duration, Instant, Timer};
use futures_lite::future::or;

/// Short waits, since real time passes.
static IMPATIENT: Limits = Limits {
    timeouts: Timeouts {
        head: Timeout::millis(150),
        idle: Timeout::millis(300),
        content: Timeout::millis(150),
        write: Timeout::millis(300),
        linger_silence: Timeout::millis(200),
        linger: Timeout::millis(400),
        ..Timeouts::DEFAULT
    },
    min_rate: 1,
    rate_credit: Timeout::millis(1),
    ..LIMITS
};

fn talk(
    conversation: impl AsyncFnOnce(&mut Raw<'_>, &Served),
) -> (Vec<&'static str>, Vec<CloseReason>) {
    talk_within(&IMPATIENT, conversation)
}

/// How long something took must be about this.
#[track_caller]
fn took(begin: Instant, millis: u64) {
    let elapsed = begin.elapsed();
    assert!(elapsed >= Duration::from_millis(millis), "too early: {elapsed:?}");
    assert!(elapsed < Duration::from_millis(millis + 2000), "too late: {elapsed:?}");
}

#[test]
fn slow_a_head_that_does_not_end_is_408() {
    let (_, reasons) = talk(async |raw: &mut Raw<'_>, served: &Served| {
        let begin = Instant::now();
        raw.send("GET / HTTP/1.1\r\nHo").await;
        let (answer, error) = raw.rest().await;
        took(begin, 140);
        assert!(answer.starts_with("HTTP/1.1 408 ") && error.is_none(), "{answer}");
        raw.socket.close();
        served.ended().await;
    });
    assert_eq!(reasons, [CloseReason::Failed]);
}

#[test]
fn slow_drops_of_a_head_buy_no_time() {
    talk(async |raw: &mut Raw<'_>, _: &Served| {
        let begin = Instant::now();
        for byte in "GET / HTTP/1.1\r\n".chars() {
            // Refused once the answer is there.
            if raw.socket.write(&[byte as u8]).await.is_err() {
                break;
            }
            Timer::after_millis(12).await;
        }
        let (answer, _) = raw.rest().await;
        took(begin, 140);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    });
}

#[test]
fn slow_content_that_does_not_come_is_408() {
    talk(async |raw: &mut Raw<'_>, _: &Served| {
        let begin = Instant::now();
        raw.send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").await;
        let (answer, _) = raw.rest().await;
        took(begin, 140);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    });
}

#[test]
fn slow_an_idle_connection_is_closed_without_a_word() {
    let (_, reasons) = talk(async |raw: &mut Raw<'_>, served: &Served| {
        raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        raw.expect("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello").await;
        let begin = Instant::now();
        assert_eq!(raw.rest().await, (String::new(), None));
        took(begin, 250);
        raw.socket.close();
        served.ended().await;
    });
    assert_eq!(reasons, [CloseReason::Timeout]);
}

#[test]
fn slow_a_peer_that_reads_nothing_is_reset() {
    let (_, reasons) = talk(async |raw: &mut Raw<'_>, served: &Served| {
        let begin = Instant::now();
        let chunk = "x".repeat(1000);
        raw.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n").await;
        // All that fits, until the server gives up.
        while raw.socket.write(chunk.as_bytes()).await.is_ok() {}
        took(begin, 250);
        served.ended().await;
    });
    assert_eq!(reasons, [CloseReason::WriteTimeout]);
}

#[test]
fn a_handler_that_takes_its_time_does_not_blame_the_peer() {
    let (notes, reasons) = talk(async |raw: &mut Raw<'_>, served: &Served| {
        // Content that is not asked for is not late.
        raw.send("GET /waiting HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").await;
        until(|| *served.pages.notes.borrow() == ["waiting"]).await;
        let mut room = [0; 512];
        let answered = async { Some(raw.socket.read(&mut room).await) };
        let silence = async {
            Timer::after_millis(500).await;
            None
        };
        assert_eq!(or(answered, silence).await, None, "neither an answer nor an end");
        raw.socket.abort();
        served.ended().await;
    });
    assert_eq!(notes, ["waiting", "dropped"]);
    assert_eq!(reasons, [CloseReason::Aborted]);
}
