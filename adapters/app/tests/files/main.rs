//! Files over real sockets, on tokio; and that they are read on each runtime.

mod changes;
mod conditions;
mod forms;
mod lone;
mod paths;
mod ranges;
mod runtimes;
mod site;
#[path = "../support/mod.rs"]
mod support;
