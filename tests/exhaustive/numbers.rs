//! Every number around powers of two and ten: as a length, a chunk size, a limit.

use super::chunks::Reading;
use super::{LIMITS, Said, response_length};
use blazeio::{Connection, Event, Length, Limits, PeerErrorKind, Response, Server};
use std::collections::BTreeSet;

fn numbers() -> BTreeSet<u128> {
    let tens = (0..=20).map(|e| 10u128.pow(e));
    let twos = (0..=66).map(|e| 1u128 << e);
    tens.chain(twos).flat_map(|n| n.saturating_sub(2)..=n + 2).collect()
}

fn request_length(limits: &Limits, lines: &str) -> Result<Length, PeerErrorKind> {
    let mut connection = Connection::<Server, &Limits>::new(limits, 0);
    let mut input = format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").into_bytes();
    match connection.receive(&mut input, 0).map_err(|error| error.kind())?.event {
        Event::Request(span) => Ok(span.on(&input).length()),
        event => panic!("{event:?}"),
    }
}

#[test]
fn clval_every_content_length_around_powers_of_two_and_ten() {
    let limits = LIMITS;
    for n in numbers() {
        let expected = u64::try_from(n).map(Length::Sized);
        let expected = expected.map_err(|_| PeerErrorKind::InvalidContentLength);
        for zeros in ["", "0", "00000000000000000000000"] {
            let line = format!("Content-Length: {zeros}{n}\r\n");
            assert_eq!(request_length(&limits, &line), expected, "{line}");
            let twice = request_length(&limits, &line.repeat(2));
            let repeated = expected.and(Err(PeerErrorKind::RepeatedContentLength));
            assert_eq!(twice, repeated, "{line}");
            let response =
                |lines: &str| response_length("GET", &format!("HTTP/1.1 200\r\n{lines}\r\n"));
            assert_eq!(response(&line), expected, "{line}");
            assert_eq!(response(&line.repeat(2)), expected, "{line}");
            let list = format!("Content-Length: {n}, {zeros}{n}\r\n");
            assert_eq!(response(&list), expected, "{list}");
            let other = format!("{line}Content-Length: {}\r\n", n + 1);
            let differs = match u64::try_from(n + 1) {
                Ok(_) => Err(PeerErrorKind::RepeatedContentLength),
                Err(_) => Err(PeerErrorKind::InvalidContentLength),
            };
            assert_eq!(response(&other), differs, "{other}");
        }
    }
}

#[test]
fn bodyl_every_content_limit_around_powers_of_two_and_ten() {
    for limit in numbers().into_iter().filter_map(|n| u64::try_from(n).ok()) {
        let limits = Limits { content: limit, ..LIMITS };
        for n in u128::from(limit).saturating_sub(2)..=u128::from(limit) + 2 {
            let Ok(length) = u64::try_from(n) else { continue };
            let fits = n <= u128::from(limit);
            let said = request_length(&limits, &format!("Content-Length: {n}\r\n"));
            let expected =
                if fits { Ok(Length::Sized(length)) } else { Err(PeerErrorKind::ContentTooLarge) };
            assert_eq!(said, expected, "{n} of {limit}");

            let mut connection = Connection::<Server>::new(&LIMITS, 0);
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n");
            let _ = connection.receive(&mut head.into_bytes(), 0).unwrap();
            assert_eq!(connection.set_content_limit(limit).is_ok(), fits, "{n} of {limit}");

            let mut chunks = Reading::after_the_head(&LIMITS);
            chunks.connection.set_content_limit(limit).unwrap();
            let said = chunks.receive(format!("{n:x}\r\n").as_bytes());
            assert_eq!(said == Said::Incomplete, fits, "{n:x} of {limit:x}: {said:?}");
        }
    }
}

#[test]
fn chsz_every_chunk_size_around_powers_of_two_and_ten() {
    for n in numbers() {
        for text in [format!("{n:x}"), format!("{n:X}"), format!("{n:016x}"), format!("{n:017x}")] {
            let said = Reading::after_the_head(&LIMITS).receive(format!("{text}\r\n").as_bytes());
            let expected = match text.len() {
                ..=16 => Said::Incomplete,
                _ => Said::Refused(PeerErrorKind::InvalidChunkSize, 16),
            };
            assert_eq!(said, expected, "{text}");
        }
        // Exactly so many bytes are content, and the next is not.
        if n > 0 && n < 4096 {
            let mut text = format!("{n:x}\r\n").into_bytes();
            text.resize(text.len() + n as usize, b'x');
            let mut reading = Reading::after_the_head(&LIMITS);
            assert_eq!(reading.receive(&text), Said::Incomplete);
            assert_eq!(reading.content.len() as u128, n);
            assert_eq!(
                reading.receive(b"x"),
                Said::Refused(PeerErrorKind::InvalidChunkEnd, text.len())
            );
        }
    }
}

#[test]
fn early_every_drain_limit_around_powers_of_two_and_ten() {
    for drain in numbers().into_iter().filter_map(|n| u32::try_from(n).ok()) {
        let limits = Limits { drain, ..LIMITS };
        for n in u128::from(drain).saturating_sub(2)..=u128::from(drain) + 2 {
            let mut connection = Connection::<Server, &Limits>::new(&limits, 0);
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n");
            let _ = connection.receive(&mut head.into_bytes(), 0).unwrap();
            let _ = connection.send_head(&Response::new(200), &mut [0; 256]).unwrap();
            let _ = connection.send_end(&[], &mut []).unwrap();
            assert_eq!(connection.close_reason().is_none(), n <= u128::from(drain), "{n} {drain}");
        }
    }
}
