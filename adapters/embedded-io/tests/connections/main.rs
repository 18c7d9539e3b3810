//! Servers and clients, over scripted transports cut at every point, and over real TCP: two
//! embassy-net stacks in one process.

#[path = "../../examples/hello/network.rs"]
mod network;

mod both;
mod clients;
mod closing;
mod cuts;
mod deadlines;
mod pages;
mod peer;
mod script;
mod several;
mod wakes;

use blazeio::Limits;

/// What the tests' connections may take. Waits are long: where they matter, the tests have limits
/// of their own, or a clock that jumps.
pub static LIMITS: Limits = Limits { head: 512, start_line: 256, ..Limits::DEFAULT };
