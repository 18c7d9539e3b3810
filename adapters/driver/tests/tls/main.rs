//! TLS over streams in memory and over sockets, against rustls and tokio-rustls.

#[path = "../support/mod.rs"]
mod support;

mod certificates;
mod ends;
mod files;
mod handshakes;
mod interop;
mod keys;
mod pairs;
mod streams;
mod waiting;
