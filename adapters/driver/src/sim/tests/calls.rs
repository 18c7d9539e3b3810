//! Faults of single calls.

use super::scenario::{LONG, flush, now, read, read_all, settle, shutdown, write, write_all};
use crate::counting::Count;
use crate::sim::{Fault, Faults, Outcome, Simulation};
use crate::transport::Transport;
use std::collections::BTreeSet;
use std::future::{pending, poll_fn};
use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

#[test]
fn io_short_reads_give_something_but_not_all() {
    let mut sizes = BTreeSet::new();
    for seed in 0..200 {
        let sim = Simulation::with(seed, Faults { short_read: 1.0, ..Faults::NONE });
        let (mut here, mut there) = sim.pair();
        now(&sim, write_all(&mut here, &[7; 100])).unwrap();
        sizes.insert(now(&sim, read(&mut there, &mut [0; 64])).unwrap());
        assert_eq!(sim.histogram().of(Fault::ShortRead), 1);
    }
    assert!(sizes.contains(&1) && sizes.iter().any(|n| *n > 32) && !sizes.contains(&64));
}

#[test]
fn io_short_writes_end_within_any_slice() {
    let mut ends = BTreeSet::new();
    for seed in 0..500 {
        let sim = Simulation::with(seed, Faults { short_write: 1.0, ..Faults::NONE });
        let (mut here, mut there) = sim.pair();
        let n = now(&sim, write(&mut here, b"aabbcc")).unwrap();
        drop(here);
        assert_eq!(now(&sim, read_all(&mut there)).0, b"aabbcc"[..n]);
        ends.insert(n);
    }
    assert!(ends.into_iter().eq(1..6));
}

