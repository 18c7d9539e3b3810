//! Every string of chunk framing up to a length, byte by byte and whole, against the grammar.

use super::{LIMITS, Said, agree};
use blazeio::{Connection, Event, Limits, Server};
use blazeio_grammar::{Verdict, chunked};
use std::thread;

const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What the decoder tells apart: the digit that ends and one that does not, what begins, divides,
/// quotes and escapes in an extension, a blank, both halves of a line end, the colon of a trailer
/// field, and a letter that is no digit. Other bytes do as one of these does, or are refused
/// wherever they stand but in data and quotes.
const FRAMING: [u8; 11] = *b"01;=\"\\ \r\n:x";
const LONGEST: usize = 8;

#[derive(Clone)]
pub(super) struct Reading {
    pub(super) connection: Connection<Server>,
    text: Vec<u8>,
    consumed: usize,
    pub(super) content: Vec<u8>,
}

impl Reading {
    pub(super) fn after_the_head(limits: &'static Limits) -> Self {
        let mut connection = Connection::new(limits, 0);
        let step = connection.receive(&mut CHUNKED.to_vec(), 0).unwrap();
        assert_eq!(step.consumed, CHUNKED.len());
        Self { connection, text: Vec::new(), consumed: 0, content: Vec::new() }
    }

    pub(super) fn receive(&mut self, more: &[u8]) -> Said {
        self.text.extend_from_slice(more);
        loop {
            let rest = &mut self.text[self.consumed..];
            let step = match self.connection.receive(rest, 0) {
                Ok(step) => step,
                Err(e) => return Said::Refused(e.kind(), e.offset() as usize - CHUNKED.len()),
            };
            if let Event::Content(span) = step.event {
                self.content.extend_from_slice(span.on(rest));
            }
            self.consumed += step.consumed;
            match step.event {
                Event::End => return Said::Complete(self.consumed),
                Event::NeedInput => return Said::Incomplete,
                Event::Content(_) | Event::Trailers(_) => {}
                event => panic!("{event:?}"),
            }
        }
    }
}

/// The number of strings compared below `reading`, whose own was compared.
fn walk(reading: &Reading) -> u64 {
    let mut count = 0;
    for byte in FRAMING {
        let mut next = reading.clone();
        let said = next.receive(&[byte]);
        let grammar = chunked(&next.text);
        let shown = next.text.escape_ascii();
        assert!(agree(said, &grammar, |body| body.len), "{shown}: {said:?}, {grammar:?}");
        if let Verdict::Complete(body) = &grammar {
            assert_eq!(body.content, next.content, "{shown}");
        }
        let mut whole = Reading::after_the_head(&LIMITS);
        assert_eq!((whole.receive(&next.text), &whole.content), (said, &next.content), "{shown}");
        count += 1;
        // What is complete or refused stays so: RFC 9112 §7.1 reads from the left.
        if said == Said::Incomplete && next.text.len() < LONGEST {
            count += walk(&next);
        }
    }
    count
}

#[test]
fn chsz_term_extq_spill_every_string_of_chunk_framing() {
    let root = Reading::after_the_head(&LIMITS);
    let count: u64 = thread::scope(|scope| {
        let halves = FRAMING.map(|first| {
            let mut begun = root.clone();
            scope.spawn(move || {
                let (said, grammar) = (begun.receive(&[first]), chunked(&[first]));
                assert!(agree(said, &grammar, |body| body.len), "{said:?}, {grammar:?}");
                1 + if said == Said::Incomplete { walk(&begun) } else { 0 }
            })
        });
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    println!("{count} strings and all that begin with one that is complete or refused");
    // Another number is another language.
    assert_eq!(count, 245_487);
}
