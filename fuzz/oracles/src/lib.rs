//! What must hold of any bytes, however hostile: one module for each fuzz target.
//!
//! Each has a function `run` that panics if its property does not hold; it does nothing else, so
//! a fuzzer, a test and a replay of a finding are the same call.
#![forbid(unsafe_code)]

mod compare;

mod chunked;
mod field_section;
mod request_head;
mod request_stream;
mod response_head;
mod response_stream;
mod target;
mod trailers;

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
    Target { name: "field_section", run: field_section::run },
    Target { name: "request_head", run: request_head::run },
    Target { name: "request_stream", run: request_stream::run },
    Target { name: "response_head", run: response_head::run },
    Target { name: "response_stream", run: response_stream::run },
    Target { name: "target", run: target::run },
    Target { name: "trailers", run: trailers::run },
];
