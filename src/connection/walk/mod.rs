//! Every state that a connection can come to, walked to the last one, in both roles.
//!
//! Decides, for each state and each move, what may come of it: `transitions.tsv` is the table of
//! all transitions, with states that differ only in detail taken together. After a change that
//! is meant, write it anew and read the difference:
//!
//! ```text
//! TRANSITIONS=write cargo test -p blazeio --lib walk
//! ```

mod alphabet;
mod graph;
mod key;
mod rules;
mod table;

use crate::limits::Limits;

/// Small enough for the walk to end, large enough that each limit can be kept and broken.
static LIMITS: Limits = Limits {
    interims: 1,
    interim_bytes: u32::MAX,
    chunk_line: 2,
    content: 2,
    requests: 2,
    drain: 1,
    output_high: 90,
    output_low: 2,
    input_high: 1,
    input_low: 1,
    timeouts: crate::limits::Timeouts {
        response: crate::limits::Timeout::secs(1),
        ..crate::limits::Timeouts::DEFAULT
    },
    ..Limits::DEFAULT
};
