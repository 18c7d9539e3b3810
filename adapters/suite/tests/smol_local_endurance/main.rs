//! What holds once must hold ten thousand times, on a local executor of smol's.
#![allow(dead_code, unused_imports)] // Of what other tests share.

#[path = "../suite/endurance/mod.rs"]
mod endurance;
#[path = "../smol_local/subject.rs"]
mod subject;
