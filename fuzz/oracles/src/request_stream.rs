//! Pipelined requests on one connection, to the end of its input.

use crate::compare::requests;

/// The bytes are a server's whole input.
pub fn run(data: &[u8]) {
    requests(data);
}
