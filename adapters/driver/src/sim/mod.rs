//! A simulated runtime, network and clock, with faults.
//!
//! Decides, by one seed, all that code over [`Transport`](crate::Transport) and
//! [`Runtime`](crate::Runtime) cannot foresee: which task runs next, how many bytes a call
//! moves, when they arrive, what breaks. The same seed is the same run, event for event; so
//! that a seed that fails can be run again, with [`Simulation::print_trace`]. Refuses threads,
//! real time and sockets: a run depends on nothing outside, and takes some microseconds. In place
//! of a seed a fuzzer's bytes may [lead](Dice::from_bytes) it.
//!
//! What is promised, whatever the [faults](Faults):
//!
//! - Bytes arrive in order, and none is lost but by a reset, or by harm that the network did
//!   to the connection, which [`Probe::harm`] tells.
//! - A waker that was left is woken once its call may go on, late perhaps, unless a later
//!   call of its direction left another: each direction of a socket keeps one waker, and
//!   waking forgets it. Code that counts on more is [`Outcome::Stuck`].
//! - Time moves only when no task may run, but for suspensions. A task that calls on and on
//!   within one poll would stop it for ever, and panics after a million calls.
//! - Wakers are woken and dropped without any lock held. With [`Faults::wake_inside`] they
//!   are woken inside the very call they were given to.
//!
//! # An echo
//!
//! ```
//! use blazeio_driver::Transport;
//! use blazeio_driver::sim::{Faults, Simulation, Socket};
//! use std::future::poll_fn;
//! use std::io::{self, ErrorKind, IoSlice};
//! use std::task::{Context, Poll};
//!
//! /// Makes a call until it is done: `Interrupted` at once again, `WouldBlock` is `Pending`.
//! fn again<T>(
//!     cx: &mut Context<'_>,
//!     mut call: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
//! ) -> Poll<io::Result<T>> {
//!     loop {
//!         match call(cx) {
//!             Poll::Ready(Err(e)) if e.kind() == ErrorKind::Interrupted => {}
//!             Poll::Ready(Err(e)) if e.kind() == ErrorKind::WouldBlock => return Poll::Pending,
//!             poll => return poll,
//!         }
//!     }
//! }
//!
//! async fn write_all(socket: &mut Socket, mut bytes: &[u8]) -> io::Result<()> {
//!     while !bytes.is_empty() {
//!         let slices = [IoSlice::new(bytes)];
//!         match poll_fn(|cx| again(cx, |cx| socket.poll_write(cx, &slices))).await? {
//!             0 => return Err(ErrorKind::WriteZero.into()),
//!             n => bytes = &bytes[n..],
//!         }
//!     }
//!     poll_fn(|cx| again(cx, |cx| socket.poll_flush(cx))).await
//! }
//!
//! async fn read_all(socket: &mut Socket) -> io::Result<Vec<u8>> {
//!     let (mut all, mut room) = (Vec::new(), [0; 512]);
//!     loop {
//!         match poll_fn(|cx| again(cx, |cx| socket.poll_read(cx, &mut room))).await? {
//!             0 => return Ok(all),
//!             n => all.extend_from_slice(&room[..n]),
//!         }
//!     }
//! }
//!
//! async fn echo(mut socket: Socket) -> io::Result<()> {
//!     let heard = read_all(&mut socket).await?;
//!     write_all(&mut socket, &heard).await
//! }
//!
//! async fn ask(mut socket: Socket, question: &[u8]) -> io::Result<Vec<u8>> {
//!     write_all(&mut socket, question).await?;
//!     poll_fn(|cx| again(cx, |cx| socket.poll_shutdown(cx))).await?;
//!     read_all(&mut socket).await
//! }
//!
//! for seed in 0..100 {
//!     let sim = Simulation::new(seed);
//!     let (here, there) = sim.pair();
//!     let probe = here.probe();
//!     sim.spawn(async move { drop(echo(there).await) });
//!     let question = b"Who is there? ".repeat(20);
//!     // An hour of patience: this echo has no deadlines of its own.
//!     let outcome = sim.run(ask(here, &question), 3_600_000_000);
//!     match outcome.done() {
//!         Some(Ok(answer)) => assert!(question.starts_with(&answer), "seed {seed}"),
//!         // Only harm to the connection keeps it from its end.
//!         Some(Err(_)) | None => assert!(probe.harm().is_some(), "seed {seed}"),
//!     }
//!     // Nothing spins.
//!     let seen = sim.histogram();
//!     assert!(seen.polls <= 4 * seen.events + 10, "seed {seed}");
//! }
//! # let sim = Simulation::with(0, Faults::NONE);
//! # let (here, there) = sim.pair();
//! # sim.spawn(async move { drop(echo(there).await) });
//! # assert_eq!(sim.run(ask(here, b"Hm?"), 0).unwrap().unwrap(), b"Hm?");
//! ```

mod agenda;
mod calls;
mod cancel;
mod connection;
mod dice;
mod direction;
mod end;
mod environment;
mod fate;
mod faults;
mod histogram;
mod kernel;
mod listener;
mod probe;
mod runtime;
mod simulation;
mod slot;
mod socket;
mod tasks;
mod timer;
mod world;

pub use cancel::{Canceller, maybe_cancel};
pub use dice::Dice;
pub use faults::{Fault, Faults};
pub use histogram::Histogram;
pub use listener::SimListener;
pub use probe::Probe;
pub use simulation::{Outcome, Simulation};
pub use socket::Socket;
pub use timer::sleep;

#[cfg(test)]
mod tests;
