//! What of a machine decides what it will do, and how it is called in the table.
//!
//! Decides which states are the same. Every field is taken apart by name, so a new one does not
//! compile until it is decided here. Left out are the total of bytes received and every time:
//! whether a clock runs decides, since when it ran does not. An amount is none or some. Of the close
//! reason it decides whether there is one; which one is only told.

use super::LIMITS;
use crate::connection::Role;
use crate::connection::clock::{Rate, Wait};
use crate::connection::flow::Gauge;
use crate::connection::state::{Body, Encoding, Exchange, Machine, Receiving, Sending};
use crate::limits::Timeout;
use crate::syntax::scan::Scan;
use std::format;
use std::string::String;

/// The machine with all counters and times at the smallest values that decide the same.
pub(super) fn normalised<R: Role>(machine: &Machine<R>) -> Machine<R> {
    let mut machine = *machine;
    assert_eq!(machine.waiting.is_none(), machine.wait.is_off(), "a clock runs for nothing");
    machine.received = 0;
    machine.unsent = gauge(&machine.unsent);
    machine.unread = gauge(&machine.unread);
    machine.wait = wait(machine.wait);
    machine.linger = wait(machine.linger);
    machine.content_rate = rate(&machine.content_rate);
    machine.write_rate = rate(&machine.write_rate);
    machine.requests = machine.requests.min(LIMITS.requests);
    // The limit of their bytes is never reached here; that of their number is.
    machine.exchange.interim_bytes = 0;
    if machine.is_closed() {
        // Nothing is scanned any more, if only no byte is taken before it is looked at.
        assert!(!machine.scan.may_take_drips());
        machine.scan = Scan::START;
    }
    machine
}

fn gauge(gauge: &Gauge) -> Gauge {
    let mut normal = Gauge::default();
    if gauge.amount() > 0 {
        let high = if gauge.is_paused() { 1 } else { u32::MAX };
        let _ = normal.add(1, high);
    }
    assert_eq!(normal.is_paused(), gauge.is_paused(), "paused by nothing");
    normal
}

fn wait(wait: Wait) -> Wait {
    if wait.is_off() { wait } else { Wait::since(0) }
}

fn runs(rate: &Rate) -> bool {
    !rate.end(Timeout::millis(1), &LIMITS).is_off()
}

fn rate(rate: &Rate) -> Rate {
    let mut normal = Rate::OFF;
    if runs(rate) {
        normal.start(0);
    }
    normal
}

/// Equal for two machines that do the same under the same moves.
pub(super) fn key<R: Role>(machine: &Machine<R>, pending: Option<u8>) -> String {
    let Machine {
        receiving,
        sending,
        exchange,
        scan,
        received: _,
        unsent,
        unread,
        // The same for every state of a walk.
        timeouts: _,
        waiting,
        wait,
        linger,
        content_rate,
        write_rate,
        requests,
        close,
        input_ended,
        half_closed,
        may_answer,
        closes_bare,
        resets,
        lasts_until_close,
        peer_is_http10,
        role: _,
    } = machine;
    let Exchange {
        content_limit,
        offers,
        drained,
        interim_bytes: _,
        interims,
        empty_lines,
        version,
        expectation,
        is_head,
        is_connect,
        head_began,
    } = exchange;
    let gauges = [unsent, unread].map(|gauge| (gauge.amount() > 0, gauge.is_paused()));
    let clocks = [!wait.is_off(), !linger.is_off(), runs(content_rate), runs(write_rate)];
    let flags = [
        input_ended,
        half_closed,
        may_answer,
        closes_bare,
        resets,
        lasts_until_close,
        peer_is_http10,
        is_head,
        is_connect,
        head_began,
    ]
    .map(|flag| if *flag { '1' } else { '0' });
    let flags: String = flags.iter().collect();
    format!(
        "{} {sending:?} {content_limit} {} {drained} {interims} {empty_lines} {version:?} \
         {expectation:?} {scan:?} {gauges:?} {waiting:?} {clocks:?} {requests} {} {flags} \
         {pending:?}",
        receiving_key(receiving),
        offers.is_empty(),
        close.is_some(),
    )
}

fn receiving_key(receiving: &Receiving) -> String {
    match receiving {
        Receiving::Head => "Head".into(),
        Receiving::Content(Body::Sized(left)) => format!("Sized {left}"),
        Receiving::Content(Body::Chunked(decoder)) => format!("{decoder:?}"),
        Receiving::Content(Body::Trailers) => "Trailers".into(),
        Receiving::Content(Body::UntilClose(left)) => format!("UntilClose {left}"),
        Receiving::Done => "Done".into(),
        Receiving::Switching => "Switching".into(),
        Receiving::Tunnel => "Tunnel".into(),
        Receiving::Closed => "Closed".into(),
    }
}

/// The state's name in the table: receiving, sending, and whether a next exchange may follow.
pub(super) fn name<R: Role>(machine: &Machine<R>) -> String {
    let receiving = match machine.receiving {
        Receiving::Head if !R::IS_SERVER && machine.sending == Sending::Idle => "Unasked",
        Receiving::Head if machine.exchange.head_began => "HeadBegun",
        Receiving::Head => "Head",
        Receiving::Content(Body::Sized(0)) => "EndDue",
        Receiving::Content(Body::Sized(_)) => "Sized",
        Receiving::Content(Body::Chunked(_)) => "Chunked",
        Receiving::Content(Body::Trailers) => "Trailers",
        Receiving::Content(Body::UntilClose(_)) => "UntilClose",
        Receiving::Done => "Done",
        Receiving::Switching => "Switching",
        Receiving::Tunnel => "Tunnel",
        Receiving::Closed => "Closed",
    };
    let sending = match machine.sending {
        Sending::Idle => "Idle",
        Sending::Content(Encoding::Dropped) => "Dropped",
        Sending::Content(Encoding::Sized(0)) => "EndDue",
        Sending::Content(Encoding::Sized(_)) => "Sized",
        Sending::Content(Encoding::Chunked) => "Chunked",
        Sending::Content(Encoding::UntilClose) => "UntilClose",
        Sending::Done => "Done",
    };
    let close = match (machine.close, machine.may_answer) {
        (None, _) => "keeps",
        (Some(_), false) => "closes",
        (Some(_), true) => "answerable",
    };
    format!("{receiving}/{sending}/{close}")
}
