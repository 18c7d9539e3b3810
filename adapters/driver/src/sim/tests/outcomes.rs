//! How runs end, and what they leave behind.

use super::scenario::{LONG, ask, echo, now, question, read, write_all};
use crate::counting::Count;
use crate::sim::{Faults, Histogram, Outcome, Simulation, Socket, sleep};
use crate::{Listener, Transport};
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};

/// Reads a byte, and overwrites its own waker when it has to wait.
fn read_forgetfully(seed: u64) -> Outcome<()> {
    let sim = Simulation::with(seed, Faults::NONE);
    let (mut here, mut there) = sim.pair();
    sim.spawn(async move {
        write_all(&mut there, b"x").await.unwrap();
        pending().await
    });
    let forgetful = poll_fn(|cx| {
        let poll = here.poll_read(cx, &mut [0]).map(drop);
        if poll.is_pending() {
            let _ = here.poll_read(&mut Context::from_waker(Waker::noop()), &mut [0]);
        }
        poll
    });
    sim.run(forgetful, LONG)
}

#[test]
fn io_a_lost_wake_up_is_stuck() {
    let outcomes: Vec<_> = (0..20).map(read_forgetfully).collect();
    // Who reads before the other writes has to wait; some order of two shows it.
    assert!(outcomes.contains(&Outcome::Stuck) && outcomes.contains(&Outcome::Done(())));
}

#[test]
fn io_only_the_last_waker_of_a_direction_is_woken() {
    let sim = Simulation::with(2, Faults::NONE);
    let (mut here, mut there) = sim.pair();
    let reader = Mutex::new(&mut here);
    let once = |cx: &mut Context<'_>| reader.lock().unwrap().poll_read(cx, &mut [0]).map(drop);
    let mut first = pin!(poll_fn(once));
    // The first is polled, then the second takes its place; only the second is told.
    let outcome = sim.run(
        async {
            assert!(poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))).await.is_pending());
            let noop = &mut Context::from_waker(Waker::noop());
            assert!(once(noop).is_pending());
            write_all(&mut there, b"x").await.unwrap();
            pending::<()>().await
        },
        LONG,
    );
    assert_eq!(outcome, Outcome::Stuck);
    let polls = sim.histogram().polls;
    assert_eq!(polls, 1, "nobody woke the main future");
}

#[test]
fn io_a_run_ends_at_its_limit() {
    let sim = Simulation::with(3, Faults::NONE);
    let runtime = sim.runtime();
    assert_eq!(sim.run(sleep(&*runtime, 1_001), 1_000), Outcome::TimedOut);
    assert_eq!(sim.elapsed(), 1_000);
    assert_eq!(sim.run(sleep(&*runtime, 1_000), 1_000), Outcome::Done(()));
    assert_eq!(sim.run(sleep(&*runtime, u64::MAX), u64::MAX), Outcome::Stuck);
}

#[test]
fn io_a_task_that_wakes_itself_for_ever_is_caught() {
    let sim = Simulation::with(4, Faults::NONE);
    let spin = || {
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })
    };
    assert_eq!(sim.run(spin(), LONG), Outcome::Livelock);
    assert_eq!(sim.histogram().polls, 100_000);
    sim.livelock_after(10);
    assert_eq!(sim.run(spin(), LONG), Outcome::Livelock);
    assert_eq!(sim.histogram().polls, 100_010);
    sim.spawn(spin());
    assert_eq!(sim.finish(LONG), Outcome::Livelock);
    assert!(sim.histogram().events < 10, "its own wakes are no events");
}

#[test]
fn io_finish_runs_all_tasks_to_their_end() {
    let sim = Simulation::with(5, Faults::NONE);
    for micros in 0..9 {
        let runtime = sim.runtime();
        sim.spawn(async move {
            sleep(&*runtime, micros).await;
            let nap = sleep(&*runtime, 10);
            runtime.spawn(Box::pin(nap));
        });
    }
    assert_eq!(sim.tasks(), 9);
    assert_eq!(sim.finish(LONG), Outcome::Done(()));
    assert_eq!((sim.tasks(), sim.elapsed()), (0, 18));
    sim.spawn(async { pending().await });
    assert_eq!(sim.finish(LONG), Outcome::Stuck);
}

#[test]
fn io_wakes_that_nobody_waits_for_do_not_move_the_clock() {
    let sim = Simulation::with(8, Faults { pending: 1.0, ..Faults::NONE });
    for _ in 0..20 {
        let (mut here, _there) = sim.pair();
        let noop = &mut Context::from_waker(Waker::noop());
        assert!(here.poll_write(noop, &[std::io::IoSlice::new(b"x")]).is_pending());
    }
    let mut timer = sim.runtime().timer();
    assert!(timer.poll(&mut Context::from_waker(Waker::noop()), sim.now() + 9).is_pending());
    drop(timer);
    assert_eq!(sim.run(pending::<()>(), LONG), Outcome::Stuck);
    assert_eq!(sim.elapsed(), 0);
}

#[test]
fn io_a_closed_connection_comes_to_no_harm() {
    for seed in 0..20 {
        let sim = Simulation::with(seed, Faults { reset: 1.0, ..Faults::NONE });
        drop(sim.pair());
        assert_eq!(sim.run(pending::<()>(), LONG), Outcome::Stuck);
        let (here, there) = &sim.probes()[0];
        assert_eq!((sim.elapsed(), here.harm(), there.is_lost()), (0, None, false));
    }
}

