//! Limits to run under: the defaults, and some that short inputs reach.
//!
//! Decides nothing about what they mean.

use crate::choices::Choices;
use blazeio::{Limits, Timeout, Timeouts};

/// Nothing is refused for its size.
pub(crate) static LIFTED: Limits = Limits {
    start_line: u32::MAX,
    head: u32::MAX,
    fields: u16::MAX,
    empty_lines: u8::MAX,
    interims: u8::MAX,
    interim_bytes: u32::MAX,
    chunk_line: u16::MAX,
    chunk_extensions: u32::MAX,
    chunk_overhead: u32::MAX,
    trailers: u32::MAX,
    trailer_fields: u16::MAX,
    requests: u32::MAX,
    drain: u32::MAX,
    timeouts: Timeouts::OFF,
    ..Limits::DEFAULT
};

/// Reached by a few pieces.
static SMALL: Limits = Limits {
    start_line: 40,
    head: 160,
    fields: 6,
    interims: 2,
    interim_bytes: 120,
    chunk_line: 12,
    chunk_extensions: 30,
    chunk_overhead: 40,
    trailers: 60,
    trailer_fields: 2,
    content: 200,
    requests: 4,
    drain: 20,
    output_high: 200,
    output_low: 50,
    input_high: 12,
    input_low: 4,
    ..Limits::DEFAULT
};

/// The least of everything.
static LEAST: Limits = Limits {
    start_line: 14,
    head: 40,
    fields: 1,
    empty_lines: 0,
    interims: 0,
    interim_bytes: 0,
    chunk_line: 1,
    chunk_extensions: 0,
    chunk_overhead: 0,
    trailers: 2,
    trailer_fields: 0,
    content: 4,
    requests: 1,
    drain: 0,
    min_rate: 0,
    output_high: 0,
    output_low: 0,
    input_high: 0,
    input_low: 0,
    ..Limits::DEFAULT
};

/// One of the sets, perhaps with some limits of another and some time-outs changed.
pub(crate) fn limits(choices: &mut Choices<'_>) -> Limits {
    let how = choices.byte();
    let mut limits = match how % 4 {
        0 | 1 => Limits::DEFAULT,
        2 => SMALL,
        _ if how % 32 == 31 => LEAST,
        _ => Limits { requests: 2, interims: 3, empty_lines: 3, ..LIFTED },
    };
    if how & 0x40 != 0 {
        limits.requests = choices.one(&[1, 2, 3, u32::MAX]);
        limits.drain = choices.one(&[0, 3, 9, u32::MAX]);
        limits.content = choices.one(&[0, 4, 6, u64::MAX]);
        limits.output_high = choices.one(&[0, 1, 40, 200]);
        limits.output_low = choices.one(&[0, 1, 30, 300]);
    }
    if how & 0x80 != 0 {
        limits.timeouts = timeouts(choices);
        limits.min_rate = choices.one(&[240, 0, 1, u32::MAX]);
        limits.rate_credit = timeout(choices);
    }
    limits
}

fn timeout(choices: &mut Choices<'_>) -> Timeout {
    let all = [Timeout::secs(5), Timeout::OFF, Timeout::millis(0), Timeout::millis(1)];
    let more = [Timeout::secs(1), Timeout::secs(75), Timeout::secs(u32::MAX), Timeout::millis(30)];
    let all = [all, more].concat();
    choices.one(&all)
}

/// Any time-outs.
pub(crate) fn timeouts(choices: &mut Choices<'_>) -> Timeouts {
    match choices.below(4) {
        0 => Timeouts::DEFAULT,
        1 => Timeouts::OFF,
        _ => Timeouts {
            head: timeout(choices),
            idle: timeout(choices),
            content: timeout(choices),
            write: timeout(choices),
            continue_wait: timeout(choices),
            response: timeout(choices),
            linger_silence: timeout(choices),
            linger: timeout(choices),
            drain: timeout(choices),
        },
    }
}
