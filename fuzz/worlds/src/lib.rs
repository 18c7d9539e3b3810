//! Simulated worlds of servers and clients over `blazeio-driver`, and what must hold in them
//! whatever happens.
//!
//! A world is determined by a seed, for tests that run many, or by bytes, for a fuzzer. Each
//! panics if something does not hold.
//!
//! - [`scenario`]: the driver's server and its clients, who mean well.
//! - [`campaign`]: many of those, by their seeds.
//! - [`hostile_client`]: the driver's server, and a peer who sends it any bytes.
//! - [`hostile_server`]: the driver's client, and a peer who answers it with any bytes.
#![forbid(unsafe_code)]

pub mod campaign;
mod client;
mod handler;
pub mod hostile_client;
pub mod hostile_server;
mod ledger;
mod raw;
mod response;
pub mod scenario;

use blazeio_driver::sim::Dice;

/// A dice that the first bytes lead, as many as the very first says; and the bytes behind them.
fn split(bytes: &[u8]) -> (Dice, &[u8]) {
    let (count, rest) = bytes.split_first().map_or((0, bytes), |(n, rest)| (usize::from(*n), rest));
    let (lead, rest) = rest.split_at(count.min(rest.len()));
    (Dice::from_bytes(lead, 0), rest)
}
