//! Every deadline of both roles, in simulated time: when it is armed, when it is not, and
//! what its end leaves (SLOW, PAUSE, EARLY, CLOCK).

mod story;

use blazeio::DeadlineCause::{Content, Continue, Drain, Head, Idle, Linger, Response, Write};
use blazeio::{CloseReason, Flow, Limits, Method, PeerErrorKind, Read, Request, Role};
use blazeio::{Response as Answer, Timeout, Timeouts, UsageError};
use story::{GET, OK, SECOND, Side, TIMELESS, asked, asking, client, get, server};

const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
const EXPECT: &str =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

fn with(timeouts: Timeouts) -> Limits {
    Limits { timeouts, ..Limits::DEFAULT }
}

#[test]
fn slow_the_first_head_has_its_time_from_accept_whatever_drips_in() {
    let mut side = server(Limits::DEFAULT);
    assert_eq!(side.deadline(), Some((Head, 10 * SECOND)));
    for second in 1..10 {
        side.at(second * SECOND).hear("GET / HTTP"[second as usize - 1..].split_at(1).0);
        assert_eq!(side.deadline(), Some((Head, 10 * SECOND)), "second {second}");
    }
    assert_eq!(side.expire(), Err(PeerErrorKind::HeadTimeout));
    side.assert_over();
}

#[test]
fn slow_a_head_that_began_is_answered_408_then_the_connection_lingers() {
    let mut side = server(Limits::DEFAULT);
    side.hear("G");
    side.at(10 * SECOND);
    let error = side.connection.expired(side.now).unwrap_err();
    assert_eq!((error.status(), error.offset()), (408, 0));
    let answer = side.error(&error).unwrap();
    assert_eq!(answer, "HTTP/1.1 408 Request Timeout¶Content-Length: 0¶Connection: close¶¶");
    assert_eq!(side.error(&error), Err(UsageError::HeadNotExpected));
    assert!(side.signals().flush && !side.signals().half_close);
    side.flush();
    assert!(side.signals().half_close && side.signals().close.is_none());
    side.assert_over();
}

#[test]
fn slow_without_a_byte_the_connection_closes_bare() {
    let mut side = server(Limits::DEFAULT);
    assert_eq!(side.expire(), Ok(Head));
    let signals = side.signals();
    assert_eq!(signals.close, Some(CloseReason::Timeout));
    assert_eq!((signals.half_close, signals.flush, signals.deadline), (false, false, None));
    assert_eq!(side.head(&Answer::new(408)), Err(UsageError::Closed));
    side.assert_over();
}

#[test]
fn slow_a_later_head_has_its_time_from_its_first_byte() {
    let mut side = asked(Limits::DEFAULT, GET);
    side.at(2 * SECOND).answer(200);
    side.at(50 * SECOND).hear("G");
    assert_eq!(side.deadline(), Some((Head, 60 * SECOND)));
    side.at(59 * SECOND).hear("E");
    assert_eq!(side.deadline(), Some((Head, 60 * SECOND)));
    assert_eq!(side.expire(), Err(PeerErrorKind::HeadTimeout));
}

#[test]
fn slow_a_pipelined_head_has_no_clock_while_the_exchange_before_lasts() {
    let mut side = asked(Limits::DEFAULT, &format!("{GET}GET /2"));
    assert_eq!(side.at(100 * SECOND).deadline(), None);
    side.answer(200);
    assert_eq!(side.hear(""), "");
    assert_eq!(side.deadline(), Some((Head, 110 * SECOND)));
}

#[test]
fn slow_idle_counts_between_exchanges_only() {
    let mut side = asked(Limits::DEFAULT, GET);
    assert_eq!(side.at(80 * SECOND).deadline(), None);
    side.answer(200);
    assert_eq!(side.deadline(), Some((Idle, 155 * SECOND)));
    side.at(90 * SECOND);
    assert_eq!(side.deadline(), Some((Idle, 155 * SECOND)));
    assert_eq!(side.expire(), Ok(Idle));
    assert_eq!(side.signals().close, Some(CloseReason::Timeout));
    assert!(!side.signals().half_close);
    side.assert_over();
}

