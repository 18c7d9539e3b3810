//! The core against readers in other processes: llhttp, h11, nginx, HAProxy.
//!
//! Of what the core accepts, every peer that accepts it too must place the end of each message at
//! the same byte. Each case has a sentinel behind it, so that a message that ends elsewhere changes
//! what follows. `src/manual/peers.md` tells what is found; `.ci/peers` runs this.
#![forbid(unsafe_code)]

mod case;
mod corpus;
mod h11;
mod haproxy;
mod listed;
mod llhttp;
mod nginx;
mod origin;
mod ours;
mod pipe;
mod proxy;
mod reading;
mod report;
mod verdict;
mod wire;

use case::Case;
use origin::Origin;
use proxy::Proxy;
use reading::Reading;
use report::{Answers, Report};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use verdict::{Verdict, compare};

/// What the command line says.
struct Arguments {
    /// An existing folder for the proxies' files.
    dir: PathBuf,
    seed: u64,
    /// Generated cases of requests, and as many of responses.
    count: usize,
    /// One peer, or all.
    peer: Option<String>,
    /// A case whose readings are printed.
    case: Option<String>,
}

fn arguments() -> Arguments {
    let (dir, seed, count) = (PathBuf::new(), 1, 4000);
    let mut arguments = Arguments { dir, seed, count, peer: None, case: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_else(|| panic!("{word} needs a value"));
        match &*word {
            "--dir" => arguments.dir = value.into(),
            "--seed" => arguments.seed = value.parse().expect("a number"),
            "--count" => arguments.count = value.parse().expect("a number"),
            "--peer" => arguments.peer = Some(value),
            "--case" => arguments.case = Some(value),
            _ => panic!(
                "usage: --dir FOLDER [--seed N] [--count N] [--peer NAME] [--case ID], not {word}"
            ),
        }
    }
    assert!(arguments.dir.is_absolute(), "--dir names a folder, from the root");
    arguments
}

fn main() {
    let arguments = arguments();
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = Arc::new(corpus::cases(home, arguments.seed, arguments.count));
    let ours: Vec<_> = cases.iter().map(ours::read).collect();
    let accepted = ours.iter().filter(|r| !r.messages.is_empty()).count();
    println!("{} cases, the core accepts a message of {accepted}", cases.len());
    let origin = Origin::start(cases.clone());
    let mut answers = Vec::new();
    for peer in ["llhttp", "h11", "nginx", "haproxy"] {
        if arguments.peer.as_deref().is_some_and(|p| p != peer) {
            continue;
        }
        let start = Instant::now();
        answers.push(ask(peer, home, &arguments.dir, &origin, &cases, &ours));
        println!("{peer} answered in {:.1} s", start.elapsed().as_secs_f32());
    }
    let asked_for = |case: &Case| arguments.case.as_ref().is_some_and(|id| *id == case.id);
    if let Some(number) = cases.iter().position(asked_for) {
        println!("{}\ncore: {}", cases[number].bytes.escape_ascii(), ours[number]);
        answers.iter().for_each(|a| println!("{}: {}", a.peer, a.readings[number].1));
    }
    let report = Report::new(&cases, &answers);
    std::fs::write(arguments.dir.join("details.txt"), &report.details).expect("a file");
    print!("{}", report.summary);
    for failure in &report.failures {
        println!("FAILED {failure}");
    }
    println!("{} failures", report.failures.len());
    // The origin's threads wait for connections.
    std::process::exit(i32::from(!report.failures.is_empty()));
}

fn ask(
    peer: &'static str,
    home: &Path,
    dir: &Path,
    origin: &Origin,
    cases: &[Case],
    ours: &[Reading],
) -> Answers {
    let (version, theirs) = match peer {
        "llhttp" => llhttp::read(home, cases),
        "h11" => h11::read(home, cases),
        "nginx" => {
            let (version, proxy) = nginx::start(dir, origin.port);
            return through(peer, version, &proxy, origin, cases, ours);
        }
        _ => {
            let (version, proxy) = haproxy::start(dir, origin.port);
            return through(peer, version, &proxy, origin, cases, ours);
        }
    };
    let readings = ours.iter().cloned().zip(theirs).collect();
    Answers { peer, version, readings }
}

fn through(
    peer: &'static str,
    version: String,
    proxy: &Proxy,
    origin: &Origin,
    cases: &[Case],
    ours: &[Reading],
) -> Answers {
    origin.forget();
    // A proxy relays the first final response only.
    let relayed = cases.iter().zip(ours);
    let ours: Vec<_> = relayed
        .map(|(case, ours)| if case.is_request() { ours.clone() } else { ours.first_final() })
        .collect();
    let mut theirs = proxy.read(origin, cases, &ours);
    for (number, case) in cases.iter().enumerate() {
        // Once more, alone: it may have been a matter of time.
        if matches!(compare(&ours[number], &theirs[number]), Verdict::Boundary(_)) {
            theirs[number] = proxy.read_one(origin, number, case, false);
        }
    }
    Answers { peer, version, readings: ours.into_iter().zip(theirs).collect() }
}
