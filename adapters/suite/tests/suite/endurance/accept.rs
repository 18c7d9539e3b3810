//! Running out of descriptors again and again (ACPT).

use crate::endurance::dice::Dice;
use crate::endurance::program::Echo;
use crate::endurance::{await_descriptors, count, source};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// Descriptors that the process may have, and connections that want one.
const LIMIT: usize = 24;
const CONNECTIONS: usize = 60;

#[test]
fn acpt_emfile() {
    let rounds = count(4, 100);
    let began = Instant::now();
    let log = Log::new();
    let mut command = Command::new("sh");
    let script = format!(
        "ulimit -n {LIMIT}; ulimit -Hn {LIMIT}; exec \"$0\" 127.0.0.1:0 --threads 1 2>\"$1\""
    );
    let echo = Echo::run(command.arg("-c").arg(script).arg(crate::subject::ECHO).arg(&log.0));
    let base = echo.descriptors();
    let mut dice = Dice::new(rounds);
    let (mut recoveries, mut most_ticks) = (Vec::new(), 0);
    for round in 0..rounds {
        let told = log.lines();
        // Now and then long enough for pauses to have grown to their longest.
        let span = if round % 5 == 3 { 1500 } else { 100 + dice.below(400) };
        let ticks = exhaust(&echo, round, Duration::from_millis(span as u64));
        most_ticks = most_ticks.max(ticks);
        recoveries.push(recover(&echo));
        await_descriptors(&echo, base, Duration::from_secs(5));
        assert!(log.lines() - told <= 1, "round {round} is told of twice");
    }
    // A pause takes a second at most. A machine that is busy may be slow now and then, not always.
    recoveries.sort_unstable();
    let (usual, slowest) = (recoveries[rounds / 2], recoveries[rounds - 1]);
    assert!(usual < Duration::from_secs(1) && slowest < Duration::from_secs(9), "{recoveries:?}");
    let told = log.lines();
    assert!((1..=rounds).contains(&told), "{told} lines");
    assert_eq!(echo.stop(), "");
    println!(
        "acpt_emfile: {rounds} times out of descriptors, slowest recovery {slowest:.1?}, at most \
         {most_ticks} ticks of processor time in one, {told} lines logged, {:.1?} in all",
        began.elapsed()
    );
}

/// Takes all descriptors for `span`, and gives them back. Ticks of processor time meanwhile.
fn exhaust(echo: &Echo, round: usize, span: Duration) -> u64 {
    let connect = |number| source::connect(echo.address, round * CONNECTIONS + number).unwrap();
    let held: Vec<_> = (0..CONNECTIONS).map(connect).collect();
    let begun = Instant::now();
    while echo.descriptors() < LIMIT {
        assert!(begun.elapsed() < Duration::from_secs(5), "{} descriptors", echo.descriptors());
        thread::sleep(Duration::from_millis(1));
    }
    // Past the first, short pauses.
    thread::sleep(Duration::from_millis(50));
    let before = echo.ticks();
    thread::sleep(span);
    let ticks = echo.ticks() - before;
    // A spinning thread takes a tick each 10 ms.
    assert!(ticks <= 2 + span.as_millis() as u64 / 100, "{ticks} ticks in {span:?}");
    drop(held);
    ticks
}

/// How long it takes until a new connection is served.
fn recover(echo: &Echo) -> Duration {
    let began = Instant::now();
    let mut stream = source::connect(echo.address, 0).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    began.elapsed()
}

/// A file that the log goes to, so that it can be read while it grows.
struct Log(PathBuf);

impl Log {
    fn new() -> Self {
        let name = format!("blazeio-endurance-{}.log", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// Lines of trouble with accepting, so far; there are no others.
    fn lines(&self) -> usize {
        let log = std::fs::read_to_string(&self.0).unwrap();
        assert!(log.lines().all(|line| line.starts_with("accept: ")), "{log}");
        log.lines().count()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