#[test]
fn shut_idle_does_not_count_while_the_last_response_is_unsent() {
    let mut side = asked(Limits::DEFAULT, GET);
    side.head(&Answer::new(200).sized(60_000)).unwrap();
    side.content(&[0; 60_000]).unwrap();
    side.end().unwrap();
    // 300 bytes a second are more than the least rate.
    for second in 1..=100 {
        side.at(second * SECOND);
        assert_ne!(side.deadline().map(|d| d.0), Some(Idle), "second {second}");
        assert_eq!(side.connection.expired(side.now), Ok(()));
        let _ = side.connection.sent(300, side.now);
    }
    side.flush();
    assert_eq!(side.deadline(), Some((Idle, 175 * SECOND)));
}

#[test]
fn slow_content_must_hold_the_mean_rate_after_its_grace() {
    let mut side = asked(Limits::DEFAULT, POST);
    assert_eq!(side.deadline(), Some((Content, 5 * SECOND)));
    // Each second pays for half of itself.
    for second in 1..=9 {
        side.at(second * SECOND).hear([0; 120]);
        assert_eq!(side.deadline(), Some((Content, 5 * SECOND + second * SECOND / 2)));
    }
    side.at(9_500_000);
    let error = side.connection.expired(side.now).unwrap_err();
    assert_eq!(error.kind(), PeerErrorKind::ContentTimeout);
    assert!(side.error(&error).unwrap().starts_with("HTTP/1.1 408 "));
    side.assert_over();
}

#[test]
fn slow_content_time_stands_still_while_it_is_not_the_peer_s_turn() {
    // While the application holds events: between `receive` and `signals`.
    let mut side = asked(Limits::DEFAULT, POST);
    side.at(60 * SECOND);
    assert_eq!(side.deadline(), Some((Content, 65 * SECOND)));
    // While what was handed over is above its high mark.
    side.at(61 * SECOND).hear([0; 240]);
    assert_eq!(side.connection.queued(64 * 1024), Some(Flow::Pause));
    assert_eq!(side.at(62 * SECOND).deadline(), None);
    assert_eq!(side.signals().read, Read::PausedByInput);
    assert_eq!(side.connection.released(64 * 1024), Some(Flow::Resume));
    // Of the grace one second was used, and paid for by 240 bytes.
    assert_eq!(side.at(100 * SECOND).deadline(), Some((Content, 105 * SECOND)));
    assert_eq!(side.signals().read, Read::Wanted);
    // After the final head.
    side.head(&Answer::new(200).streamed()).unwrap();
    side.flush();
    assert_eq!(side.at(500 * SECOND).deadline(), None);
}

#[test]
fn slow_content_time_does_not_run_while_the_peer_waits_for_100() {
    let mut side = asked(Limits::DEFAULT, EXPECT);
    assert!(side.signals().continue_due);
    assert_eq!(side.at(9 * SECOND).deadline(), None);
    let _ = side.connection.send_continue(&mut [0; 64]).unwrap();
    side.flush();
    assert_eq!(side.deadline(), Some((Content, 14 * SECOND)));
}

#[test]
fn slow_rates_can_be_lifted() {
    let without = Limits { min_rate: 0, ..Limits::DEFAULT };
    let off = with(Timeouts { content: Timeout::OFF, write: Timeout::OFF, ..Timeouts::DEFAULT });
    for limits in [without, off] {
        let mut side = asked(limits, POST);
        assert_eq!(side.deadline(), None);
        side.head(&Answer::new(200).streamed()).unwrap();
        assert_eq!(side.deadline(), None);
    }
}

#[test]
fn slow_credit_for_fast_bytes_is_capped() {
    let mut side = asked(Limits::DEFAULT, POST);
    side.signals();
    side.at(SECOND).hear([0; 500_000]);
    assert_eq!(side.deadline(), Some((Content, 66 * SECOND)));

    let mut side = asked(Limits::DEFAULT, GET);
    side.head(&Answer::new(200).sized(500_001)).unwrap();
    side.content(&[0; 500_001]).unwrap();
    side.signals();
    let _ = side.connection.sent(500_000, SECOND);
    assert_eq!(side.at(SECOND).deadline(), Some((Write, 66 * SECOND)));
}

