//! The example programs over real sockets, against raw bytes and against other libraries.
//!
//! Tests are named after the attacks and faults they hold off (CLTE, EARLY, SLOW …).

mod accept;
mod addresses;
mod caps;
mod cores;
mod early;
mod echo;
mod fetch;
mod framing;
mod heads;
mod load;
mod peers;
mod pipe;
mod program;
mod proxied;
mod proxy;
mod reset;
mod shutdown;
mod slow;
mod tls;
mod upgrade;
mod wire;
