//! The server behind a proxy: notes the requests that come out of it, or answers by a case's
//! responses.
//!
//! One request a connection. Which connection to the proxy it came on is told by the field
//! X-Peer-Port, which the proxy sets.

use crate::case::{Case, SENTINEL};
use crate::reading::Message;
use crate::wire;
use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Requests by the port of the client that sent them to the proxy.
type Log = Arc<Mutex<HashMap<u16, Vec<Message>>>>;

/// The numbers of the cases whose responses were asked for.
type Asked = Arc<Mutex<HashSet<usize>>>;

pub(crate) struct Origin {
    pub(crate) port: u16,
    log: Log,
    asked: Asked,
}

/// Enough for every connection of the clients.
const ACCEPTING: usize = 48;

impl Origin {
    /// Runs until the process ends.
    pub(crate) fn start(cases: Arc<Vec<Case>>) -> Self {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").expect("a port"));
        let port = listener.local_addr().expect("an address").port();
        let (log, asked) = (Log::default(), Asked::default());
        for _ in 0..ACCEPTING {
            let (listener, cases) = (listener.clone(), cases.clone());
            let (log, asked) = (log.clone(), asked.clone());
            std::thread::spawn(move || {
                for socket in listener.incoming().flatten() {
                    // A proxy that hangs up early is no concern of the origin.
                    let _ = serve(&socket, &log, &asked, &cases);
                    let _ = socket.shutdown(Shutdown::Both);
                }
            });
        }
        Self { port, log, asked }
    }

    /// Forgets what another connection from this port sent.
    pub(crate) fn expect(&self, port: u16) {
        self.log.lock().expect("the log").insert(port, Vec::new());
    }

    /// Another proxy begins.
    pub(crate) fn forget(&self) {
        self.asked.lock().expect("the numbers").clear();
    }

    /// Whether the request for this case's responses came through the proxy.
    pub(crate) fn was_asked(&self, number: usize) -> bool {
        self.asked.lock().expect("the numbers").contains(&number)
    }

    pub(crate) fn take(&self, port: u16) -> Vec<Message> {
        self.log.lock().expect("the log").remove(&port).unwrap_or_default()
    }
}

fn serve(mut socket: &TcpStream, log: &Log, asked: &Asked, cases: &[Case]) -> std::io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(socket);
    let Some(mut request) = wire::head(&mut reader) else { return Ok(()) };
    wire::content(&mut reader, &mut request, false);
    if !request.is_whole {
        return Ok(());
    }
    if let Some(number) = request.field("x-case").and_then(|v| v.parse::<usize>().ok()) {
        asked.lock().expect("the numbers").insert(number);
        socket.write_all(&cases[number].bytes)?;
        return lingering(socket);
    }
    let target = request.word(1).as_bytes().to_vec();
    let is_sentinel = target == SENTINEL.as_bytes();
    if let Some(port) = request.field("x-peer-port").and_then(|v| v.parse().ok()) {
        let start = request.word(0).into();
        let message = Message { start, target, content: request.content, end: None };
        note(log, port, message);
    }
    let sentinel = if is_sentinel { "X-Sentinel: 1\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 200 OK\r\nX-Origin: 1\r\n{sentinel}Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes())
}

fn note(log: &Log, port: u16, message: Message) {
    if let Some(messages) = log.lock().expect("the log").get_mut(&port) {
        messages.push(message);
    }
}

/// Ends the output and waits for the other side's end, so that a reset eats nothing.
fn lingering(mut socket: &TcpStream) -> std::io::Result<()> {
    socket.shutdown(Shutdown::Write)?;
    socket.set_read_timeout(Some(Duration::from_millis(500)))?;
    std::io::copy(&mut socket, &mut std::io::sink())?;
    Ok(())
}
