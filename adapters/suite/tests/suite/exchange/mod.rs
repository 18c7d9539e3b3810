//! Exchanges of both roles, over sockets and over pipes in memory.
//!
//! Tests are named after the promises and threats that they hold to (CANC, RST, PANIC …).

mod accepting;
mod closing;
mod connecting;
mod content_limits;
mod dropping;
mod duplex;
mod exits;
mod expect;
mod gate;
mod going_on;
mod goodbyes;
mod handshakes;
mod near;
mod panics;
mod pipelines;
mod protocols;
mod raw;
mod releasing;
mod sections;
#[cfg(any(target_os = "android", target_os = "linux"))] // Others do not say what is unsent.
mod slow;
mod stale;
mod steps;
mod transports;
mod tunnels;
mod wakers;
mod writing;
