//! What an idle keep-alive connection costs: resident bytes of a server that holds many.
//!
//! The example `idle` of every adapter:
//! `cargo run --release -p blazeio-tokio --example idle -- 10000`.
//!
//! Starts itself a second time as the server, on one thread, with default limits. Each
//! connection asks once and reads its response; then the server's memory is read; then each
//! asks again, so that none of them was lost.
//!
//! Decides what counts as a connection's cost: what the server's resident memory grew by since it
//! had served a hundred, divided by the connections, and rounded down. Refuses to pass if that is
//! more than the bar, given as a second argument, or if a connection was lost.

use blazeio::{Field, Response, Server};
use blazeio_driver::{Error, Exchange, Runtime};
use blazeio_driver::{Standalone, Threads};
use futures::channel::oneshot;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: idle.example\r\nUser-Agent: idle\r\n\r\n";

async fn hello(mut exchange: Exchange<Server>) -> Result<(), Error> {
    let fields = [Field::new("Content-Type", "text/plain")];
    exchange.send(&Response::new(200).fields(&fields), b"Hello\n").await
}

/// The whole program, by the arguments of the command line, on the runtime `R`.
///
/// # Errors
/// The server could not be started, or lost a connection.
///
/// # Panics
/// When the first argument is no number above 0, or the second no number.
pub fn main<R: Standalone>() -> io::Result<ExitCode> {
    measure(serve::<R>)
}

/// The whole program, with a server of one's own: `serve` listens, prints where, greets with
/// `Hello` and a line's end, and is killed.
///
/// # Errors
/// As [`main`].
///
/// # Panics
/// As [`main`].
pub fn measure(serve: impl FnOnce() -> io::Result<ExitCode>) -> io::Result<ExitCode> {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let argument = |n| std::env::args().nth(n);
    if argument(1).as_deref() == Some("serve") {
        return serve();
    }
    let count = argument(1)
        .as_deref()
        .unwrap_or("10000")
        .parse::<NonZeroU64>()
        .expect("connections, from 1");
    let bar = argument(2).map(|n| n.parse::<u64>().expect("a number of bytes"));
    let server = Process::start()?;
    // What a server needs once is not what a connection needs.
    let warm: Vec<_> = (0..100).map(|_| server.connect()).collect::<io::Result<_>>()?;
    let before = server.resident()?;
    let mut idle: Vec<_> = (0..count.get()).map(|_| server.connect()).collect::<io::Result<_>>()?;
    let after = server.resident()?;
    for stream in &mut idle {
        ask(stream)?;
    }
    // Memory that the server gave back meanwhile is no connection's.
    let each = after.saturating_sub(before) / count;
    println!("{count} idle connections: {each} resident bytes each");
    drop(warm);
    Ok(match bar {
        Some(bar) if each > bar => {
            println!("more than {bar}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    })
}

/// Serves until standard input ends.
fn serve<R: Standalone>() -> io::Result<ExitCode> {
    R::run(Threads::One, || async {
        let runtime: Arc<dyn Runtime> = Arc::new(R::current());
        let server = blazeio_driver::Server::<_, R>::new("127.0.0.1:0", hello).start()?;
        println!("{}", server.addresses()[0]);
        let (tell, told) = oneshot::channel();
        runtime.spawn_blocking(Box::new(|| drop(tell.send(io::stdin().read(&mut [0])))));
        told.await.map_err(io::Error::other)??;
        Ok(ExitCode::SUCCESS)
    })?
}

struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start() -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line)?;
        let address = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self { child, address })
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address)?;
        ask(&mut stream)?;
        Ok(stream)
    }

    /// Resident bytes, as the system counts them.
    fn resident(&self) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("Rss:"));
        let kib =
            line.and_then(|l| l.trim().strip_suffix("kB")).and_then(|n| n.trim().parse().ok());
        kib.map(|kib: u64| kib * 1024).ok_or_else(|| io::Error::other("no Rss"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request, and its whole response.
fn ask(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    let mut response = Vec::new();
    while !response.ends_with(b"\r\n\r\nHello\n") {
        let mut room = [0; 512];
        match stream.read(&mut room)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => response.extend_from_slice(&room[..n]),
        }
    }
    if !response.starts_with(b"HTTP/1.1 200 OK\r\n") {
        return Err(io::Error::other(String::from_utf8_lossy(&response).into_owned()));
    }
    Ok(())
}
