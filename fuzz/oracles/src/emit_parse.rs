//! Target `emit_parse`: any message to be sent is refused, or read by its recipient as exactly
//! what was sent (SPLIT).
//!
//! Decides by rules of its own which messages must be refused; see `asking` and `answering`.

use crate::answering::{Answering, Asked, Body};
use crate::asking::{Asking, any_upgrade, protocols};
use crate::bounds::LIFTED;
use crate::choices::Choices;
use crate::fields::{any_fields, are_sound_trailers, lines};
use crate::heard::{Heard, Start, Stop, hear};
use crate::outlet::Outlet;
use crate::subject::asking_client;
use blazeio::{Client, Connection, Content, Event, Length, Role, Server, UsageError};

/// Panics if a message is neither refused nor read back as it was sent.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    if choices.byte() & 1 == 0 { request(&mut choices) } else { response(&mut choices) }
}

fn request(choices: &mut Choices<'_>) {
    let asking = Asking::any(choices);
    let mut outlet = Outlet::new(Connection::<Client, _>::new(&LIFTED, 0));
    let result = outlet.put(|c, out| c.send_head(&asking.request(), out));
    if result.is_err() {
        assert!(asking.is_sound() != Some(true), "{result:?}: {asking:?}");
        assert!(outlet.connection.is_idle() && outlet.connection.requests() == 0);
        return;
    }
    assert!(asking.is_sound() != Some(false), "taken: {asking:?}");
    if asking.expects {
        let early = outlet.connection.send_content(b"x", &mut [0; 9]);
        assert_eq!(early, Err(UsageError::AwaitingContinue));
        let interim = outlet.connection.receive(&mut b"HTTP/1.1 100 \r\n\r\n".to_vec(), 0);
        assert!(interim.is_ok_and(|step| matches!(step.event, Event::Interim(_))));
    }
    let body = match asking.content {
        Content::Empty => Body::Sized(0),
        Content::Sized(n) => Body::Sized(n),
        Content::Streamed => Body::Chunked,
    };
    let mut sent = Heard { start: Some(asking.start(false)), ..Heard::default() };
    put_rest(&mut outlet, body, &mut sent, choices);
    let server = Connection::<Server, _>::new(&LIFTED, 0);
    let (heard, stop) = hear(&mut { server }, &outlet.wire);
    compare(&heard, &sent, &stop, &outlet.wire);
}

/// Content and the end, as far as they can go.
fn put_rest<R: Role + Copy>(
    outlet: &mut Outlet<'_, R>,
    body: Body,
    sent: &mut Heard,
    choices: &mut Choices<'_>,
) {
    let data = choices.bytes(48).repeat(1 + choices.below(8));
    let len = match body {
        Body::Sized(n) if n <= 64 => n as usize,
        _ => data.len(),
    };
    let data: Vec<u8> = data.iter().copied().chain(b'a'..).take(len).collect();
    let mut at = 0;
    while at < data.len() {
        let n = outlet.put_content(&data[at..], choices);
        at += n;
        // No byte may be taken where there is no room, so often that it seems to hang.
        if n == 0 && choices.is_over() {
            let all = outlet.put_content(&data[at..], choices);
            assert!(all > 0, "no progress");
            at += all;
        }
    }
    if body != Body::Dropped {
        sent.content = data;
    }
    put_end(outlet, body, sent, choices);
}

fn put_end<R: Role + Copy>(
    outlet: &mut Outlet<'_, R>,
    body: Body,
    sent: &mut Heard,
    choices: &mut Choices<'_>,
) {
    let trailers = if choices.rarely(2) { any_fields(choices, true) } else { Vec::new() };
    let missing = match body {
        Body::Sized(n) => n - sent.content.len() as u64,
        _ => 0,
    };
    let takes_trailers = matches!(body, Body::Chunked | Body::Dropped);
    match outlet.put_end(&trailers) {
        Ok(()) => {
            assert!(missing == 0 && are_sound_trailers(&trailers), "taken: {trailers:?}");
            assert!(trailers.is_empty() || takes_trailers);
            if body == Body::Chunked {
                sent.trailers = lines(trailers.iter().copied());
            }
        }
        Err(UsageError::ContentTooShort { missing: told }) => {
            assert!(told == missing && missing > 0);
            return;
        }
        Err(UsageError::TrailersNeedChunked) => {
            assert!(!takes_trailers && !trailers.is_empty());
            outlet.put_end(&[]).expect("an end without trailers");
        }
        Err(error) => {
            assert!(takes_trailers && !are_sound_trailers(&trailers), "{error:?}: {trailers:?}");
            outlet.put_end(&[]).expect("an end without trailers");
        }
    }
    sent.ended = true;
    let more = outlet.connection.send_content(b"x", &mut [0; 9]);
    assert!(more.is_err(), "content after the end");
}

