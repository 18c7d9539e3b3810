//! The programs that are every runtime's examples, without a runtime.
//!
//! Decides what they do; on what they run is a type: `echo::main::<Tokio>()`. What they promise
//! is tested on each runtime by `blazeio-suite`.
#![forbid(unsafe_code)]

pub mod echo;
pub mod fetch;
pub mod idle;
pub mod timing;
