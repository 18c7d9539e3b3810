//! What a connection wrote, read by a fresh peer: it must be the message that was asked for.
//!
//! Decides how much of it a peer can know: an incomplete message must never look complete.

use super::ledger::{Ledger, Writing};
use crate::answering::{Asked, Body};
use crate::asking::Asking;
use crate::bounds::LIFTED;
use crate::heard::{Heard, Stop, hear};
use blazeio::{Client, Connection, Event, Limits, Method, Role, Server};

impl Ledger {
    /// Checks everything that was written in this exchange.
    pub(crate) fn check_wire(&self) {
        if self.is_wire_partial || self.wire.is_empty() {
            return;
        }
        if self.is_server { self.check_response() } else { self.check_request() }
    }

    fn check_request(&self) {
        let server = Connection::<Server, _>::new(&LIFTED, 0);
        self.compare(server);
    }

    fn check_response(&self) {
        let Some(client) = asking_client(&self.asked) else { return };
        self.compare(client);
    }

    /// Whether what is written is a whole message, whether or not its end was announced.
    fn is_whole(&self) -> bool {
        let is_until_close = self.sent.start.as_ref().is_some_and(|s| {
            s.length == blazeio::Length::UntilClose && self.writing == Writing::Done
        });
        match self.writing {
            Writing::Content(Body::Sized(0) | Body::Dropped) => true,
            Writing::Content(_) | Writing::Idle => is_until_close,
            Writing::Done => self.sent.ended,
        }
    }

    fn compare<R: Role + Copy>(&self, mut peer: Connection<R, &Limits>) {
        let mut cut_off = peer;
        if self.is_whole() {
            peer.end_of_input();
        }
        let (mut heard, stop) = hear(&mut peer, &self.wire);
        let mut sent = self.sent.clone();
        sent.ended = self.is_whole();
        drop_automatic_continue(&sent, &mut heard);
        assert_eq!(heard, sent, "written: {}", self.wire.escape_ascii());
        check_stop(&stop, &sent);
        let is_open_ended = sent.start.as_ref().is_some_and(|s| {
            s.length == blazeio::Length::UntilClose || matches!(stop.at, Ok(Event::Tunnel))
        });
        if !sent.ended && !is_open_ended {
            cut_off.end_of_input();
            let (heard, stop) = hear(&mut cut_off, &self.wire);
            assert!(!heard.ended && stop.at.is_err(), "a message cut off looks whole");
        }
    }
}

/// A client whose request is out, such that these responses answer it.
pub(crate) fn asking_client(asked: &Asked) -> Option<Connection<Client, &'static Limits>> {
    let offers: Vec<_> =
        asked.offers.iter().map(|o| core::str::from_utf8(o).unwrap_or("?")).collect();
    let offers = offers.join(", ");
    let method = Method::from_bytes(&asked.method).unwrap_or(Method::Get);
    let offers = if offers.is_empty() { None } else { Some(offers.as_str()) };
    let mut client = Connection::<Client, &'static Limits>::new(&LIFTED, 0);
    let mut out = [0; 1024];
    let asking = Asking::plain(method, offers);
    let head = client.send_head(&asking.request(), &mut out).ok()?;
    let end = client.send_end(&[], &mut out).ok()?;
    client.sent(head.written + end.written, 0);
    Some(client)
}

/// RFC 9110 §7.8: 101 to a request that expects 100 brings it along.
fn drop_automatic_continue(sent: &Heard, heard: &mut Heard) {
    let is_switch = sent.start.as_ref().is_some_and(|s| s.line[0] == b"101");
    if is_switch && heard.interims.len() == sent.interims.len() + 1 {
        let extra = heard.interims.pop();
        assert!(extra.is_some_and(|s| s.line[0] == b"100" && s.fields.is_empty()));
    }
}

fn check_stop(stop: &Stop, sent: &Heard) {
    let is_sound = match stop.at {
        Ok(Event::End) => sent.ended,
        Ok(Event::NeedInput | Event::Tunnel) => !sent.ended,
        _ => false,
    };
    assert!(is_sound && stop.rest.is_empty(), "{stop:?}");
}