#[test]
fn io_interrupted_calls_go_through_in_the_end() {
    let sim = Simulation::with(1, Faults { interrupted: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    let mut cx = Context::from_waker(Waker::noop());
    let slices = [IoSlice::new(b"x")];
    for _ in 0..3 {
        let Poll::Ready(Err(error)) = here.poll_write(&mut cx, &slices) else { panic!() };
        assert_eq!(error.kind(), ErrorKind::Interrupted);
    }
    assert!(matches!(here.poll_write(&mut cx, &slices), Poll::Ready(Ok(1))));
    let reads = [(); 4].map(|()| there.poll_read(&mut cx, &mut [0]).map(|read| read.ok()));
    assert_eq!(reads, [None, None, None, Some(1)].map(Poll::Ready));
}

#[test]
fn io_a_call_that_is_put_off_is_woken_later() {
    for would_block in [0.0, 1.0] {
        let faults = Faults { pending: 1.0, would_block, ..Faults::NONE };
        let sim = Simulation::with(2, faults);
        let (mut here, mut there) = sim.pair();
        now(&sim, write_all(&mut here, b"x")).unwrap();
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let poll = there.poll_read(&mut Context::from_waker(&waker), &mut [0]);
        match poll {
            Poll::Pending => assert_eq!(would_block, 0.0),
            Poll::Ready(result) => {
                assert_eq!(result.unwrap_err().kind(), ErrorKind::WouldBlock);
            }
        }
        assert_eq!(count.of(), 0);
        settle(&sim);
        assert_eq!(count.of(), 1);
        assert_eq!(now(&sim, read(&mut there, &mut [0])).unwrap(), 1);
        assert!(sim.histogram().of(Fault::Pending) > 0);
        assert_eq!(sim.histogram().of(Fault::WouldBlock) > 0, would_block > 0.0);
    }
}

#[test]
fn io_a_waker_may_be_woken_inside_the_call() {
    let sim = Simulation::with(3, Faults { wake_inside: 1.0, ..Faults::NONE });
    let (mut here, _there) = sim.pair();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let poll = here.poll_write(&mut Context::from_waker(&waker), &[IoSlice::new(b"x")]);
    assert!(poll.is_pending());
    assert_eq!(count.of(), 1);
    assert_eq!(now(&sim, write(&mut here, b"x")).unwrap(), 1);
}

#[test]
fn io_a_waiting_call_is_woken_for_nothing_but_not_for_ever() {
    let sim = Simulation::with(4, Faults { false_wake: 1.0, ..Faults::NONE });
    let (mut here, _there) = sim.pair();
    assert_eq!(sim.run(read(&mut here, &mut [0]), LONG).done().map(drop), None);
    let seen = sim.histogram();
    assert_eq!((seen.of(Fault::FalseWake), seen.polls), (3, 4));
}

#[test]
fn io_tasks_are_polled_that_nobody_woke() {
    let sim = Simulation::with(5, Faults { spurious_poll: 0.5, ..Faults::NONE });
    let mut polls = 0;
    sim.spawn(async { pending().await });
    let yields = poll_fn(|cx| {
        polls += 1;
        cx.waker().wake_by_ref();
        if polls == 100 { Poll::Ready(()) } else { Poll::Pending }
    });
    sim.run(yields, 0).unwrap();
    let seen = sim.histogram();
    assert!(seen.of(Fault::SpuriousPoll) > 20, "{seen}");
    assert!(seen.polls > 120, "{seen}");
}

#[test]
fn io_wakes_come_late() {
    let sim = Simulation::with(6, Faults { late_wake: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    sim.spawn(async move {
        write_all(&mut here, b"x").await.unwrap();
        pending().await
    });
    let begin = sim.now();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(there.poll_read(&mut Context::from_waker(&waker), &mut [0]).is_pending());
    settle(&sim);
    assert_eq!((count.of(), sim.histogram().of(Fault::LateWake)), (1, 1));
    assert!((1..=10_000).contains(&(sim.now() - begin)));
}

#[test]
fn io_flush_and_shutdown_take_their_time() {
    let sim = Simulation::with(7, Faults { slow_flush: 1.0, slow_shutdown: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(here.poll_flush(cx).is_pending());
    now(&sim, flush(&mut here)).unwrap();
    assert!(here.poll_shutdown(cx).is_pending());
    assert!(there.poll_read(cx, &mut [0]).is_pending());
    now(&sim, shutdown(&mut here)).unwrap();
    assert_eq!(now(&sim, read(&mut there, &mut [0])).unwrap(), 0);
    assert_eq!(sim.histogram().of(Fault::SlowFlush), 3);
    assert_eq!(sim.histogram().of(Fault::SlowShutdown), 3);
}

#[test]
fn io_small_buffers_fill_up_and_make_room_again() {
    let mut rooms = BTreeSet::new();
    for seed in 0..300 {
        let sim = Simulation::with(seed, Faults { small_buffer: 1.0, ..Faults::NONE });
        let (mut here, mut there) = sim.pair();
        let probe = here.probe();
        let outcome = sim.run(write_all(&mut here, &[1; 100_000]), LONG);
        assert_eq!(outcome.done().map(Result::unwrap), None);
        rooms.insert(probe.written());
        // Who reads makes room for who waits.
        sim.spawn(async move {
            assert!(read(&mut there, &mut [0; 99]).await.unwrap() > 0);
            pending().await
        });
        assert!(now(&sim, write(&mut here, b"more")).unwrap() > 0);
    }
    assert!(rooms.first().is_some_and(|room| *room < 10), "{rooms:?}");
    assert!(rooms.last().is_some_and(|room| (10_000..=16_384).contains(room)), "{rooms:?}");
}

#[test]
fn io_buffered_writes_need_a_flush() {
    let sim = Simulation::with(8, Faults { buffered: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    let probe = here.probe();
    now(&sim, write(&mut here, b"hello")).unwrap();
    assert_eq!((probe.taken(), probe.written()), (5, 0));
    assert_eq!(sim.run(read(&mut there, &mut [0]), LONG).done().map(drop), None);
    now(&sim, flush(&mut here)).unwrap();
    assert_eq!(now(&sim, read(&mut there, &mut [0; 9])).unwrap(), 5);
    now(&sim, write(&mut here, b"bye")).unwrap();
    now(&sim, shutdown(&mut here)).unwrap();
    assert_eq!(now(&sim, read_all(&mut there)).0, b"bye");
    // Of the other end nothing was flushed when it was dropped.
    now(&sim, write(&mut there, b"lost")).unwrap();
    let probe = there.probe();
    drop(there);
    assert_eq!(now(&sim, read_all(&mut here)).0, b"");
    assert_eq!((probe.taken(), probe.written(), probe.sent_fin()), (4, 0, true));
}

#[test]
fn io_buffered_writes_are_passed_on_once_there_are_many() {
    let sim = Simulation::with(9, Faults { buffered: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    let probe = here.probe();
    sim.spawn(async move {
        while read(&mut there, &mut [0; 4096]).await.is_ok_and(|n| n > 0) {}
        pending().await
    });
    let mut left: &[u8] = &[1; 200_000];
    let writing = async {
        while !left.is_empty() {
            let n = write(&mut here, left).await.unwrap();
            left = &left[n..];
        }
    };
    assert_eq!(sim.run(writing, LONG), Outcome::Done(()));
    let held = probe.taken() - probe.written();
    assert!(probe.taken() == 200_000 && (1..=16 * 1024).contains(&held), "{held}");
}
