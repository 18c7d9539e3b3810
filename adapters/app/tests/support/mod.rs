//! An application behind real sockets, on whichever runtime a test is for, and a plain client.

#![allow(dead_code, unused_imports, reason = "each test program needs a part of it")]

use blazeio_app::App;
use blazeio_driver::{Exit, Handle, Runtime, Serve, Standalone, Threads};
use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

mod count;
mod log;
mod told;

pub use count::{Count, PIECE};
pub use log::Log;
pub use told::{Told, told};

/// The tests of a program, which are functions of a runtime, on each runtime.
#[macro_export]
macro_rules! on_each_runtime {
    ($($test:ident)+) => {
        $crate::on_each_runtime!(@ tokio, blazeio_tokio::Tokio, $($test)+);
        $crate::on_each_runtime!(@ smol, blazeio_smol::Smol, $($test)+);
        $crate::on_each_runtime!(@ mio, blazeio_mio::Mio, $($test)+);
    };
    (@ $name:ident, $runtime:ty, $($test:ident)+) => {
        mod $name {
            $(#[test]
            fn $test() {
                super::$test::<$runtime>();
            })+
        }
    };
}

/// A server in a thread of its own, which ends when this is dropped.
pub struct Server {
    pub handle: Handle,
    pub address: SocketAddr,
    thread: Option<JoinHandle<Exit>>,
}

impl Server {
    /// Serves `app` on a runtime of its own.
    pub fn start<R: Standalone>(app: App) -> Self {
        Self::with::<R>(blazeio_driver::serve(app))
    }

    /// The same, configured.
    pub fn with<R: Standalone>(serve: Serve<App>) -> Self {
        let (tell, told) = mpsc::channel();
        let serving = async move {
            let runtime: Arc<dyn blazeio_driver::Runtime> = Arc::new(R::current());
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            let handle = serve.listen(any).start(&runtime).unwrap();
            tell.send(handle.clone()).unwrap();
            handle.finished().await;
            handle.exit().await
        };
        let thread = std::thread::spawn(|| R::run(Threads::One, || serving).unwrap());
        let handle = told.recv().unwrap();
        let address = handle.addresses()[0].as_tcp().unwrap();
        Self { handle, address, thread: Some(thread) }
    }

    /// Stops, and waits for the end.
    pub fn exit(mut self) -> Exit {
        self.handle.stop();
        self.thread.take().unwrap().join().unwrap()
    }

    /// A connection, on which nothing takes longer than ten seconds.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Everything that comes back for `request`, the last of its connection: a request line
    /// without version, and the rest.
    pub fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        let (line, rest) = request.split_once("\r\n").unwrap_or((request, "\r\n"));
        let text = format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{rest}");
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Answer(String::from_utf8(answer).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A response as it came.
#[derive(Debug)]
pub struct Answer(pub String);

impl Answer {
    pub fn status(&self) -> u16 {
        self.0.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
    }

    /// What is behind the head, as it came.
    pub fn content(&self) -> &str {
        self.0.split_once("\r\n\r\n").unwrap().1
    }

    /// Whether the head has this line.
    pub fn has(&self, line: &str) -> bool {
        let head = self.0.split_once("\r\n\r\n").unwrap().0;
        head.split("\r\n").any(|own| own == line)
    }
}

/// Ends after a while, on any runtime.
pub async fn sleep(runtime: &Arc<dyn Runtime>, duration: Duration) {
    let at = runtime.now() + duration.as_micros() as u64;
    let mut timer = runtime.timer();
    poll_fn(|cx| timer.poll(cx, at)).await;
}
