//! What is planned to happen to a connection.
//!
//! Decides, when a connection is made, whether it will come to harm, and how far it gets
//! before: so that the odds do not depend on how many calls a scenario makes.

use crate::sim::environment::Environment;
use crate::sim::faults::Fault;

/// When it happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trigger {
    /// Once this end's socket has taken so many bytes.
    Written { end: usize, bytes: u64 },
    /// At this moment.
    Time(u64),
}

/// Something that will happen to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fate {
    pub(super) fault: Fault,
    pub(super) trigger: Trigger,
}

impl Fate {
    /// One at most.
    pub(super) fn roll(env: &mut Environment) -> Option<Self> {
        let kinds =
            [Fault::Reset, Fault::End, Fault::Vanish, Fault::StallForever, Fault::WriteZero];
        let first = env.dice.below(kinds.len() as u64) as usize;
        let mut kinds = kinds.iter().cycle().skip(first).take(kinds.len());
        let fault = *kinds.find(|fault| env.dice.chance(env.faults.rate(**fault)))?;
        let trigger = match env.dice.chance(0.5) && fault != Fault::WriteZero {
            true => Trigger::Time(env.now + env.dice.spread(0..=8_000_000)),
            false => {
                let end = env.dice.below(2) as usize;
                Trigger::Written { end, bytes: env.dice.spread(1..=65_535) }
            }
        };
        Some(Self { fault, trigger })
    }
}
