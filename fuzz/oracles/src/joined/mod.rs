//! Target `joined`: a client and a server, joined by two pipes that delay, cut and end as the data
//! says, tell each other everything once, in order, and never wait for each other.
//!
//! Decides what must have come, by what was sent: all of it, or a prefix if something was cut.

mod party;
mod pipe;

use crate::answering::{Answering, Body};
use crate::asking::Asking;
use crate::bounds::LIFTED;
use crate::choices::Choices;
use crate::heard::Heard;
use blazeio::{
    Client, Content, Field, Limits, Method, PeerError, PeerErrorKind, Role, Server, Timeouts,
};
use party::{Party, Plan, Rest, TUNNELLED};
use pipe::Pipe;

const TRAILERS: &[Field<'static>] = &[Field::new("A", "b"), Field::new("a", "")];

/// Panics if one side hears anything but what the other said, or both wait for ever.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let choices = &mut choices;
    let limits = Limits {
        drain: choices.one(&[u32::MAX, 0, 10]),
        output_high: choices.one(&[1 << 16, 1, 50]),
        output_low: 20,
        timeouts: Timeouts::DEFAULT,
        ..LIFTED
    };
    let fault = choices.below(8);
    let cut = choices.below(256);
    let plans: Vec<_> = (0..1 + choices.below(4)).map(|_| plan(choices)).collect();
    let mut world = World {
        client: Party::new(&limits),
        server: Party::new(&limits),
        up: Pipe::new(Some(cut).filter(|_| fault == 5)),
        down: Pipe::new(Some(cut).filter(|_| fault == 6)),
        aborts: Some(cut).filter(|_| fault == 7),
        was_aborted: false,
    };
    world.play(&plans, choices);
    world.check(&plans);
}

struct World<'l> {
    client: Party<'l, Client>,
    server: Party<'l, Server>,
    up: Pipe,
    down: Pipe,
    /// The turn at which one side gives up.
    aborts: Option<usize>,
    was_aborted: bool,
}

