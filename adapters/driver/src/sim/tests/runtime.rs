//! Clock, timers, listeners, connects, names and blocking work.

use super::scenario::{LONG, now, settle};
use crate::counting::Count;
use crate::sim::{Fault, Faults, Outcome, Simulation, sleep};
use crate::{Address, Listener, Runtime, Transport};
use std::future::{pending, poll_fn};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

#[test]
fn clock_timers_wake_in_time_and_time_stands_still_else() {
    let sim = Simulation::with(1, Faults::NONE);
    let runtime = sim.runtime();
    for micros in [0, 1, 999, 3_000_000] {
        let begin = sim.now();
        now(&sim, sleep(&*runtime, micros));
        assert_eq!(sim.now() - begin, micros);
    }
    assert_eq!(sim.elapsed(), 3_001_000);
}

#[test]
fn clock_a_timer_may_be_moved_both_ways_and_never_comes_at_the_end_of_time() {
    let sim = Simulation::with(2, Faults::NONE);
    let mut timer = sim.runtime().timer();
    let begin = sim.now();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let cx = &mut Context::from_waker(&waker);
    for at in [500, 1_000, 200, 700] {
        assert!(timer.poll(cx, begin + at).is_pending());
    }
    settle(&sim);
    assert_eq!((count.of(), sim.elapsed()), (1, 700));
    assert!(timer.poll(cx, begin + 700).is_ready());
    assert!(timer.poll(cx, begin + 900).is_pending());
    assert!(timer.poll(cx, u64::MAX).is_pending());
    settle(&sim);
    assert_eq!((count.of(), sim.elapsed()), (1, 700));
}

#[test]
fn clock_timers_wake_late_and_early() {
    let sim = Simulation::with(3, Faults { late_timer: 1.0, ..Faults::NONE });
    now(&sim, sleep(&*sim.runtime(), 1_000));
    assert!((1_001..=6_000).contains(&sim.elapsed()));
    assert_eq!(sim.histogram().of(Fault::LateTimer), 1);

    let sim = Simulation::with(4, Faults { early_timer: 1.0, ..Faults::NONE });
    now(&sim, sleep(&*sim.runtime(), 1_000_000));
    assert_eq!(sim.elapsed(), 1_000_000, "early, again and again, then in time");
    let seen = sim.histogram();
    assert!(seen.polls > 3 && seen.of(Fault::EarlyTimer) == seen.polls - 1, "{seen}");
}

#[test]
fn clock_the_process_sleeps_at_a_random_moment() {
    for seed in 0..20 {
        let sim = Simulation::with(seed, Faults { suspend: 1.0, ..Faults::NONE });
        let runtime = sim.runtime();
        let naps = async {
            for _ in 0..1_000 {
                sleep(&*runtime, 1).await;
            }
        };
        assert_eq!(sim.run(naps, 1_000), Outcome::Done(()), "its sleep is not on our account");
        let sleeps = sim.histogram().of(Fault::Suspend);
        assert!(sleeps > 0);
        assert!((1_000_000..=300_001_000).contains(&(sim.elapsed() / sleeps)));
    }
}

async fn accept(listener: &mut impl Listener) -> std::io::Result<(Box<dyn Transport>, Address)> {
    poll_fn(|cx| listener.poll_accept(cx)).await
}

#[test]
fn acpt_connections_are_accepted_in_order() {
    let sim = Simulation::with(5, Faults::NONE);
    let (mut listener, address) = sim.listener();
    assert_eq!(listener.local_address().unwrap(), address);
    let runtime = sim.runtime();
    let clients = [(); 3].map(|()| now(&sim, runtime.connect(&address)).unwrap());
    let peers = [(); 3].map(|()| now(&sim, accept(&mut listener)).unwrap());
    assert!(peers[0].1.as_tcp().is_some() && peers[0].1 != peers[1].1);
    let [first, ..] = clients;
    drop(first);
    let [mut accepted, mut other, _] = peers.map(|(transport, _)| transport);
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(accepted.poll_read(cx, &mut [0]).is_ready());
    assert!(other.poll_read(cx, &mut [0]).is_pending());
    let nowhere: Address = "10.9.9.9:80".parse().unwrap();
    let refused = now(&sim, runtime.connect(&nowhere)).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn acpt_who_waits_for_a_connection_is_woken() {
    let sim = Simulation::with(5, Faults::NONE);
    let (mut listener, address) = sim.listener();
    let runtime = sim.runtime();
    sim.spawn(async move {
        sleep(&*runtime, 10).await;
        let _client = runtime.connect(&address).await.unwrap();
        pending().await
    });
    now(&sim, accept(&mut listener)).unwrap();
    assert_eq!(sim.elapsed(), 10);
}

#[test]
fn acpt_a_dropped_listener_resets_who_waits_and_refuses_who_comes() {
    let sim = Simulation::with(6, Faults::NONE);
    let listener = sim.listen("unix:/run/sim.sock".parse().unwrap());
    let address = listener.local_address().unwrap();
    let mut client = now(&sim, sim.runtime().connect(&address)).unwrap();
    drop(listener);
    let error = now(&sim, poll_fn(|cx| client.poll_lost(cx)));
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let refused = now(&sim, sim.runtime().connect(&address)).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn acpt_emfile_comes_and_goes() {
    let sim = Simulation::with(7, Faults { emfile: 0.5, ..Faults::NONE });
    let (mut listener, address) = sim.listener();
    let runtime = sim.runtime();
    let accepting = async {
        for _ in 0..20 {
            let _client = runtime.connect(&address).await.unwrap();
            while let Err(error) = accept(&mut listener).await {
                assert_eq!(error.raw_os_error(), Some(if cfg!(windows) { 10_024 } else { 24 }));
                sleep(&*runtime, 5_000).await;
            }
        }
    };
    now(&sim, accepting);
    assert!(sim.histogram().of(Fault::Emfile) > 3);
    assert!(sim.elapsed() <= sim.histogram().of(Fault::Emfile) * 205_000);
}

#[test]
fn acpt_who_spins_on_emfile_is_caught() {
    let sim = Simulation::with(8, Faults { emfile: 1.0, ..Faults::NONE });
    let (mut listener, address) = sim.listener();
    let _client = now(&sim, sim.runtime().connect(&address)).unwrap();
    let spinning = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        assert!(matches!(listener.poll_accept(cx), Poll::Ready(Err(_))));
        Poll::<()>::Pending
    });
    assert_eq!(sim.run(spinning, LONG), Outcome::Livelock);
}

