//! Two stacks, a server on the first, and a peer made by hand on the second.

use crate::LIMITS;
use crate::network;
use crate::pages::Pages;
use blazeio::{CloseReason, Limits};
use blazeio_embedded_io::{Buffers, EmbassyTimer, Server};
use embassy_net::tcp::TcpSocket;
use embassy_net::{IpAddress, Stack};
use embassy_time::{Duration, Timer};
use futures_lite::future::{block_on, or, yield_now};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, pending};
use std::rc::Rc;

pub const PORT: u16 = 80;
/// How long a peer may be silent for TCP.
pub const GONE: Duration = Duration::from_millis(1000);

/// Runs a test on two stacks; nothing here takes ten seconds but what hangs.
pub fn on_stacks<F: Future<Output = ()>>(test: impl FnOnce(Stack<'static>, Stack<'static>) -> F) {
    on_wire(Rc::default(), test);
}

/// The same, on a wire that may be cut.
pub fn on_wire<F: Future<Output = ()>>(
    is_cut: Rc<Cell<bool>>,
    test: impl FnOnce(Stack<'static>, Stack<'static>) -> F,
) {
    let (first, second, net) = network::pair(is_cut);
    let hangs = async {
        Timer::after_secs(10).await;
        panic!("it hangs");
    };
    block_on(or(hangs, or(net, test(first, second))));
}

/// Serves connections of one place for ever; tells how each ended.
pub async fn serve(
    stack: Stack<'_>,
    pages: &Pages,
    mut ended: impl FnMut(CloseReason),
) -> Infallible {
    loop {
        ended(serve_one(stack, pages, &LIMITS, pending()).await);
    }
}

/// Waits until something is so that another part of the test brings about.
pub async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}

/// Serves one connection.
pub async fn serve_one(
    stack: Stack<'_>,
    pages: &Pages,
    limits: &'static Limits,
    stop: impl Future<Output = ()>,
) -> CloseReason {
    let (mut receive, mut send) = ([0; 1024], [0; 1024]);
    let (mut input, mut landing, mut output) = ([0; 512], [0; 64], [0; 300]);
    let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
    socket.set_timeout(Some(GONE));
    socket.set_keep_alive(Some(GONE / 4));
    socket.accept(PORT).await.unwrap();
    let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
    let reason = Server::new(pages, &EmbassyTimer, limits).serve(&mut socket, buffers, stop).await;
    let _ = socket.flush().await;
    reason
}

/// A peer made by hand.
pub struct Raw<'b> {
    pub socket: TcpSocket<'b>,
}

/// The memory of one.
pub struct RawBuffers {
    receive: [u8; 2048],
    send: [u8; 2048],
}

impl Default for RawBuffers {
    fn default() -> Self {
        Self { receive: [0; 2048], send: [0; 2048] }
    }
}

impl<'b> Raw<'b> {
    pub async fn connect(stack: Stack<'b>, buffers: &'b mut RawBuffers) -> Self {
        let mut socket = TcpSocket::new(stack, &mut buffers.receive, &mut buffers.send);
        // Refused while the server's place is not listening yet.
        while socket.connect((IpAddress::v4(10, 9, 9, 1), PORT)).await.is_err() {
            Timer::after_millis(2).await;
        }
        Self { socket }
    }

    pub async fn send(&mut self, bytes: &str) {
        let mut rest = bytes.as_bytes();
        while !rest.is_empty() {
            let n = self.socket.write(rest).await.unwrap();
            rest = &rest[n..];
        }
        self.socket.flush().await.unwrap();
    }

    /// Reads exactly these bytes.
    #[track_caller]
    pub fn expect(&mut self, bytes: &str) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        let expected = bytes.to_owned();
        async move {
            let mut read = vec![0; expected.len()];
            let mut n = 0;
            while n < read.len() {
                match self.socket.read(&mut read[n..]).await {
                    Ok(1..) if expected.as_bytes().starts_with(&read[..n]) => {}
                    other => panic!("{place}: {other:?} after {}", read[..n].escape_ascii()),
                }
                n = read.iter().position(|byte| *byte == 0).unwrap_or(read.len());
            }
            assert_eq!(String::from_utf8(read).unwrap(), expected, "{place}");
        }
    }

    /// Everything up to the end; the error that stood there instead of one.
    pub async fn rest(&mut self) -> (String, Option<embassy_net::tcp::Error>) {
        let (mut all, mut room) = (Vec::new(), [0; 512]);
        let error = loop {
            match self.socket.read(&mut room).await {
                Ok(0) => break None,
                Ok(n) => all.extend_from_slice(&room[..n]),
                Err(error) => break Some(error),
            }
        };
        (String::from_utf8(all).unwrap(), error)
    }
}

/// What the other end of a conversation sees.
#[derive(Default)]
pub struct Served {
    pub pages: Pages,
    reasons: RefCell<Vec<CloseReason>>,
}

impl Served {
    /// Waits until the server is done with the connection.
    pub async fn ended(&self) {
        until(|| !self.reasons.borrow().is_empty()).await;
    }
}

/// Runs a conversation by hand with a server of one place. Returns what its handlers noted, and
/// how its connection ended, if it did.
pub fn talk(
    conversation: impl AsyncFnOnce(&mut Raw<'_>, &Served),
) -> (Vec<&'static str>, Vec<CloseReason>) {
    talk_within(&LIMITS, conversation)
}

/// The same with other limits.
pub fn talk_within(
    limits: &'static Limits,
    conversation: impl AsyncFnOnce(&mut Raw<'_>, &Served),
) -> (Vec<&'static str>, Vec<CloseReason>) {
    let served = Served::default();
    on_stacks(async |server, client| {
        let mut buffers = RawBuffers::default();
        let talk = async {
            let mut raw = Raw::connect(client, &mut buffers).await;
            conversation(&mut raw, &served).await;
        };
        let serve = async {
            loop {
                let reason = serve_one(server, &served.pages, limits, pending()).await;
                served.reasons.borrow_mut().push(reason);
            }
        };
        or(serve, talk).await;
    });
    (served.pages.notes.into_inner(), served.reasons.into_inner())
}
