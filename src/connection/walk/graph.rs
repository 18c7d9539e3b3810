//! The walk itself: breadth first, until no new state comes.
//!
//! A piece of which not everything was consumed is forgotten: the peer sent only what was
//! consumed. But one byte of an element that is not whole yet is kept, as a caller keeps it.

use super::LIMITS;
use super::alphabet::{Action, Amount, Move, moves};
use super::key::{key, name, normalised};
use crate::connection::signals::{DeadlineCause, Read};
use crate::connection::state::{Body, Machine, Receiving, Sending};
use crate::connection::{Client, CloseReason, Connection, Event, Role, Server, Step};
use crate::error::{PeerError, PeerErrorKind, UsageError};
use crate::limits::{Limits, Timeout, Timeouts};
use std::collections::HashMap;
use std::string::{String, ToString};
use std::sync::OnceLock;
use std::vec::Vec;
use std::{format, vec};

/// A machine, and the byte of an element that is not whole yet.
#[derive(Clone, Copy)]
struct State<R> {
    machine: Machine<R>,
    pending: Option<u8>,
}

/// What is to be seen of a state, in whichever role.
pub(super) struct Seen {
    pub(super) is_server: bool,
    pub(super) receiving: Receiving,
    pub(super) sending: Sending,
    pub(super) close: Option<CloseReason>,
    pub(super) unsent: u64,
    pub(super) pending: Option<u8>,
    pub(super) is_idle: bool,
    pub(super) is_tunnel: bool,
    /// Nothing is left to be done: closed, idle, or not HTTP any more.
    pub(super) is_over: bool,
}

impl<R: Role> State<R> {
    fn seen(&self) -> Seen {
        let mut machine = self.machine;
        let closes = machine.signals(&LIMITS, 0).close.is_some();
        let is_idle = machine.is_idle();
        Seen {
            is_server: R::IS_SERVER,
            receiving: machine.receiving,
            sending: machine.sending,
            close: machine.close,
            unsent: machine.unsent.amount(),
            pending: self.pending,
            is_idle,
            is_tunnel: machine.is_tunnel(),
            is_over: closes || is_idle || matches!(machine.receiving, Receiving::Tunnel),
        }
    }
}

impl Seen {
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.receiving, Receiving::Closed)
    }
}

/// What a move answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// A call that returns nothing of interest.
    Ok,
    Event(Event),
    Peer(PeerErrorKind),
    Usage(UsageError),
}

/// A move made in a state. States are numbers in order of discovery.
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Its place in `Graph::moves`.
    pub(super) made: u16,
    pub(super) answer: Answer,
    /// Whether the state's signals allow it: what the I/O side does that obeys them.
    pub(super) is_obedient: bool,
}

pub(super) struct Graph {
    pub(super) moves: Vec<Move>,
    pub(super) states: Vec<Seen>,
    pub(super) names: Vec<String>,
    pub(super) edges: Vec<Edge>,
}

pub(super) fn server() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(walk::<Server>)
}

pub(super) fn client() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(walk::<Client>)
}

fn walk<R: Role>() -> Graph {
    let moves: Vec<Move> = moves(R::IS_SERVER).collect();
    let first = State { machine: Machine::<R>::new(&LIMITS, 0), pending: None };
    let mut known = HashMap::from([(key(&first.machine, None), 0)]);
    let mut states = vec![first];
    let mut edges = Vec::new();
    let mut from = 0;
    while let Some(state) = states.get(from).copied() {
        for (made, step) in moves.iter().enumerate() {
            let Some((answer, next)) = make(&state, step.action) else { continue };
            let to = *known.entry(key(&next.machine, next.pending)).or_insert_with(|| {
                states.push(next);
                states.len() as u32 - 1
            });
            let is_obedient = is_obedient(&state, step.action);
            edges.push(Edge { from: from as u32, to, made: made as u16, answer, is_obedient });
        }
        from += 1;
        assert!(states.len() < 1_000_000, "the walk does not end");
    }
    let names = states.iter().map(|state| name(&state.machine)).collect();
    let states = states.iter().map(State::seen).collect();
    Graph { moves, states, names, edges }
}

