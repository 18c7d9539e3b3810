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

use blazeio_worlds::{campaign::Campaign, scenario};

#[test]
fn io_no_fault_loses_doubles_moves_or_completes_what_is_not() {
    let campaign = Campaign::new(3_000);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| campaign.work());
        }
    });
    campaign.end();
}

/// The same seed is the same run; also where a server with many connections ends.
#[test]
fn io_a_seed_that_fails_can_be_run_again() {
    for seed in [1, 2, 3, 99, 162, 178] {
        assert_eq!(scenario::trace(seed), scenario::trace(seed));
    }
}
