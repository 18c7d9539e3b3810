//! Worlds of the driver, led by bytes at random; hostile peers send messages made of pieces.
#![cfg(feature = "std")]

mod dice;

use blazeio_oracles::driver;
use blazeio_worlds::{hostile_client, hostile_server, scenario};
use dice::Dice;

fn bytes(dice: &mut Dice, most: usize) -> Vec<u8> {
    (0..dice.below(most + 1)).map(|_| dice.below(256) as u8).collect()
}

/// How many worlds each test runs.
fn worlds() -> u64 {
    std::env::var("WORLDS").map_or(3_000, |text| text.parse().expect("a number"))
}

/// A world of chances and messages; some are spoilt.
fn hostile(dice: &mut Dice, pieces: &[&str]) -> Vec<u8> {
    let lead = bytes(dice, 255);
    let mut all = vec![lead.len() as u8];
    all.extend_from_slice(&lead);
    let begin = all.len();
    for _ in 0..=dice.below(4) {
        all.extend_from_slice(pieces[dice.below(pieces.len())].as_bytes());
    }
    if dice.below(4) == 0 {
        let at = begin + dice.below(all.len() - begin);
        match dice.below(3) {
            0 => all.truncate(at),
            1 => all[at] = dice.below(256) as u8,
            _ => all.insert(at, b"\r\n\0 :0"[dice.below(6)]),
        }
    }
    all
}

/// What `run` counts in all worlds.
fn count(seed: u64, pieces: &[&str], run: fn(&[u8]) -> usize) -> usize {
    let mut dice = Dice(seed);
    let mut all = 0;
    for _ in 0..worlds() {
        let world = hostile(&mut dice, pieces);
        all += std::panic::catch_unwind(|| run(&world))
            .unwrap_or_else(|_| panic!("{}", world.escape_ascii()));
    }
    all
}

#[test]
fn io_no_chance_of_a_small_world_breaks_it() {
    let mut dice = Dice(1);
    let mut all = scenario::Histogram::default();
    for _ in 0..worlds() {
        let world = bytes(&mut dice, 2_000);
        let run = || scenario::run_small(&world, false);
        let seen = std::panic::catch_unwind(run);
        all.merge(&seen.unwrap_or_else(|_| panic!("{}", world.escape_ascii())));
    }
    let missing: Vec<_> = all.missing().collect();
    assert!(missing.iter().all(|fault| scenario::NOT_MET.contains(fault)), "never: {missing:?}");
}

/// Each first byte is a world, also where nothing follows.
#[test]
fn io_each_first_byte_chooses_a_world() {
    for first in 0..=255 {
        driver::run(&[first]);
        driver::run(&[first, 40, 0, 255]);
    }
    driver::run(&[]);
}

#[test]
fn io_a_hostile_client_hears_what_handlers_gave_and_leaves_nothing() {
    let pieces = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nHello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nHello\r\n0\r\nX: y\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nHi",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nToo short",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    ];
    let heard = count(2, &pieces, hostile_client::run);
    assert!(heard as u64 > worlds() / 8, "{heard} complete responses");
}

#[test]
fn io_a_hostile_server_is_seen_as_the_core_sees_it_and_leaves_nothing() {
    let pieces = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello",
        "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nHello\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nToo short",
        "HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\n",
    ];
    let seen = count(3, &pieces, hostile_server::run);
    assert!(seen as u64 > worlds() / 8, "{seen} complete responses");
}
