//! What an idle keep-alive connection costs: resident bytes of a server that holds many.
//!
//! `cargo run --release -p blazeio-tokio --example idle -- 10000`
//!
//! Starts itself a second time as the server, on one thread, with default limits. Each
//! connection asks once and reads its response; then the server's memory is read; then each
//! asks again, so that none of them was lost. Fails if a connection costs more than the bar,
//! given as a second argument.

use blazeio::{Field, Response, Server};
use blazeio_driver::{Error, Exchange};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: idle.example\r\nUser-Agent: idle\r\n\r\n";

async fn hello(mut exchange: Exchange<Server>) -> Result<(), Error> {
    let fields = [Field::new("Content-Type", "text/plain")];
    exchange.send(&Response::new(200).fields(&fields), b"Hello\n").await
}

fn main() -> io::Result<ExitCode> {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let argument = |n| std::env::args().nth(n);
    if argument(1).as_deref() == Some("serve") {
        return serve();
    }
    let count = argument(1).map_or(10_000, |n| n.parse().expect("a number of connections"));
    let bar = argument(2).map(|n| n.parse::<u64>().expect("a number of bytes"));
    let server = Process::start()?;
    // What a server needs once is not what a connection needs.
    let warm: Vec<_> = (0..100).map(|_| server.connect()).collect::<io::Result<_>>()?;
    let before = server.resident()?;
    let mut idle: Vec<_> = (0..count).map(|_| server.connect()).collect::<io::Result<_>>()?;
    let after = server.resident()?;
    for stream in &mut idle {
        ask(stream)?;
    }
    let each = (after - before) / count as u64;
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
fn serve() -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = blazeio_tokio::serve("127.0.0.1:0", hello).start()?;
        println!("{}", server.addresses()[0]);
        tokio::task::spawn_blocking(|| io::stdin().read(&mut [0])).await??;
        Ok(ExitCode::SUCCESS)
    })
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
