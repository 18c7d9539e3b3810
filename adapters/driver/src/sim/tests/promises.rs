//! What is promised whatever the faults.

use super::scenario::{LONG, ask, echo, now, question, read};
use crate::sim::{Dice, Fault, Faults, Histogram, Outcome, Simulation, maybe_cancel, sleep};
use crate::{Address, Listener, Runtime};
use std::collections::BTreeSet;
use std::future::{pending, poll_fn, ready};
use std::sync::Arc;
use std::task::Poll;

#[test]
fn io_no_byte_is_lost_or_moved_but_by_harm() {
    let mut sum = Histogram::default();
    for seed in 0..3_000 {
        let sim = Simulation::new(seed);
        let (here, there) = sim.pair();
        let probe = here.probe();
        sim.spawn(async move { drop(echo(there).await) });
        let question = question(&sim, 2_000);
        let outcome = sim.run(ask(here, &question), LONG);
        let is_harmed = probe.harm().is_some();
        match &outcome {
            Outcome::Done((heard, error)) => {
                assert!(question.starts_with(heard), "seed {seed}");
                assert!(is_harmed || heard.len() == question.len(), "seed {seed}");
                assert!(is_harmed || error.is_none(), "seed {seed}: {error:?}");
            }
            _ => assert!(is_harmed, "seed {seed}: {outcome:?}"),
        }
        let seen = sim.histogram();
        assert!(seen.polls <= 2 * seen.events + 10, "seed {seed}\n{seen}");
        sum += seen;
    }
    assert_eq!((sum.runs, sum.bytes > 3_000_000), (3_000, true));
}

/// Every fault at every call still lets all through.
#[test]
fn io_calls_get_through_when_everything_happens_always() {
    let mut faults = Faults::default();
    for fault in Fault::ALL {
        faults.set(*fault, 1.0);
    }
    let faults = faults.without_harm();
    for seed in 0..50 {
        let sim = Simulation::with(seed, faults.clone());
        let (here, there) = sim.pair();
        sim.spawn(async move { drop(echo(there).await) });
        let question = question(&sim, 500);
        let (heard, error) = sim.run(ask(here, &question), u64::MAX).unwrap();
        assert!(heard == question && error.is_none(), "seed {seed}: {error:?}");
    }
}

/// A service of echoes behind a listener, and clients that give up soon.
async fn service(mut listener: impl Listener, runtime: Arc<dyn Runtime>) {
    loop {
        match poll_fn(|cx| listener.poll_accept(cx)).await {
            Ok((mut transport, _)) => runtime.spawn(Box::pin(async move {
                let _ = poll_fn(|cx| transport.poll_read(cx, &mut [0; 9])).await;
                let _ = poll_fn(|cx| transport.poll_shutdown(cx)).await;
            })),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                sleep(&*runtime, 1_000).await;
            }
            Err(_) => sleep(&*runtime, 5_000).await,
        }
    }
}

async fn client(runtime: Arc<dyn Runtime>, address: Address) {
    let _ = runtime.resolve("sim", 80).await;
    if let Ok(mut transport) = runtime.connect(&address).await {
        // Twice: a reset may be told of once.
        let _ = poll_fn(|cx| transport.poll_read(cx, &mut [0; 9])).await;
        let _ = poll_fn(|cx| transport.poll_read(cx, &mut [0; 9])).await;
    }
    runtime.spawn_blocking(Box::new(|| ()));
    sleep(&*runtime, 1_000_000).await;
}

#[test]
fn io_every_fault_occurs_within_some_thousand_seeds() {
    let mut sum = Histogram::default();
    for seed in 0..2_000 {
        let sim = Simulation::new(seed);
        let (here, there) = sim.pair();
        sim.spawn(async move { drop(echo(there).await) });
        let (listener, address) = sim.listener();
        sim.spawn(service(listener, sim.runtime()));
        sim.spawn(client(sim.runtime(), address));
        let question = question(&sim, 1_000);
        let mut canceller = sim.canceller();
        let _ = sim.run(ask(here, &question), LONG);
        let runtime = sim.runtime();
        let _ = sim.run(canceller.retry(|| sleep(&*runtime, 20_000_000)), LONG);
        sum += sim.histogram();
    }
    assert_eq!(sum.missing().collect::<Vec<_>>(), [], "{sum}");
}

#[test]
fn canc_a_future_is_dropped_only_after_it_was_pending() {
    let sim = Simulation::with(1, Faults::NONE);
    let mut dice = Dice::new(1);
    let (mut dropped, mut polls_seen) = (0, BTreeSet::new());
    for _ in 0..2_000 {
        assert_eq!(now(&sim, maybe_cancel(&mut dice, ready(7))), Some(7));
        let mut polls = 0;
        let slow = poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls > 20 { Poll::Ready(()) } else { Poll::Pending }
        });
        if now(&sim, maybe_cancel(&mut dice, slow)).is_none() {
            dropped += 1;
            polls_seen.insert(polls);
        }
    }
    assert!((900..1_100).contains(&dropped), "{dropped}");
    assert!(polls_seen.into_iter().eq(1..=8));
}

#[test]
fn canc_a_future_is_dropped_at_once_or_when_it_is_woken() {
    let sim = Simulation::with(2, Faults::NONE);
    let outcomes = [(); 40].map(|()| {
        let mut dice = sim.dice();
        sim.run(maybe_cancel(&mut dice, pending::<()>()), LONG)
    });
    // Nobody wakes it: it is dropped right after its first poll, or never.
    assert!(outcomes.contains(&Outcome::Done(None)) && outcomes.contains(&Outcome::Stuck));
}

#[test]
fn canc_a_dropped_read_loses_nothing() {
    let mut dropped = 0;
    for seed in 0..300 {
        let faults = Faults::from_seed(seed).without_harm();
        let sim = Simulation::with(seed, Faults { cancel: 0.5, ..faults });
        let (mut here, mut there) = sim.pair();
        let (sent, mut canceller) = (question(&sim, 500), sim.canceller());
        let bytes = sent.clone();
        sim.spawn(async move {
            super::scenario::write_all(&mut there, &bytes).await.unwrap();
            pending().await
        });
        let reading = async {
            let (mut heard, mut room) = (Vec::new(), [0; 100]);
            while heard.len() < 500 {
                // Borrows both anew each time.
                if let Some(n) = canceller.maybe(read(&mut here, &mut room)).await {
                    heard.extend_from_slice(&room[..n.unwrap()]);
                }
            }
            heard
        };
        assert_eq!(now(&sim, reading), sent);
        dropped += sim.histogram().of(Fault::Cancel);
    }
    assert!(dropped > 100, "{dropped}");
}

#[test]
fn canc_retry_gets_to_the_end() {
    let sim = Simulation::with(3, Faults { cancel: 1.0, ..Faults::NONE });
    let runtime = sim.runtime();
    let mut canceller = sim.canceller();
    let mut made = 0;
    let naps = canceller.retry(|| {
        made += 1;
        let runtime = runtime.clone();
        async move {
            for _ in 0..20 {
                sleep(&*runtime, 10).await;
            }
        }
    });
    assert_eq!(sim.run(naps, LONG), Outcome::Done(()));
    assert_eq!(made, 17, "the last one is not dropped");
    assert_eq!(sim.histogram().of(Fault::Cancel), 16);
}
