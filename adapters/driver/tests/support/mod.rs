//! What the tests of more than one layer stand on.
#![allow(dead_code, reason = "each test program takes what it needs")]

pub mod clock;
pub mod feeding;
pub mod pipe;
pub mod tasks;
pub mod verbs;
