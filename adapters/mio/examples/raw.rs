//! A server in the raw event style: readiness in, core events out, no futures. One thread.
//!
//! mio says which sockets may go on, the core what their bytes mean and what to do next. A peer
//! that is idle holds no buffers; its deadline is the core's, and waits in a heap. Content is
//! kept until it is complete, 1 MiB at most. On Unix, for the signals:
//! `cargo run --release -p blazeio-mio --example raw -- 127.0.0.1:8080`

use blazeio::{Buffer, Connection, Date, Event, Limits, PeerError, Read, Response, Server};
use mio::net::{TcpListener, TcpStream, UnixStream};
use mio::{Events, Interest, Poll, Registry, Token};
use slab::Slab;
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::time::{Duration, Instant, SystemTime};
use std::{cmp::Reverse, collections::BinaryHeap};

/// What a peer may send, and how long it may take.
pub static LIMITS: Limits = Limits { content: 1 << 20, ..Limits::DEFAULT };
/// Keys that no peer has.
const LISTENER: usize = usize::MAX - 1;
const STOP: usize = usize::MAX - 2;
/// Steps of one peer, then it is another's turn.
const TURN: usize = 16;
/// Microseconds for answers after a stop.
const GRACE: u64 = 10_000_000;

/// Bytes in flight. A head that does not fit the input is refused by 431.
#[derive(Default)]
struct Buffers {
    input: Buffer<{ 16 * 1024 }>,
    content: Vec<u8>,
    output: Vec<u8>,
}

struct Peer {
    socket: TcpStream,
    core: Connection<Server>,
    buffers: Option<Box<Buffers>>,
    /// Its entry among the deadlines, the earliest: one that is too early is left to come.
    armed: u64,
    may_read: bool,
    has_ended: bool,
    is_echo: bool,
}

impl Peer {
    /// Until when to wait; `None` to go on at once. An error closes.
    fn step(&mut self, buffers: &mut Buffers, now: u64) -> Result<Option<u64>> {
        let mut room = [0; 256];
        if let Err(error) = self.receive(buffers, now) {
            // Says what the peer broke, if that may still be said.
            let answer = self.core.send_error(&error, today(), &mut room);
            buffers.output.extend_from_slice(&room[..answer.map_or(0, |answer| answer.written)]);
        }
        self.write(&mut buffers.output, now)?;
        let signals = self.core.signals(now);
        if signals.close.is_some() {
            if signals.reset {
                socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))?;
            }
            return Err(ErrorKind::ConnectionAborted.into());
        } else if signals.half_close {
            self.socket.shutdown(std::net::Shutdown::Write)?;
            self.core.half_closed();
        } else if signals.continue_due {
            let interim = self.core.send_continue(&mut room).map_err(Error::other)?;
            buffers.output.extend_from_slice(&room[..interim.written]);
        } else if self.may_read && matches!(signals.read, Read::Wanted | Read::Drain) {
            self.read(&mut buffers.input)?;
        } else {
            return Ok(Some(signals.deadline.map_or(u64::MAX, |deadline| deadline.at)));
        }
        Ok(None)
    }

    /// Bytes in, events out.
    fn receive(&mut self, buffers: &mut Buffers, now: u64) -> std::result::Result<(), PeerError> {
        self.core.expired(now)?;
        loop {
            let bytes = buffers.input.filled();
            let step = self.core.receive(bytes, now)?;
            match step.event {
                Event::Request(head) => self.is_echo = head.on(bytes).raw_target() == b"/echo",
                Event::Content(span) if self.is_echo => buffers.content.extend(span.on(bytes)),
                // It fails for a CONNECT, which is not answered like this.
                Event::End => self.answer(buffers).unwrap_or_else(|_| self.core.abort()),
                _ => {}
            }
            buffers.input.consume(step.consumed);
            match step.event {
                Event::NeedInput if buffers.input.is_full() => return self.core.input_full(),
                Event::NeedInput | Event::Paused | Event::Closed(_) => return Ok(()),
                _ => {}
            }
        }
    }

    /// Intents in, bytes out. The end of sized content is no byte, and HEAD has no content.
    fn answer(&mut self, buffers: &mut Buffers) -> Result<()> {
        let content = if self.is_echo { &buffers.content[..] } else { b"Hello\n" };
        let response = Response::new(200).sized(content.len() as u64);
        let response = today().into_iter().fold(response, Response::date);
        let mut room = [0; 256];
        let head = self.core.send_head(&response, &mut room).map_err(Error::other)?;
        let framing = self.core.frame_content(content.len() as u64).map_err(Error::other)?;
        buffers.output.extend_from_slice(&room[..head.written]);
        buffers.output.extend_from_slice(&content[..framing.content as usize]);
        buffers.content.clear();
        self.core.send_end(&[], &mut []).map(drop).map_err(Error::other)
    }

    fn write(&mut self, output: &mut Vec<u8>, now: u64) -> Result<()> {
        while !output.is_empty() {
            match self.socket.write(output) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                written => {
                    let _ = self.core.sent(output.drain(..written?).len(), now);
                }
            }
        }
        Ok(())
    }

    fn read<const N: usize>(&mut self, input: &mut Buffer<N>) -> Result<()> {
        let room = input.unfilled();
        match self.socket.read(room) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.may_read = false,
            Ok(0) => self.core.end_of_input(),
            read => {
                // A short read leaves nothing but an end that was told: more is another edge.
                let n = read?;
                self.may_read = n == room.len() || self.has_ended;
                input.fill(n);
            }
        }
        Ok(())
    }
}

