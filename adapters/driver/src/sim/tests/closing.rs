//! Ends and resets, as TCP has them.

use super::scenario::{LONG, lost, now, read, read_all, settle, shutdown, write, write_all};
use crate::counting::Count;
use crate::sim::{Fault, Faults, Simulation};
use crate::transport::Transport;
use std::io::ErrorKind;
use std::sync::Arc;
use std::task::{Context, Waker};

const LATE: Faults = Faults { latency: 1.0, ..Faults::NONE };

#[test]
fn half_a_shutdown_ends_one_direction_after_all_bytes() {
    let sim = Simulation::with(1, LATE);
    let (mut here, mut there) = sim.pair();
    let probe = here.probe();
    now(&sim, write_all(&mut here, b"hello")).unwrap();
    now(&sim, shutdown(&mut here)).unwrap();
    now(&sim, shutdown(&mut here)).unwrap();
    assert_eq!(now(&sim, write(&mut here, b"x")).unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(now(&sim, read_all(&mut there)).0, b"hello");
    assert_eq!(now(&sim, read(&mut there, &mut [0])).unwrap(), 0, "and stays so");
    now(&sim, write_all(&mut there, b"bye")).unwrap();
    assert_eq!(now(&sim, read(&mut here, &mut [0; 9])).unwrap(), 3);
    assert!(probe.sent_fin() && !probe.sent_reset() && probe.is_open());
    assert_eq!((probe.written(), probe.delivered(), probe.read()), (5, 5, 3));
}

#[test]
fn half_a_drop_is_a_close_after_all_bytes() {
    let sim = Simulation::with(2, LATE);
    let (mut here, mut there) = sim.pair();
    let probe = here.probe();
    now(&sim, write_all(&mut here, b"hello")).unwrap();
    drop(here);
    assert_eq!(now(&sim, read(&mut there, &mut [0; 9])).unwrap(), 5);
    assert_eq!(now(&sim, read(&mut there, &mut [0; 9])).unwrap(), 0);
    assert!(probe.sent_fin() && !probe.sent_reset() && !probe.is_open());
    // Nobody hears this; the answer is a reset.
    now(&sim, write_all(&mut there, b"hello?")).unwrap();
    assert_eq!(now(&sim, lost(&mut there)).kind(), ErrorKind::ConnectionReset);
    let kinds = [(); 2].map(|()| now(&sim, write(&mut there, b"x")).unwrap_err().kind());
    assert_eq!(kinds, [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe]);
    assert_eq!(now(&sim, shutdown(&mut there)).unwrap_err().kind(), ErrorKind::NotConnected);
}

#[test]
fn rst_a_drop_with_unread_bytes_is_a_reset() {
    let sim = Simulation::with(3, Faults::NONE);
    let (here, mut there) = sim.pair();
    let probe = here.probe();
    now(&sim, write_all(&mut there, b"unread")).unwrap();
    drop(here);
    let (bytes, error) = now(&sim, read_all(&mut there));
    assert_eq!((bytes.len(), error.unwrap().kind()), (0, ErrorKind::ConnectionReset));
    assert!(probe.sent_reset() && !probe.sent_fin());
    assert!(there.probe().is_lost());
}

#[test]
fn rst_reset_makes_a_drop_a_reset() {
    let sim = Simulation::with(4, LATE);
    let (mut here, mut there) = sim.pair();
    Transport::reset(&mut here);
    assert!(!there.probe().is_lost());
    let probe = here.probe();
    drop(here);
    assert_eq!(now(&sim, lost(&mut there)).kind(), ErrorKind::ConnectionReset);
    assert!(probe.sent_reset() && !probe.sent_fin());
}

#[test]
fn rst_may_cost_unread_bytes() {
    for lost_unread in [0.0, 1.0] {
        let sim = Simulation::with(5, Faults { lost_unread, ..LATE });
        let (mut here, mut there) = sim.pair();
        now(&sim, write_all(&mut here, b"unread")).unwrap();
        Transport::reset(&mut here);
        drop(here);
        settle(&sim);
        let (bytes, error) = now(&sim, read_all(&mut there));
        assert_eq!(error.unwrap().kind(), ErrorKind::ConnectionReset);
        assert_eq!(bytes, if lost_unread > 0.0 { &b""[..] } else { b"unread" });
        assert_eq!(sim.histogram().of(Fault::LostUnread), lost_unread as u64);
        let again = now(&sim, read(&mut there, &mut [0])).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::ConnectionReset);
    }
}

#[test]
fn rst_may_be_told_once() {
    let sim = Simulation::with(6, Faults { told_once: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    Transport::reset(&mut here);
    drop(here);
    let error = now(&sim, write(&mut there, b"x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(now(&sim, read(&mut there, &mut [0])).unwrap(), 0);
    assert_eq!(sim.histogram().of(Fault::ToldOnce), 1);
}

#[test]
fn rst_wakes_whoever_waits_each_by_a_waker_of_its_own() {
    let sim = Simulation::with(7, Faults::NONE);
    let (mut here, mut there) = sim.pair();
    let counts = [(); 3].map(|()| Arc::new(Count::default()));
    let wakers = counts.clone().map(Waker::from);
    let [mut read, mut write, mut lost] = wakers.each_ref().map(Context::from_waker);
    assert_eq!(sim.run(write_all(&mut there, &[0; 70_000]), LONG).done().map(drop), None);
    assert!(there.poll_read(&mut read, &mut [0]).is_pending());
    assert!(there.poll_write(&mut write, &[std::io::IoSlice::new(b"x")]).is_pending());
    assert!(there.poll_lost(&mut lost).is_pending());
    Transport::reset(&mut here);
    drop(here);
    settle(&sim);
    assert_eq!(counts.map(|count| count.of()), [1, 1, 1]);
    assert!(there.poll_lost(&mut lost).is_ready());
}

#[test]
fn rst_deaf_transports_do_not_tell() {
    let sim = Simulation::with(8, Faults { deaf: 1.0, ..Faults::NONE });
    let (mut here, mut there) = sim.pair();
    Transport::reset(&mut here);
    drop(here);
    assert_eq!(sim.run(lost(&mut there), LONG).done().map(drop), None);
    assert!(there.probe().is_lost());
    assert_eq!(sim.histogram().of(Fault::Deaf), 2);
}
