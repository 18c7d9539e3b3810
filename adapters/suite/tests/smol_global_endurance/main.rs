//! What holds once must hold ten thousand times, on smol's global executor.
#![allow(dead_code, unused_imports)] // Of what other tests share.

#[path = "../suite/endurance/mod.rs"]
mod endurance;
#[path = "../smol_global/subject.rs"]
mod subject;
