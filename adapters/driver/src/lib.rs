//! The I/O side of blazeio.
#![forbid(unsafe_code)]
#![warn(unreachable_pub)]

mod address;
mod listener;
mod runtime;
pub mod sim;
mod transport;

pub use address::Address;
pub use listener::{Accepted, Listener};
pub use runtime::{BoundListener, Runtime, Task, Timer, Wait};
pub use transport::Transport;
