//! Thousands of slow readers and writers at once (SLOW, MEMW).

use crate::endurance::program::Echo;
use crate::endurance::response::{Received, receive};
use crate::endurance::{await_descriptors, count, resident, source};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that the last of them may last, on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// Every peer moves a byte this often.
const BEAT: Duration = Duration::from_millis(50);

/// So many come in each beat: fewer than the 128 that a listener queues at least.
const CROWD: usize = 100;

/// The most that one peer may cost, in KiB: whoever does not read, 64 of output and 32 of input,
/// whoever drips, the input alone (all of them, 256 MiB of input); and 8 for what a connection is
/// beside its buffers and what the allocator makes of it.
const READER: usize = 64 + 32 + 8;
const WRITER: usize = 32 + 8;

#[test]
fn slow_readers_and_writers() {
    let count = count(200, 2_000);
    // How long a head may take, and how far content and reading may fall behind: long enough for
    // the first to be there still when the last has come.
    let timeout = crate::endurance::count(1, 6);
    let seconds = timeout.to_string();
    let flags = ["--head-timeout", "--content-timeout", "--write-timeout"];
    let echo = Echo::start(&flags.map(|flag| [flag, &seconds]).concat());
    let base = echo.descriptors();
    ask(echo.address);
    await_descriptors(&echo, base, Duration::from_secs(5));
    let before = resident(&echo);
    let (peers, at_once, most) = live(&echo, count, base);
    let grown = most.saturating_sub(before);
    let bound = count / 2 * (READER + WRITER);
    println!(
        "slow_readers_and_writers: {count} peers, {at_once} at once, memory grew by {grown} KiB of \
         {bound} KiB, closed after {}",
        KINDS.map(|kind| spans(&peers, kind)).join(", ")
    );
    peers.iter().for_each(|peer| peer.assert_cut(Duration::from_secs(timeout as u64)));
    assert!(grown <= bound, "{grown} KiB");
    await_descriptors(&echo, base, Duration::from_secs(10));
    ask(echo.address);
}

/// So many peers, from the first's coming to the last's end; how many of them there were at once,
/// and the most memory meanwhile.
fn live(echo: &Echo, count: usize, base: usize) -> (Vec<Peer>, usize, usize) {
    let began = Instant::now();
    let mut peers: Vec<Peer> = Vec::new();
    let (mut at_once, mut most) = (0, 0);
    while peers.len() < count || peers.iter().any(|peer| peer.lasted.is_none()) {
        let beat = Instant::now() + BEAT;
        for number in peers.len()..count.min(peers.len() + CROWD) {
            peers.push(Peer::new(echo.address, number));
        }
        peers.iter_mut().filter(|peer| peer.lasted.is_none()).for_each(Peer::beat);
        at_once = at_once.max(echo.descriptors().saturating_sub(base));
        most = most.max(resident(echo));
        assert!(began.elapsed() < LONGEST, "{}", open(&peers));
        thread::sleep(beat.saturating_duration_since(Instant::now()));
    }
    (peers, at_once, most)
}

fn open(peers: &[Peer]) -> String {
    let open = |kind| peers.iter().filter(|p| p.kind == kind && p.lasted.is_none()).count();
    format!("{:?} are open", KINDS.map(|kind| (kind, open(kind))))
}

/// How long the server bore those of one kind, from the first to the last.
fn spans(peers: &[Peer], kind: Kind) -> String {
    let spans = || peers.iter().filter(|peer| peer.kind == kind).filter_map(|peer| peer.lasted);
    format!("{:.1?} to {:.1?} ({kind:?})", spans().min().unwrap(), spans().max().unwrap())
}

/// One exchange at the usual speed.
fn ask(address: SocketAddr) {
    let response = crate::endurance::wire::ask(address, "GET / HTTP/1.0\r\n\r\n");
    assert_eq!(crate::endurance::wire::statuses(&response), [200]);
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Sends a large content and reads none of it.
    ReadsNothing,
    /// The same, and reads a byte each beat.
    ReadsByBytes,
    /// Sends its head a byte each beat.
    DripsHead,
    /// Sends its content a byte each beat.
    DripsContent,
}

const KINDS: [Kind; 4] =
    [Kind::ReadsNothing, Kind::ReadsByBytes, Kind::DripsHead, Kind::DripsContent];

/// One of them. It never waits.
struct Peer {
    kind: Kind,
    stream: TcpStream,
    began: Instant,
    received: Vec<u8>,
    /// How long the server bore it, once it does no more.
    lasted: Option<Duration>,
    was_reset: bool,
}

impl Peer {
    fn new(address: SocketAddr, number: usize) -> Self {
        let kind = KINDS[number % KINDS.len()];
        let began = Instant::now();
        let mut stream = source::connect_narrow(address, number).unwrap();
        let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
        let first = if kind == Kind::DripsHead { "GET / HTTP/1.1\r\nX: " } else { post };
        stream.write_all(first.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { kind, stream, began, received: Vec::new(), lasted: None, was_reset: false }
    }

    fn beat(&mut self) {
        let (sent, room): (&[u8], usize) = match self.kind {
            Kind::ReadsNothing => (&[b'x'; 64 * 1024], 0),
            Kind::ReadsByBytes => (&[b'x'; 64 * 1024], 1),
            Kind::DripsHead | Kind::DripsContent => (b"x", 1024),
        };
        let mut buffer = [0; 1024];
        // What came before the end is read, whatever became of sending.
        let read = if room == 0 { None } else { Some(self.stream.read(&mut buffer[..room])) };
        if let Some(Ok(n @ 1..)) = read {
            self.received.extend_from_slice(&buffer[..n]);
            return self.send(sent);
        }
        match read {
            Some(Ok(_)) => self.ended(false),
            Some(Err(error)) if error.kind() != ErrorKind::WouldBlock => self.ended(true),
            _ => self.send(sent),
        }
    }

    fn send(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // A reader knows by this alone; whoever drips has something to read still.
                Err(_) if matches!(self.kind, Kind::DripsHead | Kind::DripsContent) => return,
                Err(_) => return self.ended(true),
            }
        }
    }

    fn ended(&mut self, was_reset: bool) {
        self.lasted = Some(self.began.elapsed());
        self.was_reset = was_reset;
        // Or the server would linger for those it had something to tell.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Asserts that it was closed by its deadline and in the way due to it.
    fn assert_cut(&self, timeout: Duration) {
        let lasted = self.lasted.unwrap();
        assert!(lasted >= timeout, "{:?} after {lasted:?}", self.kind);
        match self.kind {
            Kind::DripsHead => {
                let mut rest = &self.received[..];
                let Received::Whole(response) = receive(&mut rest) else { panic!("no response") };
                assert_eq!((response.status, response.closes, rest), (408, true, &b""[..]));
            }
            // An end in order would be no end of a sized content.
            Kind::DripsContent => assert!(self.received.starts_with(b"HTTP/1.1 200 ")),
            Kind::ReadsNothing | Kind::ReadsByBytes => assert!(self.was_reset),
        }
    }
}
