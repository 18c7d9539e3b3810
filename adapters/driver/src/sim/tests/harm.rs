//! Harm that the network does to connections.

use super::scenario::{LONG, ask, echo, lost, now, question, read, read_all, write, write_all};
use crate::sim::{Fault, Faults, Simulation, Socket, sleep};
use crate::{Runtime, Transport};
use std::future::pending;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};

/// What came of a talk: what was heard, and whether it went to its end.
struct Talk {
    socket: Socket,
    heard: Vec<u8>,
    end: Result<bool, ErrorKind>,
}

/// Says 90 times 1,000 bytes within 9 s, and hears as many.
async fn talk(mut socket: Socket, runtime: Arc<dyn Runtime>, said: Vec<u8>) -> Talk {
    let mut heard = Vec::new();
    let end = async {
        for piece in said.chunks(1_000) {
            write_all(&mut socket, piece).await?;
            let wanted = heard.len() + 1_000;
            while heard.len() < wanted {
                let mut room = vec![0; wanted - heard.len()];
                match read(&mut socket, &mut room).await? {
                    0 => return Ok(false),
                    n => heard.extend_from_slice(&room[..n]),
                }
            }
            sleep(&*runtime, 100_000).await;
        }
        Ok(true)
    };
    let end = end.await.map_err(|error: io::Error| error.kind());
    Talk { socket, heard, end }
}

/// Two ends that talk, and what each of them saw.
fn talks(sim: &Simulation) -> [Talk; 2] {
    let (here, there) = sim.pair();
    let said = [question(sim, 90_000), question(sim, 90_000)];
    let seen = Arc::new(Mutex::new(None));
    let (slot, runtime, bytes) = (seen.clone(), sim.runtime(), said[1].clone());
    sim.spawn(async move { *slot.lock().unwrap() = Some(talk(there, runtime, bytes).await) });
    let here = now(sim, talk(here, sim.runtime(), said[0].clone()));
    sim.finish(LONG).unwrap();
    let there = seen.lock().unwrap().take().unwrap();
    assert!(said[1].starts_with(&here.heard) && said[0].starts_with(&there.heard));
    [here, there]
}

#[test]
fn io_a_talk_without_harm_goes_to_its_end() {
    let sim = Simulation::with(1, Faults { latency: 0.5, ..Faults::NONE });
    for talk in talks(&sim) {
        assert_eq!(
            (talk.end, talk.heard.len(), talk.socket.probe().harm()),
            (Ok(true), 90_000, None)
        );
    }
}

#[test]
fn rst_a_reset_by_the_network_hits_both_ends() {
    for seed in 0..50 {
        let sim = Simulation::with(seed, Faults { reset: 1.0, latency: 0.5, ..Faults::NONE });
        for talk in talks(&sim) {
            assert_eq!(talk.end, Err(ErrorKind::ConnectionReset), "seed {seed}");
            let probe = talk.socket.probe();
            assert!(probe.is_lost() && !probe.sent_reset());
            assert_eq!(probe.harm(), Some(Fault::Reset));
        }
    }
}

#[test]
fn half_an_end_anywhere_is_read_after_all_that_was_sent_before() {
    let mut ends = [0, 0];
    for seed in 0..50 {
        let sim = Simulation::with(seed, Faults { end: 1.0, latency: 0.5, ..Faults::NONE });
        for mut talk in talks(&sim) {
            let probe = talk.socket.probe();
            assert!(!probe.sent_fin() && probe.harm() == Some(Fault::End));
            match talk.end {
                Ok(is_all) => assert!(!is_all, "seed {seed}"),
                // Who goes on writing is told by a reset, which may come first.
                Err(kind) => assert_eq!(kind, ErrorKind::ConnectionReset),
            }
            ends[usize::from(talk.end.is_ok())] += 1;
            while now(&sim, write_all(&mut talk.socket, b"x")).is_ok() {
                now(&sim, sleep(&*sim.runtime(), 10_000));
            }
            assert!(probe.is_lost() && probe.written() > probe.delivered());
        }
    }
    assert!(ends[0] > 5 && ends[1] > 5, "{ends:?}");
}

#[test]
fn half_an_end_anywhere_wakes_who_waits_for_room() {
    for seed in 0..20 {
        let sim = Simulation::with(seed, Faults { end: 1.0, ..Faults::NONE });
        let (mut here, mut there) = sim.pair();
        let runtime = sim.runtime();
        sim.spawn(async move {
            sleep(&*runtime, 1_000_000).await;
            let _ = write_all(&mut there, &[0; 70_000]).await;
            pending().await
        });
        // Nobody reads; so that but for the end there would be no room for ever.
        now(&sim, async { while write_all(&mut here, &[0; 70_000]).await.is_ok() {} });
        assert!(here.probe().is_lost());
    }
}

