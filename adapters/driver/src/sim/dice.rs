//! The chances of a simulation, all from one seed, or from bytes that somebody else chose.
//!
//! Decides how a seed becomes numbers (SplitMix64: every seed is as good as any other, and
//! a number costs three multiplications), and how bytes lead them, so that a fuzzer that
//! changes a byte changes one decision. Refuses nothing; it is no source of secrets.

use std::ops::RangeInclusive;
use std::sync::Arc;

/// A stream of chances that its seed determines, or [bytes](Self::from_bytes).
///
/// ```
/// use blazeio_driver::sim::Dice;
///
/// let (mut one, mut other) = (Dice::new(7), Dice::new(7));
/// assert_eq!(one.below(6), other.below(6));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dice {
    state: u64,
    lead: Option<Lead>,
}

/// Bytes that lead a stream: those from `at` to `end` are left.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Lead {
    bytes: Arc<[u8]>,
    at: usize,
    end: usize,
}

impl Dice {
    /// The stream of `seed`. Neighbouring seeds have nothing in common.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed, lead: None }
    }

    /// A stream that `bytes` lead, and that is the one of `seed` once they are used up.
    ///
    /// Each number takes one byte, its highest; the others are the seed's. So each decision
    /// between a few choices takes one byte, of which a small one is an early choice, a low
    /// number, and a thing that happens; and of a wide range a byte says whereabouts. A
    /// [fork](Self::fork) takes a byte, too, and as many after it as it says: they lead the fork.
    ///
    /// ```
    /// use blazeio_driver::sim::Dice;
    ///
    /// let mut dice = Dice::from_bytes(&[0, 255, 2, 0, 255, 128], 7);
    /// assert_eq!((dice.below(6), dice.below(6)), (0, 5));
    /// let mut fork = dice.fork();
    /// assert_eq!(dice.below(6), 3);
    /// assert_eq!((fork.below(6), fork.below(6)), (0, 5));
    /// ```
    #[must_use]
    pub fn from_bytes(bytes: &[u8], seed: u64) -> Self {
        let lead = Lead { bytes: bytes.into(), at: 0, end: bytes.len() };
        Self { state: seed, lead: Some(lead) }
    }

    /// How many bytes are left to lead it.
    #[must_use]
    pub fn bytes_left(&self) -> usize {
        self.lead.as_ref().map_or(0, |lead| lead.end - lead.at)
    }

    /// Any number.
    #[inline]
    pub fn number(&mut self) -> u64 {
        let number = self.next_of_seed();
        match &mut self.lead {
            None => number,
            Some(lead) => match lead.take() {
                Some(byte) => (u64::from(byte) << 56) | (number >> 8),
                None => number,
            },
        }
    }

    #[inline]
    const fn next_of_seed(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`, all alike; 0 where there are no sides.
    #[inline]
    pub fn below(&mut self, sides: u64) -> u64 {
        ((self.number() as u128 * sides as u128) >> 64) as u64
    }

    /// Whether a thing of this probability (0 never, 1 always) happens.
    ///
    /// A thing that never happens takes nothing off the stream.
    #[inline]
    pub fn chance(&mut self, probability: f64) -> bool {
        const STEPS: f64 = (1_u64 << 53) as f64;
        probability > 0.0 && ((self.number() >> 11) as f64) < probability * STEPS
    }

    /// A number of the range where every order of magnitude is alike: 1 is as likely as all
    /// from 1,024 to 2,047 together. The start of the range where it is empty.
    pub fn spread(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        if low >= high {
            return low;
        }
        let bits = |n: u64| u64::from(u64::BITS - n.leading_zeros());
        let width = bits(low) + self.below(bits(high) - bits(low) + 1);
        let first = if width == 0 { 0 } else { 1 << (width - 1) };
        let last = if width == 0 { 0 } else { first | (first - 1) };
        let (first, last) = (low.max(first), high.min(last));
        first + self.below((last - first).saturating_add(1))
    }

    /// One of `choices`, all alike; `None` of none.
    pub fn choose<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let index = self.below(choices.len() as u64) as usize;
        choices.get(index)
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            let number = self.number().to_le_bytes();
            piece.copy_from_slice(&number[..piece.len()]);
        }
    }

    /// Another stream, that no later use of this one changes.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        let seed = self.number();
        let share = usize::from(seed.to_be_bytes()[0]);
        Self { state: seed, lead: self.lead.as_mut().and_then(|lead| lead.split_off(share)) }
    }

    /// What a stream that was not rolled yet begins with.
    pub(super) const fn seed(&self) -> u64 {
        self.state
    }
}

impl Lead {
    #[inline]
    fn take(&mut self) -> Option<u8> {
        let byte = *self.bytes[..self.end].get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// The next `share` of them, or all that are left.
    fn split_off(&mut self, share: usize) -> Option<Self> {
        let (at, end) = (self.at, self.end.min(self.at + share));
        self.at = end;
        (at < end).then(|| Self { bytes: Arc::clone(&self.bytes), at, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sim_dice_of_one_seed_roll_alike_and_of_two_seeds_differ() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed);
            [(); 8].map(|()| dice.number())
        };
        assert_eq!(rolls(1), rolls(1));
        assert_ne!(rolls(1), rolls(2));
    }

    #[test]
    fn sim_dice_keep_to_their_range_and_reach_its_ends() {
        let mut dice = Dice::new(3);
        for (low, high) in [(0, 0), (0, 1), (1, 1), (5, 9), (1, 1000), (7, 4096)] {
            let rolls: Vec<u64> = (0..20_000).map(|_| dice.spread(low..=high)).collect();
            assert_eq!(rolls.iter().min(), Some(&low));
            assert!(rolls.iter().all(|roll| (low..=high).contains(roll)), "{low} {high}");
            let top = if high > 100 { high - high / 4 } else { high };
            assert!(rolls.iter().any(|roll| *roll >= top), "{low} {high}");
        }
        assert!((0..1000).all(|_| dice.spread(0..=u64::MAX) < u64::MAX));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.choose::<u8>(&[]), None);
        let sides: Vec<u64> = (0..200).map(|_| dice.below(6)).collect();
        assert!((0..6).all(|side| sides.contains(&side)) && !sides.contains(&6));
    }

    #[test]
    fn sim_dice_keep_to_their_probability() {
        let mut dice = Dice::new(4);
        let hits = (0..100_000).filter(|_| dice.chance(0.25)).count();
        assert!((24_000..26_000).contains(&hits), "{hits}");
        assert!((0..1000).all(|_| dice.chance(1.0) && !dice.chance(0.0)));
        let before = dice.clone();
        assert!(!dice.chance(0.0));
        assert_eq!(dice, before, "what never happens takes nothing off the stream");
    }

    #[test]
    fn sim_dice_fork_and_fill() {
        let mut dice = Dice::new(5);
        let mut fork = dice.fork();
        assert_ne!(dice.clone().number(), fork.number());
        let mut bytes = [0; 13];
        dice.fill(&mut bytes);
        assert!(bytes.iter().any(|byte| *byte != 0) && bytes[8..].iter().any(|byte| *byte != 0));
    }

    #[test]
    fn sim_dice_are_led_by_bytes_then_by_their_seed() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut dice = Dice::from_bytes(&bytes, 6);
        for byte in 0..=255 {
            assert_eq!(dice.number() >> 56, byte);
        }
        assert_eq!(dice.bytes_left(), 0);
        let mut seeded = Dice::new(6);
        for _ in 0..256 {
            seeded.number();
        }
        assert_eq!(dice.number(), seeded.number());
        let mut nothing = Dice::from_bytes(&[], 6);
        assert_eq!(nothing.number(), Dice::new(6).number());
        // A small byte is a thing that happens; what never happens takes none.
        let mut dice = Dice::from_bytes(&[0, 127, 128, 255], 6);
        assert!(!dice.chance(0.0) && dice.bytes_left() == 4);
        assert_eq!([(); 4].map(|()| dice.chance(0.5)), [true, true, false, false]);
    }

    #[test]
    fn sim_dice_fork_takes_bytes_of_its_own() {
        let mut dice = Dice::from_bytes(&[3, 10, 1, 12, 13, 200, 14], 7);
        let mut fork = dice.fork();
        assert_eq!((fork.bytes_left(), dice.bytes_left()), (3, 3));
        // A fork of a fork has some of the fork's.
        assert_eq!(fork.number() >> 56, 10);
        let mut inner = fork.fork();
        assert_eq!((inner.bytes_left(), fork.bytes_left()), (1, 0));
        assert_eq!(dice.number() >> 56, 13);
        assert_eq!(inner.number() >> 56, 12);
        // There are not as many left as it says.
        let rest = dice.fork();
        assert_eq!((rest.bytes_left(), dice.bytes_left()), (1, 0));
        assert_ne!(dice.fork().number(), dice.number());
        // What the parent does later is nothing to the fork.
        let mut other = Dice::from_bytes(&[3, 10, 1, 12, 99], 7);
        let mut same = other.fork();
        other.number();
        let mut first = Dice::from_bytes(&[3, 10, 1, 12, 13, 200, 14], 7).fork();
        assert!((0..9).all(|_| first.number() == same.number()));
    }
}