#[test]
fn acpt_an_aborted_connection_is_lost() {
    let sim = Simulation::with(9, Faults { aborted: 1.0, ..Faults::NONE });
    let (mut listener, address) = sim.listener();
    let mut client = now(&sim, sim.runtime().connect(&address)).unwrap();
    let aborted = now(&sim, accept(&mut listener)).err().unwrap();
    assert_eq!(aborted.kind(), ErrorKind::ConnectionAborted);
    let error = now(&sim, poll_fn(|cx| client.poll_lost(cx)));
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(sim.probes()[0].0.harm(), Some(Fault::Aborted));
}

#[test]
fn io_connects_are_slow_or_fail() {
    let mut kinds = Vec::new();
    for seed in 0..60 {
        let faults = Faults { failed_connect: 0.9, slow_connect: 1.0, ..Faults::NONE };
        let sim = Simulation::with(seed, faults);
        let (_listener, address) = sim.listener();
        let result = now(&sim, sim.runtime().connect(&address));
        assert!(sim.elapsed() > 0);
        kinds.push(result.err().map(|error| error.kind()));
    }
    use ErrorKind::{ConnectionRefused, HostUnreachable, TimedOut};
    for kind in [None, Some(ConnectionRefused), Some(HostUnreachable), Some(TimedOut)] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[test]
fn io_names_are_resolved_or_not() {
    let sim = Simulation::with(10, Faults { slow_resolve: 1.0, ..Faults::NONE });
    let addresses = [[10, 0, 0, 1], [10, 0, 0, 2]].map(|it| IpAddr::from(Ipv4Addr::from(it)));
    sim.name("example.com", &addresses[..1]);
    sim.name("Example.com", &addresses);
    let runtime = sim.runtime();
    let found = now(&sim, runtime.resolve("EXAMPLE.com", 80)).unwrap();
    assert_eq!(found, addresses.map(|address| (address, 80).into()));
    assert!((1..=5_000_000).contains(&sim.elapsed()));
    let unknown = now(&sim, runtime.resolve("example.org", 80)).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    let literal = now(&sim, runtime.resolve("[::1]", 80)).unwrap();
    assert_eq!(literal, ["[::1]:80".parse().unwrap()]);

    let sim = Simulation::with(11, Faults { failed_resolve: 1.0, ..Faults::NONE });
    sim.name("example.com", &addresses);
    assert!(now(&sim, sim.runtime().resolve("example.com", 80)).is_err());
}

#[test]
fn io_blocking_work_never_runs_inside_the_call() {
    for late_blocking in [0.0, 1.0] {
        let sim = Simulation::with(12, Faults { late_blocking, ..Faults::NONE });
        let done = Arc::new(AtomicU64::new(u64::MAX));
        let (work_done, runtime) = (done.clone(), sim.runtime());
        sim.runtime().spawn_blocking(Box::new(move || {
            work_done.store(runtime.now(), Ordering::Relaxed);
        }));
        assert_eq!(done.load(Ordering::Relaxed), u64::MAX);
        let begin = sim.now();
        sim.finish(LONG).unwrap();
        let late = done.load(Ordering::Relaxed) - begin;
        assert!(late <= 50_000 && (late > 0) == (late_blocking > 0.0), "{late}");
    }
}

#[test]
fn io_sockets_of_the_system_are_refused() {
    let sim = Simulation::with(13, Faults::NONE);
    let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let refused = sim.runtime().adopt(crate::BoundListener::Tcp(socket)).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
}

#[test]
fn io_what_outlives_its_simulation_fails_and_waits_for_nothing() {
    let sim = Simulation::with(14, Faults::NONE);
    let (mut here, mut there) = sim.pair();
    let (mut listener, address) = sim.listener();
    let runtime: Arc<dyn Runtime> = sim.runtime();
    let mut timer = runtime.timer();
    drop(sim);
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(matches!(here.poll_read(cx, &mut [0]), Poll::Ready(Err(_))));
    assert!(there.poll_lost(cx).is_ready());
    assert!(listener.poll_accept(cx).is_pending());
    assert!(timer.poll(cx, runtime.now() + 1).is_pending());
    assert!(runtime.connect(&address).as_mut().poll(cx).is_ready());
    let count = Arc::new(());
    let held = count.clone();
    runtime.spawn(Box::pin(async move {
        let _held = held;
        pending().await
    }));
    assert_eq!(Arc::strong_count(&count), 1, "a task that never runs is dropped at once");
}