/// Writes as much as there is room for, and reads all there is, at both ends.
fn exchange(sim: &Simulation, here: &mut Socket, there: &mut Socket) {
    for _ in 0..2 {
        let _ = sim.run(write_all(here, &[0; 70_000]), LONG);
        let _ = sim.run(write_all(there, &[0; 70_000]), LONG);
        let _ = sim.run(read_all(there), LONG);
        let _ = sim.run(read_all(here), LONG);
    }
}

#[test]
fn slow_a_peer_that_vanishes_says_nothing() {
    for seed in 0..50 {
        let sim = Simulation::with(seed, Faults { vanish: 1.0, ..Faults::NONE });
        let (mut here, mut there) = sim.pair();
        exchange(&sim, &mut here, &mut there);
        assert_eq!(here.probe().harm(), Some(Fault::Vanish));
        assert!(sim.run(write_all(&mut here, &[0; 70_000]), LONG).done().is_none());
        assert!(sim.run(read_all(&mut there), LONG).done().is_none());
        let (here_probe, there_probe) = (here.probe(), there.probe());
        drop(there);
        assert_eq!(sim.run(lost(&mut here), LONG).done().map(drop), None);
        assert!(!here_probe.is_lost() && !there_probe.is_open());
        assert!(here_probe.written() > here_probe.delivered());
    }
}

#[test]
fn slow_a_direction_that_stalls_for_ever_lets_a_reset_pass() {
    let mut stalled = 0;
    for seed in 0..50 {
        let sim = Simulation::with(seed, Faults { stall_forever: 1.0, ..Faults::NONE });
        let (mut here, mut there) = sim.pair();
        exchange(&sim, &mut here, &mut there);
        assert_eq!(here.probe().harm(), Some(Fault::StallForever));
        let goes_on = [&here, &there].map(|it| it.probe().delivered() == it.probe().written());
        assert_ne!(goes_on[0], goes_on[1], "one direction goes on");
        stalled += u32::from(!goes_on[0]);
        Transport::reset(&mut here);
        drop(here);
        assert_eq!(now(&sim, lost(&mut there)).kind(), ErrorKind::ConnectionReset);
    }
    assert!((5..45).contains(&stalled), "{stalled}");
}

#[test]
fn io_a_write_takes_nothing_once() {
    let mut zeros = 0;
    for seed in 0..50 {
        let sim = Simulation::with(seed, Faults { write_zero: 1.0, ..Faults::NONE });
        let (here, there) = sim.pair();
        let probe = here.probe();
        sim.spawn(async move { drop(echo(there).await) });
        let (heard, _) = now(&sim, ask(here, &[1; 70_000]));
        assert_eq!(probe.harm(), Some(Fault::WriteZero));
        assert!(heard.len() < 70_000);
        zeros += sim.histogram().of(Fault::WriteZero);
    }
    assert_eq!(zeros, 50);
}

#[test]
fn io_after_a_write_of_zero_the_next_one_writes() {
    for seed in 0..20 {
        let sim = Simulation::with(seed, Faults { write_zero: 1.0, ..Faults::NONE });
        let (mut here, mut there) = sim.pair();
        for _ in 0..70 {
            for (from, to) in [(0, 1), (1, 0)] {
                let ends = [&mut here, &mut there];
                let mut n = now(&sim, write(ends[from], &[1; 1_000])).unwrap();
                if n == 0 {
                    n = now(&sim, write(ends[from], &[1; 1_000])).unwrap();
                }
                assert_eq!(n, 1_000);
                assert_eq!(now(&sim, read(ends[to], &mut [0; 1_000])).unwrap(), 1_000);
            }
        }
        assert_eq!(sim.histogram().of(Fault::WriteZero), 1);
    }
}

#[test]
fn io_latency_delays_what_is_sent() {
    let sim = Simulation::with(2, Faults { latency: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    now(&sim, write_all(&mut here, b"x")).unwrap();
    assert_eq!(sim.elapsed(), 0);
    now(&sim, read(&mut there, &mut [0])).unwrap();
    assert!((1..=20_000).contains(&sim.elapsed()));
}

#[test]
fn slow_stalls_end() {
    let sim = Simulation::with(3, Faults { stall: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    now(&sim, write_all(&mut here, b"x")).unwrap();
    now(&sim, read(&mut there, &mut [0])).unwrap();
    assert!((50_000..=60_000_000).contains(&sim.elapsed()));
}
