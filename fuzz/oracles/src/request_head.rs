//! A request's head.

use crate::compare::request_head;

/// The bytes are a server's first input.
pub fn run(data: &[u8]) {
    request_head(data);
}
