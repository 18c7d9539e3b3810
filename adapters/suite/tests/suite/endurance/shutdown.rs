//! Graceful exits under load (SHUT).

use crate::endurance::dice::Dice;
use crate::endurance::program::Echo;
use crate::endurance::response::{Received, receive};
use crate::endurance::{count, share, source};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const CLIENTS: usize = 8;

/// What all clients of all exits saw.
#[derive(Default)]
struct Tally {
    /// Responses of which a byte came, and those that came to their last.
    begun: AtomicUsize,
    whole: AtomicUsize,
    /// Connections that said `Connection: close`, then ended in order.
    said_close: AtomicUsize,
    /// Connections that ended in order where a response might have begun.
    ended: AtomicUsize,
    /// The same, where the rest of a pipeline was left behind.
    left_behind: AtomicUsize,
    /// Requests that met a connection closed as idle, before a byte of their response.
    crossed: AtomicUsize,
}

#[test]
fn shut_graceful_exits_under_load() {
    let exits = count(40, 10_000);
    let tally = Tally::default();
    let longest = AtomicUsize::new(0);
    let began = Instant::now();
    share(exits, 2, |number| {
        let took = exit_under_load(number, &tally);
        longest.fetch_max(took.as_millis() as usize, Relaxed);
    });
    let Tally { begun, whole, said_close, ended, left_behind, crossed } = tally;
    let figures = [begun, whole, said_close, ended, left_behind, crossed];
    let [begun, whole, said_close, ended, left_behind, crossed] =
        figures.map(AtomicUsize::into_inner);
    println!(
        "shut_graceful_exits_under_load: {exits} exits, {begun} responses begun, {whole} whole; of {} \
         connections {said_close} were told close, {ended} ended between responses, \
         {left_behind} in mid pipeline, {crossed} crossed a request; slowest exit {} ms, {:.1?} in all",
        exits * CLIENTS,
        longest.into_inner(),
        began.elapsed()
    );
    assert!(whole == begun && whole >= exits);
}

/// How long the process took to end after the signal.
fn exit_under_load(number: usize, tally: &Tally) -> Duration {
    let mut dice = Dice::new(number);
    let mut echo = Echo::start(&["--threads", "2"]);
    let clients = (0..CLIENTS).map(|client| source::connect(echo.address, number + client));
    let clients: Vec<_> = clients.map(Result::unwrap).collect();
    let answered = AtomicUsize::new(0);
    // Counted, so that there is load however busy the machine is.
    let enough = dice.below(160);
    let mut signalled = Instant::now();
    thread::scope(|scope| {
        for (client, stream) in clients.into_iter().enumerate() {
            let answered = &answered;
            scope.spawn(move || ask_until_the_end(stream, Turn::of(client), tally, answered));
        }
        let begun = Instant::now();
        while answered.load(Relaxed) < enough && begun.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_micros(100));
        }
        thread::sleep(Duration::from_micros(dice.below(1000) as u64));
        signalled = Instant::now();
        echo.signal("TERM");
    });
    let (status, log) = echo.wait(Duration::from_secs(20));
    assert_eq!(status.code(), Some(0), "exit {number}: {log}");
    signalled.elapsed()
}

/// Takes one turn after another until the server closes.
fn ask_until_the_end(stream: TcpStream, turn: Turn, tally: &Tally, answered: &AtomicUsize) {
    let mut input = BufReader::new(&stream);
    loop {
        turn.send(&stream);
        for (number, content) in turn.contents.iter().enumerate() {
            if matches!(input.fill_buf(), Ok([_, ..])) {
                tally.begun.fetch_add(1, Relaxed);
            }
            let end = match receive(&mut input) {
                Received::Whole(response) => {
                    assert_eq!(response.status, 200);
                    assert!(response.content == *content, "another content");
                    tally.whole.fetch_add(1, Relaxed);
                    answered.fetch_add(1, Relaxed);
                    if !response.closes {
                        continue;
                    }
                    let end = receive(&mut input);
                    assert!(matches!(end, Received::Ended), "no orderly end after close");
                    &tally.said_close
                }
                Received::Ended if number > 0 => &tally.left_behind,
                Received::Ended => &tally.ended,
                Received::Reset => &tally.crossed,
            };
            end.fetch_add(1, Relaxed);
            return;
        }
    }
}

/// Requests, in the pieces they are sent in, and the contents of their responses.
struct Turn {
    pieces: Vec<Vec<u8>>,
    contents: Vec<Vec<u8>>,
}

impl Turn {
    /// What `client` does: it asks, pipelines, or uploads in one framing or the other.
    fn of(client: usize) -> Self {
        let post = "POST /echo HTTP/1.1\r\nHost: a\r\n";
        let sized = |n: usize| format!("{post}Content-Length: {n}\r\n\r\n").into_bytes();
        match client % 4 {
            0 => Self {
                pieces: vec![b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()],
                contents: vec![b"This is echo.\n".to_vec()],
            },
            1 => Self {
                pieces: vec![[&sized(5)[..], b"hello"].concat().repeat(4)],
                contents: vec![b"hello".to_vec(); 4],
            },
            2 => Self {
                pieces: vec![sized(1000), vec![b'x'; 400], vec![b'x'; 600]],
                contents: vec![vec![b'x'; 1000]],
            },
            _ => {
                let head = format!("{post}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
                let chunk = [b"2710\r\n", &[b'x'; 10_000][..], b"\r\n"].concat();
                let pieces = [vec![head], vec![chunk; 4], vec![b"0\r\n\r\n".to_vec()]].concat();
                Self { pieces, contents: vec![vec![b'x'; 40_000]] }
            }
        }
    }

    /// Sends it with pauses, in which content is in flight. Where sending fails, what was
    /// answered before is still there to be read.
    fn send(&self, mut stream: &TcpStream) {
        for (number, piece) in self.pieces.iter().enumerate() {
            if number > 0 {
                thread::sleep(Duration::from_micros(200));
            }
            if stream.write_all(piece).is_err() {
                return;
            }
        }
    }
}
