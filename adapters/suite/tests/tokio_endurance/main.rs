//! What holds once must hold ten thousand times, on tokio.
#![allow(dead_code, unused_imports)] // Of what other tests share.

#[path = "../suite/endurance/mod.rs"]
mod endurance;
#[path = "../tokio/subject.rs"]
mod subject;
