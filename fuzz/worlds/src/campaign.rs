//! Many worlds, one after the other, by seeds that the environment names.
//!
//! Decides which seed is next, for any number of workers: `SEEDS` is how many there are, `FROM`
//! the first; `SEED` is one alone, whose every event is printed. The first that fails is named,
//! and no other is begun.

use crate::scenario::{self, NOT_MET};
use blazeio_driver::sim::Histogram;
use futures::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Result;

/// In so many worlds every fault happens that can.
const MANY: u64 = 20_000;

/// Of so many worlds that are hosted one is run by itself too, to compare.
const COMPARED: u64 = 10;

/// Seeds, and what happened in the worlds of those that were run.
pub struct Campaign {
    from: u64,
    seeds: u64,
    prints: bool,
    next: AtomicU64,
    seen: Mutex<Histogram>,
}

impl Campaign {
    /// As the environment says; of `usual` seeds from 1 where it does not.
    ///
    /// # Panics
    /// It says what is not a number.
    #[must_use]
    pub fn new(usual: u64) -> Self {
        let one = number("SEED");
        let from = one.or_else(|| number("FROM")).unwrap_or(1);
        let seeds = one.map_or_else(|| number("SEEDS").unwrap_or(usual), |_| 1);
        let (next, seen) = (AtomicU64::new(from), Mutex::default());
        Self { from, seeds, prints: one.is_some(), next, seen }
    }

    /// Runs worlds by themselves, until there are no more seeds: a worker, of which there may be
    /// several.
    ///
    /// # Panics
    /// In one of them something does not hold.
    pub fn work(&self) {
        while let Some(seed) = self.take() {
            self.note(seed, catch_unwind(|| scenario::run(seed, self.prints)));
        }
    }

    /// As [`work`](Self::work), within another runtime; some of the worlds by themselves too.
    ///
    /// # Panics
    /// In one of them something does not hold, or it takes another course by itself.
    pub async fn host(&self) {
        while let Some(seed) = self.take() {
            let world = async {
                let (histogram, trace) = scenario::run_hosted(seed, self.prints).await;
                if seed % COMPARED == 0 {
                    assert_eq!(trace, scenario::trace(seed), "takes another course by itself");
                }
                histogram
            };
            self.note(seed, AssertUnwindSafe(world).catch_unwind().await);
        }
    }

    fn take(&self) -> Option<u64> {
        let seed = self.next.fetch_add(1, Ordering::Relaxed);
        (seed < self.from + self.seeds).then_some(seed)
    }

    fn note(&self, seed: u64, world: Result<Histogram>) {
        match world {
            Ok(histogram) => self.seen.lock().unwrap().merge(&histogram),
            Err(panic) => {
                self.next.store(u64::MAX / 2, Ordering::Relaxed);
                eprintln!("seed {seed} failed: run SEED={seed} to see it again");
                resume_unwind(panic);
            }
        }
    }

    /// Says what happened, once all workers are done.
    ///
    /// # Panics
    /// Not every world was run to its end; or there were many, and some fault never happened.
    pub fn end(&self) {
        let all = self.seen.lock().unwrap();
        println!("{} seeds from {}\n{all}", all.runs, self.from);
        assert_eq!(all.runs, self.seeds, "worlds that were not run to their end");
        let missing: Vec<_> = all.missing().filter(|fault| !NOT_MET.contains(fault)).collect();
        assert!(self.seeds < MANY || missing.is_empty(), "faults that never happened: {missing:?}");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
