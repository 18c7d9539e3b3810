//! A client or a server with an application that sends what its script says.
//!
//! Decides what to do next by the signals alone, as the documentation asks.

use super::pipe::Pipe;
use crate::answering::{Answering, Asked, Body};
use crate::asking::Asking;
use crate::choices::Choices;
use crate::heard::Heard;
use crate::outlet::Outlet;
use blazeio::{Client, Connection, Event, Field, Limits, PeerError, Read, Role, Server};

/// What is sent in the tunnel, right behind what opens it.
pub(super) const TUNNELLED: &[u8] = b"\r\nGET / not HTTP any more";

/// A message's content and end, to be sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest {
    pub(super) content: Vec<u8>,
    pub(super) trailers: Vec<Field<'static>>,
}

/// One exchange, as planned.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) asking: Asking<'a>,
    pub(super) request: Rest,
    pub(super) interims: Vec<u16>,
    pub(super) answering: Answering<'a>,
    pub(super) response: Rest,
    /// The response goes before the request is read.
    pub(super) is_early: bool,
    /// Whether 100 is sent when it is due.
    pub(super) continues: bool,
}

/// One side.
pub(super) struct Party<'l, R: Role> {
    pub(super) outlet: Outlet<'l, R>,
    pub(super) input: Vec<u8>,
    /// Every message that came, the last perhaps not whole.
    pub(super) heard: Vec<Heard>,
    /// Every message that went, as far as it did.
    pub(super) sent: Vec<Heard>,
    pub(super) now: u64,
    pub(super) failed: Option<PeerError>,
    pub(super) is_closed: bool,
    pub(super) is_tunnel: bool,
    /// Content of the message in hand that is still to go; `None` if no message is.
    left: Option<Vec<u8>>,
    trailers: Vec<Field<'static>>,
    has_tunnelled: bool,
}

impl<'l, R: Role + Copy> Party<'l, R> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            outlet: Outlet::new(Connection::new(limits, 0)),
            input: Vec::new(),
            heard: Vec::new(),
            sent: Vec::new(),
            now: 0,
            failed: None,
            is_closed: false,
            is_tunnel: false,
            left: None,
            trailers: Vec::new(),
            has_tunnelled: false,
        }
    }

    /// Reads what is there; true if anything came of it.
    fn read(&mut self) -> bool {
        for n in 0..2 * self.input.len() + 8 {
            if self.is_tunnel {
                return n > 0;
            }
            let (len, known) = (self.input.len(), self.outlet.connection.close_reason());
            let step = match self.outlet.connection.receive(&mut self.input, self.now) {
                Ok(step) => step,
                Err(error) => {
                    self.failed = Some(error);
                    // A server may answer it; who it is does not matter here.
                    assert!(error.offset() >= self.outlet.connection.bytes_received());
                    return true;
                }
            };
            self.note(&step.event);
            self.input.drain(..step.consumed);
            let stops = matches!(step.event, Event::NeedInput | Event::Paused | Event::Closed(_));
            if stops {
                let news = known != self.outlet.connection.close_reason();
                return n > 0 || news || self.input.len() != len;
            }
            // The application has its turn before what follows a message.
            if step.event == Event::End || matches!(step.event, Event::Request(_)) {
                return true;
            }
        }
        panic!("reading makes no progress");
    }

    fn note(&mut self, event: &Event) {
        let begins = match event {
            Event::Request(_) => true,
            Event::Interim(_) | Event::Response(_) => {
                self.heard.last().is_none_or(|h| h.ended || is_switch(h))
            }
            _ => false,
        };
        if begins {
            self.heard.push(Heard::default());
        }
        if let Some(heard) = self.heard.last_mut() {
            heard.note(event, &self.input);
        }
        self.is_tunnel |= *event == Event::Tunnel;
    }

    fn begin(&mut self, rest: &Rest) {
        self.left = Some(rest.content.clone());
        self.trailers.clone_from(&rest.trailers);
    }

    /// Sends a part of the message in hand; true if it went on.
    fn write(&mut self, choices: &mut Choices<'_>) -> bool {
        let Some(left) = &mut self.left else { return false };
        if self.outlet.connection.send_content(&[], &mut []).is_err() {
            return false;
        }
        if !self.outlet.connection.signals(self.now).produce {
            return false;
        }
        if !left.is_empty() {
            let n = self.outlet.put_content(left, choices);
            if let Some(sent) = self.sent.last_mut() {
                sent.content.extend_from_slice(&left[..n]);
            }
            left.drain(..n);
            return true;
        }
        self.outlet.put_end(&self.trailers).expect("the end of a message that is whole");
        self.left = None;
        if let Some(sent) = self.sent.last_mut() {
            sent.trailers = crate::fields::lines(self.trailers.iter().copied());
            sent.ended = true;
        }
        true
    }

    /// Carries out the signals; true if there was something to do.
    fn obey(&mut self, out: &mut Pipe, back: &mut Pipe, choices: &mut Choices<'_>) -> bool {
        let connection = &mut self.outlet.connection;
        let signals = connection.signals(self.now);
        if self.is_closed {
            return false;
        }
        if signals.close.is_some() {
            self.is_closed = true;
            out.end();
            back.end();
            return true;
        }
        if signals.flush {
            let n = self.outlet.wire.len().min(choices.amount(200));
            out.put(&self.outlet.wire[..n]);
            self.outlet.wire.drain(..n);
            connection.sent(n, self.now);
            return true;
        }
        if signals.half_close {
            out.end();
            connection.half_closed();
            return true;
        }
        if self.is_tunnel && signals.read == Read::Tunnel && !self.has_tunnelled {
            self.has_tunnelled = true;
            out.put(TUNNELLED);
            return true;
        }
        false
    }

    pub(super) fn end_of_input(&mut self) {
        self.outlet.connection.end_of_input();
    }

    /// Whether nothing is left to do, unless the peer does something.
    pub(super) fn rests(&self) -> bool {
        self.is_closed || self.is_tunnel || self.outlet.connection.is_idle()
    }
}

