//! blazeio over tokio.
