//! What must hold of any bytes, however hostile: one module for each fuzz target.
//!
//! Each has a function `run` that panics if its property does not hold; it does nothing else, so
//! a fuzzer, a test and a replay of a finding are the same call.
#![forbid(unsafe_code)]

mod answering;
mod asking;
mod bounds;
mod choices;
mod compare;
mod fields;
mod heard;
#[cfg(feature = "std")]
mod hyper_wire;
mod outlet;
mod pieces;
mod subject;
mod via;

pub mod chunked;
pub mod client_connection;
pub mod condition;
pub mod disposition;
#[cfg(feature = "std")]
pub mod driver;
pub mod emit_parse;
pub mod field_section;
pub mod forwarded;
#[cfg(feature = "std")]
pub mod hyper_client;
#[cfg(feature = "std")]
pub mod hyper_server;
pub mod joined;
pub mod multipart;
pub mod negotiate;
pub mod parameters;
pub mod range;
pub mod relay;
pub mod request_head;
pub mod request_stream;
pub mod response_head;
pub mod response_stream;
pub mod route;
pub mod segment;
pub mod server_connection;
pub mod split;
pub mod target;
pub mod trailers;
pub mod urlencoded;

/// A property of arbitrary bytes.
pub struct Target {
    /// As `cargo fuzz run` and the folders of seeds name it.
    pub name: &'static str,
    /// Panics if the property does not hold of these bytes.
    pub run: fn(&[u8]),
}

/// Every target there is.
pub const TARGETS: &[Target] = &[
    Target { name: "chunked", run: chunked::run },
    Target { name: "client_connection", run: client_connection::run },
    Target { name: "condition", run: condition::run },
    Target { name: "disposition", run: disposition::run },
    #[cfg(feature = "std")]
    Target { name: "driver", run: driver::run },
    Target { name: "emit_parse", run: emit_parse::run },
    Target { name: "field_section", run: field_section::run },
    Target { name: "forwarded", run: forwarded::run },
    #[cfg(feature = "std")]
    Target { name: "hyper_client", run: hyper_client::run },
    #[cfg(feature = "std")]
    Target { name: "hyper_server", run: hyper_server::run },
    Target { name: "joined", run: joined::run },
    Target { name: "multipart", run: multipart::run },
    Target { name: "negotiate", run: negotiate::run },
    Target { name: "parameters", run: parameters::run },
    Target { name: "range", run: range::run },
    Target { name: "relay", run: relay::run },
    Target { name: "request_head", run: request_head::run },
    Target { name: "request_stream", run: request_stream::run },
    Target { name: "response_head", run: response_head::run },
    Target { name: "response_stream", run: response_stream::run },
    Target { name: "route", run: route::run },
    Target { name: "segment", run: segment::run },
    Target { name: "server_connection", run: server_connection::run },
    Target { name: "split", run: split::run },
    Target { name: "target", run: target::run },
    Target { name: "trailers", run: trailers::run },
    Target { name: "urlencoded", run: urlencoded::run },
];