#[test]
fn io_wakers_that_were_replaced_are_dropped() {
    let sim = Simulation::with(9, Faults::NONE);
    let (mut here, _there) = sim.pair();
    let mut timer = sim.runtime().timer();
    let counts = [(); 3].map(|()| Arc::new(Count::default()));
    for count in &counts {
        let waker = Waker::from(count.clone());
        let cx = &mut Context::from_waker(&waker);
        assert!(here.poll_read(cx, &mut [0]).is_pending());
        assert!(timer.poll(cx, sim.now() + 9).is_pending());
    }
    assert_eq!(sim.run(async {}, 0), Outcome::Done(()));
    assert_eq!(counts.map(|count| Arc::strong_count(&count) - 1), [0, 0, 2]);
}

/// One run; its hash, and what it went through.
fn traced(seed: u64) -> (u64, Histogram, Vec<u8>) {
    let sim = Simulation::new(seed);
    let (here, there) = sim.pair();
    sim.spawn(async move { drop(echo(there).await) });
    let question = question(&sim, 3_000);
    let heard = sim.run(ask(here, &question), LONG).done().map(|(heard, _)| heard);
    (sim.trace_hash(), sim.histogram(), heard.unwrap_or_default())
}

#[test]
fn io_the_same_seed_is_the_same_run() {
    let mut hashes = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let run = traced(seed);
        assert_eq!(run, traced(seed));
        hashes.insert(run.0);
    }
    assert_eq!(hashes.len(), 200);
}

#[test]
fn io_the_scheduler_runs_tasks_in_any_order() {
    let orders = (0..50).map(|seed| {
        let sim = Simulation::with(seed, Faults::NONE);
        let order = Arc::new(Mutex::new(Vec::new()));
        for id in 0..3 {
            let order = order.clone();
            sim.spawn(async move { order.lock().unwrap().push(id) });
        }
        sim.finish(0).unwrap();
        order.lock().unwrap().clone()
    });
    assert_eq!(orders.collect::<std::collections::BTreeSet<_>>().len(), 6);
}

#[test]
#[should_panic = "a task spins within one poll"]
fn io_a_task_that_spins_within_one_poll_is_caught() {
    let sim = Simulation::with(7, Faults::NONE);
    let (mut here, _there) = sim.pair();
    let spin = poll_fn(|cx| {
        loop {
            if here.poll_read(cx, &mut [0]).is_ready() {
                return Poll::Ready(());
            }
        }
    });
    let _ = sim.run(spin, LONG);
}

/// As a driver has it: the transport under a lock, and a waker that takes that lock.
struct Shared {
    socket: Mutex<(Option<Socket>, Option<Waker>)>,
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        let waker = self.socket.lock().unwrap().1.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Shared {
    async fn read_all(self: Arc<Self>) -> Vec<u8> {
        let (mut all, mut room) = (Vec::new(), [0; 64]);
        let fan_out = Waker::from(self.clone());
        loop {
            let read = poll_fn(|cx| {
                let (socket, waker) = &mut *self.socket.lock().unwrap();
                *waker = Some(cx.waker().clone());
                socket.as_mut().unwrap().poll_read(&mut Context::from_waker(&fan_out), &mut room)
            });
            match read.await {
                Ok(0) | Err(_) => return all,
                Ok(n) => all.extend_from_slice(&room[..n]),
            }
        }
    }
}

#[test]
fn io_a_waker_may_take_the_lock_that_the_transport_is_polled_under() {
    for seed in 0..50 {
        let faults = Faults { late_wake: 0.5, false_wake: 0.3, pending: 0.3, ..Faults::NONE };
        let sim = Simulation::with(seed, faults);
        let (mut here, there) = sim.pair();
        let shared = Arc::new(Shared { socket: Mutex::new((Some(there), None)) });
        sim.spawn(async move { write_all(&mut here, &[7; 1_000]).await.unwrap() });
        assert_eq!(now(&sim, shared.read_all()), [7; 1_000]);
    }
}

/// What is left of tasks and of a cycle through a waker, once all was dropped.
#[test]
fn io_nothing_outlives_a_simulation() {
    let mut weaks: Vec<Weak<dyn Send + Sync>> = Vec::new();
    for seed in 0..200 {
        let sim = Simulation::new(seed);
        let (mut here, there) = sim.pair();
        let shared = Arc::new(Shared { socket: Mutex::new((Some(there), None)) });
        weaks.push(Arc::downgrade(&shared) as _);
        let probe = Arc::new(here.probe());
        weaks.push(Arc::downgrade(&probe) as _);
        sim.spawn(async move {
            let _held = shared.clone().read_all().await;
            pending::<()>().await;
            drop(shared);
        });
        let runtime = sim.runtime();
        sim.spawn(async move {
            let _ = read(&mut here, &mut [0]).await;
            sleep(&*runtime, LONG).await;
            drop((here, probe));
        });
        let (mut listener, address) = sim.listener();
        let runtime = sim.runtime();
        sim.spawn(async move {
            let _client = runtime.connect(&address).await;
            let _accepted = poll_fn(|cx| listener.poll_accept(cx)).await;
            pending().await
        });
        let _ = sim.run(sleep(&*sim.runtime(), 1_000), 1_000_000);
        let kernel: Arc<dyn Send + Sync> = sim.kernel();
        weaks.push(Arc::downgrade(&kernel));
        drop(kernel);
        drop(sim);
        assert!(weaks.drain(..).all(|weak| weak.strong_count() == 0), "seed {seed}");
    }
}

#[test]
fn panic_in_a_task_leaves_the_simulation_usable() {
    let sim = Simulation::with(6, Faults::NONE);
    sim.spawn(async { panic!("on purpose") });
    let run = || sim.finish(LONG);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    assert_eq!((sim.tasks(), sim.finish(LONG)), (0, Outcome::Done(())));
}
