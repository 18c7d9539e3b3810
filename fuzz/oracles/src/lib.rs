//! What must hold of any bytes, however hostile: one module for each fuzz target.
//!
//! Each has a function `run` that panics if its property does not hold; it does nothing else, so
//! a fuzzer, a test and a replay of a finding are the same call.
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
pub mod driver;
#[cfg(feature = "std")]
pub mod hyper_client;
#[cfg(feature = "std")]
pub mod hyper_server;
#[cfg(feature = "std")]
mod hyper_wire;

/// A property of arbitrary bytes.
pub struct Target {
    /// As `cargo fuzz run` and the folders of seeds name it.
    pub name: &'static str,
    /// Panics if the property does not hold of these bytes.
    pub run: fn(&[u8]),
}

/// Every target there is.
pub const TARGETS: &[Target] = &[
    #[cfg(feature = "std")]
    Target { name: "driver", run: driver::run },
    #[cfg(feature = "std")]
    Target { name: "hyper_client", run: hyper_client::run },
    #[cfg(feature = "std")]
    Target { name: "hyper_server", run: hyper_server::run },
];
