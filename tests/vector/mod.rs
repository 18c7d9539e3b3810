//! What runs the vectors: their files, the runs, and what a run yields.

pub(crate) mod file;
pub(crate) mod run;
pub(crate) mod trace;
