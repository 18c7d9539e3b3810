//! Servers and clients in a simulated world, under every fault (IO, CANC, SEG, RST, HALF,
//! SHUT, SLOW, CLOCK, MEMW, ACPT, PANIC, REUSE).
//!
//! Each seed is a server, some clients and their exchanges; what must hold whatever happens is
//! in the crate `blazeio-worlds`. A seed that fails is printed, and is run again by
//!
//! ```sh
//! SEED=1234 cargo test -p blazeio-driver --test simulation
//! ```
//!
//! `SEEDS` is how many are run, `FROM` the first of them.

use blazeio_driver::sim::Histogram;
use blazeio_worlds::scenario;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn io_no_fault_loses_doubles_moves_or_completes_what_is_not() {
    if let Some(seed) = number("SEED") {
        scenario::run(seed, true);
        return;
    }
    let seeds = number("SEEDS").unwrap_or(3_000);
    let from = number("FROM").unwrap_or(1);
    let next = AtomicU64::new(from);
    let all = Mutex::new(Histogram::default());
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut seen = Histogram::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        break;
                    }
                    match catch_unwind(AssertUnwindSafe(|| scenario::run(seed, false))) {
                        Ok(histogram) => seen.merge(&histogram),
                        Err(_) => {
                            next.store(u64::MAX / 2, Ordering::Relaxed);
                            panic!("seed {seed} failed: run SEED={seed} to see it again");
                        }
                    }
                }
                all.lock().unwrap().merge(&seen);
            });
        }
    });
    let all = all.into_inner().unwrap();
    println!("{seeds} seeds from {from}\n{all}");
    if seeds >= 20_000 {
        let missing: Vec<_> = all.missing().collect();
        assert!(
            missing.iter().all(|fault| scenario::NOT_MET.contains(fault)),
            "faults that never happened: {missing:?}"
        );
    }
}

/// The same seed is the same run.
#[test]
fn io_a_seed_that_fails_can_be_run_again() {
    for seed in [1, 2, 3, 99] {
        assert_eq!(scenario::trace(seed), scenario::trace(seed));
    }
}
