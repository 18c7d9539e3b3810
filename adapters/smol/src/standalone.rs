//! Runtimes of its own.
//!
//! Decides who waits for sockets: a thread that has nothing to run, if no other does already. A
//! future or a task that blocks its thread holds up no socket, as long as one has nothing to run.

use crate::reactor::Reactor;
use crate::runtime::Smol;
use crate::spawner;
use async_executor::Executor;
use blazeio_driver::{Standalone, Stop, Threads};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::thread;

impl Standalone for Smol {
    fn run<F: Future>(threads: Threads, make: impl FnOnce() -> F) -> io::Result<F::Output> {
        let reactor = Ending(Reactor::new()?);
        let executor = Arc::new(Executor::new());
        let runtime = Self::new(Arc::clone(&reactor.0), spawner::on(&executor));
        let _entered = runtime.enter();
        // Dropped first, with its tasks: they are still in the runtime.
        let executor = executor;
        let others = match threads {
            Threads::One => 0,
            Threads::Many(threads) => threads.get() - 1,
            Threads::EachProcessor => thread::available_parallelism()?.get() - 1,
        };
        thread::scope(|scope| {
            let (stop, stopped) = async_channel::bounded::<()>(1);
            for number in 1..=others {
                let (executor, stopped) = (&executor, stopped.clone());
                let (runtime, reactor) = (&runtime, &reactor.0);
                let work = move || {
                    let _entered = runtime.enter();
                    // Ends when the other half is dropped.
                    let _ = reactor.block_on(executor.run(stopped.recv()));
                };
                let name = format!("blazeio-smol-{number}");
                thread::Builder::new().name(name).spawn_scoped(scope, work)?;
            }
            let output = reactor.0.block_on(executor.run(async { make().await }));
            drop(stop);
            Ok(output)
        })
    }

    fn stop_signal() -> io::Result<Stop> {
        Ok(Box::pin(crate::signal::stop_signal()?))
    }
}

