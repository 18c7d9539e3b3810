//! A server that sends back what it is sent, over the plain connection loop.
//!
//! `cargo run --release -p blazeio-tokio --example echo -- 127.0.0.1:8080`

mod flags;
mod log;
mod pace;
mod route;
mod service;

use blazeio_tokio::serve;
use clap::Parser;
use flags::Flags;
use service::Service;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long busy connections have to finish once a stop was asked for.
const GRACE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let flags = Flags::parse();
    match start(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(format_args!("{}: {error}", flags.address));
            ExitCode::FAILURE
        }
    }
}

fn start(flags: &Flags) -> io::Result<()> {
    // More connections than the soft limit usually allows. Without it fewer are taken.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = flags.threads {
        runtime.worker_threads(threads.get());
    }
    runtime.enable_all().build()?.block_on(run(flags))
}

async fn run(flags: &Flags) -> io::Result<()> {
    let mut stop = Stop::new()?;
    let listener = TcpListener::bind(&flags.address).await?;
    announce(&listener)?;
    let limits = Arc::new(flags.limits());
    let (begin, begun) = tokio::sync::oneshot::channel::<()>();
    let serving = serve(
        listener,
        limits,
        async { drop(begun.await) },
        GRACE,
        |error| log::line(format_args!("accept: {error}")),
        |link, peer| async move {
            let mut service = Service::new(link);
            if let Err(error) = service.run().await {
                log::line(format_args!("{peer}: {error}"));
                service.end(&error).await;
            }
        },
    );
    let stopping = async {
        stop.asked().await;
        drop(begin);
        // The second time is meant.
        stop.asked().await;
    };
    tokio::select! {
        () = serving => {}
        () = stopping => {}
    }
    Ok(())
}

fn announce(listener: &TcpListener) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on {}", listener.local_addr()?)?;
    stdout.flush()
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
