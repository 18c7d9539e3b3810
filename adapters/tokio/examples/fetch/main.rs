//! A client that fetches URLs, over the driver.
//!
//! `cargo run --release -p blazeio-tokio --example fetch -- http://127.0.0.1:8080/`

mod exchange;
mod failure;
mod flags;
mod origin;
mod report;
mod session;
mod trust;
mod upload;

use clap::Parser;
use flags::Flags;
use origin::Origin;
use report::{Report, say};
use session::{Ask, Session};
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;
use trust::Trust;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let ask = flags.ask();
    let mut session = Session::new(Trust::new(flags.cacert.clone()));
    let mut all_ok = true;
    for (index, url) in flags.urls.iter().enumerate() {
        if index > 0 {
            tokio::time::sleep(flags.pause).await;
        }
        let mut report = Report::new(flags.json, flags.verbose);
        let failure = fetch(&mut session, url, &ask, flags.timeout, &mut report).await.err();
        all_ok &= failure.is_none();
        if flags.json {
            let _ = writeln!(io::stdout(), "{}", report.into_json(failure.as_deref()));
        } else if let Some(failure) = failure {
            say(format_args!("fetch: {failure}"));
        }
    }
    session.close().await;
    let flushed = io::stdout().flush().is_ok();
    if flags.json || (all_ok && flushed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Fetches one URL, or says in one line why not.
async fn fetch(
    session: &mut Session,
    url: &str,
    ask: &Ask,
    limit: Option<Duration>,
    report: &mut Report,
) -> Result<(), String> {
    let origin = Origin::parse(url)?;
    let exchange = session.fetch(&origin, ask, report);
    let Some(limit) = limit else { return exchange.await.map_err(|e| e.to_string()) };
    match tokio::time::timeout(limit, exchange).await {
        Ok(done) => done.map_err(|e| e.to_string()),
        Err(_) => Err(format!("not complete after {} s", limit.as_secs_f64())),
    }
}