/// Tells a reactor when nobody drives it any more.
struct Ending(Arc<Reactor>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blazeio_driver::{ListenOptions, Runtime, Transport, bind};
    use futures_lite::future::yield_now;
    use std::future::{pending, poll_fn};
    use std::io::IoSlice;
    use std::num::NonZeroUsize;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const TWO: Threads = Threads::Many(NonZeroUsize::MIN.saturating_add(1));

    /// Runs `story`; it does not hang.
    fn run<F: Future>(threads: Threads, story: impl FnOnce() -> F) -> F::Output {
        Smol::run(threads, || async {
            let (runtime, end) = (Smol::current(), Smol::current().now() + 60_000_000);
            let mut timer = runtime.timer();
            let mut story = std::pin::pin!(story());
            poll_fn(|cx| {
                assert!(timer.poll(cx, end).is_pending(), "hangs");
                story.as_mut().poll(cx)
            })
            .await
        })
        .unwrap()
    }

    /// Two sockets that are connected to each other.
    async fn pair() -> (Box<dyn Transport>, Box<dyn Transport>) {
        let runtime = Smol::current();
        let bound = bind(&"127.0.0.1:0".parse().unwrap(), &ListenOptions::DEFAULT).unwrap();
        let mut listener = runtime.adopt(bound).unwrap();
        let near = runtime.connect(&listener.local_address().unwrap()).await.unwrap();
        (near, poll_fn(|cx| listener.poll_accept(cx)).await.unwrap().0)
    }

    async fn read(transport: &mut Box<dyn Transport>) -> usize {
        poll_fn(|cx| transport.poll_read(cx, &mut [0; 8])).await.unwrap()
    }

    async fn write(transport: &mut Box<dyn Transport>) {
        let sent = poll_fn(|cx| transport.poll_write(cx, &[IoSlice::new(b"a")])).await.unwrap();
        assert_eq!(sent, 1);
    }

    /// Counts itself when it is dropped, in a runtime.
    struct Witness(Arc<AtomicUsize>, Smol);

    impl Drop for Witness {
        fn drop(&mut self) {
            assert!(Arc::ptr_eq(self.1.reactor(), Smol::current().reactor()));
            self.0.fetch_add(1, SeqCst);
        }
    }

    fn endless(dropped: &Arc<AtomicUsize>) {
        let witness = Witness(Arc::clone(dropped), Smol::current());
        Smol::current().spawn(Box::pin(async move {
            pending::<()>().await;
            drop(witness);
        }));
    }

    #[test]
    fn shut_tasks_that_have_not_ended_are_dropped_within_the_runtime() {
        let dropped = Arc::default();
        for threads in [Threads::One, TWO, Threads::EachProcessor] {
            run(threads, || async {
                endless(&dropped);
                yield_now().await;
                endless(&dropped);
            });
        }
        assert_eq!(dropped.load(SeqCst), 6);
    }

    #[test]
    fn panic_of_the_future_ends_the_runtime_with_its_tasks_and_threads() {
        for threads in [Threads::One, TWO] {
            let dropped = Arc::default();
            let story = || {
                run(threads, || async {
                    endless(&dropped);
                    yield_now().await;
                    panic!("on purpose");
                })
            };
            let panicked = catch_unwind(AssertUnwindSafe(story)).unwrap_err();
            assert_eq!(panicked.downcast_ref(), Some(&"on purpose"));
            assert_eq!(dropped.load(SeqCst), 1);
        }
    }

    #[test]
    fn panic_of_a_task_takes_no_other_with_it() {
        run(Threads::One, || async {
            Smol::current().spawn(Box::pin(async { panic!("on purpose") }));
            yield_now().await;
            let (mut near, mut far) = pair().await;
            write(&mut near).await;
            assert_eq!(read(&mut far).await, 1);
        });
    }

    #[test]
    fn io_tasks_that_are_always_ready_starve_neither_sockets_nor_timers() {
        run(Threads::One, || async {
            for _ in 0..100 {
                Smol::current().spawn(Box::pin(async {
                    loop {
                        yield_now().await;
                    }
                }));
            }
            let (mut near, mut far) = pair().await;
            for _ in 0..10 {
                write(&mut near).await;
                assert_eq!(read(&mut far).await, 1);
                let at = Smol::current().now() + 1_000;
                let mut timer = Smol::current().timer();
                poll_fn(|cx| timer.poll(cx, at)).await;
            }
        });
    }

    /// The thread that waits for sockets is woken for the future of `run` alone, which is in no
    /// hurry to come back: a thread that has nothing to do waits for them instead.
    #[test]
    fn io_a_future_that_blocks_its_thread_holds_up_no_socket() {
        run(TWO, || async {
            for _ in 0..200 {
                let (mut near, mut far) = pair().await;
                let (done, ends) = channel();
                Smol::current().spawn(Box::pin(async move {
                    read(&mut far).await;
                    done.send(()).unwrap();
                }));
                // Until both threads have nothing to do, and one of them waits for sockets.
                let at = Smol::current().now() + 1_000;
                let mut timer = Smol::current().timer();
                poll_fn(|cx| timer.poll(cx, at)).await;
                write(&mut near).await;
                ends.recv_timeout(Duration::from_secs(10)).expect("nobody waits for sockets");
            }
        });
    }

    /// The thread that was told of an event is held up by it: another waits for the next ones.
    #[test]
    fn io_a_task_that_blocks_its_thread_holds_up_no_socket() {
        run(TWO, || async {
            for _ in 0..100 {
                let (done, ends) = channel();
                let ((mut near, mut far), (mut other, mut end)) = (pair().await, pair().await);
                let runtime = Smol::current();
                runtime.spawn(Box::pin(async move {
                    read(&mut far).await;
                    write(&mut other).await;
                    ends.recv().unwrap();
                    write(&mut far).await;
                }));
                runtime.spawn(Box::pin(async move {
                    read(&mut end).await;
                    done.send(()).unwrap();
                }));
                write(&mut near).await;
                read(&mut near).await;
            }
        });
    }
}
