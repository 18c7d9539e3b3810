//! The simulation as code over the seam meets it: each fault occurs and does what it says,
//! and nothing else goes wrong.

mod calls;
mod closing;
mod harm;
mod outcomes;
mod promises;
mod runtime;
mod scenario;