/// What comes of a move; `None` if it cannot be made, because another element has begun.
fn make<R: Role>(state: &State<R>, action: Action) -> Option<(Answer, State<R>)> {
    let mut connection = Connection::<R, &Limits> { machine: state.machine, limits: &LIMITS };
    let mut pending = state.pending;
    let answer = match input(state, action) {
        Some(mut input) => {
            let answer = connection.receive(&mut input, 0);
            pending = left_pending(&input, answer);
            answer.map_or_else(|error| Answer::Peer(error.kind()), |step| Answer::Event(step.event))
        }
        None if matches!(action, Action::Receive(_) | Action::ReceiveRest) => return None,
        // It reports what a signal asked for, which only a closed connection does.
        None if matches!(action, Action::HalfClosed) && !state.machine.is_closed() => return None,
        None => call(&mut connection, action),
    };
    let machine = normalised(&connection.machine);
    if matches!(machine.receiving, Receiving::Closed) {
        pending = None;
    }
    Some((answer, State { machine, pending }))
}

/// The input of a receiving move, with what was kept before it.
fn input<R: Role>(state: &State<R>, action: Action) -> Option<Vec<u8>> {
    let machine = &state.machine;
    let rest: &[u8] = match (action, state.pending) {
        (Action::Receive(piece), None) => return Some(piece.to_vec()),
        (Action::Receive(piece @ (b"" | b"\0")), Some(_)) => piece,
        (Action::ReceiveRest, Some(_)) if matches!(machine.receiving, Receiving::Content(_)) => {
            b": b\r\n\r\n"
        }
        (Action::ReceiveRest, Some(_)) if R::IS_SERVER => b" / HTTP/1.1\r\nHost: a\r\n\r\n",
        (Action::ReceiveRest, Some(_)) => b"TTP/1.1 200 \r\nContent-Length: 1\r\n\r\n",
        _ => return None,
    };
    Some(state.pending.iter().chain(rest).copied().collect())
}

fn left_pending(input: &[u8], answer: Result<Step, PeerError>) -> Option<u8> {
    match answer {
        Ok(Step { consumed, event: Event::NeedInput }) => {
            let rest = &input[consumed..];
            assert!(rest.len() < 2, "{:?} is left", rest.escape_ascii().to_string());
            rest.first().copied()
        }
        Ok(_) | Err(_) => None,
    }
}

fn call<R: Role>(connection: &mut Connection<R, &Limits>, action: Action) -> Answer {
    let out = &mut [0; 512];
    let machine = &mut connection.machine;
    let written = match action {
        Action::Receive(_) | Action::ReceiveRest => unreachable!("it has input"),
        Action::SendResponse(response) => machine.send_response(&LIMITS, &response, out),
        Action::SendInterim(response) => machine.send_interim(&LIMITS, &response, out),
        Action::SendError => {
            let error = PeerError::new(PeerErrorKind::HeadTimeout, 0);
            machine.send_error(&LIMITS, &error, None, out)
        }
        Action::SendRequest(request) => machine.send_request(&LIMITS, &request, out),
        Action::SendHeadWithoutRoom => without_room(machine),
        Action::SendContent(data) => machine.send_content(&LIMITS, data, out),
        Action::SendContentWithoutRoom => machine.send_content(&LIMITS, b"x", &mut []),
        Action::SendEnd(trailers) => machine.send_end(&LIMITS, trailers, out),
        Action::FrameContent(len) => {
            return machine.frame_content(&LIMITS, len).map_or_else(Answer::Usage, |_| Answer::Ok);
        }
        Action::InputFull => return peer(connection.input_full()),
        Action::Expired(cause) => return peer(expire(connection, cause)),
        Action::EndOfInput
        | Action::Sent(_)
        | Action::Queued
        | Action::Released
        | Action::HalfClosed
        | Action::Signals
        | Action::Close
        | Action::CutOff
        | Action::Abort => {
            tell(connection, action);
            return Answer::Ok;
        }
    };
    written.map_or_else(Answer::Usage, |_| Answer::Ok)
}

