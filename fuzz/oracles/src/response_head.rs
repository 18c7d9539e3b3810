//! A response's head, interim or final.

use crate::compare::{ASKED, response_head};

/// The first byte chooses the request, the others are a client's first input.
pub fn run(data: &[u8]) {
    if let Some((&first, input)) = data.split_first() {
        response_head(ASKED[usize::from(first) % ASKED.len()], input);
    }
}