/// A server that was asked, what it was asked, and whether it will close.
fn asked_server(choices: &mut Choices<'_>) -> (Outlet<'static, Server>, Asked, bool) {
    let method = choices.one(&["GET", "HEAD", "POST", "CONNECT", "OPTIONS", "get", "M"]);
    let target = if method == "CONNECT" { "a:1" } else { "/" };
    let (is_http10, closes) = (choices.rarely(4), choices.rarely(4));
    let upgrade = any_upgrade(choices).filter(|(_, is_list)| *is_list).map_or("", |u| u.0);
    let option = if closes { "close" } else { "keep-alive" };
    let wire = format!(
        "{method} {target} HTTP/1.{}\r\nHost: a:1\r\nConnection: {option}, upgrade\r\n\
         Upgrade: {upgrade}\r\n\r\n",
        u8::from(!is_http10),
    );
    let mut server = Connection::<Server, _>::new(&LIFTED, 0);
    let step = server.receive(&mut wire.into_bytes(), 0).expect("a request");
    assert!(matches!(step.event, Event::Request(_)));
    // Nothing but a tunnel is to be had of CONNECT.
    let may_offer = !is_http10 && method != "CONNECT";
    let is_offer = |p: &&str| may_offer && !p.eq_ignore_ascii_case("h2c");
    let offers = protocols(upgrade).filter(is_offer).take(4).map(|p| p.as_bytes().to_vec());
    let asked = Asked { method: method.into(), is_http10, offers: offers.collect() };
    (Outlet::new(server), asked, closes)
}

fn response(choices: &mut Choices<'_>) {
    let (mut outlet, asked, closes) = asked_server(choices);
    let mut sent = Heard::default();
    while choices.rarely(4) {
        interim(&mut outlet, &asked, &mut sent, choices);
    }
    let answer = Answering::any(choices);
    let before = outlet.wire.len();
    let result = outlet.put(|c, out| c.send_head(&answer.response(), out));
    assert_eq!(result.is_ok(), answer.is_sound(&asked), "{result:?}: {answer:?} to {asked:?}");
    if result.is_err() {
        assert!(outlet.wire.len() == before && outlet.connection.requests() == 1);
        return;
    }
    let body = answer.body(&asked);
    let is_refused = asked.method == b"CONNECT" && body != Body::Tunnel;
    let closes = closes || answer.close || is_refused || body == Body::UntilClose;
    sent.start = Some(answer.start(&asked, closes));
    if body != Body::Tunnel {
        put_rest(&mut outlet, body, &mut sent, choices);
        let _ = outlet.connection.receive(&mut [], 0);
        outlet.connection.sent(outlet.wire.len(), 0);
        assert_eq!(outlet.connection.is_idle(), sent.ended && !closes, "{answer:?}");
    }
    let Some(mut client) = asking_client(&asked) else { return };
    if body == Body::UntilClose {
        client.end_of_input();
    }
    let (heard, stop) = hear(&mut client, &outlet.wire);
    compare(&heard, &sent, &stop, &outlet.wire);
    assert_eq!(client.is_idle(), sent.ended && !closes, "reuse: {answer:?}");
}

fn interim(
    outlet: &mut Outlet<'_, Server>,
    asked: &Asked,
    sent: &mut Heard,
    choices: &mut Choices<'_>,
) {
    let answer = Answering::any_interim(choices);
    let result = outlet.put(|c, out| c.send_interim(&answer.response(), out));
    assert_eq!(result.is_ok(), answer.is_sound_interim(asked), "{result:?}: {answer:?}");
    if result.is_ok() {
        let start = answer.start(asked, false);
        sent.interims.push(Start { length: Length::None, ..start });
    }
}

fn compare(heard: &Heard, sent: &Heard, stop: &Stop, wire: &[u8]) {
    assert_eq!(heard, sent, "written: {}", wire.escape_ascii());
    let is_whole = match stop.at {
        Ok(Event::End) => sent.ended,
        Ok(Event::NeedInput | Event::Tunnel) => !sent.ended,
        _ => false,
    };
    assert!(is_whole && stop.rest.is_empty(), "{stop:?} after {}", wire.escape_ascii());
}
