//! What holds once must hold ten thousand times, on mio.
#![allow(dead_code, unused_imports)] // Of what other tests share.

#[path = "../suite/endurance/mod.rs"]
mod endurance;
#[path = "../mio/subject.rs"]
mod subject;
