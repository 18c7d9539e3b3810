//! What holds once must hold ten thousand times, on an executor of smol's of its own.
#![allow(dead_code, unused_imports)] // Of what other tests share.

#[path = "../suite/endurance/mod.rs"]
mod endurance;
#[path = "../smol/subject.rs"]
mod subject;
