//! The tests that every runtime has to pass, and what they share.

pub mod exchange;
pub mod network;
pub mod on;
pub mod peer;
pub mod seam;
pub mod simulation;
pub mod sockets;
