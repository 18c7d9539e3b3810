//! The `echo` example over real sockets, for long: what holds once must hold ten thousand times.
//!
//! Each test is a story about the process alone, whatever loop drives it. It has a short form,
//! for every run of the tests, and a long one of the same code and larger counts, under `LONG=1`
//! (`.ci/endurance`). Each prints one line of what it counted.

mod accept;
mod dice;
mod early;
mod idle;
mod network;
#[path = "../sockets/program.rs"]
mod program;
mod resets;
mod response;
mod shutdown;
mod slow;
mod source;
mod vanish;
#[path = "../sockets/wire.rs"]
mod wire;

use program::Echo;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often something is done: `short`, or `long` under `LONG=1`.
fn count(short: usize, long: usize) -> usize {
    if std::env::var_os("LONG").is_some_and(|value| value == "1") { long } else { short }
}

/// Does `act` with every number below `rounds`, in `threads` threads at once.
fn share(rounds: usize, threads: usize, act: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= rounds {
                        return;
                    }
                    act(number);
                }
            });
        }
    });
}

/// Resident memory of `echo`, in KiB.
fn resident(echo: &Echo) -> usize {
    let status = echo.proc("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Waits until `echo` has no more than `base` descriptors, and says how long that took.
#[track_caller]
fn await_descriptors(echo: &Echo, base: usize, limit: Duration) -> Duration {
    let began = Instant::now();
    while echo.descriptors() > base {
        let open = echo.descriptors();
        assert!(began.elapsed() < limit, "{open} descriptors after {limit:?}, {base} at first");
        thread::sleep(Duration::from_millis(5));
    }
    began.elapsed()
}
