//! What may go wrong, and how often.
//!
//! Decides the list of faults and their usual rates. Refuses nothing: a rate of 0 or less
//! is never, of 1 or more always. A call is put off at most a few times in a row, so that
//! even faults that always happen let everything through in the end.

use crate::sim::dice::Dice;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $variant:ident $field:ident $rate:literal $name:literal;)+) => {
        /// A kind of fault that a simulation injects.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// What it is called in a table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        /// The probability of each kind of fault, from 0 (never) to 1 (always).
        ///
        /// Of most it is the probability for each call; where not, its line says so.
        ///
        /// ```
        /// use blazeio_driver::sim::{Faults, Simulation};
        ///
        /// // Nothing but reads of a few bytes.
        /// let sim = Simulation::with(1, Faults { short_read: 1.0, ..Faults::NONE });
        /// # drop(sim);
        /// ```
        #[derive(Clone, PartialEq, Debug)]
        pub struct Faults {
            $($(#[doc = $doc])+ pub $field: f64,)+
        }

        impl Faults {
            /// Nothing goes wrong: each byte arrives at once.
            pub const NONE: Self = Self { $($field: 0.0,)+ };

            /// The probability of `fault`.
            #[inline]
            #[must_use]
            pub const fn rate(&self, fault: Fault) -> f64 {
                match fault {
                    $(Fault::$variant => self.$field,)+
                }
            }

            /// Changes the probability of `fault`.
            pub const fn set(&mut self, fault: Fault, rate: f64) {
                match fault {
                    $(Fault::$variant => self.$field = rate,)+
                }
            }
        }

        impl Default for Faults {
            /// Everything, at rates that let most connections live.
            fn default() -> Self {
                Self { $($field: $rate,)+ }
            }
        }
    };
}

faults! {
    /// A read gives fewer bytes than there are.
    ShortRead short_read 0.3 "short read";
    /// A write takes fewer bytes than it could, and may end within any of the slices.
    ShortWrite short_write 0.3 "short write";
    /// A call fails with `Interrupted`.
    Interrupted interrupted 0.02 "interrupted";
    /// A call that could go on is `Pending`; its waker is woken later.
    Pending pending 0.05 "pending though ready";
    /// What would be `Pending` is `Err(WouldBlock)`; the waker stays as with `Pending`.
    WouldBlock would_block 0.1 "would block";
    /// A call that could go on is `Pending`, its waker woken before the call returns.
    WakeInside wake_inside 0.02 "woken inside the call";
    /// The waker of a call that cannot go on is woken for nothing, and forgotten.
    FalseWake false_wake 0.05 "false readiness";
    /// A task is polled that nobody woke.
    SpuriousPoll spurious_poll 0.02 "spurious poll";
    /// A wake comes up to 10 ms late.
    LateWake late_wake 0.1 "late wake";
    /// Bytes, an end or a reset are up to 20 ms under way.
    Latency latency 0.3 "latency";
    /// Bytes or an end are held back for 50 ms to a minute, and all that follows with them.
    Stall stall 0.003 "stall";
    /// For each connection: from some moment on, one direction delivers nothing any more. A
    /// reset still passes.
    StallForever stall_forever 0.02 "stall for ever";
    /// For each connection and direction: little room between the ends, 1 byte to 16 KiB.
    SmallBuffer small_buffer 0.5 "small buffer";
    /// For each end: written bytes are held until `poll_flush` or `poll_shutdown` passes them
    /// on, or until there are 16 KiB of them, as in a TLS session.
    Buffered buffered 0.2 "buffered writes";
    /// `poll_flush` is `Pending` for a while.
    SlowFlush slow_flush 0.1 "slow flush";
    /// `poll_shutdown` is `Pending` for a while.
    SlowShutdown slow_shutdown 0.2 "slow shutdown";
    /// For each end: `poll_lost` is never ready, as where a transport cannot tell.
    Deaf deaf 0.1 "deaf to resets";
    /// For each connection: it is reset at some moment, at both ends.
    Reset reset 0.04 "reset";
    /// For each reset that arrives while bytes are unread: they are lost.
    LostUnread lost_unread 0.5 "unread bytes lost";
    /// For each reset: it is told of once; who reads after that reads 0.
    ToldOnce told_once 0.3 "reset told once";
    /// For each connection: it ends in order at some moment, in both directions, as if each
    /// peer were gone. Bytes written before arrive, later ones are answered by a reset.
    End end 0.04 "end anywhere";
    /// For each connection: from some moment on nothing arrives any more, no end, no reset.
    Vanish vanish 0.03 "silent vanishing";
    /// For each connection: a write of an end takes 0 bytes, once.
    WriteZero write_zero 0.01 "write of 0 bytes";
    /// A timer wakes up to 5 ms late.
    LateTimer late_timer 0.1 "late timer";
    /// A timer wakes too early, besides waking in time.
    EarlyTimer early_timer 0.05 "early timer";
    /// For each simulation, and again after each: the process sleeps for 1 s to 5 min.
    Suspend suspend 0.05 "suspension";
    /// Accepting fails with EMFILE, and goes on failing for up to 200 ms.
    Emfile emfile 0.05 "EMFILE";
    /// Accepting fails with ECONNABORTED; the connection is lost.
    Aborted aborted 0.03 "ECONNABORTED";
    /// A connect fails: refused, unreachable, or timed out after 1 to 75 s.
    FailedConnect failed_connect 0.03 "failed connect";
    /// A connect takes up to 200 ms.
    SlowConnect slow_connect 0.3 "slow connect";
    /// A name is not resolved.
    FailedResolve failed_resolve 0.03 "failed resolve";
    /// Resolving a name takes up to 5 s.
    SlowResolve slow_resolve 0.3 "slow resolve";
    /// Blocking work begins up to 50 ms late.
    LateBlocking late_blocking 0.3 "late blocking work";
    /// A future given to a [`Canceller`](crate::sim::Canceller) is dropped while pending.
    Cancel cancel 0.3 "future dropped";
}

impl Faults {
    /// The usual rates, with the kinds that `seed` chooses switched off: about half.
    ///
    /// With everything on at once, faults hide each other; many runs with each its own half
    /// meet more situations than as many runs with all.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        // Not the stream that the simulation of this seed rolls with.
        Self::from_dice(&mut Dice::new(!seed))
    }

    /// The usual rates, with each kind switched off as `dice` fall.
    #[must_use]
    pub fn from_dice(dice: &mut Dice) -> Self {
        let mut faults = Self::default();
        for fault in Fault::ALL {
            if dice.chance(0.5) {
                faults.set(*fault, 0.0);
            }
        }
        faults
    }

    /// The same without what keeps a connection from its end: with these, every byte arrives,
    /// each name is resolved and each connect succeeds, if late.
    #[must_use]
    pub const fn without_harm(mut self) -> Self {
        let harm = [
            Fault::StallForever,
            Fault::Reset,
            Fault::End,
            Fault::Vanish,
            Fault::WriteZero,
            Fault::Aborted,
            Fault::FailedConnect,
            Fault::FailedResolve,
        ];
        let mut index = 0;
        while index < harm.len() {
            self.set(harm[index], 0.0);
            index += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sim_each_seed_switches_off_another_half_of_the_faults() {
        assert_eq!(Faults::from_seed(1), Faults::from_seed(1));
        assert_ne!(Faults::from_seed(1), Faults::from_seed(2));
        for fault in Fault::ALL {
            let on = (0..1000).filter(|seed| Faults::from_seed(*seed).rate(*fault) > 0.0).count();
            assert!((400..600).contains(&on), "{fault:?} is on for {on} of 1000 seeds");
        }
    }

    #[test]
    fn sim_each_fault_has_a_rate_a_name_and_a_field_of_its_own() {
        for fault in Fault::ALL {
            assert!(Faults::default().rate(*fault) > 0.0, "{fault:?}");
            let mut faults = Faults::NONE;
            faults.set(*fault, 0.5);
            let on: Vec<_> = Fault::ALL.iter().filter(|other| faults.rate(**other) > 0.0).collect();
            assert_eq!(on, [fault]);
            assert_eq!(Fault::ALL.iter().filter(|other| other.name() == fault.name()).count(), 1);
        }
    }
}
