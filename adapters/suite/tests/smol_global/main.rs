//! Every test of the suite, on smol's global executor.
#![allow(dead_code, unused_imports, unused_macros)] // Of tests for a clock that jumps.

#[path = "../suite/stories.rs"]
mod stories;
mod subject;
#[path = "../suite/mod.rs"]
mod suite;
