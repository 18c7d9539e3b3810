//! Accepting, when descriptors run out (ACPT).

use crate::suite::sockets::program::{self, Echo};
use crate::suite::sockets::wire::{ask, connect, statuses};
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn acpt_running_out_of_descriptors_pauses_and_recovers() {
    let script = "ulimit -n 24; ulimit -Hn 24; exec \"$0\" 127.0.0.1:0 --threads 1";
    let mut command = Command::new("sh");
    let echo = Echo::run(command.arg("-c").arg(script).arg(crate::subject::ECHO));
    let held: Vec<_> = (0..60).map(|_| connect(echo.address)).collect();
    std::thread::sleep(Duration::from_millis(500));
    let before = echo.ticks();
    std::thread::sleep(Duration::from_millis(500));
    assert!(echo.ticks() - before <= 5, "accepting spins");
    drop(held);
    let began = Instant::now();
    assert_eq!(statuses(&ask(echo.address, "GET / HTTP/1.0\r\n\r\n")), [200]);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let log = echo.stop();
    assert!(log.starts_with("accept: ") && log.lines().count() == 1, "{log}");
}
