//! Target `split`: the same bytes give the same events, errors and offsets however they are cut
//! (SEG), in a number of steps that grows with the bytes alone.
//!
//! Decides nothing about which events are right.

use crate::asking::Asking;
use crate::bounds;
use crate::choices::Choices;
use crate::fields::lines;
use crate::pieces::add_piece;
use blazeio::{
    Client, Connection, Event, Limits, Method, PeerError, RequestHead, Response, Role, Server, Step,
};

/// Panics if a cut changes what is read.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let limits = bounds::limits(&mut choices);
    let how = choices.byte();
    let cuts: Vec<usize> = (0..choices.below(6)).map(|_| choices.below(256)).collect();
    let is_server = how & 1 == 0;
    let plan = [choices.byte(), choices.byte(), choices.byte()];
    let mut input = Vec::new();
    while !choices.is_over() && input.len() < 2000 {
        add_piece(&mut choices, is_server, &mut input);
    }
    if is_server {
        compare(|| Connection::<Server, _>::new(&limits, 0), &input, &cuts, plan);
    } else if let Some(client) = asking(&limits, how) {
        compare(|| client, &input, &cuts, plan);
    }
}

/// A client with its request out.
fn asking(limits: &Limits, how: u8) -> Option<Connection<Client, &Limits>> {
    let mut client = Connection::<Client, _>::new(limits, 0);
    let asking = match how / 2 % 8 {
        0 => Asking::plain(Method::Head, None),
        1 => Asking::plain(Method::Connect, None),
        2..=4 => Asking::plain(Method::Get, Some("x")),
        _ => Asking::plain(Method::Get, None),
    };
    let mut out = [0; 256];
    let head = client.send_head(&asking.request(), &mut out).ok()?;
    // Rarely the response comes before the request's end.
    if how & 0xe0 != 0 {
        let _ = client.send_end(&[], &mut out).ok()?;
    }
    client.sent(head.written, 0);
    Some(client)
}

fn compare<S: Side>(new: impl Fn() -> S, input: &[u8], cuts: &[usize], plan: [u8; 3]) {
    let whole = trace(&mut new(), input, &Way { cuts: &[], plan, is_eager: false });
    let bytewise: Vec<usize> = (1..input.len()).collect();
    for is_eager in [false, true] {
        let seen = trace(&mut new(), input, &Way { cuts: &bytewise, plan, is_eager });
        assert_eq!(seen, whole, "byte by byte");
    }
    let mut cuts: Vec<usize> = cuts.iter().map(|c| c * input.len() / 256).collect();
    cuts.sort_unstable();
    assert_eq!(
        trace(&mut new(), input, &Way { cuts: &cuts, plan, is_eager: true }),
        whole,
        "cut at {cuts:?}"
    );
}

/// One event, with the number of bytes consumed up to and including it.
#[derive(Debug, PartialEq)]
enum Seen {
    Is(String, u64),
    /// Pieces that follow each other are one.
    Content(Vec<u8>, u64),
    /// Its pieces depend on the cut; what it ends at does not.
    Discarded(u64),
    /// How much is dropped afterwards depends on what has come.
    Closed(String),
    Failed(PeerError),
}

trait Side {
    fn step(&mut self, input: &mut [u8]) -> Result<Step, PeerError>;
    fn end(&mut self);
    fn received(&self) -> u64;
    /// Answers; `how` is the plan for this request.
    fn answer(&mut self, how: u8);
}

impl<R: Role> Side for Connection<R, &Limits>
where
    Self: Answers,
{
    fn step(&mut self, input: &mut [u8]) -> Result<Step, PeerError> {
        self.receive(input, 0)
    }

    fn end(&mut self) {
        self.end_of_input();
    }

    fn received(&self) -> u64 {
        self.bytes_received()
    }

    fn answer(&mut self, how: u8) {
        self.put_answer(how);
    }
}

trait Answers {
    fn put_answer(&mut self, how: u8);
}

impl Answers for Connection<Client, &Limits> {
    fn put_answer(&mut self, _: u8) {}
}

