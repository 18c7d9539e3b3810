//! The driver's server and client in small simulated worlds, whose every chance is a byte.
//!
//! Decides by the first byte which world it is: server and client who both mean well, a hostile
//! client, or a hostile server; what must hold there stands with each in `blazeio-worlds`.

use blazeio_worlds::{hostile_client, hostile_server, scenario};

/// Panics if something does not hold in the world of `data`.
pub fn run(data: &[u8]) {
    let Some((world, bytes)) = data.split_first() else { return };
    match world % 3 {
        0 => drop(scenario::run_small(bytes, false)),
        1 => drop(hostile_client::run(bytes)),
        _ => drop(hostile_server::run(bytes)),
    }
}
