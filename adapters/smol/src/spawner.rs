//! Where tasks are run: executors, each by its way of taking a task.
//!
//! Decides who keeps whom: tasks keep their runtime, so the runtime keeps no executor, or neither
//! would ever end. A task for an executor that is gone is dropped.

use async_executor::{Executor, LocalExecutor};
use blazeio_driver::Task;
use std::rc::Rc;
use std::sync::{Arc, Weak};

/// Takes a task, to run it.
pub(crate) type Spawner = Arc<dyn Fn(Task) + Send + Sync>;

/// On `executor`.
pub(crate) fn on(executor: &Arc<Executor<'static>>) -> Spawner {
    let executor: Weak<_> = Arc::downgrade(executor);
    Arc::new(move |task| {
        if let Some(executor) = executor.upgrade() {
            executor.spawn(task).detach();
        }
    })
}

/// On `executor`, from whichever thread: a task on it takes them.
pub(crate) fn local(executor: &Rc<LocalExecutor<'static>>) -> Spawner {
    let (sender, receiver) = async_channel::unbounded::<Task>();
    let (taker, tasks) = (Rc::downgrade(executor), Queue(receiver));
    let take = async move {
        while let Ok(task) = tasks.0.recv().await {
            let Some(executor) = taker.upgrade() else { return };
            executor.spawn(task).detach();
        }
    };
    executor.spawn(take).detach();
    Arc::new(move |task| {
        // The executor is gone, if nobody takes it.
        let _ = sender.try_send(task);
    })
}

/// Tasks on their way. They keep their runtime, and with it this queue.
struct Queue(async_channel::Receiver<Task>);

impl Drop for Queue {
    fn drop(&mut self) {
        self.0.close();
        while let Ok(task) = self.0.try_recv() {
            drop(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, yield_now};
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::thread;

    /// Counts itself when it is dropped.
    struct Witness(Arc<AtomicUsize>);

    impl Drop for Witness {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    /// A task that never ends, and keeps whatever spawned it.
    fn endless(spawner: &Spawner, dropped: &Arc<AtomicUsize>) -> Task {
        let (spawner, witness) = (Arc::clone(spawner), Witness(Arc::clone(dropped)));
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop((spawner, witness));
        })
    }

    /// Asserts that with `executor` go a task that ran, and one on its way; one that comes later
    /// goes at once.
    fn assert_drops_tasks<E>(executor: E, spawner: &Spawner, run: impl FnOnce(&E)) {
        let dropped = Arc::default();
        spawner(endless(spawner, &dropped));
        run(&executor);
        spawner(endless(spawner, &dropped));
        drop(executor);
        assert_eq!(dropped.load(SeqCst), 2);
        spawner(endless(spawner, &dropped));
        assert_eq!(dropped.load(SeqCst), 3, "nobody would run it");
    }

    #[test]
    fn shut_an_executor_that_is_dropped_drops_tasks_though_they_keep_their_runtime() {
        let executor = Arc::new(Executor::new());
        let spawner = on(&executor);
        assert_drops_tasks(executor, &spawner, |executor| block_on(executor.run(yield_now())));
    }

    #[test]
    fn shut_a_local_executor_that_is_dropped_drops_tasks_though_they_keep_their_runtime() {
        let executor = Rc::new(LocalExecutor::new());
        let spawner = local(&executor);
        assert_drops_tasks(executor, &spawner, |executor| {
            block_on(executor.run(async {
                yield_now().await;
                yield_now().await;
            }));
        });
    }

    #[test]
    fn a_task_of_another_thread_runs_on_the_local_executors() {
        let executor = Rc::new(LocalExecutor::new());
        let spawner = local(&executor);
        let (ran, runs) = async_channel::bounded(1);
        thread::spawn(move || {
            spawner(Box::pin(async move { ran.send(thread::current().id()).await.unwrap() }));
        });
        assert_eq!(block_on(executor.run(runs.recv())).unwrap(), thread::current().id());
    }
}
