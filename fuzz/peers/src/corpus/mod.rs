//! Where the cases come from: the vectors, what was found before, and generated messages with and without one mutation.
//!
//! The same seed gives the same cases.

mod content;
mod findings;
mod mutation;
mod random;
mod requests;
mod responses;
mod vectors;

use crate::case::{Case, Sent};
use random::Random;
use std::path::Path;

/// Every vector and finding, then `count` generated cases of requests and as many of responses. Half of
/// them have a mutation.
pub(crate) fn cases(home: &Path, seed: u64, count: usize) -> Vec<Case> {
    let mut cases = vectors::cases(&home.join("../../tests/vectors"));
    cases.extend(findings::cases());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ours;
    use crate::reading::Stop;

    fn some(seed: u64, count: usize) -> Vec<Case> {
        cases(Path::new(env!("CARGO_MANIFEST_DIR")), seed, count)
    }

    #[test]
    fn the_same_seed_gives_the_same_cases_and_another_seed_others() {
        let bytes = |seed| some(seed, 50).into_iter().map(|c| c.bytes).collect::<Vec<_>>();
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
    }

    /// Else the corpus would compare nothing: what is written without a mutation is accepted.
    #[test]
    fn what_has_no_mutation_is_accepted_to_its_sentinel_or_its_close() {
        let whole = some(1, 1000).into_iter().filter(|c| c.id.contains("-1-"));
        for case in whole.filter(|c| !c.what.contains("mutation")) {
            let reading = ours::read(&case);
            assert!(!matches!(reading.stop, Stop::Refused(_)), "{case:?}\n{reading}");
            assert!(!reading.messages.is_empty() || reading.stop == Stop::Switched, "{case:?}");
        }
    }
}
