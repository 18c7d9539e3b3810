//! A proxy as two readers: of the requests that it forwards to an origin, and of the responses
//! that it relays from there.
//!
//! Each case has a connection of its own. What a proxy makes of a message is seen by what it
//! writes: method, target and content of each request in order, status and content of a response.

use crate::case::Case;
use crate::origin::Origin;
use crate::reading::{Message, Reading, Stop};
use crate::wire::{self, Wire};
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Connections at once.
const CLIENTS: usize = 24;

/// Where the core waits for more too, the proxy is not expected to answer.
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(3);

pub(crate) struct Proxy {
    child: Child,
    port: u16,
    pid_file: PathBuf,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.pid_file);
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// The first line that `program` prints when asked for its version, on either output.
pub(crate) fn version(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output().expect("a proxy");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).lines().next().expect("a version").into()
}

impl Proxy {
    /// Starts `command`, which listens on `port`; its process id stands in a file for whoever
    /// cleans up after this process was killed.
    pub(crate) fn start(mut command: Command, port: u16, dir: &Path, name: &str) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a proxy");
        let pid_file = dir.join(format!("{name}.pid"));
        std::fs::write(&pid_file, child.id().to_string()).expect("a file");
        let proxy = Self { child, port, pid_file };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return proxy;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{name} does not listen");
    }

    /// Reads every case; `ours` says where waiting is to be expected.
    pub(crate) fn read(&self, origin: &Origin, cases: &[Case], ours: &[Reading]) -> Vec<Reading> {
        let next = AtomicUsize::new(0);
        let mut all: Vec<(usize, Reading)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..CLIENTS)
                .map(|_| {
                    scope.spawn(|| {
                        let mut mine = Vec::new();
                        loop {
                            let at = next.fetch_add(1, Ordering::Relaxed);
                            if at >= cases.len() {
                                return mine;
                            }
                            let waits = ours[at].stop == Stop::Waiting;
                            mine.push((at, self.read_one(origin, at, &cases[at], waits)));
                        }
                    })
                })
                .collect();
            workers.into_iter().flat_map(|w| w.join().expect("a client")).collect()
        });
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, reading)| reading).collect()
    }

    /// Reads the case with this number.
    pub(crate) fn read_one(
        &self,
        origin: &Origin,
        number: usize,
        case: &Case,
        waits: bool,
    ) -> Reading {
        let read = if case.is_request() {
            self.requests(origin, case, if waits { SHORT } else { LONG })
        } else {
            self.response(origin, number, case)
        };
        read.unwrap_or_else(|e| Reading {
            messages: Vec::new(),
            stop: Stop::Refused(format!("no answer ({})", e.kind())),
        })
    }

    fn requests(
        &self,
        origin: &Origin,
        case: &Case,
        patience: Duration,
    ) -> std::io::Result<Reading> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_read_timeout(Some(patience))?;
        let port = socket.local_addr()?.port();
        origin.expect(port);
        // A proxy that refuses early may not take it all.
        let _ = socket.write_all(&case.bytes);
        let mut reader = BufReader::new(&socket);
        let mut stop = Stop::Waiting;
        while let Some(mut response) = wire::head(&mut reader) {
            let status = response.word(1).to_owned();
            if status.starts_with('1') && status != "101" {
                continue;
            }
            wire::content(&mut reader, &mut response, false);
            if response.field("x-origin").is_none() {
                stop = Stop::Refused(refusal(&response));
                break;
            }
            if response.field("connection") == Some("close") {
                stop = Stop::Closed;
            }
            if response.field("x-sentinel").is_some() || stop == Stop::Closed {
                break;
            }
        }
        let messages = origin.take(port);
        if messages.last().is_some_and(|m| m.start == "CONNECT") {
            stop = Stop::Switched;
        }
        Ok(Reading { messages, stop })
    }

    fn response(&self, origin: &Origin, number: usize, case: &Case) -> std::io::Result<Reading> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_read_timeout(Some(LONG))?;
        let sent = &case.sent[0];
        let (connection, upgrade) = match &sent.upgrade {
            Some(protocols) => ("upgrade", format!("Upgrade: {protocols}\r\n")),
            None => ("close", String::new()),
        };
        let request = format!(
            "{} {} HTTP/1.1\r\nHost: a:80\r\nX-Case: {number}\r\nConnection: {connection}\r\n{upgrade}\r\n",
            sent.method, sent.target
        );
        socket.write_all(request.as_bytes())?;
        let mut bytes = Vec::new();
        // A time-out shows in what came.
        let _ = socket.read_to_end(&mut bytes);
        if !origin.was_asked(number) {
            // It is our request that the proxy does not take: nothing is said of the response.
            return Ok(stopped(Stop::Refused("not asked".into())));
        }
        Ok(relayed(&sent.method, &bytes))
    }
}

/// What was relayed in answer to a request with `method`.
fn relayed(method: &str, bytes: &[u8]) -> Reading {
    let mut rest = bytes;
    let mut interim: Option<(Wire, &[u8])> = None;
    let response = loop {
        let Some(mut response) = wire::head(&mut rest) else { break None };
        let status = response.word(1).to_owned();
        if response.field("x-refused").is_some() {
            return stopped(Stop::Refused(refusal(&response)));
        }
        if status == "101" || (method == "CONNECT" && status.starts_with('2')) {
            return stopped(Stop::Switched);
        }
        if status.starts_with('1') {
            interim.get_or_insert((response, rest));
            continue;
        }
        if method == "HEAD" || matches!(&*status, "204" | "304") {
            response.is_whole = true;
        } else {
            wire::content(&mut rest, &mut response, true);
        }
        break Some(response);
    };
    match (response, interim) {
        // We asked for one response and the close: with more behind it, the proxy took the interim
        // one for final, and passed on all that followed.
        (response, Some((first, behind))) if response.is_none() || !rest.is_empty() => {
            answered(first.word(1), behind.to_vec())
        }
        (Some(response), _) if response.is_whole => {
            answered(response.word(1), response.content.clone())
        }
        (Some(_), _) => stopped(Stop::Refused("cut off".into())),
        (None, _) => stopped(Stop::Refused("no response".into())),
    }
}

fn answered(status: &str, content: Vec<u8>) -> Reading {
    let message = Message { start: status.into(), content, ..Message::default() };
    Reading { messages: vec![message], stop: Stop::Closed }
}

fn stopped(stop: Stop) -> Reading {
    Reading { messages: Vec::new(), stop }
}

fn refusal(response: &Wire) -> String {
    if response.start_line.starts_with("HTTP/") {
        response.word(1).into()
    } else {
        "a response without a head".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_xx_that_is_relayed_as_final_is_not_read_as_interim() {
        let bytes = b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 \r\n\r\n";
        assert_eq!(relayed("GET", bytes).messages[0].start, "204");
        let more = [&bytes[..], b"HTTP/1.1 299 Sentinel\r\n\r\n"].concat();
        assert_eq!(relayed("GET", &more).messages[0].start, "100");
    }
}
