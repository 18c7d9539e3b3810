//! What an idle keep-alive connection costs in the raw event style: `blazeio_programs::idle`, with
//! the loop of `raw.rs` as its server.
//!
//! `cargo run --release -p blazeio-mio --example idle_raw -- 10000 512`

#[path = "raw.rs"]
#[allow(dead_code, reason = "a program of its own, too")]
mod raw;

use mio::net::{TcpListener, UnixStream};
use std::io::{Error, Result};
use std::process::ExitCode;

fn main() -> Result<ExitCode> {
    blazeio_programs::idle::measure(|| {
        let listener = TcpListener::bind("127.0.0.1:0".parse().map_err(Error::other)?)?;
        println!("{}", listener.local_addr()?);
        let (_running, stop) = UnixStream::pair()?;
        raw::serve(listener, stop, &raw::LIMITS)?;
        Ok(ExitCode::SUCCESS)
    })
}
