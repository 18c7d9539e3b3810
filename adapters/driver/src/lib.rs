//! The I/O side of blazeio.
#![forbid(unsafe_code)]
#![warn(unreachable_pub)]

mod address;
mod bind;
mod connector;
mod date;
#[cfg(any(feature = "rustls", feature = "proxy-protocol"))]
mod deadline;
mod environment;
mod error;
pub mod exchange;
mod fan_out;
mod handshake;
mod input;
mod keepalive;
mod link;
mod listener;
mod memory;
mod output;
#[cfg(any(feature = "tokio-io", feature = "futures-io"))]
mod plug;
mod prefixed;
mod protocol;
#[cfg(feature = "proxy-protocol")]
pub mod proxy_protocol;
mod runtime;
mod serve;
mod service;
pub mod sim;
mod statistics;
mod timers;
#[cfg(feature = "rustls")]
pub mod tls;
mod transport;
mod watch;

pub use address::Address;
pub use bind::{ListenOptions, bind};
pub use connector::{ClientConnection, Connector};
pub use error::Error;
pub use exchange::{Exchange, Reader, Tunnel, Writer};
pub use handshake::Handshake;
pub use keepalive::Keepalive;
pub use link::Side;
pub use listener::{Accepted, Listener};
pub use memory::Memory;
#[cfg(feature = "futures-io")]
pub use plug::FuturesIo;
#[cfg(feature = "tokio-io")]
pub use plug::TokioIo;
pub use prefixed::Prefixed;
pub use protocol::Protocol;
pub use runtime::{BoundListener, Runtime, Task, Timer, Wait};
pub use serve::{Exit, Handle, Report, Serve, serve};
pub use service::{Raw, Service, raw};
pub use statistics::Statistics;
pub use transport::Transport;
pub use watch::{Closed, Stopping};
