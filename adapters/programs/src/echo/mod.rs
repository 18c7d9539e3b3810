//! A server that sends back what it is sent, over the driver.
//!
//! The example `echo` of every adapter: `cargo run --release -p blazeio-tokio --example echo`.
//! Decides when it ends: in order after the first signal, at once after the second.

mod flags;
mod log;
mod pace;
mod route;
mod service;
mod start;
mod upgrade;

use blazeio_driver::{Address, Handle};
use blazeio_driver::{Standalone, Threads};
use clap::Parser;
use flags::Flags;
use futures::future::{join_all, select};
use std::io::{self, Write as _};
use std::pin::pin;
use std::process::ExitCode;

/// The whole program, by the arguments of the command line, on the runtime `R`.
pub fn main<R: Standalone>() -> ExitCode {
    let flags = Flags::parse();
    // More connections than the soft limit usually allows. Without it fewer are taken.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    match serve::<R>(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(format_args!("echo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn serve<R: Standalone>(flags: &Flags) -> io::Result<()> {
    let server = start::server::<R>(flags)?;
    // What connections run in; where each thread has a runtime, what waits for signals.
    let threads = if flags.per_core { Threads::One } else { Threads::Many(flags.threads()) };
    R::run(threads, || async {
        let stop = R::stop_signal()?;
        let handles = match flags.per_core {
            true => start::per_core(server, flags.threads())?,
            false => vec![server.start()?],
        };
        // Each of several has the same addresses.
        announce(handles.first().map_or(&[], Handle::addresses))?;
        stop.await;
        let again = R::stop_signal()?;
        // The second time is meant.
        select(pin!(exited(&handles)), again).await;
        Ok(())
    })?
}

fn announce(addresses: &[Address]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for address in addresses {
        writeln!(stdout, "listening on {address}")?;
    }
    stdout.flush()
}

/// Ends in order.
async fn exited(handles: &[Handle]) {
    let exits = join_all(handles.iter().map(Handle::exit)).await;
    let cut: usize = exits.iter().map(|exit| exit.cut).sum();
    if cut > 0 {
        log::line(format_args!("connections cut off: {cut}"));
    }
}
