//! A client that fetches URLs, over the driver.
//!
//! The example `fetch` of every adapter: `cargo run --release -p blazeio-tokio --example fetch`.
//! Decides what a failure is: a URL whose response is not complete.

mod exchange;
mod failure;
mod flags;
pub mod origin;
mod report;
mod session;
mod trust;
mod upload;
pub mod way;

use crate::timing::{sleep, timeout};
use blazeio_driver::Runtime;
use blazeio_driver::{Standalone, Threads};
use clap::Parser;
use flags::Flags;
use origin::Origin;
use report::{Report, say};
use session::{Ask, Session};
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use trust::Trust;

/// The whole program, by the arguments of the command line, on the runtime `R`.
pub fn main<R: Standalone>() -> ExitCode {
    let flags = Flags::parse();
    let done = R::run(Threads::One, || async {
        let runtime: Arc<dyn Runtime> = Arc::new(R::current());
        let session = Session::new(&runtime, Trust::new(flags.cacert.clone()), flags.proxies()?);
        Ok(fetch_all(&runtime, session, &flags).await)
    });
    done.and_then(|fetched| fetched).unwrap_or_else(|error: io::Error| {
        say(format_args!("fetch: {error}"));
        ExitCode::FAILURE
    })
}

async fn fetch_all(runtime: &Arc<dyn Runtime>, mut session: Session, flags: &Flags) -> ExitCode {
    let ask = flags.ask();
    let mut all_ok = true;
    for (index, url) in flags.urls.iter().enumerate() {
        if index > 0 {
            sleep(runtime, flags.pause).await;
        }
        let mut report = Report::new(flags.json, flags.verbose);
        let fetched = fetch(&mut session, url, &ask, &mut report);
        let failure = match flags.timeout {
            None => fetched.await.err(),
            Some(limit) => match timeout(runtime, limit, fetched).await {
                Some(fetched) => fetched.err(),
                None => Some(format!("not complete after {} s", limit.as_secs_f64())),
            },
        };
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
    report: &mut Report,
) -> Result<(), String> {
    let origin = Origin::parse(url)?;
    session.fetch(&origin, ask, report).await.map_err(|failure| failure.to_string())
}
