//! Calls in the documented order, but late: `expired` after what was awaited has come, an end
//! that was cut short, an empty line between two requests (CLOCK, PANIC, SLOW).

use blazeio::{
    Client, Connection, DeadlineCause, Event, Limits, Method, Request, Response, Server,
};

static LIMITS: Limits = Limits::DEFAULT;
const SECOND: u64 = 1_000_000;

fn server() -> Connection<Server> {
    Connection::new(&LIMITS, 0)
}

#[test]
fn clock_a_head_that_came_in_time_does_not_expire() {
    let mut server = server();
    let mut input = *b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let step = server.receive(&mut input[..9], SECOND).unwrap();
    assert_eq!(step.event, Event::NeedInput);
    assert_eq!(server.signals(SECOND).deadline.unwrap().at, 10 * SECOND);
    let step = server.receive(&mut input, 10 * SECOND - 1).unwrap();
    assert!(matches!(step.event, Event::Request(_)));
    assert_eq!(server.expired(10 * SECOND), Ok(()));
    assert!(server.send_head(&Response::new(200), &mut [0; 99]).is_ok());
}

#[test]
fn slow_the_content_rate_ends_with_the_final_head() {
    let mut server = server();
    let mut input = *b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
    assert!(server.receive(&mut input, 0).is_ok());
    assert_eq!(server.signals(0).deadline.unwrap().at, 5 * SECOND);
    let head = server.send_head(&Response::new(200).sized(1), &mut [0; 99]).unwrap();
    server.sent(head.written, 0);
    assert_eq!(server.expired(5 * SECOND), Ok(()));
    assert!(server.send_content(b"x", &mut [0; 9]).is_ok());
}

#[test]
fn clock_a_request_ends_a_clients_idle_time() {
    let mut client = Connection::<Client>::new(&LIMITS, 0);
    assert_eq!(client.signals(0).deadline.unwrap().at, 75 * SECOND);
    let head = client.send_head(&Request::new(Method::Get, "/", "a"), &mut [0; 99]).unwrap();
    client.sent(head.written, 75 * SECOND);
    assert_eq!(client.expired(75 * SECOND), Ok(()));
    assert_eq!(client.close_reason(), None);
}

#[test]
fn panic_nothing_follows_an_abort() {
    let mut server = server();
    let mut input = *b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
    assert!(server.receive(&mut input, 0).is_ok());
    let _ = server.signals(0);
    server.abort();
    let reason = server.close_reason();
    assert_eq!(server.expired(50 * SECOND), Ok(()));
    assert_eq!(server.close_reason(), reason);
}

#[test]
fn panic_a_cut_until_close_response_is_reset_to_its_last_byte() {
    for cut in [0, 5] {
        let mut server = server();
        let mut input = *b"GET / HTTP/1.0\r\n\r\n";
        assert!(server.receive(&mut input, 0).is_ok());
        let mut out = [0; 256];
        let mut len = server.send_head(&Response::new(200).streamed(), &mut out).unwrap().written;
        len += server.send_content(b"0123456789", &mut out).unwrap().written;
        len += server.send_end(&[], &mut out).unwrap().written;
        server.sent(len - cut, 0);
        server.abort();
        assert_eq!(server.signals(0).reset, cut > 0);
    }
}

#[test]
fn slow_an_empty_line_begins_no_message() {
    let mut server = server();
    let mut input = *b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert!(server.receive(&mut input, 0).is_ok());
    let mut len = server.send_head(&Response::new(200), &mut [0; 99]).unwrap().written;
    len += server.send_end(&[], &mut []).unwrap().written;
    server.sent(len, 0);
    let idle = server.signals(0).deadline;
    let step = server.receive(&mut b"\r\n".to_vec(), SECOND).unwrap();
    assert_eq!((step.consumed, step.event), (2, Event::NeedInput));
    let deadline = server.signals(SECOND).deadline.unwrap();
    assert_eq!(deadline.cause, idle.unwrap().cause);
    assert!(server.is_idle());
}

/// When a response has to be taken that is given out at 9 s, after one of 24,000 bytes that was taken
/// at once, but for so many.
fn end_of_the_second_response(sent_before_end: bool, left: usize) -> u64 {
    let mut server = server();
    let mut input = *b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut out = [0; 24_999];
    for now in [0, 9 * SECOND] {
        let step = server.receive(&mut input, now).unwrap();
        assert!(matches!(step.event, Event::Request(_)));
        assert_eq!(server.receive(&mut [], now).unwrap().event, Event::End);
        let mut len =
            server.send_head(&Response::new(200).sized(24_000), &mut out).unwrap().written;
        len += server.send_content(&[b'x'; 24_000], &mut out).unwrap().written;
        if now > 0 {
            break;
        }
        if sent_before_end {
            server.sent(len - left, now);
        }
        len += server.send_end(&[], &mut out).unwrap().written;
        if !sent_before_end {
            server.sent(len - left, now);
        }
        let _ = server.signals(now);
    }
    let deadline = server.signals(9 * SECOND).deadline.unwrap();
    assert_eq!(deadline.cause, DeadlineCause::Write);
    deadline.at
}

#[test]
fn slow_a_response_is_not_taken_slowly_on_what_the_one_before_paid() {
    for sent_before_end in [true, false] {
        assert_eq!(end_of_the_second_response(sent_before_end, 0), 14 * SECOND);
        // Still on its way, it is one with the next: 60 s are paid, the first began at 0 s.
        assert_eq!(end_of_the_second_response(sent_before_end, 1), 65 * SECOND);
    }
}
