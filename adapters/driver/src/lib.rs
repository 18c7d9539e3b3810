//! The I/O side of blazeio.
#![forbid(unsafe_code)]
#![warn(unreachable_pub)]

mod address;
mod date;
mod environment;
mod error;
pub mod exchange;
mod fan_out;
mod input;
mod link;
mod listener;
mod memory;
mod output;
mod runtime;
mod statistics;
mod transport;
mod watch;

pub use address::Address;
pub use error::Error;
pub use exchange::{Exchange, Reader, Tunnel, Writer};
pub use link::Side;
pub use listener::{Accepted, Listener};
pub use memory::Memory;
pub use runtime::{BoundListener, Runtime, Task, Timer, Wait};
pub use statistics::Statistics;
pub use transport::Transport;
pub use watch::Closed;
