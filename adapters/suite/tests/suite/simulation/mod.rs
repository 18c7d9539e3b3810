//! The simulated worlds of the driver, hosted by a runtime: the runtime has a turn after every few
//! of a world's, and what holds in the world holds there too. Worlds are tasks, several at a time,
//! and each has to take the very course that it takes by itself.
//!
//! `SEEDS` is how many are run, `FROM` the first of them; `SEED` is one alone.

use crate::suite::on::{run, spawn};
use blazeio_driver::Threads;
use blazeio_worlds::{campaign::Campaign, scenario};
use std::sync::Arc;

/// Worlds at a time on each thread.
const BESIDE_EACH_OTHER: usize = 4;

#[test]
fn io_no_fault_loses_doubles_moves_or_completes_what_is_not_on_this_runtime() {
    let campaign = Arc::new(Campaign::new(600));
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| run(Threads::One, || work(&campaign)));
        }
    });
    campaign.end();
}

async fn work(campaign: &Arc<Campaign>) {
    let workers = [(); BESIDE_EACH_OTHER].map(|()| {
        let campaign = Arc::clone(campaign);
        spawn(async move { campaign.host().await })
    });
    for worker in workers {
        worker.await.expect("no world that fails");
    }
}

/// Whatever runs beside it.
#[test]
fn io_a_seed_takes_the_same_course_on_this_runtime() {
    let alone: Vec<u64> = (1..=40).map(scenario::trace).collect();
    let hosted = run(Threads::One, || async {
        let worlds: Vec<_> = (1..=40).map(|n| spawn(scenario::run_hosted(n, false))).collect();
        let mut traces = Vec::new();
        for world in worlds {
            traces.push(world.await.expect("a world").1);
        }
        traces
    });
    assert_eq!(hosted, alone);
}
