//! The programs `echo` and `fetch` as processes.

use crate::subject::{ECHO, FETCH};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A running `echo`, ended when dropped.
pub struct Echo {
    child: Child,
    /// What it listens on, the first that is no Unix socket.
    pub address: SocketAddr,
    /// All that it said it listens on.
    pub addresses: Vec<String>,
    log: Option<JoinHandle<String>>,
}

impl Echo {
    /// Starts it on a free port.
    pub fn start(flags: &[&str]) -> Self {
        Self::run(Command::new(ECHO).arg("127.0.0.1:0").args(flags))
    }

    /// Starts it at `addresses`.
    pub fn at(addresses: &[&str], flags: &[&str]) -> Self {
        let mut command = Command::new(ECHO);
        Self::run_at(addresses.len(), command.args(addresses).args(flags))
    }

    /// Starts it by `command`.
    pub fn run(command: &mut Command) -> Self {
        Self::run_at(1, command)
    }

    fn run_at(count: usize, command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(count);
        let addresses: Vec<String> = lines
            .map(|line| line.unwrap().strip_prefix("listening on ").unwrap().to_owned())
            .collect();
        let address = addresses.iter().find_map(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        Self { child, address, addresses, log: Some(log) }
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Peak resident memory in KiB.
    pub fn peak_memory(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Processor time so far, in clock ticks.
    pub fn ticks(&self) -> u64 {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// Sockets of IPv4 at its port: state and timer, as /proc/net/tcp has them.
    pub fn sockets(&self) -> Vec<(String, String)> {
        let port = format!(":{:04X}", self.address.port());
        let table = self.proc("net/tcp");
        let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines
            .filter(|fields| fields[1].ends_with(&port))
            .map(|fields| (fields[3].to_owned(), fields[5].to_owned()))
            .collect()
    }

    /// Number of open descriptors.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// What `/proc` tells of it in `file`.
    pub fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits until it ends by itself; what it logged.
    pub fn wait(&mut self, limit: Duration) -> (ExitStatus, String) {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, self.log.take().unwrap().join().unwrap());
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("echo did not end within {limit:?}");
    }

    /// Stops it; what it logged.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait(Duration::from_secs(40));
        assert!(status.success(), "{status}");
        log
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `fetch`.
pub fn fetch(arguments: &[&str]) -> Output {
    Command::new(FETCH).args(arguments).output().unwrap()
}

/// Runs `fetch --json`; one value for each URL.
pub fn fetch_json(arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = fetch(&[&["--json"], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