/// A tunnel follows, or a final response that is not over.
fn is_switch(heard: &Heard) -> bool {
    heard.start.as_ref().is_some_and(|s| s.line[0] == b"101")
}

impl Party<'_, Client> {
    /// One turn of the client; true if anything happened.
    pub(super) fn turn(
        &mut self,
        plans: &[Plan<'_>],
        out: &mut Pipe,
        back: &mut Pipe,
        choices: &mut Choices<'_>,
    ) -> bool {
        let mut moves = !self.is_closed && self.read();
        if let Some(plan) = plans.get(self.sent.len()).filter(|_| self.left.is_none()) {
            if self.outlet.connection.is_idle() && !self.is_closed {
                let request = plan.asking.request();
                let put = self
                    .outlet
                    .put(|c, out| Connection::<Client, &Limits>::send_head(c, &request, out));
                put.expect("a request that is sound");
                let start = Some(plan.asking.start(false));
                self.sent.push(Heard { start, ..Heard::default() });
                self.begin(&plan.request);
                moves = true;
            }
        }
        moves |= self.write(choices);
        moves | self.obey(out, back, choices)
    }
}

impl Party<'_, Server> {
    /// One turn of the server; true if anything happened.
    pub(super) fn turn(
        &mut self,
        plans: &[Plan<'_>],
        out: &mut Pipe,
        back: &mut Pipe,
        choices: &mut Choices<'_>,
    ) -> bool {
        let mut moves = !self.is_closed && self.read();
        moves |= self.answer(plans);
        moves |= self.write(choices);
        moves | self.obey(out, back, choices)
    }

    fn answer(&mut self, plans: &[Plan<'_>]) -> bool {
        let n = self.sent.len();
        let (Some(heard), Some(plan)) = (self.heard.get(n), plans.get(n)) else { return false };
        let signals = self.outlet.connection.signals(self.now);
        if signals.continue_due && plan.continues && !plan.is_early {
            self.outlet.put(|c, out| c.send_continue(out)).expect("100 that is due");
            return true;
        }
        let will_not_come = signals.continue_due && !plan.continues;
        if !(heard.ended || plan.is_early || will_not_come) || self.failed.is_some() {
            return false;
        }
        for &status in &plan.interims {
            let response = blazeio::Response::new(status);
            let put = self.outlet.put(|c, out| c.send_interim(&response, out));
            put.expect("an interim response");
        }
        let response = plan.answering.response();
        let closes = self.outlet.connection.close_reason().is_some() || signals.continue_due;
        let put =
            self.outlet.put(|c, out| Connection::<Server, &Limits>::send_head(c, &response, out));
        put.expect("a response that is sound");
        let asked = plan.asked();
        let closes = closes || self.outlet.connection.close_reason().is_some();
        let start = Some(plan.answering.start(&asked, closes));
        self.sent.push(Heard { start, ..Heard::default() });
        if plan.answering.body(&asked) != Body::Tunnel {
            self.begin(&plan.response);
        }
        true
    }
}

impl Plan<'_> {
    pub(super) fn asked(&self) -> Asked {
        let list = self.asking.upgrade.map_or("", |(list, _)| list);
        let is_offer = |p: &&str| !p.eq_ignore_ascii_case("h2c");
        let offers = crate::asking::protocols(list).filter(is_offer).take(4);
        Asked {
            method: self.asking.method.as_bytes().to_vec(),
            is_http10: false,
            offers: offers.map(|p| p.as_bytes().to_vec()).collect(),
        }
    }
}
