//! The targets about connections, over inputs that are always the same.

mod dice;

use blazeio_oracles::{TARGETS, client_connection, emit_parse, joined, server_connection, split};
use dice::Dice;

/// Pieces that no choice of single bytes is likely to make.
const PIECES: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n",
    b"\0\0\0\0",
];

/// Up to 512 bytes: any, small ones, and pieces.
fn input(dice: &mut Dice) -> Vec<u8> {
    let most = [16, 64, 256, 512][dice.below(4)];
    let len = dice.below(most + 1);
    let kind = dice.below(4);
    let mut data = Vec::new();
    while data.len() < len {
        match (kind, dice.below(16)) {
            (0, 0..=3) => data.extend_from_slice(PIECES[dice.below(6)]),
            (1, 0..=7) => data.push(dice.below(16) as u8),
            _ => data.push(dice.next() as u8),
        }
    }
    data.truncate(len);
    data
}

/// Runs a target over so many inputs, or `INPUTS` times as many. With `COUNT` set it counts the
/// inputs that it fails on instead of stopping at the first: this is how planted bugs are weighed.
fn run_over(seed: u64, inputs: u32, run: fn(&[u8])) {
    let mut dice = Dice(seed);
    let times = std::env::var("INPUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let inputs = inputs * times;
    let counts = std::env::var_os("COUNT").is_some();
    let mut failed = Vec::new();
    for n in 0..inputs {
        let data = input(&mut dice);
        if std::panic::catch_unwind(|| run(&data)).is_err() {
            failed.push(n);
            assert!(counts, "input {n} of seed {seed}: {data:?}");
        }
    }
    assert!(failed.is_empty(), "{} of {inputs} inputs fail: {failed:?}", failed.len());
}

#[test]
fn a_server_keeps_to_its_ledger_whatever_is_called() {
    run_over(1, 20_000, server_connection::run);
}

#[test]
fn a_client_keeps_to_its_ledger_whatever_is_called() {
    run_over(2, 20_000, client_connection::run);
}

#[test]
fn split_a_message_is_refused_or_read_as_it_was_sent() {
    run_over(3, 40_000, emit_parse::run);
}

#[test]
fn seg_no_cut_changes_what_is_read() {
    run_over(5, 30_000, split::run);
}

#[test]
fn term_two_joined_sides_hear_each_other_and_come_to_an_end() {
    run_over(4, 12_000, joined::run);
}

#[test]
fn targets_are_listed_once_and_in_order() {
    assert!(TARGETS.windows(2).all(|pair| pair[0].name < pair[1].name));
}
