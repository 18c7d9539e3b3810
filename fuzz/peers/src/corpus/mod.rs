//! Where the cases come from: the vectors, and generated messages with and without one mutation.
//!
//! The same seed gives the same cases.

mod content;
mod mutation;
mod random;
mod requests;
mod responses;
mod vectors;

use crate::case::{Case, Sent};
use random::Random;
use std::path::Path;

/// Every vector, then `count` generated cases of requests and as many of responses. Half of
/// them have a mutation.
pub(crate) fn cases(home: &Path, seed: u64, count: usize) -> Vec<Case> {
    let mut cases = vectors::cases(&home.join("../../tests/vectors"));
    cases.extend((0..count).map(|n| generated("request", seed, n)));
    cases.extend((0..count).map(|n| generated("response", seed, n)));
    cases
}

/// The generated case of this kind, seed and number.
fn generated(kind: &str, seed: u64, number: usize) -> Case {
    let id = format!("{kind}-{seed}-{number}");
    let mut random = Random::new(&id);
    let mut draft = if kind == "request" {
        requests::stream(&mut random)
    } else {
        responses::stream(&mut random)
    };
    if number % 2 == 1 {
        let what = mutation::mutate(&mut random, &mut draft.bytes, kind == "request");
        draft.odd.push(what);
    }
    let what = if draft.odd.is_empty() { "plain".into() } else { draft.odd.join(" + ") };
    if kind == "request" {
        Case::requests(id, what, draft.bytes)
    } else {
        Case::responses(id, what, draft.sent, draft.bytes)
    }
}

/// A stream that is being written.
#[derive(Default)]
pub(crate) struct Draft {
    bytes: Vec<u8>,
    odd: Vec<String>,
    sent: Vec<Sent>,
}

impl Draft {
    fn push(&mut self, bytes: impl AsRef<[u8]>) {
        self.bytes.extend_from_slice(bytes.as_ref());
    }

    /// Chooses from `choices`, the first of which is what is usual; another one is noted.
    fn vary<'a>(
        &mut self,
        random: &mut Random,
        axis: &str,
        oddness: usize,
        choices: &[(&str, &'a [u8])],
    ) -> &'a [u8] {
        if random.below(100) >= oddness {
            return choices[0].1;
        }
        let (name, bytes) = choices[random.below(choices.len())];
        if !name.is_empty() {
            self.odd.push(format!("{axis}: {name}"));
        }
        bytes
    }
}
