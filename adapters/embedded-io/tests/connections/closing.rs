//! How connections end, over TCP.

use crate::LIMITS;
use crate::pages::Pages;
use crate::peer::{GONE, Raw, RawBuffers, Served, on_stacks, on_wire, serve_one, talk, until};
use blazeio::{CloseReason, Limits, Timeout, Timeouts};
use embassy_time::Instant;
use futures_lite::future::{or, zip};
use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello";

#[test]
fn a_connection_is_kept_and_pipelined_requests_are_answered_in_order() {
    talk(async |raw: &mut Raw<'_>, _: &Served| {
        for _ in 0..3 {
            raw.send(GET).await;
            raw.expect(HELLO).await;
        }
        raw.send(&GET.repeat(20)).await;
        raw.expect(&HELLO.repeat(20)).await;
    });
}

#[test]
fn a_peer_that_half_closes_is_answered_in_full() {
    let (_, _) = talk(async |raw: &mut Raw<'_>, _: &Served| {
        let content = "x".repeat(3000);
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n";
        // More than all buffers on the way hold, so it is sent while the answer is read.
        let (mut reader, mut writer) = raw.socket.split();
        let send = async {
            let all = [head, &content].concat();
            let mut rest = all.as_bytes();
            while !rest.is_empty() {
                let n = writer.write(rest).await.unwrap();
                rest = &rest[n..];
            }
        };
        let read = async {
            let (mut all, mut room) = (Vec::new(), [0; 512]);
            while !all.ends_with(b"0\r\n\r\n") {
                let n = reader.read(&mut room).await.unwrap();
                assert!(n > 0);
                all.extend_from_slice(&room[..n]);
            }
            String::from_utf8(all).unwrap().matches('x').count()
        };
        let (_, count) = zip(send, read).await;
        assert_eq!(count, 3000);
        raw.send(GET).await;
        raw.socket.close();
        assert_eq!(raw.rest().await, (HELLO.to_owned(), None));
    });
}

#[test]
fn early_a_refusal_is_read_whole_although_content_still_comes() {
    let (_, reasons) = talk(async |raw: &mut Raw<'_>, served: &Served| {
        let long = "x".repeat(2000);
        raw.send(&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n")).await;
        let (answer, error) = raw.rest().await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert_eq!(error, None, "an orderly end");
        raw.send(&"y".repeat(1000)).await;
        raw.socket.close();
        served.ended().await;
    });
    assert_eq!(reasons, [CloseReason::Failed]);
}

#[test]
fn rst_a_peer_that_resets_ends_a_handler_that_waits() {
    let (notes, reasons) = talk(async |raw: &mut Raw<'_>, served: &Served| {
        raw.send("GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n").await;
        until(|| *served.pages.notes.borrow() == ["waiting"]).await;
        raw.socket.abort();
        served.ended().await;
    });
    assert_eq!(notes, ["waiting", "dropped"]);
    assert_eq!(reasons, [CloseReason::Aborted]);
}

#[test]
fn what_is_cut_off_has_no_end() {
    let (notes, _) = talk(async |raw: &mut Raw<'_>, _: &Served| {
        raw.send("GET /failing HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let (answer, _) = raw.rest().await;
        assert_eq!(answer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    });
    assert_eq!(notes, ["refused"]);
}

#[test]
fn a_stop_ends_an_idle_connection_at_once() {
    on_stacks(async |server, client| {
        let (pages, flag) = (Pages::default(), Cell::new(false));
        let mut buffers = RawBuffers::default();
        let talk = async {
            let mut raw = Raw::connect(client, &mut buffers).await;
            raw.send(GET).await;
            raw.expect(HELLO).await;
            flag.set(true);
            assert_eq!(raw.rest().await, (String::new(), None));
            raw.socket.close();
            let _ = raw.socket.flush().await;
        };
        let (reason, ()) =
            zip(serve_one(server, &pages, &LIMITS, until(|| flag.get())), talk).await;
        assert_eq!(reason, CloseReason::LocalClose);
    });
}

#[test]
fn a_stop_lets_an_exchange_end_and_says_close() {
    on_stacks(async |server, client| {
        let (pages, flag, is_stopped) = (Pages::default(), Cell::new(false), Cell::new(false));
        let stop = async {
            until(|| flag.get()).await;
            is_stopped.set(true);
        };
        let mut buffers = RawBuffers::default();
        let talk = async {
            let mut raw = Raw::connect(client, &mut buffers).await;
            raw.send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na").await;
            until(|| *pages.notes.borrow() == ["read"]).await;
            flag.set(true);
            until(|| is_stopped.get()).await;
            raw.send("b").await;
            let close = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n2";
            assert_eq!(raw.rest().await, (close.to_owned(), None));
            raw.socket.close();
            let _ = raw.socket.flush().await;
        };
        let served = serve_one(server, &pages, &LIMITS, stop);
        let (reason, ()) = zip(served, talk).await;
        assert_eq!(reason, CloseReason::LocalClose);
    });
}

/// Serves one connection, whose peer asks for `target` and vanishes once it is answered, if not
/// before. Why the connection ended, once its place was free again.
fn vanishes(target: &str, limits: &'static Limits) -> (Vec<&'static str>, CloseReason) {
    let (pages, mut buffers) = (Pages::default(), RawBuffers::default());
    let mut reason = None;
    on_wire(Rc::clone(&pages.is_cut), async |server, client| {
        let talk = async {
            let mut raw = Raw::connect(client, &mut buffers).await;
            raw.send(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
            if !pages.is_cut.get() {
                raw.expect(HELLO).await;
                pages.is_cut.set(true);
            }
            pending().await
        };
        let served = async {
            let answered = async {
                until(|| pages.is_cut.get()).await;
                Instant::now()
            };
            let (ended, begin) = zip(serve_one(server, &pages, limits, pending()), answered).await;
            assert!(begin.elapsed() < GONE * 3, "{:?}", begin.elapsed());
            reason = Some(ended);
        };
        or(served, talk).await;
    });
    (pages.notes.into_inner(), reason.unwrap())
}

#[test]
fn slow_a_peer_that_vanishes_frees_its_place() {
    static IDLE: Limits =
        Limits { timeouts: Timeouts { idle: Timeout::millis(200), ..Timeouts::DEFAULT }, ..LIMITS };
    // The end is never acknowledged.
    assert_eq!(vanishes("/", &IDLE), (vec![], CloseReason::Timeout));
    // TCP gives up before the connection is idle for too long.
    assert_eq!(vanishes("/", &LIMITS), (vec![], CloseReason::Aborted));
}

#[test]
fn slow_a_peer_that_vanishes_ends_a_handler_that_flushes() {
    assert_eq!(vanishes("/vanishing", &LIMITS), (vec!["dropped"], CloseReason::Aborted));
}