fn today() -> Option<Date> {
    Date::from_unix(SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()))
}

/// All connections. Times are microseconds since the loop began.
struct Peers {
    all: Slab<Peer>,
    /// When to look at whom, earliest first.
    deadlines: BinaryHeap<Reverse<(u64, usize)>>,
    /// For whoever needs some next.
    spare: Option<Box<Buffers>>,
}

impl Peers {
    fn add(&mut self, mut socket: TcpStream, core: Connection<Server>, to: &Registry, now: u64) {
        let (key, interests) = (self.all.vacant_key(), Interest::READABLE | Interest::WRITABLE);
        let registered = to.register(&mut socket, Token(key), interests);
        if registered.and_then(|()| socket.set_nodelay(true)).is_ok() {
            let (buffers, armed) = (None, u64::MAX);
            let (may_read, has_ended, is_echo) = (false, false, false);
            self.all.insert(Peer { socket, core, buffers, armed, may_read, has_ended, is_echo });
            self.turn(key, now, |_| {});
        }
    }

    /// Notes what happened to a peer, does what can be done without waiting, and notes until
    /// when it waits then.
    fn turn(&mut self, key: usize, now: u64, note: impl FnOnce(&mut Peer)) {
        let Some(peer) = self.all.get_mut(key) else { return };
        note(peer);
        peer.armed = if peer.armed > now { peer.armed } else { u64::MAX };
        let mut buffers = peer.buffers.take().or_else(|| self.spare.take()).unwrap_or_default();
        let until = (0..TURN).find_map(|_| peer.step(&mut buffers, now).transpose());
        let is_idle = buffers.content.is_empty() && buffers.output.is_empty();
        let is_idle = is_idle && buffers.input.is_empty();
        *if is_idle { &mut self.spare } else { &mut peer.buffers } = Some(buffers);
        // One that is not done goes on after the others, as if it had waited.
        match until.unwrap_or(Ok(now + 1)) {
            Ok(until) if until < peer.armed => {
                peer.armed = until;
                self.deadlines.push(Reverse((until, key)));
            }
            Ok(_) => {}
            Err(_) => drop(self.all.remove(key)),
        }
    }

    /// Looks at whoever is due.
    fn expire(&mut self, now: u64) {
        while self.deadlines.peek().is_some_and(|first| first.0.0 <= now) {
            match self.deadlines.pop() {
                Some(Reverse((_, STOP))) => self.all.clear(),
                Some(Reverse((_, key))) => self.turn(key, now, |_| {}),
                None => {}
            }
        }
    }
}

/// Serves until `stop` can be read; then until what was begun is finished.
pub fn serve(mut from: TcpListener, mut stop: UnixStream, limits: &'static Limits) -> Result<()> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
    poll.registry().register(&mut from, Token(LISTENER), Interest::READABLE)?;
    poll.registry().register(&mut stop, Token(STOP), Interest::READABLE)?;
    let (mut listener, mut may_accept, birth) = (Some(from), false, Instant::now());
    let mut peers = Peers { all: Slab::new(), deadlines: BinaryHeap::new(), spare: None };
    while listener.is_some() || !peers.all.is_empty() {
        let now = || birth.elapsed().as_micros() as u64;
        let wait = peers.deadlines.peek().map(|first| first.0.0.saturating_sub(now()));
        let polled = poll.poll(&mut events, wait.map(Duration::from_micros));
        polled.or_else(|e| if e.kind() == ErrorKind::Interrupted { Ok(()) } else { Err(e) })?;
        let now = now();
        for event in &events {
            match event.token().0 {
                LISTENER => may_accept = true,
                STOP => {
                    listener = None;
                    peers.deadlines.push(Reverse((now + GRACE, STOP)));
                    (0..peers.all.capacity())
                        .for_each(|key| peers.turn(key, now, |p| p.core.close()));
                }
                key => peers.turn(key, now, |peer| {
                    peer.may_read |= event.is_readable();
                    peer.has_ended |= event.is_read_closed();
                }),
            }
        }
        peers.expire(now);
        while may_accept {
            let core = Connection::new(limits, now);
            match listener.as_ref().map(TcpListener::accept) {
                Some(Ok((socket, _))) => peers.add(socket, core, poll.registry(), now),
                // Without descriptors, say: it is tried again after the next event.
                Some(Err(error)) if error.kind() != ErrorKind::WouldBlock => break,
                _ => may_accept = false,
            }
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address.parse().map_err(Error::other)?)?;
    let (stop, signals) = std::os::unix::net::UnixStream::pair()?;
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::low_level::pipe::register(signal, signals.try_clone()?)?;
    }
    stop.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?);
    serve(listener, UnixStream::from_std(stop), &LIMITS)
}