#[test]
fn slow_a_reader_must_hold_the_mean_rate_while_bytes_are_unsent() {
    let mut side = asked(Limits::DEFAULT, GET);
    side.head(&Answer::new(200).streamed()).unwrap();
    side.flush();
    // A quiet event stream: nothing is unsent, nothing counts.
    assert_eq!(side.at(1000 * SECOND).deadline(), None);
    side.content(&[0; 1000]).unwrap();
    // The bytes of the head took no time: what they paid for is left.
    let seconds = |(cause, at): (_, u64)| (cause, at / SECOND);
    assert_eq!(side.deadline().map(seconds), Some((Write, 1005)));
    let _ = side.connection.sent(240, 1003 * SECOND);
    assert_eq!(side.at(1003 * SECOND).deadline().map(seconds), Some((Write, 1006)));
    assert_eq!(side.expire(), Ok(Write));
    let signals = side.signals();
    assert_eq!((signals.close, signals.reset), (Some(CloseReason::WriteTimeout), true));
    side.assert_over();
}

#[test]
fn slow_an_error_response_that_is_not_read_ends_too() {
    let mut side = server(Limits::DEFAULT);
    let error = side.fail("x\r\n");
    side.error(&error).unwrap();
    assert_eq!(side.deadline(), Some((Write, 5 * SECOND)));
    assert_eq!(side.expire(), Ok(Write));
    assert_eq!(side.signals().close, Some(CloseReason::WriteTimeout));
}