impl World<'_> {
    fn play(&mut self, plans: &[Plan<'_>], choices: &mut Choices<'_>) {
        let mut still = 0;
        for turn in 0..20_000 {
            let order = if choices.is_over() { turn } else { choices.below(8) };
            let moves = self.turn(order, turn, plans, choices);
            still = if moves || !choices.is_over() { 0 } else { still + 1 };
            if still < 9 {
                continue;
            }
            if !self.pass_time() {
                return;
            }
            still = 0;
        }
        panic!("no end of it: {plans:?}");
    }

    fn turn(
        &mut self,
        order: usize,
        turn: usize,
        plans: &[Plan<'_>],
        choices: &mut Choices<'_>,
    ) -> bool {
        if self.aborts.is_some_and(|at| at == turn) {
            self.was_aborted = true;
            match turn % 4 {
                0 | 2 => self.client.outlet.connection.abort(),
                1 => self.server.outlet.connection.abort(),
                _ => self.server.outlet.connection.cut_off(),
            }
        }
        match order % 4 {
            0 => self.client.turn(plans, &mut self.up, &mut self.down, choices),
            1 => carry(&mut self.up, &mut self.server, choices),
            2 => self.server.turn(plans, &mut self.down, &mut self.up, choices),
            _ => carry(&mut self.down, &mut self.client, choices),
        }
    }

    /// Moves the clock to the next deadline; false if there is none.
    fn pass_time(&mut self) -> bool {
        let client = self.client.deadline();
        let server = self.server.deadline();
        let Some(at) = [client, server].into_iter().flatten().min() else { return false };
        (self.client.now, self.server.now) = (at, at);
        self.client.expire();
        self.server.expire();
        true
    }

    /// Whether a fault came about: one may be due only when all is over.
    fn is_faulty(&self) -> bool {
        self.up.was_cut || self.down.was_cut || self.was_aborted
    }

    fn check(&self, plans: &[Plan<'_>]) {
        let (client, server) = (&self.client, &self.server);
        assert!(!self.up.is_pending() && !self.down.is_pending());
        assert!(client.rests(), "the client waits: {:?}", client.outlet.connection);
        assert!(server.rests(), "the server waits: {:?}", server.outlet.connection);
        assert!(
            server.heard.len() <= client.sent.len() && client.heard.len() <= server.sent.len() + 1
        );
        for (n, heard) in server.heard.iter().enumerate() {
            is_prefix(heard, &client.sent[n]);
        }
        for (n, heard) in client.heard.iter().enumerate() {
            let sent = server.sent.get(n);
            let Some(sent) = sent else {
                assert!(
                    heard.start.is_none() || server.failed.is_some(),
                    "an answer that nobody gave"
                );
                continue;
            };
            is_prefix_of_response(heard, sent, &plans[n]);
        }
        if !self.is_faulty() {
            self.check_all(plans);
        }
    }

    /// Nothing was cut: everything that could be sent was heard.
    fn check_all(&self, plans: &[Plan<'_>]) {
        let (client, server) = (&self.client, &self.server);
        // RFC 9112 §9.5: a server that closes for what it did not read may cross a next request,
        // and a client that has its response may close before its request is read.
        let crosses = plans[..client.sent.len()].iter().any(Plan::may_be_cut_short);
        let is = |error: Option<PeerError>, kind| error.is_some_and(|e| e.kind() == kind);
        let crossed = is(client.failed, PeerErrorKind::NoResponse)
            || is(server.failed, PeerErrorKind::TruncatedContent);
        if crosses && crossed {
            return;
        }
        assert_eq!((client.failed, server.failed), (None, None), "an error: {plans:?}");
        assert_eq!(client.sent.len(), server.sent.len(), "a request without an answer");
        for (n, sent) in server.sent.iter().enumerate() {
            let opens = plans[n].answering.body(&plans[n].asked()) == Body::Tunnel;
            assert!(sent.ended || opens, "a response without an end");
            assert_eq!(client.heard[n].ended, sent.ended);
            assert!(server.heard[n].ended || plans[n].may_be_cut_short(), "{n}: {plans:?}");
        }
        let last = client.sent.len() - 1;
        let ends = |plan: &Plan<'_>| plan.must_close() || plan.may_be_cut_short() || plan.opens();
        let all = last + 1 == plans.len() || ends(&plans[last]);
        assert!(all, "not reused after {last} of {plans:?}");
        let early = plans[..last].iter().position(|p| p.must_close() || p.opens());
        assert_eq!(early, None, "reused in spite of {plans:?}");
        if plans[last].opens() {
            assert!(client.is_tunnel && server.is_tunnel);
            assert_eq!((&client.input[..], &server.input[..]), (TUNNELLED, TUNNELLED));
        }
    }
}

fn carry<R: Role + Copy>(
    pipe: &mut Pipe,
    to: &mut Party<'_, R>,
    choices: &mut Choices<'_>,
) -> bool {
    let before = to.input.len();
    let ended = pipe.carry(choices.amount(255), &mut to.input);
    if ended {
        to.end_of_input();
    }
    ended || to.input.len() > before
}

impl<R: Role + Copy> Party<'_, R> {
    fn deadline(&mut self) -> Option<u64> {
        let signals = self.outlet.connection.signals(self.now);
        signals.deadline.map(|d| d.at.max(self.now)).filter(|_| !self.is_closed)
    }

    fn expire(&mut self) {
        if !self.is_closed {
            let result = self.outlet.connection.expired(self.now);
            self.failed = self.failed.or(result.err());
        }
    }
}

impl Plan<'_> {
    fn opens(&self) -> bool {
        self.answering.body(&self.asked()) == Body::Tunnel
    }

    /// Either side says close.
    fn must_close(&self) -> bool {
        self.asking.close || self.answering.close || (self.asking.is(b"CONNECT") && !self.opens())
    }

    /// The request is not read to its end, so its connection may close.
    fn may_be_cut_short(&self) -> bool {
        self.is_early || (self.asking.expects && !self.continues)
    }
}

fn plan<'a>(choices: &mut Choices<'a>) -> Plan<'a> {
    let asking = Asking::any(choices);
    let is_small = |content| !matches!(content, Content::Sized(n) if n > 1000);
    let fits = asking.is_sound() == Some(true) && is_small(asking.content);
    let asking = if fits { asking } else { Asking::plain(Method::Get, None) };
    let has_content = asking.content != Content::Empty;
    let request = rest(asking.content, asking.content == Content::Streamed, choices);
    let mut plan = Plan {
        request,
        interims: (0..choices.below(4).saturating_sub(1)).map(|_| 103).collect(),
        answering: Answering::any(choices),
        response: Rest::default(),
        is_early: has_content && choices.rarely(4),
        continues: !choices.rarely(3),
        asking,
    };
    let asked = plan.asked();
    if !plan.answering.is_sound(&asked) || !is_small(plan.answering.content) {
        let content = if asked.method == b"CONNECT" { Content::Empty } else { Content::Streamed };
        plan.answering = Answering { content, ..Answering::plain(200) };
    }
    let body = plan.answering.body(&asked);
    let content = if body == Body::Dropped { Content::Empty } else { plan.answering.content };
    plan.response = rest(content, body == Body::Chunked, choices);
    plan
}

fn rest(content: Content, is_chunked: bool, choices: &mut Choices<'_>) -> Rest {
    let len = match content {
        Content::Empty => 0,
        Content::Sized(n) => n as usize,
        Content::Streamed => choices.below(100),
    };
    let bytes = b"0\r\n\r\nHTTP/1.1 200 OK\r\nGET / HTTP/1.1\r\n";
    let has_trailers = is_chunked && choices.rarely(2);
    let trailers = if has_trailers { TRAILERS.to_vec() } else { Vec::new() };
    Rest { content: bytes.iter().copied().cycle().take(len).collect(), trailers }
}

/// What came is what went, or the beginning of it; an end only if there was one.
fn is_prefix(heard: &Heard, sent: &Heard) {
    if let Some(start) = &heard.start {
        assert_eq!(Some(start), sent.start.as_ref());
    }
    assert!(sent.content.starts_with(&heard.content), "other content: {heard:?} of {sent:?}");
    if heard.ended {
        assert_eq!((&heard.content, &heard.trailers), (&sent.content, &sent.trailers));
        assert!(
            sent.ended
                || matches!(sent.start.as_ref().map(|s| s.length), Some(l) if l != blazeio::Length::Chunked)
        );
    } else if !heard.trailers.is_empty() {
        assert_eq!(heard.trailers, sent.trailers);
    }
}

fn is_prefix_of_response(heard: &Heard, sent: &Heard, plan: &Plan<'_>) {
    is_prefix(heard, sent);
    let others: Vec<_> = heard.interims.iter().filter(|i| i.line[0] != b"100").collect();
    assert!(others.len() <= plan.interims.len() && others.iter().all(|i| i.line[0] == b"103"));
    assert!(heard.start.is_none() || others.len() == plan.interims.len());
    assert!(heard.interims.len() - others.len() <= usize::from(plan.asking.expects));
}
