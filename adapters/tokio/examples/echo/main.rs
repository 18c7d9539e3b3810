//! A server that sends back what it is sent, over the driver.
//!
//! `cargo run --release -p blazeio-tokio --example echo -- 127.0.0.1:8080`

mod flags;
mod log;
mod pace;
mod route;
mod service;
mod start;
mod upgrade;

use blazeio_driver::{Address, Handle};
use clap::Parser;
use flags::Flags;
use std::io::{self, Write as _};
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

fn main() -> ExitCode {
    let flags = Flags::parse();
    // More connections than the soft limit usually allows. Without it fewer are taken.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    match serve(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(format_args!("echo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn serve(flags: &Flags) -> io::Result<()> {
    let server = start::server(flags)?;
    let runtime = runtime(flags)?;
    let mut stop = {
        let _context = runtime.enter();
        Stop::new()?
    };
    let handles = match flags.per_core {
        true => start::per_core(server, flags.threads())?,
        false => {
            let _context = runtime.enter();
            vec![server.start()?]
        }
    };
    // Each of several has the same addresses.
    announce(handles.first().map_or(&[], Handle::addresses))?;
    runtime.block_on(until_stopped(&mut stop, handles));
    // What is not over by now is not waited for.
    runtime.shutdown_background();
    Ok(())
}

/// What connections run in; with threads of their own, what waits for signals.
fn runtime(flags: &Flags) -> io::Result<Runtime> {
    if flags.per_core {
        return Builder::new_current_thread().enable_all().build();
    }
    let mut runtime = Builder::new_multi_thread();
    if let Some(threads) = flags.threads {
        runtime.worker_threads(threads.get());
    }
    runtime.enable_all().build()
}

fn announce(addresses: &[Address]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for address in addresses {
        writeln!(stdout, "listening on {address}")?;
    }
    stdout.flush()
}

/// Ends in order after the first signal, at once after the second.
async fn until_stopped(stop: &mut Stop, handles: Vec<Handle>) {
    stop.asked().await;
    let mut exits = JoinSet::new();
    for handle in handles {
        exits.spawn(async move { handle.exit().await });
    }
    let exited = async {
        let mut cut = 0;
        while let Some(exit) = exits.join_next().await {
            cut += exit.map_or(0, |exit| exit.cut);
        }
        if cut > 0 {
            log::line(format_args!("connections cut off: {cut}"));
        }
    };
    tokio::select! {
        () = exited => {}
        // The second time is meant.
        () = stop.asked() => {}
    }
}

/// SIGINT and SIGTERM.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