#[test]
fn early_lingering_has_a_silence_and_a_whole() {
    let mut side = asked(Limits::DEFAULT, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    side.head(&Answer::new(200)).unwrap();
    side.end().unwrap();
    assert_eq!(side.deadline().unwrap().0, Write, "not while bytes are unsent");
    side.at(SECOND).flush();
    assert!(side.signals().half_close);
    side.connection.half_closed();
    assert!(!side.signals().half_close);
    assert_eq!(side.signals().read, Read::Drain);
    assert_eq!(side.deadline(), Some((Linger, 6 * SECOND)));
    for second in [5, 9, 13, 17, 21, 25] {
        assert_eq!(side.at(second * SECOND).hear("x"), "closed PeerClose");
        assert_eq!(side.deadline(), Some((Linger, (second + 5) * SECOND)));
    }
    side.at(29 * SECOND).hear("x");
    assert_eq!(side.deadline(), Some((Linger, 31 * SECOND)), "30 s in all");
    assert_eq!(side.expire(), Ok(Linger));
    assert_eq!(side.signals().close, Some(CloseReason::PeerClose));
    assert_eq!(side.deadline(), None);
}

#[test]
fn early_lingering_ends_with_the_peer_s_end() {
    let mut side = asked(Limits::DEFAULT, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    side.answer(200);
    side.connection.half_closed();
    assert_eq!(side.signals().close, None);
    side.connection.end_of_input();
    assert_eq!(side.signals().close, Some(CloseReason::PeerClose));
    assert_eq!(side.deadline(), None);
}

#[test]
fn cl0_the_rest_of_an_answered_request_has_its_time() {
    let mut side = asked(Limits::DEFAULT, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    side.at(3 * SECOND).answer(200);
    assert_eq!(side.signals().read, Read::Drain);
    assert_eq!(side.deadline(), Some((Drain, 4 * SECOND)));
    assert_eq!(side.at(3_500_000).hear("12345678"), "discarded");
    assert_eq!(side.deadline(), Some((Drain, 4 * SECOND)), "absolute");
    assert_eq!(side.expire(), Ok(Drain));
    assert_eq!(side.connection.close_reason(), Some(CloseReason::UnreadContent));
    assert!(side.signals().half_close);
    side.assert_over();
}

#[test]
fn slow_a_client_waits_for_one_thing_at_a_time() {
    let wait = with(Timeouts { response: Timeout::secs(20), ..Timeouts::DEFAULT });
    let mut side = client(wait);
    assert_eq!(side.deadline(), Some((Idle, 75 * SECOND)));
    side.at(SECOND).head(&Request::new(Method::Post, "/", "a").sized(3)).unwrap();
    assert_eq!(side.deadline(), None, "bytes are unsent");
    side.flush();
    assert_eq!(side.deadline(), None, "the request is not complete");
    side.content(b"abc").unwrap();
    side.end().unwrap();
    assert_eq!(side.deadline(), None);
    side.at(2 * SECOND).flush();
    assert_eq!(side.deadline(), Some((Response, 22 * SECOND)));
    side.at(3 * SECOND).hear("H");
    assert_eq!(side.deadline(), Some((Head, 13 * SECOND)));
    side.at(4 * SECOND).hear(&OK[1..]);
    assert_eq!(side.deadline(), Some((Idle, 79 * SECOND)));
    assert_eq!(side.expire(), Ok(Idle));
    assert_eq!(side.signals().close, Some(CloseReason::Timeout));
    side.assert_over();
}

#[test]
fn slow_a_client_gives_up_on_a_response_that_does_not_begin() {
    let wait = with(Timeouts { response: Timeout::secs(20), ..Timeouts::DEFAULT });
    let mut side = asking(wait, &get());
    assert_eq!(side.expire(), Err(PeerErrorKind::ResponseTimeout));
    assert_eq!(side.signals().close, Some(CloseReason::Failed));
    side.assert_over();
    // Off by default.
    assert_eq!(asking(Limits::DEFAULT, &get()).deadline(), None);
}

#[test]
fn slow_a_response_head_has_its_time_from_its_first_byte() {
    let mut side = asking(Limits::DEFAULT, &get());
    for second in 0..10 {
        side.at((100 + second) * SECOND).hear("H".repeat(usize::from(second == 0)));
        assert_eq!(side.deadline(), Some((Head, 110 * SECOND)));
    }
    assert_eq!(side.expire(), Err(PeerErrorKind::HeadTimeout));
    side.assert_over();
}

#[test]
fn slow_each_interim_response_begins_a_clock_of_its_own() {
    let mut side = asking(Limits::DEFAULT, &get());
    side.at(SECOND).hear("H");
    assert_eq!(side.deadline(), Some((Head, 11 * SECOND)));
    side.at(9 * SECOND).hear("TTP/1.1 103 \r\n\r\n");
    assert_eq!(side.deadline(), None);
    side.at(12 * SECOND).hear("HTTP/1.1 103 \r\n\r\nH");
    assert_eq!(side.deadline(), Some((Head, 22 * SECOND)));
    side.at(20 * SECOND).hear("TTP/1.1 103 \r\n\r\nH");
    assert_eq!(side.deadline(), Some((Head, 30 * SECOND)));
}

#[test]
fn slow_response_content_has_no_rate() {
    let mut side = asking(Limits::DEFAULT, &get());
    side.hear("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1");
    assert_eq!(side.at(9999 * SECOND).deadline(), None);
}

#[test]
fn expect_the_wait_for_100_counts_from_the_head_sent_and_lets_content_go() {
    let request = Request::new(Method::Post, "/", "a").sized(1).expect_continue();
    let mut side = client(Limits::DEFAULT);
    side.head(&request).unwrap();
    assert_eq!(side.deadline(), None, "the head is unsent");
    side.at(SECOND).flush();
    assert_eq!(side.deadline(), Some((Continue, 2 * SECOND)));
    assert_eq!(side.content(b"x"), Err(UsageError::AwaitingContinue));
    assert_eq!(side.expire(), Ok(Continue));
    assert_eq!(side.deadline(), None);
    assert_eq!(side.content(b"x").as_deref(), Ok("x"));
}

#[test]
fn set_timeouts_lasts_for_one_exchange() {
    let mut side = asked(Limits::DEFAULT, POST);
    side.connection.set_timeouts(Timeouts { content: Timeout::secs(50), ..Timeouts::OFF });
    assert_eq!(side.deadline(), Some((Content, 50 * SECOND)));
    side.hear(vec![0; 1_000_000]);
    side.answer(200);
    assert_eq!(side.connection.timeouts(), Timeouts::DEFAULT);
    assert_eq!(side.deadline(), Some((Idle, 75 * SECOND)));

    let mut side = asking(Limits::DEFAULT, &get());
    side.connection.set_timeouts(Timeouts { response: Timeout::secs(1), ..Timeouts::DEFAULT });
    assert_eq!(side.deadline(), Some((Response, SECOND)));
    side.hear(OK);
    side.ask(&get());
    side.flush();
    assert_eq!(side.deadline(), None);
}

/// Both roles in every state that a deadline of the defaults belongs to.
fn in_every_wait(
    limits: Limits,
    server_side: impl Fn(Side<blazeio::Server>),
    client_side: impl Fn(Side<blazeio::Client>),
) {
    let begun = |text: &str| {
        let mut side = server(limits);
        side.hear(text);
        side
    };
    let answered = |text: &str| {
        let mut side = begun(text);
        side.answer(200);
        side
    };
    let unread = |text: &str| {
        let mut side = begun(text);
        side.head(&Answer::new(200)).unwrap();
        side
    };
    server_side(server(limits));
    server_side(begun("G"));
    server_side(begun(POST));
    server_side(unread(GET));
    server_side(answered(GET));
    server_side(answered("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"));
    server_side(answered("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    client_side(client(limits));
    client_side(asking(limits, &get()));
    client_side(asking(limits, &Request::new(Method::Put, "/", "a").sized(1).expect_continue()));
    let mut reading = asking(limits, &get());
    reading.hear("H");
    client_side(reading);
}

fn assert_timeless<R: Role>(mut side: Side<R>) {
    side.at(u64::MAX / 2);
    assert_eq!(side.deadline(), None);
    let before = side.signals();
    assert_eq!(side.connection.expired(u64::MAX), Ok(()));
    assert_eq!(side.signals(), before);
}

#[test]
fn off_arms_nothing() {
    in_every_wait(TIMELESS, assert_timeless, assert_timeless);
}

fn assert_patient<R: Role>(mut side: Side<R>) {
    let signals = side.signals();
    let deadline = signals.deadline.expect("a deadline");
    assert_eq!(side.connection.expired(deadline.at - 1), Ok(()));
    assert_eq!(side.signals(), signals, "nothing happened before its time");
    let _ = side.connection.expired(deadline.at);
    assert_ne!(side.signals(), signals, "{:?}", deadline.cause);
}

#[test]
fn expired_before_the_deadline_does_nothing_and_at_it_something() {
    let limits = with(Timeouts { response: Timeout::secs(20), ..Timeouts::DEFAULT });
    in_every_wait(limits, assert_patient, assert_patient);
}

fn assert_steady<R: Role + Clone>(side: Side<R>) {
    let times = [0, 1, SECOND, 3_600 * SECOND, i64::MAX as u64, u64::MAX - 1, u64::MAX];
    for first in times {
        for second in times {
            let mut side = side.clone();
            for now in [first, second, first] {
                side.at(now).signals();
                side.hear("x");
                let _ = side.connection.sent(1, now);
                side.signals();
                let _ = side.connection.expired(second);
            }
        }
    }
}

#[test]
fn clock_jumps_to_any_time_never_panic() {
    in_every_wait(Limits::DEFAULT, assert_steady, assert_steady);
}

#[test]
fn clock_that_goes_back_only_lengthens_a_wait() {
    let mut side = asked(Limits::DEFAULT, POST);
    side.at(10 * SECOND).signals();
    side.at(SECOND).hear("");
    assert_eq!(side.deadline(), Some((Content, 6 * SECOND)));
    let mut side = server(Limits::DEFAULT);
    side.at(u64::MAX).signals();
    assert_eq!(side.connection.expired(u64::MAX), Ok(()));
    side.assert_over();
}

#[test]
fn pause_a_time_out_during_a_response_cuts_it_off() {
    let mut side = asked(Limits::DEFAULT, GET);
    side.head(&Answer::new(200).sized(5)).unwrap();
    side.signals();
    assert_eq!(side.expire(), Ok(Write));
    assert_eq!(side.content(b"12345"), Err(UsageError::Closed));
    side.assert_over();
}

#[test]
fn upg_an_open_tunnel_has_no_deadline() {
    let mut side = asked(Limits::DEFAULT, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    side.head(&Answer::new(200)).unwrap();
    assert_eq!(side.deadline(), Some((Write, 5 * SECOND)), "not open yet");
    side.flush();
    assert_eq!(side.hear(""), "tunnel");
    assert_eq!(side.at(9999 * SECOND).deadline(), None);
}
