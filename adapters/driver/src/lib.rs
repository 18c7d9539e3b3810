//! The I/O side of blazeio.
#![forbid(unsafe_code)]
#![warn(unreachable_pub)]

mod address;
#[cfg(any(feature = "rustls", feature = "proxy-protocol"))]
mod deadline;
mod listener;
mod prefixed;
#[cfg(feature = "proxy-protocol")]
pub mod proxy_protocol;
mod runtime;
#[cfg(feature = "rustls")]
pub mod tls;
mod transport;

pub use address::Address;
pub use listener::{Accepted, Listener};
pub use prefixed::Prefixed;
pub use runtime::{BoundListener, Runtime, Task, Timer, Wait};
pub use transport::Transport;