/// Calls that cannot be refused.
fn tell<R: Role>(connection: &mut Connection<R, &Limits>, action: Action) {
    let unsent = connection.bytes_unsent() as usize;
    match action {
        Action::EndOfInput => connection.end_of_input(),
        Action::Sent(Amount::All) => drop(connection.sent(unsent, 0)),
        Action::Sent(Amount::Some) => drop(connection.sent(0, 0)),
        Action::Queued => drop(connection.queued(1)),
        Action::Released => drop(connection.released(1)),
        Action::HalfClosed => connection.half_closed(),
        Action::Signals => drop(connection.signals(0)),
        Action::Close => connection.close(),
        Action::CutOff => connection.machine.cut_off(),
        Action::Abort => connection.abort(),
        _ => unreachable!("it can be refused"),
    }
}

fn without_room<R: Role>(
    machine: &mut Machine<R>,
) -> Result<crate::connection::Written, UsageError> {
    use crate::message::{Method, Request, Response};
    if R::IS_SERVER {
        machine.send_response(&LIMITS, &Response::new(200), &mut [])
    } else {
        machine.send_request(&LIMITS, &Request::new(Method::Get, "/", "a"), &mut [])
    }
}

fn peer(result: Result<(), PeerError>) -> Answer {
    result.map_or_else(|error| Answer::Peer(error.kind()), |()| Answer::Ok)
}

/// The deadline of one cause is over, whichever is the first.
fn expire<R: Role>(
    connection: &mut Connection<R, &Limits>,
    cause: DeadlineCause,
) -> Result<(), PeerError> {
    let mut only = Timeouts::OFF;
    let timeout = Timeout::millis(1);
    match cause {
        DeadlineCause::Head => only.head = timeout,
        DeadlineCause::Idle => only.idle = timeout,
        DeadlineCause::Content => only.content = timeout,
        DeadlineCause::Write => only.write = timeout,
        DeadlineCause::Continue => only.continue_wait = timeout,
        DeadlineCause::Response => only.response = timeout,
        DeadlineCause::Linger => only.linger = timeout,
        DeadlineCause::Drain => only.drain = timeout,
    }
    connection.set_timeouts(only);
    // A clock that the call itself starts is not over by it.
    let _ = connection.signals(0);
    let result = connection.expired(1_000_000);
    connection.set_timeouts(LIMITS.timeouts);
    result
}

/// Whether an I/O side that obeys the signals, with an application that may do anything, makes
/// the move.
fn is_obedient<R: Role>(state: &State<R>, action: Action) -> bool {
    let mut machine = state.machine;
    let signals = machine.signals(&LIMITS, 0);
    if signals.close.is_some() {
        return false;
    }
    match action {
        // Reading what is there already is always right.
        Action::Receive(b"") => true,
        Action::Receive(_) | Action::ReceiveRest | Action::EndOfInput => {
            matches!(signals.read, Read::Wanted | Read::Drain | Read::Tunnel)
        }
        Action::Sent(_) => signals.flush,
        Action::HalfClosed => signals.half_close,
        Action::InputFull => false,
        Action::SendResponse(_)
        | Action::SendInterim(_)
        | Action::SendError
        | Action::SendRequest(_)
        | Action::SendHeadWithoutRoom
        | Action::SendContent(_)
        | Action::SendContentWithoutRoom
        | Action::FrameContent(_)
        | Action::SendEnd(_)
        | Action::Queued
        | Action::Released
        | Action::Expired(_)
        | Action::Signals
        | Action::Close => true,
        // A way on that is always open would prove nothing.
        Action::CutOff | Action::Abort => false,
    }
}

impl Answer {
    /// As the table has it.
    pub(super) fn name(self) -> String {
        match self {
            Self::Ok => "ok".into(),
            Self::Event(event) => first_word(&format!("{event:?}")),
            Self::Peer(kind) => format!("PeerError {}", kind.name()),
            Self::Usage(error) => format!("refused {}", first_word(&format!("{error:?}"))),
        }
    }
}

fn first_word(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().into()
}

impl Graph {
    /// Whether all of the message was read but for its end.
    pub(super) fn is_end_due(&self, state: u32) -> bool {
        let receiving = self.states[state as usize].receiving;
        matches!(receiving, Receiving::Content(Body::Sized(0)))
    }
}
