//! What must hold of any bytes, however hostile: one module for each fuzz target.
//!
//! Each has a function `run` that panics if its property does not hold; it does nothing else, so
//! a fuzzer, a test and a replay of a finding are the same call.
#![forbid(unsafe_code)]

mod answering;
mod asking;
mod bounds;
mod choices;
mod fields;
mod heard;
mod outlet;
mod pieces;
mod subject;

pub mod client_connection;
pub mod emit_parse;
pub mod joined;
pub mod server_connection;
pub mod split;

/// A property of arbitrary bytes.
pub struct Target {
    /// As `cargo fuzz run` and the folders of seeds name it.
    pub name: &'static str,
    /// Panics if the property does not hold of these bytes.
    pub run: fn(&[u8]),
}

/// Every target there is.
pub const TARGETS: &[Target] = &[
    Target { name: "client_connection", run: client_connection::run },
    Target { name: "emit_parse", run: emit_parse::run },
    Target { name: "joined", run: joined::run },
    Target { name: "server_connection", run: server_connection::run },
    Target { name: "split", run: split::run },
];
