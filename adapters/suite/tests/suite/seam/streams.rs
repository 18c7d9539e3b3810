//! Bytes through the whole of the seam, TCP and Unix alike.

use crate::suite::on::on_each;
use crate::suite::seam::{is_read_pending, joined, read, write};
use blazeio_driver::Transport;
use std::future::poll_fn;

async fn ask_and_answer(mut near: Box<dyn Transport>, mut far: Box<dyn Transport>) {
    assert!(is_read_pending(&mut *far).await);
    write(&mut *near, b"question").await.unwrap();
    assert_eq!(read(&mut *far, 64).await.unwrap(), b"question");
    poll_fn(|cx| near.poll_flush(cx)).await.unwrap();
    poll_fn(|cx| near.poll_shutdown(cx)).await.unwrap();
    assert_eq!(read(&mut *far, 64).await.unwrap(), b"");
    // One direction has ended; the other goes on.
    write(&mut *far, b"answer").await.unwrap();
    poll_fn(|cx| far.poll_shutdown(cx)).await.unwrap();
    assert_eq!(read(&mut *near, 64).await.unwrap(), b"answer");
    assert_eq!(read(&mut *near, 64).await.unwrap(), b"");
    assert!(write(&mut *near, b"more").await.is_err());
    drop(far);
    // Whether or not the system still knows the connection.
    poll_fn(|cx| near.poll_shutdown(cx)).await.unwrap();
}

#[test]
fn shut_tcp_ends_each_direction_by_itself() {
    on_each(|| async {
        let (near, far) = joined("127.0.0.1:0").await;
        for transport in [&near, &far] {
            assert!(transport.socket().unwrap().tcp_nodelay().unwrap());
        }
        ask_and_answer(near, far).await;
    });
}

#[cfg(unix)]
mod unix {
    use super::*;
    use crate::subject::Subject;
    use crate::subject::unix;
    use crate::suite::seam::lost;
    use blazeio_driver::{Address, ListenOptions, Runtime, bind};
    use std::io::{ErrorKind, IoSlice};
    use std::os::unix::net::UnixStream;
    use std::task::Poll;

    fn path(name: &str) -> String {
        let path = std::env::temp_dir().join(format!("seam-{}-{name}", std::process::id()));
        path.to_str().unwrap().to_owned()
    }

    /// Two ends, in non-blocking mode.
    fn pair() -> (UnixStream, UnixStream) {
        let (near, far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        far.set_nonblocking(true).unwrap();
        (near, far)
    }

    #[test]
    fn shut_unix_ends_each_direction_by_itself() {
        let path = path("streams");
        on_each(|| {
            let path = path.clone();
            async move {
                let (near, far) = joined(&format!("unix:{path}")).await;
                ask_and_answer(near, far).await;
            }
        });
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn unix_addresses_are_paths_and_peers_have_none() {
        let path = path("addresses");
        on_each(|| {
            let address: Address = format!("unix:{path}").parse().unwrap();
            async move {
                let runtime = Subject::current();
                let bound = bind(&address, &ListenOptions::DEFAULT).unwrap();
                let mut listener = runtime.adopt(bound).unwrap();
                assert_eq!(listener.local_address().unwrap(), address);
                let _near = runtime.connect(&address).await.unwrap();
                let (_far, peer) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
                assert_eq!(peer, Address::Unix(None));
            }
        });
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn unix_a_full_socket_holds_the_writer_and_loses_nothing() {
        on_each(|| async {
            let (near, far) = pair();
            let (mut near, mut far) = (unix(near), unix(far));
            let bytes = vec![7; 4 << 20];
            let slices = [IoSlice::new(&bytes)];
            let first = poll_fn(|cx| near.poll_write(cx, &slices)).await.unwrap();
            assert!(first < bytes.len());
            let full = poll_fn(|cx| Poll::Ready(near.poll_write(cx, &slices).is_pending())).await;
            assert!(full, "the write was short");
            let rest = bytes.len() - first;
            let writing = crate::suite::on::spawn(async move {
                write(&mut near, &bytes[first..]).await.unwrap();
                near
            });
            let mut total = 0;
            while total < first + rest {
                total += read(&mut far, 10_000).await.unwrap().len();
            }
            drop(writing.await.unwrap());
            assert_eq!(read(&mut far, 8).await.unwrap(), b"");
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn unix_a_peer_that_leaves_bytes_unread_is_a_loss() {
        on_each(|| async {
            let (near, far) = pair();
            let mut near = unix(near);
            write(&mut near, b"unread").await.unwrap();
            drop(far);
            assert_eq!(lost(&mut near).await.kind(), ErrorKind::ConnectionReset);
            assert_eq!(read(&mut near, 8).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        });
    }
}
