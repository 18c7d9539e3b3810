//! The runtime itself: from inside, and from threads that belong to no runtime.

use crate::subject::Subject;
use crate::suite::on::FOREVER;
use crate::suite::on::on_each;
use crate::suite::seam::{joined, read, write};
use blazeio_driver::TokioIo;
use blazeio_driver::{Address, BoundListener, ListenOptions, Runtime, bind};
use socket2::{Domain, Socket, Type};
use std::future::poll_fn;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};

#[test]
fn a_runtime_is_shared_as_a_trait_object() {
    on_each(|| async {
        let runtime: Arc<dyn Runtime> = Arc::new(Subject::current());
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let spawned = sender.clone();
        runtime.spawn(Box::pin(async move { spawned.send("task").unwrap() }));
        assert_eq!(receiver.recv().await, Some("task"));
        runtime.spawn_blocking(Box::new(move || sender.send("work").unwrap()));
        assert_eq!(receiver.recv().await, Some("work"));
    });
}

#[test]
fn clock_all_connections_share_one_that_runs_forward() {
    on_each(|| async {
        let runtime = Subject::current();
        let (before, same) = (runtime.now(), runtime.clone().now());
        assert!(before <= same);
        let mut timer = runtime.timer();
        poll_fn(|cx| timer.poll(cx, same + 5_000)).await;
        assert!(runtime.now() >= same + 5_000);
    });
}

#[test]
fn resolve_knows_names_and_addresses() {
    on_each(|| async {
        let runtime = Subject::current();
        let four = runtime.resolve("127.0.0.1", 80).await.unwrap();
        assert_eq!(four, ["127.0.0.1:80".parse().unwrap()]);
        let six = runtime.resolve("::1", 81).await.unwrap();
        assert_eq!(six, ["[::1]:81".parse().unwrap()]);
        let name = runtime.resolve("localhost", 82).await.unwrap();
        assert!(!name.is_empty() && name.iter().all(|at| at.ip().is_loopback() && at.port() == 82));
        assert!(runtime.resolve("no\0name", 80).await.is_err());
    });
}

#[test]
fn connect_refuses_what_is_no_place_and_tells_why_it_failed() {
    on_each(|| async {
        let runtime = Subject::current();
        for nowhere in [Address::Unnamed, Address::Unix(None)] {
            let error = runtime.connect(&nowhere).await.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        // A port that is taken, though nobody listens there.
        let taken = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        taken.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        let at = taken.local_addr().unwrap().as_socket().unwrap();
        let error = runtime.connect(&at.into()).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn acpt_an_adopted_listener_never_blocks_and_tells_who_came() {
    on_each(|| async {
        let runtime = Subject::current();
        // Not by `bind`, and in blocking mode.
        let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut listener = runtime.adopt(BoundListener::Tcp(plain)).unwrap();
        let at = listener.local_address().unwrap().as_tcp().unwrap();
        assert!(poll_fn(|cx| Poll::Ready(listener.poll_accept(cx).is_pending())).await);
        let client = std::net::TcpStream::connect(at).unwrap();
        let (_transport, peer) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
        assert_eq!(peer.as_tcp(), client.local_addr().ok());
    });
}

/// All of it from a thread that no runtime knows, where `tokio` itself would panic.
#[test]
fn a_runtime_serves_threads_that_are_not_its_own() {
    let (runtime, _elsewhere) = crate::suite::on::remote();
    let bound = bind(&"127.0.0.1:0".parse().unwrap(), &ListenOptions::DEFAULT).unwrap();
    let mut listener = runtime.adopt(bound).unwrap();
    let at = listener.local_address().unwrap();
    let mut timer = runtime.timer();
    assert!(timer.poll(&mut Context::from_waker(Waker::noop()), u64::MAX).is_pending());
    let mut near = block_on(runtime.connect(&at)).unwrap();
    let (mut far, _) = block_on(poll_fn(|cx| listener.poll_accept(cx))).unwrap();
    block_on(write(&mut *near, b"abc")).unwrap();
    assert_eq!(block_on(read(&mut *far, 8)).unwrap(), b"abc");
    assert_eq!(block_on(runtime.resolve("127.0.0.1", 1)).unwrap().len(), 1);
    let soon = runtime.now() + 5_000;
    block_on(poll_fn(|cx| timer.poll(cx, soon)));
    assert!(runtime.now() >= soon);
}

#[test]
fn io_a_stream_of_tokio_is_a_transport() {
    on_each(|| async {
        let (near, far) = tokio::io::duplex(64);
        let (mut near, mut far) = (TokioIo::new(near), TokioIo::new(far));
        write(&mut near, b"abc").await.unwrap();
        assert_eq!(read(&mut far, 8).await.unwrap(), b"abc");
    });
}

#[test]
fn io_a_transport_may_move_between_tasks() {
    on_each(|| async {
        let (mut near, mut far) = joined("127.0.0.1:0").await;
        for turn in 0..20_u8 {
            let reading = crate::suite::on::spawn(async move {
                assert_eq!(read(&mut *far, 8).await.unwrap(), [turn]);
                far
            });
            crate::suite::on::yield_now().await;
            write(&mut *near, &[turn]).await.unwrap();
            far = reading.await.unwrap();
        }
    });
}

/// Waits on this thread alone, without any runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let (sender, receiver) = channel();
    struct Bell(std::sync::mpsc::Sender<()>);
    impl std::task::Wake for Bell {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(());
        }
    }
    let waker = Waker::from(Arc::new(Bell(sender)));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        receiver.recv_timeout(FOREVER).expect("hangs");
    }
}