impl Answers for Connection<Server, &Limits> {
    fn put_answer(&mut self, how: u8) {
        let response = match how / 4 % 8 {
            0 => Response::new(101).upgrade("x"),
            1 => Response::new(200).close().sized(2),
            2 => Response::new(204),
            3 => Response::new(200).streamed(),
            _ => Response::new(200).sized(2),
        };
        let mut out = [0; 256];
        let plain = Response::new(200);
        let first = self.send_head(&response, &mut out);
        let Ok(_) = first.or_else(|_| self.send_head(&plain, &mut out)) else { return };
        let _ = self.send_content(b"ok", &mut out);
        let _ = self.send_end(&[], &mut out);
        self.sent(usize::MAX, 0);
    }
}

/// How input is fed and answered; an answer is early once in four times.
struct Way<'a> {
    cuts: &'a [usize],
    plan: [u8; 3],
    is_eager: bool,
}

/// Feeds `input` up to each cut, then all of it, then its end; if `is_eager` its end is told before
/// the last bytes are read.
fn trace(side: &mut impl Side, input: &[u8], way: &Way<'_>) -> Vec<Seen> {
    let mut buffer = input.to_vec();
    let mut ends = way.cuts.iter().copied().chain([input.len()]);
    let (mut start, mut end, mut is_ended, mut requests) = (0, 0, false, 0);
    let mut seen = Vec::new();
    for _ in 0..2 * input.len() + way.cuts.len() + 16 {
        let bytes = &mut buffer[start..end];
        let step = match side.step(bytes) {
            Ok(step) => step,
            Err(error) => {
                seen.push(failed(side, error));
                return seen;
            }
        };
        assert!(step.consumed <= bytes.len());
        note(&mut seen, &step, bytes, side.received());
        start += step.consumed;
        let how = way.plan[requests % 3];
        match step.event {
            Event::NeedInput if end < input.len() => {
                end = ends.next().unwrap_or(input.len()).max(end);
                if way.is_eager && end == input.len() {
                    is_ended = true;
                    side.end();
                }
            }
            Event::NeedInput if !is_ended => {
                is_ended = true;
                side.end();
            }
            Event::NeedInput => panic!("more is needed after the end"),
            Event::Request(_) if how % 4 == 3 => side.answer(how),
            Event::End => {
                side.answer(how);
                requests += 1;
            }
            Event::Paused | Event::Tunnel | Event::Closed(_) => return seen,
            _ => {}
        }
    }
    panic!("more steps than bytes: {seen:?}");
}

/// Nothing is read after an error.
fn failed(side: &mut impl Side, error: PeerError) -> Seen {
    let after = side.step(&mut []);
    assert!(matches!(after, Ok(Step { event: Event::Closed(_), .. })), "{after:?}");
    Seen::Failed(error)
}

fn note(seen: &mut Vec<Seen>, step: &Step, bytes: &[u8], received: u64) {
    let shown = match step.event {
        Event::NeedInput => return,
        Event::Content(span) => {
            let piece = span.on(bytes);
            assert_eq!(piece.len(), span.len(), "a place outside the input");
            if let Some(Seen::Content(before, at)) = seen.last_mut() {
                before.extend_from_slice(piece);
                *at = received;
                return;
            }
            seen.push(Seen::Content(piece.to_vec(), received));
            return;
        }
        Event::Discarded => {
            if !matches!(seen.last(), Some(Seen::Discarded(_))) {
                seen.push(Seen::Discarded(0));
            }
            *seen.last_mut().expect("pushed") = Seen::Discarded(received);
            return;
        }
        // The pieces before it depend on the cut.
        Event::Closed(reason) => {
            if matches!(seen.last(), Some(Seen::Discarded(_))) {
                seen.pop();
            }
            seen.push(Seen::Closed(format!("{reason:?}")));
            return;
        }
        // Where the head begins depends on whether an empty line came with it. `Debug` leaves out
        // values that are secrets, so the fields are shown apart.
        Event::Request(span) => {
            let head = span.on(bytes);
            format!("{head:?} {:?} {:?}", lines(head.fields()), of_request(&head))
        }
        Event::Interim(span) | Event::Response(span) => {
            let head = span.on(bytes);
            format!("{head:?} {:?} {span:?}", lines(head.fields()))
        }
        Event::Trailers(span) => format!("{:?} {}", lines(span.on(bytes)), span.count()),
        event => format!("{event:?}"),
    };
    seen.push(Seen::Is(shown, received));
}

/// What a head says beside its text.
fn of_request(head: &RequestHead<'_>) -> [bool; 4] {
    let offers = head.upgrade().next().is_some();
    [head.keep_alive(), head.expects_continue(), head.accepts_trailers(), offers]
}
